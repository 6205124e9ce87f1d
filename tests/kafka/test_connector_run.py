"""Connectors against a real Kafka: confirmed before checkpointed, nothing lost, nothing twice in effect."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka.partitioner.default import murmur2

from hub.keystore import Erased
from hub.sealing import Sealer
from hub.secret_files import pseudonyms
from hub.state.memory import MemoryTurnDriver
from hub.topics import LARGEST_MESSAGE
from streams.identity.stage import stages
from tests.kafka.connector_site import HEADER, PARTITIONS, Site, notice

PATIENCE_SECONDS = 60.0


@pytest.fixture
def site(kafka: str, topic_prefix: str, tmp_path: Path) -> Iterator[Site]:
    made = Site(kafka, topic_prefix, tmp_path)
    yield made
    made.close()


def until(reached, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for a condition, never for a time."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "not reached in time"
        time.sleep(0.05)


def test_a_file_becomes_sealed_records_on_the_partnerships_partition(site: Site) -> None:
    path = site.write("made-up-person.csv", HEADER + "".join(notice(n) for n in range(7)))
    said = site.run("run", "auto", str(path))
    assert said == {
        "files": 1, "skipped": 0, "read": 7, "published": 7, "duplicates": 0, "rejected": {}, "unmapped": 0,
        "stopped": False,
    }  # fmt: skip
    raw = site.raw("records")
    assert {r.partition for r in raw} == {(murmur2(b"demo") & 0x7FFFFFFF) % PARTITIONS}
    records = site.records()
    assert [r.key.decode() for r in raw] == [r.record_id for r in records]
    assert site.opened(records) == [f"PPN-{n:06d}" for n in range(7)]
    headers = [dict(r.headers) for r in raw]
    assert len({h["ce_id"] for h in headers}) == 7
    assert all(h["ce_type"] == b"mash.record.SealedRecord" and h["mash_published"].isdigit() for h in headers)
    assert all(h["traceparent"].count(b"-") == 3 for h in headers)


def test_nothing_of_a_person_stands_on_the_topics_in_clear(site: Site) -> None:
    # No word shorter than six bytes is looked for in ciphertext: two random ones are found in 4 kB once in sixteen runs.
    bad = "PPN-9,1,child,N9,child,Ilowen\n"
    path = site.write("ilowen-testbrook.csv", HEADER + notice(1, given="Ilowen", note="Secret words.") + bad)
    process = site.start("run", "auto", str(path), "--json", HUB_LOG_LEVEL="debug")
    out, err = process.communicate(timeout=120)
    assert json.loads(out)["rejected"] == {"wrong-columns": 1}
    seen = b"".join(
        r.value + (r.key or b"") + repr(r.headers).encode() for n in ("records", "dead-letters") for r in site.raw(n)
    )
    said = (out + err).encode()
    for secret in (b"Ilowen", b"ilowen", b"Testbrook", b"2019-04-02", b"Secret", b"PPN-000001"):
        assert secret not in seen
        assert secret not in said.replace(str(path).encode(), b"")


def test_a_file_read_again_has_the_same_ids_and_contents(site: Site) -> None:
    path = site.write("notices.csv", HEADER + notice(1) + notice(2) + "PPN-3,x\n")
    site.run("run", "auto", str(path))
    assert site.run("run", "auto", str(path))["skipped"] == 1
    assert len(site.records()) == 2
    site.run("run", "auto", str(path), "--again")
    first, second, *again = [(r.record_id, r.original_hash, r.version) for r in site.records()]
    assert again == [first, second]
    assert len({letter.letter_id for letter in site.letters()}) == 1


def test_rows_that_say_the_same_are_counted_as_duplicates(site: Site) -> None:
    text = "[{n},{n}]".format(n='{"notice_reference":"PPN-1","notice_kind":"child","persons":[{"given_name":"Ilo"}]}')
    assert site.run("run", "auto", str(site.write("a.json", text)))["duplicates"] == 1


@pytest.mark.parametrize("hurt", ["before-send:3", "after-confirm:3", "after-checkpoint:3"])
def test_a_connector_killed_in_mid_file_goes_on_and_the_union_is_exact(site: Site, hurt: str) -> None:
    bad = "PPN-bad,1\n"
    path = site.write("notices.csv", HEADER + "".join(notice(n) + (bad if n == 23 else "") for n in range(50)))
    killed = site.start("run", "auto", str(path), HURT=hurt, HUB_BATCH_RECORDS="10")
    killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL
    confirmed = len(site.records())
    assert 20 <= confirmed <= 30
    said = site.run("run", "auto", str(path), HUB_BATCH_RECORDS="10")
    assert said["read"] == 51 - (30 if hurt == "after-checkpoint:3" else 20)
    records = site.records()
    by_id = {r.record_id: r for r in records}
    assert sorted(site.opened(list(by_id.values()))) == [f"PPN-{n:06d}" for n in range(50)]
    for record in records:  # what came twice came the same
        kept = by_id[record.record_id]
        assert (record.original_hash, record.version) == (kept.original_hash, kept.version)
    assert len({letter.letter_id for letter in site.letters()}) == 1
    assert site.run("run", "auto", str(path))["skipped"] == 1


def test_a_position_is_never_ahead_of_what_kafka_confirmed(site: Site) -> None:
    path = site.write("notices.csv", HEADER + "".join(notice(n) for n in range(30)))
    killed = site.start("run", "auto", str(path), HURT="before-send:2", HUB_BATCH_RECORDS="10")
    killed.communicate(timeout=120)
    assert len(site.records()) == 10
    assert site.run("run", "auto", str(path))["read"] == 20


def test_sigterm_ends_after_the_batch_in_hand(site: Site) -> None:
    path = site.write("notices.csv", HEADER + "".join(notice(n) for n in range(4000)))
    process = site.start("run", "auto", str(path), "--json", HUB_BATCH_RECORDS="20")
    until(lambda: len(site.raw("records")) >= 20)
    process.terminate()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    said = json.loads(out)
    assert said["stopped"] is True
    assert said["published"] == len(site.records()) < 4000
    assert site.run("run", "auto", str(path))["published"] == 4000 - said["published"]


def test_what_cannot_be_read_is_one_sealed_letter_and_harms_nothing_else(site: Site) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    site.write("1-empty.csv", b"")
    site.write("2-bomb.xml", bomb)
    site.write("3-strange.pdf.csv", b"%PDF-1.7 made up")
    site.write(
        "4-good.csv", HEADER.encode() + notice(1, given="Jos\u00e9").encode("cp1252") + b"PPN-2,1,child,\x81,,,,,\n"
    )
    said = site.run("run", "auto", str(site.drop))
    assert (said["published"], said["files"]) == (1, 4)
    reasons = {"empty-file": 1, "entity-bomb": 1, "unknown-format": 1, "bad-encoding": 1}
    assert said["rejected"] == reasons
    letters = site.letters()
    assert Counter(letter.reason for letter in letters) == reasons
    keys = site.keys()
    sealer = Sealer(keys)
    originals = {x.reason: sealer.open_bytes(x.key_id, x.original) for x in letters}
    assert originals["entity-bomb"] == bomb
    assert originals["bad-encoding"] == b"PPN-2,1,child,\x81,,,,,\n"
    bad = next(x for x in letters if x.reason == "bad-encoding")
    assert sealer.open_bytes(bad.key_id, bad.before) == HEADER.encode()
    assert bad.position.endswith(":line 4")
    keys.erase(bad.key_id)
    with pytest.raises(Erased):
        sealer.open_bytes(bad.key_id, bad.original)
    keys.close()


def test_a_record_larger_than_a_message_is_a_letter_and_its_neighbours_go_on(site: Site) -> None:
    large = json.dumps({"notice_reference": "L", "notice_kind": "child", "circumstances": "x" * (LARGEST_MESSAGE + 1),
                        "persons": [{"given_name": "Ilo"}]})  # fmt: skip
    small = '{"notice_reference": "S%d", "notice_kind": "child", "persons": [{"given_name": "Ilo"}]}'
    path = site.write("notices.json", "\n".join([small % 1, large, small % 2]))
    said = site.run("run", "police.notice.json", str(path))
    assert (said["published"], said["rejected"]) == (2, {"too-large": 1})
    assert site.opened(site.records()) == ["S1", "S2"]
    (letter,) = site.letters()
    assert letter.original_size == len(large)
    assert len(letter.original) < LARGEST_MESSAGE


def test_a_letter_can_be_listed_shown_and_replayed(site: Site) -> None:
    path = site.write(
        "notices.csv",
        HEADER + notice(1) + notice(2).replace("child,N4", "parking,N4").replace("child,N5", "parking,N5"),
    )
    assert site.run("run", "auto", str(path))["rejected"] == {"unknown-kind": 1}
    (row,) = site.run("list", group="dead-letters")
    shown = site.run("show", row["letter_id"][:8], "--reason", "a test", group="dead-letters")
    assert shown["original"].startswith("PPN-000002,1,parking")
    again = site.run("replay", row["letter_id"], "--reason", "a test", group="dead-letters")
    assert (again["published"], again["rejected"]) == (0, {"unknown-kind": 1})
    assert len(site.run("list", group="dead-letters")) == 1  # the same failure makes no second letter
    audit = [json.loads(x) for x in (site.data_dir / "audit" / "dead-letters.jsonl").read_text().splitlines()]
    assert [(line["doing"], line["reason"], line["letter_id"]) for line in audit] == [
        ("show", "a test", row["letter_id"]), ("replay", "a test", row["letter_id"]),
    ]  # fmt: skip


def test_opening_a_letter_without_a_reason_is_refused(site: Site) -> None:
    process = site.start("show", "00000000", group="dead-letters")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "--reason" in err


def test_files_dropped_into_a_watched_folder_are_taken_when_they_rest(site: Site) -> None:
    site.write("a.csv", HEADER + notice(1))
    process = site.start("run", "auto", str(site.drop), "--watch", "--json")
    try:
        until(lambda: len(site.raw("records")) == 1)
        site.write("b.csv.part", HEADER + notice(2))
        site.write("c.csv", HEADER + notice(3))
        until(lambda: len(site.raw("records")) == 2)
        (site.drop / "b.csv.part").rename(site.drop / "b.csv")
        until(lambda: len(site.raw("records")) == 3)
    finally:
        process.terminate()
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert json.loads(out)["files"] == 3


def test_a_missing_topic_is_said_at_once(site: Site) -> None:
    path = site.write("a.csv", HEADER + notice(1))
    process = site.start("run", "auto", str(path), HUB_TOPIC_PREFIX="nowhere")
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "mash topics apply" in err


def test_topics_made_anew_get_every_file_again(site: Site, kafka: str, topic_prefix: str, tmp_path: Path) -> None:
    path = site.write("a.csv", HEADER + notice(1))
    assert site.run("run", "auto", str(path))["published"] == 1
    new = Site(kafka, f"{topic_prefix}-new", tmp_path / "new")
    again = site.run("run", "auto", str(path), HUB_TOPIC_PREFIX=new.prefix)
    assert again["published"] == len(new.records()) == 1


def test_a_broker_that_goes_away_and_comes_back_costs_nothing(own_kafka, topic_prefix: str, tmp_path: Path) -> None:
    site = Site(own_kafka.bootstrap, topic_prefix, tmp_path)
    path = site.write("notices.csv", HEADER + "".join(notice(n) for n in range(3000)))
    process = site.start("run", "auto", str(path), "--json", HUB_BATCH_RECORDS="20")
    try:
        until(lambda: len(site.raw("records")) >= 40)
        own_kafka.kill()
        own_kafka.start()
        out, err = process.communicate(timeout=150)
    finally:
        site.close()
    assert process.returncode == 0, err
    assert json.loads(out)["published"] == 3000
    by_id = {r.record_id: r for r in site.records()}
    assert sorted(site.opened(list(by_id.values()))) == [f"PPN-{n:06d}" for n in range(3000)]


def matched(site: Site) -> None:
    """What the identity stage says to whoever sent the records that stand on the topic."""
    (spec,) = stages()
    driver = MemoryTurnDriver(spec.core_factory(site.settings, 0))
    driver.feed(*(record.value for record in site.raw("records")))
    for receipt in driver.sent("receipts"):
        site.tell(receipt)


def test_a_list_of_what_was_sent_is_told_and_held_against_what_arrived(site: Site) -> None:
    rows = "".join(f"PPN-{n:06d},2026-03-0{n}T09:00\n" for n in (1, 2, 3))
    path = site.write("sent.csv", f"record,sent_at\n{rows}PPN-4,soon\n")
    told = site.run("sent", "police.notice.csv", str(path), code=1)
    assert told == {"told": 3, "unread": [{"line": "line 5", "why": told["unread"][0]["why"]}]}
    assert site.run("sent", "police.notice.csv", str(path), code=1) == told, "the same list again is no harm"
    said = site.receipts("police")
    names = pseudonyms(site.settings)
    first, *_ = (names.record_id("police", "notices", f"PPN-{n:06d}") for n in (1, 2, 3))
    assert [r.stage for r in said] == ["sent"] * 6
    assert said[0].record_ids == [first]
    assert site.raw("receipts.police")[0].key == b"police/notices"

    site.run("run", "auto", str(site.write("first.csv", HEADER + notice(1))))
    matched(site)
    site.write("sent.csv", f"record,sent_at\n{rows}")
    found = site.run("arrived", "police.notice.csv", str(path), code=1)
    assert (found["listed"], [m["line"] for m in found["missing"]]) == (3, ["line 3", "line 4"])
    site.run("run", "auto", str(site.write("others.csv", HEADER + notice(2) + notice(3))))
    matched(site)
    assert site.run("arrived", "police.notice.csv", str(path))["missing"] == []
