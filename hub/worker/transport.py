"""Faust's Kafka transport, made safe for the State rule: committed records only, in chunks whose edges meet.

A chunk is a run of one partition's records with the offsets at which it begins and ends. Offsets jump over
transaction markers, aborted and compacted records, so a gap between two records says nothing; a gap between the end of
one chunk and the beginning of the next says that something was dropped on the way. Whole chunks also cost Faust one
event each, where its own consumer costs four asyncio tasks a record.

What is committed to the group is what `applied` says, never what an agent has acknowledged: it is a hint for people and
tools that watch the lag. Where reading begins comes from the state alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

import aiokafka
import faust
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import NoOffsetForPartitionError
from aiokafka.structs import ConsumerRecord
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, Message
from faust.types.tuples import ConsumerMessage

from hub.errors import Retriable

POLL_SECONDS = 0.05
"""A lane that gets room while others are being waited on waits this long at most."""
IDLE_SECONDS = 0.25
"""How long an idle worker waits for records before it looks whether it is to stop, or has a new lane."""
FETCH_WAIT_MS = 500
ARRIVE_SECONDS = 0.25
"""By then an idle reader has what was on its way when it asked for the end, and has read past transaction markers."""

T = TypeVar("T")


class ChainBroken(Retriable):
    """Reading went on from elsewhere than it stood: records may have been skipped. The process must end."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Records of one partition, all that are committed in [start, end).

    Attributes:
        lane: number of the lane that it was read for; a later lane of the same partition begins afresh.
    """

    tp: TP
    lane: int
    start: int
    end: int
    records: list[ConsumerRecord]


@dataclass(slots=True)
class _Cursor:
    """Where a partition is read: `chained` is the end of its last chunk, `seen` also counts markers read since."""

    lane: int
    chained: int
    seen: int


class Lanes(Protocol):
    """What the consumer needs to know of those who take its chunks."""

    @property
    def limit(self) -> int:
        """Most records of a chunk."""
        ...

    def wanting(self) -> set[TP]:
        """Partitions whose lane has room."""
        ...

    def fetched(self, chunk: Chunk) -> bool:
        """A chunk is on its way; False if its lane is gone."""
        ...

    def applied(self) -> Mapping[TP, int]:
        """Next offset by partition: all below is applied and committed."""
        ...


class StageConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread that talks to Kafka and keeps the session alive while a core works. Its methods run in it."""

    def __post_init__(self) -> None:
        """See Faust's."""
        super().__post_init__()
        self._cursors: dict[TP, _Cursor] = {}

    def run(self, work: Coroutine[Any, Any, T]) -> asyncio.Future[T]:
        """Run a coroutine in this thread, and await it in the caller's loop."""
        return asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.thread_loop))

    async def read_from(self, tp: TP, offset: int | None, lane: int) -> tuple[int, int, int]:
        """Begin a partition at an offset (None: its first) for a lane.

        Returns:
            Where it begins, and the partition's first and end offsets now.
        """
        consumer = self._ensure_consumer()
        first = (await consumer.beginning_offsets([tp]))[tp]
        end = (await consumer.end_offsets([tp]))[tp]
        begin = first if offset is None else max(offset, first)
        consumer.seek(tp, begin)
        self._cursors[tp] = _Cursor(lane, begin, begin)
        return begin, first, end

    async def stop_reading(self, tps: set[TP]) -> None:
        """Forget partitions that are no longer ours."""
        for tp in tps:
            self._cursors.pop(tp, None)

    async def fetch(self, tps: set[TP], limit: int) -> list[Chunk]:
        """Up to `limit` records of some of these partitions, waiting a moment if there are none.

        Raises:
            ChainBroken: a position moved under us.
            aiokafka.errors.OffsetOutOfRangeError: what comes next is no longer in the topic.
        """
        wanted = {tp for tp in tps if tp in self._cursors}
        if not wanted:
            await asyncio.sleep(POLL_SECONDS)
            return []
        # Where every lane has room there is none that could get it meanwhile.
        patience = IDLE_SECONDS if len(wanted) == len(self._cursors) else POLL_SECONDS
        consumer = self._ensure_consumer()
        self._check(consumer, wanted)
        fetcher = consumer._fetcher  # noqa: SLF001 - as Faust's own thread does; getmany() is no use in a rebalance
        try:
            with consumer._subscription.fetch_context():  # noqa: SLF001
                found = await fetcher.fetched_records(wanted, timeout=patience, max_records=limit)
        except NoOffsetForPartitionError:
            return []  # the group has no offset yet; where to read is ours to say, and has been said
        return self._chain(consumer, wanted, found)

    async def ends(self) -> dict[TP, tuple[int, int]]:
        """By partition being read: how far reading has come, and the end of what was committed a moment earlier."""
        consumer = self._ensure_consumer()
        reading = dict(self._cursors)
        ends = await consumer.end_offsets(list(reading))
        await asyncio.sleep(ARRIVE_SECONDS)
        return {tp: (cursor.seen, ends[tp]) for tp, cursor in reading.items()}

    def _position(self, consumer: aiokafka.AIOKafkaConsumer, tp: TP) -> int | None:
        assignment = consumer._subscription.subscription.assignment  # noqa: SLF001 - no public way without waiting
        state = assignment.state_value(tp) if assignment is not None else None
        return state.position if state is not None and state.has_valid_position else None

    def _check(self, consumer: aiokafka.AIOKafkaConsumer, tps: set[TP]) -> None:
        for tp in tps:
            position, seen = self._position(consumer, tp), self._cursors[tp].seen
            if position is not None and position != seen:
                raise ChainBroken(f"{tp.topic}-{tp.partition} was read up to {seen} and stands at {position}.")

    def _chain(
        self, consumer: aiokafka.AIOKafkaConsumer, tps: set[TP], found: Mapping[TP, list[ConsumerRecord]]
    ) -> list[Chunk]:
        chunks = []
        for tp in tps:
            cursor, position = self._cursors.get(tp), self._position(consumer, tp)
            if cursor is None or position is None:
                continue  # revoked while we waited
            cursor.seen = position
            if records := found.get(tp):
                chunks.append(Chunk(tp, cursor.lane, cursor.chained, position, records))
                cursor.chained = position
        return chunks

    def _create_worker_consumer(self, transport: Any) -> aiokafka.AIOKafkaConsumer:
        """As Faust's, but it reads committed records only and never chooses an offset by itself."""
        conf = self.app.conf
        self._assignor = RoundRobinPartitionAssignor
        return aiokafka.AIOKafkaConsumer(
            client_id=conf.broker_client_id,
            group_id=conf.id,
            bootstrap_servers=driver.server_list(transport.url, transport.default_port),
            partition_assignment_strategy=[self._assignor],
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            max_poll_records=conf.broker_max_poll_records,
            max_poll_interval_ms=int(conf.broker_max_poll_interval * 1000),
            max_partition_fetch_bytes=conf.consumer_max_fetch_size,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            request_timeout_ms=int(conf.broker_request_timeout * 1000),
            session_timeout_ms=int(conf.broker_session_timeout * 1000),
            rebalance_timeout_ms=int(conf.broker_rebalance_timeout * 1000),
            heartbeat_interval_ms=int(conf.broker_heartbeat_interval * 1000),
            metadata_max_age_ms=conf.consumer_metadata_max_age_ms,
            connections_max_idle_ms=conf.consumer_connections_max_idle_ms,
            **driver.credentials_to_aiokafka_auth(conf.broker_credentials, conf.ssl_context),
        )


class StageConsumer(driver.Consumer):
    """Faust's consumer, delivering chunks to the app's agents as they have room."""

    _thread: StageConsumerThread
    lanes: Lanes
    """Set by the app before it starts."""

    def _new_consumer_thread(self) -> StageConsumerThread:
        return StageConsumerThread(self, loop=self.loop, beacon=self.beacon)

    @property
    def thread(self) -> StageConsumerThread:
        """The thread that talks to Kafka."""
        return self._thread

    async def _drain_messages(self, fetcher: Any) -> None:
        """Deliver until stopped. Takes the place of Faust's loop over single messages."""
        while not (self.should_stop or fetcher.should_stop):
            if not (wanted := self.lanes.wanting()):
                await asyncio.sleep(POLL_SECONDS)
                continue
            for chunk in await self._thread.run(self._thread.fetch(wanted, self.lanes.limit)):
                if self.lanes.fetched(chunk):
                    await self.callback(_as_message(chunk, self.app.consumer_generation_id))

    def ack(self, message: Message) -> bool:
        """An agent is done with a chunk: that says nothing about what is durable."""
        message.acked = True
        return True

    async def perform_seek(self) -> None:
        """Where to read is said by the state, lane by lane (`read_from`), not by the group's offsets."""

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Progress is watched where it is made (`hub.worker.watchdog`)."""

    async def force_commit(self, topics: Any = None, start_new_transaction: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002
        """Tell the group how far the state is."""
        known = self._committed_offset
        offsets = {tp: offset for tp, offset in self.lanes.applied().items() if offset != known[tp]}
        return bool(offsets) and bool(await self._commit_offsets(offsets))


def _as_message(chunk: Chunk, generation: int) -> ConsumerMessage:
    # Streams drop what bears another generation than the group's: it was read before a rebalance.
    return ConsumerMessage(
        topic=chunk.tp.topic,
        partition=chunk.tp.partition,
        offset=chunk.start,
        timestamp=time.time(),
        timestamp_type=0,
        headers=None,
        key=None,
        value=chunk,  # type: ignore[arg-type] # our own agents are the only ones to see it
        checksum=None,
        serialized_key_size=0,
        serialized_value_size=0,
        tp=chunk.tp,
        generation_id=generation,
    )


class StageTransport(driver.Transport):
    """Faust's transport with the consumer above."""

    Consumer: ClassVar[type] = StageConsumer


class StageApp(faust.App):
    """A Faust app whose consumer is ours, and that ends the process where Faust would try to go on.

    Attributes:
        on_fault: called with what crashed any service of the app.
    """

    on_fault: Callable[[BaseException], None]

    def _new_transport(self) -> StageTransport:
        return StageTransport(self.conf.broker_consumer, self)

    def _crash(self, reason: BaseException) -> None:
        self.on_fault(reason)
        super()._crash(reason)
