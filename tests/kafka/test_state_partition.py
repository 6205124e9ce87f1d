"""One partition's state against real Kafka: the fence, the cache, the journal, and what each does in doubt."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka.errors import KafkaError

from hub import avro
from hub.kafka.admin import admin, apply
from hub.kafka.clients import Connection
from hub.keystore import SqliteKeyStore
from hub.messages import Tick, Watch
from hub.sealing import Sealer
from hub.state import partition as state_partition
from hub.state.api import MessageMeta
from hub.state.batch import Inbound
from hub.state.journal import JournalBroken, JournalReader, Position, open_journal
from hub.state.outputs import OutputWriter
from hub.state.partition import InputReplaced, StatePartition
from hub.state.place import Place
from hub.state.read import fold_partition
from hub.state.transaction import FencedProducer, Send, TransactionFailed
from hub.topics import topic
from hub.worker.preflight import TopicsMissing, ask
from tests.kafka.stage_worker import CountingCore
from tests.kafka.trial import NEEDED, expected_rows, watches

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


class CalmCore(CountingCore):
    """Writes nothing at a tick."""

    def handle(self, message, turn):
        if not isinstance(message, Tick):
            super().handle(message, turn)


class Lab:
    """Topics of one partition, and as many owners of its state as a test wants."""

    def __init__(self, bootstrap, prefix, folder):
        self.bootstrap, self.prefix, self.folder = bootstrap, prefix, folder
        self.kafka = Connection(bootstrap)
        with admin(bootstrap) as client:
            apply(client, prefix, 1, [topic(name) for name in NEEDED])
        self.input, self.journal = (topic(name).full_name(prefix) for name in ("facts", "facts-journal"))
        self.cluster = ask(self.kafka, [self.input, self.journal])
        self.keys = SqliteKeyStore(folder / "keys.sqlite", b"k" * 32)

    def place(self, folder="one", **other):
        values = {
            "kafka": self.kafka,
            "cluster_id": self.cluster.cluster_id,
            "transactional_prefix": self.prefix,
            "folder": self.folder / folder,
            "input_topic": self.input,
            "input_id": self.cluster.topics[self.input].topic_id,
            "journal": self.journal,
            "journal_id": self.cluster.topics[self.journal].topic_id,
        }
        return Place(**(values | other))

    @asynccontextmanager
    async def owner(self, folder="one", core=None, **other):
        writer = OutputWriter("facts", self.prefix, Sealer(self.keys), lambda: NOON)
        state = StatePartition(core or CountingCore(), 0, self.place(folder, **other), writer)
        try:
            await state.open()
            yield state
        finally:
            await state.close()

    def inbound(self, messages, first=0):
        return [
            Inbound(MessageMeta(self.input, 0, first + n, NOON), None, avro.encode(m)) for n, m in enumerate(messages)
        ]

    async def rows(self):
        folded = await fold_partition(self.kafka, self.journal, 0)
        return dict(folded.store.scan(b""))


@pytest.fixture
def lab(kafka, topic_prefix, tmp_path, monkeypatch):
    monkeypatch.setenv("HURTS", str(tmp_path))
    lab = Lab(kafka, topic_prefix, tmp_path)
    yield lab
    lab.keys.close()


@contextmanager
def counting_journal_reads(monkeypatch):
    starts = []
    read = JournalReader.read

    def noted(self, start, end):
        starts.append((start, end))
        return read(self, start, end)

    monkeypatch.setattr(JournalReader, "read", noted)
    yield starts
    monkeypatch.undo()


def test_an_earlier_owner_is_fenced_and_its_batch_leaves_nothing(lab):
    async def run():
        async with lab.owner("one") as first:
            await first.apply(lab.inbound(watches(0, 3)), 3)
            async with lab.owner("two") as second:
                assert second.position.next_offset == 3
                with pytest.raises(TransactionFailed):
                    await first.apply(lab.inbound(watches(3, 5), 3), 5)
                await second.apply(lab.inbound(watches(5, 6), 3), 4)
            assert await lab.rows() == expected_rows([*watches(0, 3), *watches(5, 6)])

    asyncio.run(run())


def test_redelivered_records_are_skipped(lab):
    async def run():
        async with lab.owner() as state:
            await state.apply(lab.inbound(watches(0, 3)), 3)
            result = await state.apply(lab.inbound(watches(0, 5)), 5)
            assert len(result.records) == 2
            assert (await state.apply(lab.inbound(watches(0, 5)), 5)).records == []
            assert state.position.next_offset == 5
        assert await lab.rows() == expected_rows(watches(0, 5))

    asyncio.run(run())


def test_now_survives_a_restart_without_a_cache(lab):
    async def run():
        async with lab.owner("one") as state:
            await state.apply(lab.inbound([Tick(at=NOON)]), 1)
        async with lab.owner("elsewhere") as state:
            assert state.now == NOON

    asyncio.run(run())


def test_ticks_that_change_nothing_wait_for_the_next_record(lab):
    ticks = [Tick(at=NOON + timedelta(seconds=n)) for n in range(3)]

    async def journal_end():
        async with open_journal(lab.kafka, lab.journal, 0) as journal:
            return (await journal.bounds()).end

    async def run():
        async with lab.owner("one", CalmCore()) as state:
            await state.apply(lab.inbound(ticks[:1]), 1)
            before = await journal_end()
            await state.apply(lab.inbound(ticks[1:], 1), 3)
            assert (await journal_end(), state.position.next_offset, state.now) == (before, 1, ticks[2].at)
        async with lab.owner("elsewhere", CalmCore()) as state:
            assert state.position.next_offset == 1, "the ticks are read again"
            await state.apply([*lab.inbound(ticks[1:], 1), *lab.inbound(watches(0, 1), 3)], 4)
            assert (state.position.next_offset, state.position.now) == (4, ticks[2].at)
        assert await lab.rows() == expected_rows(watches(0, 1))

    asyncio.run(run())


def test_ticks_do_not_wait_for_ever(lab, monkeypatch):
    async def run():
        async with lab.owner(core=CalmCore()) as state:
            await state.apply(lab.inbound([Tick(at=NOON)]), 1)
            monkeypatch.setattr(state_partition, "TICKS_SECONDS", 0)
            await state.apply(lab.inbound([Tick(at=NOON + timedelta(seconds=1))], 1), 2)
            assert state.position.next_offset == 2

    asyncio.run(run())


def test_a_cache_behind_the_journal_reads_the_rest_only(lab, monkeypatch):
    async def run():
        async with lab.owner("one") as state:
            await state.apply(lab.inbound(watches(0, 3)), 3)
        async with lab.owner("two") as state:
            await state.apply(lab.inbound(watches(3, 5), 3), 5)
        with counting_journal_reads(monkeypatch) as reads:
            async with lab.owner("one") as state:
                assert state.position.next_offset == 5
                assert reads[0][0] > 0, "what the cache has is not read again"
                assert dict(state._cache.begin().scan(b"")) == expected_rows(watches(0, 5))

    asyncio.run(run())


@pytest.mark.parametrize(
    "doubt", ["older than half of what tombstones live", "from the future", "ahead of the journal", "damaged"]
)
def test_a_cache_in_doubt_is_wiped_and_the_journal_read_whole(lab, monkeypatch, doubt):
    async def spoil(state):
        saved = state._cache.saved()
        age = {"older than half of what tombstones live": -8 * 86_400, "from the future": 3_600}.get(doubt, 0)
        ahead = 1_000 if doubt == "ahead of the journal" else 0
        state._cache.begin().put(b"stale", b"row")
        state._cache.commit(saved._replace(journal_next=saved.journal_next + ahead, saved_at=time.time() + age))

    async def run():
        async with lab.owner() as state:
            await state.apply(lab.inbound(watches(0, 4)), 4)
            await spoil(state)
        if doubt == "damaged":
            (lab.folder / "one" / "facts" / "0" / "data.mdb").write_bytes(b"\xff" * 65_536)
        with counting_journal_reads(monkeypatch) as reads:
            async with lab.owner() as state:
                assert reads[0][0] == 0
                assert dict(state._cache.begin().scan(b"")) == expected_rows(watches(0, 4))

    asyncio.run(run())


def test_a_deleted_row_is_gone_after_a_restore(lab):
    class Forgetful(CountingCore):
        def settle_one(self, key, turn):
            turn.store.delete(b"count/" + key)

    async def run():
        async with lab.owner() as state:
            await state.apply(lab.inbound(watches(0, 1)), 1)
            state.core = Forgetful()
            await state.apply(lab.inbound(watches(13, 14), 1), 2)
        async with lab.owner("elsewhere") as state:
            rows = dict(state._cache.begin().scan(b""))
            assert b"count/a0" not in rows
            assert rows[b"settled/a0"] == b"1"

    asyncio.run(run())


def test_an_input_topic_made_anew_is_refused(lab):
    async def run():
        async with lab.owner() as state:
            await state.apply(lab.inbound(watches(0, 1)), 1)
        with pytest.raises(InputReplaced, match="made from another topic"):
            async with lab.owner(input_id="another id"):
                pass

    asyncio.run(run())


def test_an_output_that_the_broker_refuses_voids_the_batch(lab):
    """aiokafka commits a transaction of which a record was refused: what has not arrived must not be committed."""

    narrow = f"{lab.prefix}.narrow"
    with admin(lab.bootstrap) as client:
        client.create_topics(
            {narrow: {"num_partitions": 1, "replication_factor": 1, "configs": {"max.message.bytes": "500"}}}
        )
        client.wait_for_topics([narrow], timeout_ms=10_000)

    async def run():
        producer = FencedProducer(lab.kafka, f"{lab.prefix}.facts.0")
        await producer.open()
        too_large = Send(narrow, 0, b"k", b"x" * 1_000)
        with pytest.raises(TransactionFailed):
            await producer.commit([Send(lab.journal, 0, b"row", b"value")], [too_large])
        await producer.close()
        async with lab.owner() as state:
            assert dict(state._cache.begin().scan(b"")) == {}

    asyncio.run(run())


def test_a_reader_waits_for_no_transaction_that_its_owner_left_open(lab):
    async def run():
        abandoned = FencedProducer(lab.kafka, f"{lab.prefix}.facts.0")
        await abandoned.open()
        await abandoned._producer.begin_transaction()
        await (await abandoned._producer.send(lab.journal, b"never", b"row", partition=0))
        async with lab.owner() as state:
            assert dict(state._cache.begin().scan(b"")) == {}
            async with open_journal(lab.kafka, lab.journal, 0) as journal:
                assert (await journal.bounds()).end > 0, "the abandoned row is in the log, ended by the fence"
        with pytest.raises(KafkaError):
            await abandoned._producer.commit_transaction()
        await abandoned.close()

    asyncio.run(run())


def test_a_position_of_a_later_version_is_refused():
    assert Position.decode(Position("id", 7, NOON).encode()) == Position("id", 7, NOON)
    with pytest.raises(JournalBroken):
        Position.decode(b'{"v": 2}')
    with pytest.raises(JournalBroken):
        Position.decode(b"not json")


def test_a_topic_that_is_missing_is_named(kafka, topic_prefix):
    with pytest.raises(TopicsMissing, match="mash topics apply"):
        ask(Connection(kafka), [f"{topic_prefix}.none"])


def test_the_outputs_of_a_batch_are_in_order(lab):
    async def run():
        async with lab.owner() as state:
            result = await state.apply(lab.inbound(watches(0, 40)), 40)
            assert [output.message.seq for output in result.outputs] == list(range(40))
            assert all(isinstance(output.message, Watch) for output in result.outputs)

    asyncio.run(run())
