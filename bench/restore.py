"""How long a worker takes to restore pictures from their journal: a real broker, one partition, an empty cache.

    python -m bench.restore [--pictures 50000]

The rows are those that the person core wrote for some people, under as many names as there are pictures. What is timed
is what a worker does before it takes its first message: fence, read the journal, fold it into LMDB.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from bench.pictures import PACK, Stage, known
from hub.kafka.admin import admin, apply
from hub.kafka.clients import Connection, way_to
from hub.kafka.embedded import EmbeddedKafka
from hub.kafka.probe import cluster_id
from hub.state.journal import open_journal
from hub.state.outputs import OutputWriter
from hub.state.partition import StatePartition
from hub.state.place import Place
from hub.state.restore import open_cache, restore
from hub.state.transaction import FencedProducer, Send
from hub.topics import topic
from streams.picture.person_core import PersonCore
from streams.picture.rules.engine import load_engine
from streams.picture.stories import box_in_memory

PREFIX = "restore"
TOPICS = [topic("persons"), topic("person-journal")]
TEMPLATES = 200
"""People whose rows are written again and again under other names."""
RECORDS = 4
"""Of each person, every one with a fact that rules ask for."""
ROWS = 20_000
"""Rows written to the journal in one transaction."""
GOAL = 1_000_000
"""Pictures that an area has, over all partitions of its workers."""


def rows_of(stage: Stage, pictures: int) -> Iterator[tuple[bytes, bytes]]:
    """Rows of so many pictures."""
    templates: dict[bytes, list[tuple[list[bytes], bytes]]] = {}
    for key, value in stage.rows.scan(b""):
        parts = key.split(b"/")
        for name in parts:
            if name.startswith(b"person-"):
                templates.setdefault(name, []).append((parts, value))
    for number in range(pictures):
        name, rows = list(templates.items())[number % len(templates)]
        for parts, value in rows:
            yield b"/".join(b"p%08d" % number if part == name else part for part in parts), value


async def fill(kafka: Connection, rows: Iterator[tuple[bytes, bytes]]) -> tuple[int, int]:
    """Write the journal; how many rows and bytes that were."""
    producer, journal = FencedProducer(kafka, f"{PREFIX}.fill"), topic("person-journal").full_name(PREFIX)
    await producer.open()
    count = size = 0
    while sends := [Send(journal, 0, key, value) for key, value in islice(rows, ROWS)]:
        await producer.commit(sends, [])
        count += len(sends)
        size += sum(len(s.key) + len(s.value or b"") for s in sends)
    await producer.close()
    return count, size


def place_of(kafka: Connection, folder: Path) -> Place:
    """Where the state lives. The broker's ids of the topics only tell a cache from another cluster's."""
    persons, journal = (t.full_name(PREFIX) for t in TOPICS)
    return Place(kafka, cluster_id(kafka) or "", PREFIX, folder, persons, persons, journal, journal)


async def restored(place: Place, stage: Stage) -> tuple[float, float]:
    """Wall and CPU seconds until a worker's partition is open."""
    writer = OutputWriter("person", PREFIX, stage.box.sealer, lambda: datetime.now(UTC))
    state = StatePartition(PersonCore(stage.engine, stage.box), 0, place, writer)
    wall, cpu = time.monotonic(), time.process_time()
    await state.open()
    taken = time.monotonic() - wall, time.process_time() - cpu
    await state.close()
    return taken


async def copied(place: Place) -> None:
    """What a standby does before its owner is gone."""
    cache = open_cache(place, PersonCore.name, 0)
    async with open_journal(place.kafka, place.journal, 0) as journal:
        await restore(journal, cache, lambda _: None)
    cache.close()


def main(pictures: Annotated[int, typer.Option(help="Pictures in the journal.")] = 50_000) -> None:
    """Print how long they take, and a million of them.

    Example: python -m bench.restore --pictures 50000
    """
    stage = Stage(load_engine(PACK), box_in_memory())
    known(stage, TEMPLATES, RECORDS)
    with tempfile.TemporaryDirectory() as name, EmbeddedKafka(Path(name) / "kafka") as broker:
        kafka = way_to(broker.bootstrap)
        with admin(kafka) as client:
            apply(client, PREFIX, 1, TOPICS)
        rows, size = asyncio.run(fill(kafka, rows_of(stage, pictures)))
        print(f"{pictures:,} pictures of {RECORDS} records: {rows:,} rows, {size / 1e6:,.0f} MB")
        wall, cpu = asyncio.run(restored(place_of(kafka, Path(name) / "worker"), stage))
        spare = place_of(kafka, Path(name) / "spare")
        asyncio.run(copied(spare))
        warm, _ = asyncio.run(restored(spare, stage))
    print(f"restored in {wall:.1f} s, {cpu:.1f} s of CPU: {rows / wall:,.0f} rows a second")
    print(f"{GOAL:,} at this rate: {wall * GOAL / pictures / 60:.1f} min in one process, one partition after another")
    print(f"taken over from a standby's copy: {warm:.2f} s")


if __name__ == "__main__":
    typer.run(main)
