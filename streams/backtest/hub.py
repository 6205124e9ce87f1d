"""Reads a hub's topics as history: records, and what checks decided. Writes nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Final

import yaml

from hub.avro import decode
from hub.kafka.clients import Connection, connection
from hub.kafka.probe import greet
from hub.messages import CheckEvent
from hub.settings import Settings
from hub.state.journal import open_journal
from hub.topics import topic
from packs import HERE
from streams.backtest.history import DayOf, Known, of_topic

DECIDED: Final = "decided"
"""Kind of a check's event."""
Take = Callable[[DayOf], None]
Helped = Callable[[str, datetime], None]
"""Hears of help or protection: for which source identity, when."""


def read_decisions(settings: Settings, helped: Helped) -> None:
    """Every check that was decided so that a service followed (`service: true` in packs/decisions.yaml).

    Raises:
        hub.kafka.probe.BrokerAway, hub.kafka.probe.NotLetIn: no Kafka, or none that lets us in.
    """
    pack = yaml.safe_load(((settings.packs_dir or HERE) / "decisions.yaml").read_text("utf-8"))
    services = {name for name, decision in pack["decisions"].items() if decision["service"]}
    kafka, events = connection(settings), topic("check-events")
    greet(kafka)

    def hear(value: bytes) -> None:
        event = decode(value)
        if isinstance(event, CheckEvent) and event.kind == DECIDED and event.codes.get("decision") in services:
            helped(event.anchor, event.at)

    async def read() -> None:
        for partition in range(events.partitions(settings.partitions)):
            await _read(kafka, events.full_name(settings.topic_prefix), partition, None, hear)

    asyncio.run(read())


async def _read(kafka: Connection, name: str, partition: int, begin: int | None, hear: Callable[[bytes], None]) -> int:
    """All of a partition from an offset (None: its beginning); where the next reading begins."""
    async with open_journal(kafka, name, partition) as reader:
        bounds = await reader.bounds()
        start = bounds.start if begin is None else max(begin, bounds.start)
        async for chunk, _ in reader.read(start, bounds.end):
            for record in chunk:
                if record.value:
                    hear(record.value)
        return bounds.end


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

        def hear(value: bytes) -> None:
            for entry in of_topic((value,), self._by, self._notes):
                take(entry)

        async def read() -> None:
            for partition, begin in self._next.items():
                self._next[partition] = await _read(self._kafka, self._name, partition, begin, hear)

        asyncio.run(read())
