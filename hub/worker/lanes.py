"""All lanes of a process: opens them on assignment, closes them on revocation, hands them their chunks."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import NoReturn

from faust.types import TP

from hub.state.partition import StatePartition
from hub.worker.lane import Lane, Limits, ReadFrom
from hub.worker.transport import Chunk


class LaneSet:
    """See the module; it is what `hub.worker.transport.Lanes` asks for.

    Args:
        make_state: the state of one input partition, unopened.
        limits: of a transaction.
        read_from: begins reading a partition.
        stop_reading: ends it.
        on_fault: ends the process.
    """

    def __init__(
        self,
        make_state: Callable[[TP], StatePartition],
        limits: Limits,
        read_from: ReadFrom,
        stop_reading: Callable[[set[TP]], object],
        on_fault: Callable[[BaseException], None] | Callable[[BaseException], NoReturn],
    ) -> None:
        """See the class."""
        self._make_state = make_state
        self._limits = limits
        self._read_from = read_from
        self._stop_reading = stop_reading
        self._on_fault = on_fault
        self._lanes: dict[TP, Lane] = {}
        self._finished: dict[TP, int] = {}
        self._numbers = itertools.count(1)

    def __iter__(self) -> Iterator[Lane]:
        return iter(tuple(self._lanes.values()))

    @property
    def limit(self) -> int:
        """Most records of a chunk."""
        return self._limits.records

    def open(self, tps: Iterable[TP]) -> None:
        """Start a lane for each partition that has none."""
        for tp in sorted(tps):
            if tp not in self._lanes:
                lane = Lane(tp, next(self._numbers), self._make_state(tp), self._limits, self._read_from)
                self._lanes[tp] = lane
                lane.start(self._on_fault)

    async def close(self, tps: Iterable[TP] | None = None) -> None:
        """Close the lanes of these partitions (all, if None): batches in hand are finished, the rest is dropped."""
        closing = [self._lanes.pop(tp) for tp in (set(self._lanes) if tps is None else set(tps) & set(self._lanes))]
        if not closing:
            return
        self._stop_reading({lane.tp for lane in closing})
        for outcome in await asyncio.gather(*(lane.close() for lane in closing), return_exceptions=True):
            if isinstance(outcome, BaseException):
                self._on_fault(outcome)

    async def finish(self) -> None:
        """Close every lane for good; `applied` goes on telling how far they came, for the last commit."""
        closing = list(self)
        await self.close()
        self._finished = {lane.tp: lane.applied for lane in closing if lane.applied is not None}

    def wanting(self) -> set[TP]:
        """Partitions whose lane has room."""
        return {tp for tp, lane in self._lanes.items() if lane.has_room}

    def fetched(self, chunk: Chunk) -> bool:
        """A chunk is on its way; False if its lane is gone."""
        lane = self._of(chunk)
        if lane is not None:
            lane.expect(chunk)
        return lane is not None

    def deliver(self, chunk: Chunk) -> None:
        """Hand a chunk to its lane; if that is gone, whoever has the partition now reads the records afresh."""
        lane = self._of(chunk)
        if lane is not None:
            lane.put(chunk)

    def applied(self) -> dict[TP, int]:
        """Next offset by partition: all below is applied and committed."""
        open_ = {tp: lane.applied for tp, lane in self._lanes.items() if lane.applied is not None}
        return self._finished | open_

    def _of(self, chunk: Chunk) -> Lane | None:
        lane = self._lanes.get(chunk.tp)
        return lane if lane is not None and lane.number == chunk.lane else None
