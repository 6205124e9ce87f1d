"""A lane works through one assigned input partition: chunks in, one batch and one transaction after another.

A lane lives from assignment to revocation and is never used again. It opens its state first (fencing whoever had the
partition before), says where reading begins, and then batches what arrives. Whatever raises in it ends the process.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from faust.types import TP

from hub import metrics
from hub.clock import KEY as TICK_KEY
from hub.errors import Fatal
from hub.log import get_logger
from hub.state.api import GaugeValues, MessageMeta
from hub.state.batch import Inbound
from hub.state.headers import published_at
from hub.state.partition import StatePartition
from hub.worker.measuring import measure
from hub.worker.transport import ChainBroken, Chunk

CLOSE_SECONDS = 45.0
"""How long a batch may take to finish at revocation: a little over what a transaction may (40 s)."""

EXPIRED = "expired-unread"

LONGEST_TIMES = 5
"""It gathers at most so many times a transaction's seconds: 250 ms by default, and a hop stays under half a second."""

log = get_logger("lane")


class InputCutShort(Fatal):
    """The input ends before what was already applied: it was cut back or replaced."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When a transaction closes: after so many records, or so many seconds."""

    records: int
    seconds: float


ReadFrom = Callable[[TP, "int | None", int], Awaitable[tuple[int, int, int]]]
"""(partition, offset, lane number) -> where reading begins, the first and the end offset that the broker has."""


class Lane:
    """See the module.

    Attributes:
        number: no other lane of this process has it.
        pending: messages on their way to this lane or waiting in it.
        ticks: how many of these are ticks.
        next_offset: all below is handled; None until it is open.
        moved_at: when `next_offset` last changed or the lane opened, monotonic seconds.
    """

    def __init__(self, tp: TP, number: int, state: StatePartition, limits: Limits, read_from: ReadFrom) -> None:
        """Nothing is opened yet."""
        self.tp = tp
        self.number = number
        self.pending = 0
        self.ticks = 0
        self.next_offset: int | None = None
        self.moved_at = time.monotonic()
        self._state = state
        self._limits = limits
        self._read_from = read_from
        self._queue: asyncio.Queue[Chunk | None] = asyncio.Queue()
        self._held: Chunk | None = None
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        self._started = 0.0
        self._until = 0.0

    def start(self, on_fault: Callable[[BaseException], None]) -> None:
        """Open the state and begin. `on_fault` is told of whatever goes wrong."""
        self._task = asyncio.create_task(self._guard(on_fault), name=f"lane {self.tp.topic}-{self.tp.partition}")

    @property
    def stage(self) -> str:
        """Name of the stage that it belongs to."""
        return self._state.core.name

    def gauges(self) -> GaugeValues:
        """How its committed state stands."""
        return self._state.gauges()

    @property
    def has_room(self) -> bool:
        """Whether more may be fetched: two batches ahead keeps it busy through a commit."""
        return self.next_offset is not None and not self._closing and self.pending < 2 * self._limits.records

    @property
    def applied(self) -> int | None:
        """All below is applied for good, in the journal; None before any batch was, or until it is open."""
        return None if self.next_offset is None else self._state.position.next_offset

    def expect(self, chunk: Chunk) -> None:
        """A chunk is on its way."""
        self.pending += len(chunk.records)
        self.ticks += sum(record.key == TICK_KEY for record in chunk.records)

    def put(self, chunk: Chunk) -> None:
        """Take over a chunk."""
        self._queue.put_nowait(chunk)

    async def close(self) -> None:
        """Finish the batch in hand, drop the rest, close the state."""
        self._closing = True
        self._queue.put_nowait(None)
        if self._task is not None:
            if self.next_offset is None:
                self._task.cancel()  # still opening: that commits nothing
            async with asyncio.timeout(CLOSE_SECONDS):
                await asyncio.wait([self._task])
        await self._state.close()

    async def _guard(self, on_fault: Callable[[BaseException], None]) -> None:
        try:
            await self._open()
            while (batch := await self._gather()) is not None:
                await self._apply(*batch)
        except asyncio.CancelledError:
            if not self._closing:
                on_fault(ChainBroken(f"the lane of {self.tp.topic}-{self.tp.partition} was cancelled while in use."))
        except BaseException as error:  # noqa: BLE001 - whatever it is, what the lane knows can't be trusted any more
            on_fault(error)

    async def _open(self) -> None:
        await self._state.open()
        wanted = self._state.position.next_offset
        begin, first, end = await self._read_from(self.tp, wanted, self.number)
        name = f"{self.tp.topic}-{self.tp.partition}"
        if wanted is not None and wanted > end:
            raise InputCutShort(
                f"{name} ends at {end}, but {self._state.core.name} has applied all below {wanted}.",
                "Records were lost on the broker (an unclean leader election?) or the topic was made anew. Restore it, "
                "or re-send what is missing and write the stage's next generation.",
            )
        if wanted is not None and begin > wanted:
            # Nobody can bring them back by stopping here; somebody must hear of it.
            log.error("records expired unread", partition=name, count=begin - wanted, offset=first)
            metrics.REJECTS.labels(self._state.core.name, "", EXPIRED).inc(begin - wanted)
        self.next_offset = begin
        self.moved_at = time.monotonic()
        restored = self._state.restored
        log.info("lane open", stage=self.stage, partition=name, offset=begin, lag=end - begin, restored=restored)

    async def _gather(self) -> tuple[list[Inbound], int] | None:
        """The next batch and where it ends; None when the lane closes."""
        chunks: list[Chunk] = []
        count = 0
        while count < self._limits.records:
            chunk = await self._next(self._until if chunks else None)
            if self._closing:
                return None  # what is dropped here is read afresh by the next owner
            if chunk is None:
                break
            if count + len(chunk.records) > self._limits.records:
                self._held = chunk
                break
            chunks.append(chunk)
            count += len(chunk.records)
        self._started = asyncio.get_running_loop().time()
        return self._joined(chunks)

    async def _next(self, deadline: float | None) -> Chunk | None:
        """The next chunk; None at the deadline (loop time), or when the lane closes."""
        if self._held is not None:
            chunk, self._held = self._held, None
            return chunk
        try:
            async with asyncio.timeout_at(deadline):
                return await self._queue.get()
        except TimeoutError:
            return None

    def _joined(self, chunks: list[Chunk]) -> tuple[list[Inbound], int]:
        """The chunks' records, having made sure that nothing is missing between them."""
        inbound = []
        expected = self._read_to
        for chunk in chunks:
            if chunk.start != expected:
                raise ChainBroken(f"{self.tp.topic}-{self.tp.partition}: {expected} was to come, {chunk.start} came.")
            expected = chunk.end
            for record in chunk.records:
                meta = MessageMeta(
                    record.topic, record.partition, record.offset, published_at(record.headers, record.timestamp)
                )
                inbound.append(Inbound(meta, record.key, record.value, record.headers))
        return inbound, expected

    @property
    def _read_to(self) -> int:
        assert self.next_offset is not None
        return self.next_offset

    async def _apply(self, inbound: list[Inbound], next_offset: int) -> None:
        result = await self._state.apply(inbound, next_offset)
        self.pending -= len(inbound)
        self.ticks -= sum(record.key == TICK_KEY for record in inbound)
        self.next_offset = next_offset
        self.moved_at = time.monotonic()
        now = asyncio.get_running_loop().time()
        self._until = gathers_until(self._started, now, self._limits.seconds)
        measure(self.stage, result, now - self._started)


def gathers_until(started: float, ended: float, seconds: float) -> float:
    """When the next transaction closes (loop time), unless it is full before.

    Under load it gathers as long as the last one took: transactions are then fewer, and what a batch does once for each
    person it does for more records. One that took 5 ms makes nobody wait.

    Args:
        started: when the last transaction began.
        ended: when it was over.
        seconds: how long one stays open at least.
    """
    longer = min(ended - started, LONGEST_TIMES * seconds)
    return max(started + seconds, ended + longer)
