"""Ends the process when a partition has records to apply and does not move. Measures the lag while it is at it.

A stuck process is worse than a dead one: it keeps its partitions. Kafka's own session only shows that the consumer's
thread is alive.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable

from aiokafka.errors import KafkaError
from faust.types import TP

from hub import metrics
from hub.errors import Retriable
from hub.worker.gauges import StateGauges
from hub.worker.lane import Lane

LOOK_SECONDS = 5.0
STALL_SECONDS = 90.0
"""More than twice what a transaction may take (40 s): a slow broker is not a stalled worker."""


class Stalled(Retriable):
    """A partition with records to apply did not move."""


Ends = Callable[[], Awaitable[dict[TP, tuple[int, int]]]]
"""By partition: how far reading has come, and the end of what is committed in it."""


async def watch(lanes: Iterable[Lane], ends: Ends, on_fault: Callable[[BaseException], object]) -> None:
    """Look at every open lane every few seconds, for ever.

    Args:
        lanes: an iterable that gives the lanes of the moment each time.
        ends: asks the broker.
        on_fault: is told of a stall.
    """
    answered = time.monotonic()
    gauges = StateGauges()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                known = await ends()
        except (KafkaError, TimeoutError):
            silent = time.monotonic() - answered
            if silent > STALL_SECONDS:
                on_fault(Stalled(f"Neither the broker nor the consumer's thread answered for {silent:.0f} s."))
            continue  # while the broker is away no lane can move, and that is not the lane's fault
        answered = time.monotonic()
        for lane in lanes:
            if lane.tp in known and lane.next_offset is not None:
                _look(lane, *known[lane.tp], on_fault)
        gauges.show(lanes)


def _look(lane: Lane, seen: int, end: int, on_fault: Callable[[BaseException], object]) -> None:
    # Offsets of markers count in end - seen until they are read past, so an idle partition comes down to nothing.
    unread = max(end - seen, 0)
    waiting = lane.pending + unread
    # A tick in hand is no work: an idle hub would seem to have some for ever.
    metrics.LAG.labels(lane.stage, lane.tp.topic, str(lane.tp.partition)).set(waiting - lane.ticks)
    still = time.monotonic() - lane.moved_at
    if waiting == 0:
        lane.moved_at = time.monotonic()
    elif still > STALL_SECONDS:
        on_fault(
            Stalled(f"{lane.tp.topic}-{lane.tp.partition} has {waiting} to apply and did not move for {still:.0f} s.")
        )
