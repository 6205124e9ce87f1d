"""Folds a stage's journal into memory, to look at: dumps, comparisons, tests. Read-only; needs no worker to be down."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from hub.kafka.clients import Connection
from hub.kafka.probe import greet
from hub.state.journal import Position, fold, open_journal
from hub.state.memory import MemoryStore


class Folded(NamedTuple):
    """One journal partition's state, and how far into the input it reaches (None: nothing was ever applied)."""

    store: MemoryStore
    position: Position | None


async def fold_partition(kafka: Connection, journal: str, partition: int) -> Folded:
    """Fold one partition of a journal as it stands now.

    Args:
        kafka: the way to it (`hub.kafka.clients.connection(settings)`).
        journal: the journal's full name on the broker.
        partition: which one.
    """
    store = MemoryStore()
    position = None
    async with open_journal(kafka, journal, partition) as reader:
        bounds = await reader.bounds()
        async for records, _ in reader.read(bounds.start, bounds.end):
            position = fold(records, store) or position
    return Folded(store, Position.decode(position) if position else None)


def read_partition(kafka: Connection, journal: str, partition: int) -> Folded:
    """As `fold_partition`, for callers without an event loop.

    Raises:
        hub.kafka.probe.BrokerAway, hub.kafka.probe.NotLetIn: no Kafka, or none that lets us in.
    """
    greet(kafka)
    return asyncio.run(fold_partition(kafka, journal, partition))
