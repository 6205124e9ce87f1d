"""Reads a stage's journal: the compacted topic that is the stage's state, row by row. Nothing here writes to Kafka.

Key = row key, value = row, no value = deleted row; the reserved row `POSITION_KEY` says how far into the
input topic the other rows reach. Only committed rows are read.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from hub.errors import Fatal, Retriable
from hub.kafka.clients import Connection, client_arguments
from hub.state.batch import BEGINNING
from hub.state.headers import from_micros, micros
from hub.state.rows import RESERVED, Rows

POSITION_KEY: Final = RESERVED + b"position"
READ_RECORDS: Final = 20_000
"""Rows folded at a time: some 5 MB, and one LMDB write transaction."""
_POLL_MS: Final = 500
STALL_SECONDS: Final = 60.0
"""A restore that gets nothing for so long ends the process; a broker that lives answers within one."""


class JournalBroken(Fatal):
    """The journal holds what no stage wrote."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a stage has come in one input partition.

    Attributes:
        input_id: the broker's id of the input topic: offsets mean nothing in another topic of the same name.
        next_offset: every input record below it is applied. None: no batch was ever applied.
        now: the latest tick.
    """

    input_id: str
    next_offset: int | None = None
    now: datetime = BEGINNING

    def encode(self) -> bytes:
        """As the journal holds it."""
        return json.dumps({"v": 1, "input": self.input_id, "next": self.next_offset, "now": micros(self.now)}).encode()

    @classmethod
    def decode(cls, data: bytes) -> Position:
        """From the journal.

        Raises:
            JournalBroken: unreadable, or written by a later version.
        """
        try:
            row = json.loads(data)
            if row["v"] != 1:
                raise ValueError("a later version")  # noqa: TRY301 - same remedy as unreadable bytes
            return cls(row["input"], row["next"], from_micros(row["now"]))
        except (ValueError, KeyError, TypeError) as error:
            raise JournalBroken(
                f"The journal's position row cannot be read ({type(error).__name__}).",
                "Run the version of the hub that wrote it, or a later one.",
            ) from error


class Bounds(NamedTuple):
    """First offset that the journal partition still has, and the one after its last committed record."""

    start: int
    end: int


class JournalReader:
    """One journal partition, read committed. Use `open_journal`."""

    def __init__(self, consumer: AIOKafkaConsumer, partition: TopicPartition) -> None:
        """See `open_journal`."""
        self._consumer = consumer
        self._tp = partition

    async def bounds(self) -> Bounds:
        """Where it begins and ends now."""
        start = (await self._consumer.beginning_offsets([self._tp]))[self._tp]
        end = (await self._consumer.end_offsets([self._tp]))[self._tp]
        return Bounds(start, end)

    async def read(self, start: int, end: int) -> AsyncIterator[tuple[list[ConsumerRecord], int]]:
        """Records of [start, end) in chunks, each with the offset that reading goes on from.

        Raises:
            Retriable: nothing came for `STALL_SECONDS`.
        """
        self._consumer.seek(self._tp, start)
        position, moved = start, time.monotonic()
        while position < end:
            found = await self._consumer.getmany(self._tp, timeout_ms=_POLL_MS, max_records=READ_RECORDS)
            reached = await self._consumer.position(self._tp)
            if reached > position:
                position, moved = reached, time.monotonic()
                yield found.get(self._tp, []), position
            elif time.monotonic() - moved > STALL_SECONDS:
                raise Retriable(f"Reading {self._tp.topic}-{self._tp.partition} stands still at {position} of {end}.")


@asynccontextmanager
async def open_journal(kafka: Connection, topic: str, partition: int) -> AsyncIterator[JournalReader]:
    """A reader of one partition of a journal; its connections close with it."""
    consumer = AIOKafkaConsumer(
        **client_arguments(kafka),
        enable_auto_commit=False,
        auto_offset_reset="none",
        isolation_level="read_committed",
        max_partition_fetch_bytes=8 << 20,  # restoring is one long read: fewer, larger fetches
    )
    await consumer.start()
    try:
        tp = TopicPartition(topic, partition)
        consumer.assign([tp])
        yield JournalReader(consumer, tp)
    finally:
        await consumer.stop()


def fold(records: Iterable[ConsumerRecord], rows: Rows) -> bytes | None:
    """Write journal records into rows, the last of a key winning.

    Returns:
        The last position row among them, encoded; None if there was none.
    """
    position = None
    for record in records:
        if record.key == POSITION_KEY:
            position = record.value
        elif record.value is None:
            rows.delete(record.key)
        else:
            rows.put(record.key, record.value)
    return position
