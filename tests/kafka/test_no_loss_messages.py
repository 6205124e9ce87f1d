"""Nothing lost: messages that can't be processed, among those that can."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import AIOKafkaProducer

from hub import avro
from hub.sealing import Sealer
from hub.secret_files import key_store
from hub.settings import load
from hub.state.dead_letters import KEPT_BYTES
from tests.kafka.stage_worker import FAILS, SKIPS
from tests.kafka.trial import Trial, watches

BROKEN = {
    "truncated": avro.encode(watches(0, 1)[0])[:-2],
    "unknown fingerprint": b"\xc3\x01" + b"\x07" * 8 + b"body",
    "invalid bytes": b"\xff\xfe\x00 not utf-8, not avro \x93\x94",
    "empty": b"",
    "large": b"\xc3\x01" + b"\x07" * 8 + b"x" * (KEPT_BYTES - 10),
}


@pytest.fixture
def trial(kafka, topic_prefix, tmp_path):
    with Trial(kafka, topic_prefix, tmp_path, partitions=2) as trial:
        yield trial


def test_what_cannot_be_processed_is_set_aside_and_its_neighbours_go_on(trial):
    failing = watches(100, 101, state=FAILS) + watches(101, 102, state=SKIPS)
    trial.send(watches(0, 100))
    for number, broken in enumerate(BROKEN.values()):
        trial.send([broken, *watches(200 + 3 * number, 203 + 3 * number)])
    trial.send([*failing, *watches(300, 400)])
    trial.start("one")
    trial.run_to_the_end()
    trial.account(bad=["c100", "c101"])
    assert trial.ends == [], "no worker ended"

    letters = {(letter.source, letter.position): letter for letter in trial.letters()}
    settings = load(find_running=False, data_dir=trial.folder / "data", bootstrap=trial.bootstrap)
    sealer = Sealer(key_store(settings))
    reasons = {}
    for index, value in enumerate(trial.sent):
        place = (f"{trial.name('facts')}-{index % 2}", str(index // 2))
        if place in letters:
            letter = letters.pop(place)
            assert sealer.open_bytes(letter.key_id, letter.original) == value
            assert letter.original_size == len(value)
            reasons[value] = letter.reason
    assert letters == {}
    sealer.keys.close()
    expected = {
        BROKEN["truncated"]: "bad-avro",
        BROKEN["unknown fingerprint"]: "unknown-schema",
        BROKEN["invalid bytes"]: "bad-avro",
        BROKEN["empty"]: "bad-avro",
        BROKEN["large"]: "unknown-schema",
        avro.encode(failing[0]): "handler-error",
        avro.encode(failing[1]): "asked-for",
    }
    assert reasons == expected


def test_headers_carry_when_a_record_entered_and_its_trace(trial):
    trial.send(watches(0, 10))
    trial.start("one")
    trial.run_to_the_end()
    for record in trial.read("persons"):
        headers = dict(record.headers)
        number = avro.decode(record.value).seq
        assert headers["mash_published"] == b"1767225600000000"
        assert headers["traceparent"] == b"00-%032d-%016d-01" % (number, 1)
        assert headers["ce_source"] == b"/mash/facts"
        assert headers["ce_type"] == b"mash.picture.Watch"
        assert headers["ce_id"] == f"{trial.name('facts')}/{number % 2}/{number // 2}/0".encode()
        assert headers["ce_specversion"] == b"1.0"


def test_a_clean_stop_commits_all_and_a_restart_repeats_nothing(trial):
    trial.send(watches(0, 50))
    trial.start("one")
    trial.until(lambda: len(trial.read("persons")) == 50)
    assert trial.stop("one") == 0
    assert trial.committed() == [25, 25]
    trial.send(watches(50, 60))
    trial.start("one")
    trial.run_to_the_end()
    trial.account()


def test_records_of_aborted_transactions_are_never_seen_and_their_gaps_alarm_nobody(trial):
    async def produce():
        producer = AIOKafkaProducer(bootstrap_servers=trial.bootstrap, transactional_id=f"{trial.prefix}.upstream")
        await producer.start()
        for round_ in range(20):
            await producer.begin_transaction()
            for message in watches(round_ * 10, round_ * 10 + 10):
                await producer.send(trial.name("facts"), avro.encode(message), partition=message.seq % 2)
            await (producer.abort_transaction() if round_ % 3 == 0 else producer.commit_transaction())
        await producer.stop()

    trial.start("one")
    asyncio.run(produce())
    kept = [m for m in watches(0, 200) if (m.seq // 10) % 3]
    trial.until(lambda: len(trial.read("persons")) >= len(kept))
    assert sorted(m.seq for m in trial.outputs()) == [m.seq for m in kept]
    assert trial.letters() == []
    assert trial.ends == []
