"""Reads a hub's records topic as history, from its beginning or from where the last reading ended. Writes nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

from hub.kafka.clients import Connection, connection
from hub.kafka.probe import greet
from hub.settings import Settings
from hub.state.journal import open_journal
from hub.topics import topic
from streams.backtest.history import DayOf, Known, of_topic

Take = Callable[[DayOf], None]


class RecordsTopic:
    """The records topic of a hub, read committed."""

    def __init__(self, settings: Settings, by: Known, notes: Counter[str]) -> None:
        """Greet the broker. What cannot be decoded is counted in `notes`.

        Raises:
            hub.kafka.probe.BrokerAway, hub.kafka.probe.NotLetIn: no Kafka, or none that lets us in.
        """
        self._kafka: Connection = connection(settings)
        greet(self._kafka)
        records = topic("records")
        self._name = records.full_name(settings.topic_prefix)
        self._next: dict[int, int | None] = dict.fromkeys(range(records.partitions(settings.partitions)))
        self._by = by
        self._notes = notes

    def read(self, take: Take) -> None:
        """Hand over all that is new since the last reading."""
        asyncio.run(self._read(take))

    async def _read(self, take: Take) -> None:
        for partition, begin in self._next.items():
            async with open_journal(self._kafka, self._name, partition) as reader:
                bounds = await reader.bounds()
                start = bounds.start if begin is None else max(begin, bounds.start)
                async for chunk, _ in reader.read(start, bounds.end):
                    for entry in of_topic((r.value for r in chunk if r.value), self._by, self._notes):
                        take(entry)
                self._next[partition] = bounds.end
