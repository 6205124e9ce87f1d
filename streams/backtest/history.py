"""Recorded history: what agencies wrote, put on the days on which a hub would have known it. No rule is read here.

Two sources: files as `mash connector preview --json` writes them (a record a line, in clear), and the `records` topic
of a hub (sealed). Days are kept as files of a scratch folder, so that a county's years need no memory.
"""

from __future__ import annotations

import json
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Literal, NamedTuple

from pydantic import ValidationError

from hub.avro import decode, encode
from hub.errors import Fatal
from hub.ids import Pseudonyms
from hub.messages import AgencyRecord, IdentityCommand, Part, SealedRecord
from hub.messages.record import Whence
from hub.sealing import Sealer, key_names, seal_record

Known = Literal["recorded", "received"]
"""When a record counts as known: when the agency wrote it down (else when it happened), or when the hub read it."""
_LENGTH = struct.Struct(">I")
_SEALED_TOGETHER = 500
_OPEN_FILES = 64


class HistoryWrong(Fatal):
    """A history that cannot be played; the text names file and line."""


class DayOf(NamedTuple):
    """A message of the records topic, and the moment at which it is played."""

    known: datetime
    value: bytes


class Diary:
    """Messages by day, in a scratch folder: added in any order, read day by day, each day in order of the moment."""

    def __init__(self, folder: Path) -> None:
        """Begin empty in `folder`, which is made."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._open: dict[date, IO[bytes]] = {}
        self._days: set[date] = set()
        self.messages = 0

    def add(self, entry: DayOf) -> None:
        """Keep one message."""
        day = entry.known.astimezone(UTC).date()
        if day not in self._open:
            if len(self._open) >= _OPEN_FILES:
                self._close()
            self._open[day] = (self._folder / f"{day.isoformat()}.bin").open("ab")
            self._days.add(day)
        at = int(entry.known.timestamp()).to_bytes(8, "big", signed=True)
        self._open[day].write(_LENGTH.pack(len(entry.value)) + at + entry.value)
        self.messages += 1

    def span(self) -> tuple[date, date] | None:
        """First and last day; None if nothing was added."""
        return (min(self._days), max(self._days)) if self._days else None

    def day(self, day: date) -> list[bytes]:
        """All of one day, in the order of their moments; of one moment as they were added."""
        self._close()
        path = self._folder / f"{day.isoformat()}.bin"
        if day not in self._days:
            return []
        found = []
        with path.open("rb") as stream:
            while head := stream.read(_LENGTH.size + 8):
                size = _LENGTH.unpack_from(head)[0]
                found.append((int.from_bytes(head[_LENGTH.size :], "big", signed=True), stream.read(size)))
        found.sort(key=lambda item: item[0])
        return [value for _, value in found]

    def _close(self) -> None:
        for stream in self._open.values():
            stream.close()
        self._open.clear()


def records_of(paths: Iterable[Path], notes: Counter[str]) -> Iterator[AgencyRecord]:
    """Records of files that `mash connector preview --json` wrote; rejects in them are counted, not played.

    Raises:
        HistoryWrong: a file cannot be read, or a line holds something else.
    """
    for path in paths:
        try:
            with path.open(encoding="utf-8") as stream:
                yield from _lines(path, stream, notes)
        except (OSError, UnicodeDecodeError) as error:
            raise HistoryWrong(
                f"{path.name} cannot be read ({type(error).__name__}).", "Check its path and that it is UTF-8."
            ) from error


def _lines(path: Path, stream: Iterable[str], notes: Counter[str]) -> Iterator[AgencyRecord]:
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            if "reject" in item:
                notes["set aside by the connector"] += 1
                continue
            yield AgencyRecord.model_validate(item["record"])
        except (ValueError, KeyError, TypeError, ValidationError) as error:
            raise HistoryWrong(
                f"{path.name} line {number} is no record ({type(error).__name__}).",
                "Make the file with `mash connector preview FORMAT FILE --json`.",
            ) from None


def sealed(records: Iterable[AgencyRecord], pseudonyms: Pseudonyms, sealer: Sealer, by: Known) -> Iterator[DayOf]:
    """Clear records as a connector would have sent them on the day."""
    batch: list[AgencyRecord] = []
    for record in records:
        batch.append(record)
        if len(batch) == _SEALED_TOGETHER:
            yield from _sealed(batch, pseudonyms, sealer, by)
            batch.clear()
    yield from _sealed(batch, pseudonyms, sealer, by)


def _sealed(batch: list[AgencyRecord], pseudonyms: Pseudonyms, sealer: Sealer, by: Known) -> Iterator[DayOf]:
    sealer.ensure(set().union(*(key_names(r, pseudonyms) for r in batch)))
    for record in batch:
        ours = record.model_copy(update={"partnership": pseudonyms.partnership})
        yield on_its_day(seal_record(ours, pseudonyms, sealer), by)


def on_its_day(message: SealedRecord | IdentityCommand, by: Known) -> DayOf:
    """A message of the records topic with the moment of its playing. A back-loaded record counts as told on its day."""
    if isinstance(message, IdentityCommand):
        return DayOf(message.at, encode(message))
    moment = known_at(message, by)
    if message.whence.history:
        whence = Whence.model_validate({**message.whence.model_dump(), "history": False})
        message = message.model_copy(update={"whence": whence})
    return DayOf(moment, encode(message))


def known_at(record: SealedRecord, by: Known) -> datetime:
    """When a hub that had been there would have known it; never later than it was read."""
    if by == "received":
        return record.received_at
    return min(record.recorded_at or record.occurred_at or record.received_at, record.received_at)


def of_topic(values: Iterable[bytes], by: Known, notes: Counter[str]) -> Iterator[DayOf]:
    """Messages of a records topic; what cannot be decoded is counted."""
    for value in values:
        try:
            message: Part = decode(value)
        except Exception as error:  # noqa: BLE001 - a broken message was set aside by the hub as well
            notes[f"unreadable ({type(error).__name__})"] += 1
            continue
        if isinstance(message, SealedRecord | IdentityCommand):
            yield on_its_day(message, by)
