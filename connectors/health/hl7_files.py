"""Files of HL7 v2 messages, cut into messages, each with its exact bytes. Nothing about what a message says.

Reads one message or many; segments ended by CR, LF or CR LF; MLLP frames (VT ... FS CR) left in the file; FHS/BHS
batches, whose trailer counts are checked. Memory is bounded by `MESSAGE_LIMIT`, whatever the size of the file.
Source: HL7 v2.4, 2.15 and appendix C.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from connectors.health.hl7_text import parse
from connectors.kit.api import Native, Reject, Unreadable
from connectors.kit.csv_rows import WRONG_FORMAT
from connectors.kit.text import BOM, refuse_utf16

MESSAGE_LIMIT = 1 << 20
"""Longest message, in bytes: as long as a Kafka message may be. ADT messages are below 10 kB."""
CHUNK = 1 << 16
_END = re.compile(rb"\x1c(?:\r\n?)?|\r\n|\r|\n")
"""Ends of a line. An MLLP frame's end is one too: some senders leave out the CR after it."""
_OPENING = b"\x0b"
_CLOSING = b"\x1c"
_BATCH = (b"FHS", b"BHS", b"BTS", b"FTS")


def looks_like(head: bytes) -> bool:
    """Whether bytes begin as a message, a batch or an MLLP frame does."""
    start = _lead(head)[:4]
    return start[:3] in (b"MSH", b"FHS", b"BHS") and len(start) > 3 and not start[3:4].isalnum()  # noqa: PLR2004


def read_messages(source: BinaryIO) -> Iterator[Native | Reject]:
    """Messages of a file; `Native.value` is a `Message`.

    Raises:
        Unreadable: `empty-file`, `utf-16`, `wrong-format`: nothing in it is HL7 v2.
    """
    first = source.read(CHUNK)
    refuse_utf16(first)
    if not first.strip(BOM + b"\x0b\x1c\r\n\t "):
        raise Unreadable("The file is empty.", "Ask the sender for the file again.", reason="empty-file")
    if not looks_like(first):
        raise Unreadable(
            "The file is not of this format: it does not begin with MSH, FHS or BHS.",
            "Name the right format, or let `auto` find it.",
            reason=WRONG_FORMAT,
        )
    cutter = _Cutter()
    for line in _lines(source, first):
        yield from cutter.take(line)
    yield from cutter.finish(at_end=True)


def _lead(head: bytes) -> bytes:
    return head.removeprefix(BOM).lstrip(b"\x0b\r\n\t ")


def _lines(source: BinaryIO, first: bytes) -> Iterator[bytes]:
    """Lines with their ends, whichever they are; a line over the limit comes in pieces."""
    held = first.removeprefix(BOM)
    while True:
        chunk = source.read(CHUNK)
        cut = 0
        # A CR or FS at the very end may be a part of FS CR LF: wait for what follows.
        body = held.rstrip(b"\x1c\r") if chunk else held
        for found in _END.finditer(body):
            yield held[cut : found.end()]
            cut = found.end()
        held = held[cut:]
        if len(held) > MESSAGE_LIMIT:
            yield held
            held = b""
        if not chunk:
            if held:
                yield held
            return
        held += chunk


@dataclass(slots=True)
class _Cutter:
    """Lines in, messages out: keeps the bytes of the message in hand."""

    number: int = 0
    in_batch: int = 0
    size: int = 0
    framed: bool = False
    held: list[bytes] = field(default_factory=list)

    def take(self, line: bytes) -> Iterator[Native | Reject]:
        """The next line; whatever it completes."""
        start = line.lstrip(b"\x0b\t ")
        if start.startswith(b"MSH"):
            yield from self.finish()
            self.number += 1
            self.in_batch += 1
            self.framed = _OPENING in line[: len(line) - len(start)]
            self._hold(start)
        elif start.startswith(_BATCH):
            yield from self.finish()
            yield from self._batch(start)
        elif self.held:
            self._hold(line)
        elif start.strip(b"\x1c\r\n\t "):
            where = f"after message {self.number}"
            detail = "A line outside any message. Ask the sender what it belongs to; the messages around it are read."
            yield Reject(line[:MESSAGE_LIMIT], where, "stray-line", detail)
        if _CLOSING in line and self.held:
            self.framed = False
            yield from self.finish()

    def finish(self, *, at_end: bool = False) -> Iterator[Native | Reject]:
        """The message in hand, if there is one."""
        if not self.held:
            return
        raw, position = b"".join(self.held), f"message {self.number}"
        too_large, cut_off = self.size > MESSAGE_LIMIT, self.framed and at_end
        self.held, self.size, self.framed = [], 0, False
        if too_large:
            detail = (
                f"A message of more than {MESSAGE_LIMIT} bytes. Ask the sender to leave documents and images out of it."
            )
            yield Reject(raw, position, "too-large", detail)
        elif cut_off:
            yield Reject(raw, position, "truncated", "The file ends inside an MLLP frame. Ask for it again.")
        else:
            yield native(raw, position, self.number)

    def _hold(self, line: bytes) -> None:
        if self.size <= MESSAGE_LIMIT:
            self.held.append(line)
        self.size += len(line)

    def _batch(self, line: bytes) -> Iterator[Reject]:
        """A batch header starts the count; its trailer says how many there should be."""
        if line.startswith(b"BHS"):
            self.in_batch = 0
        elif line.startswith(b"BTS"):
            said = line[4:].split(line[3:4], 1)[0].strip() if len(line) > 4 else b""  # noqa: PLR2004 - BTS and a delimiter
            if said.isdigit() and int(said) != self.in_batch:
                detail = (
                    f"The batch trailer counts {int(said)} messages, {self.in_batch} came. Ask for the batch again."
                )
                yield Reject(line, f"after message {self.number}", "batch-count", detail)
            self.in_batch = 0


def native(raw: bytes, position: str, row: int) -> Native | Reject:
    """A message's bytes as a native record, or a reject where they can't be parsed."""
    try:
        return Native(raw, position, row, parse(raw))
    except Unreadable as error:
        return Reject(raw, position, error.reason, str(error))
