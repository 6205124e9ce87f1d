"""What a format is: a reader that cuts a source into native records, and a pure translation of each. No Kafka here.

A connector author writes `read` and `translate` (and `sniff`, so that `auto` finds the format); the kit does the rest:
preview, sealing, publishing, checkpoints, dead letters, receipts, metrics.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Protocol

from hub.errors import Skippable
from hub.messages import AgencyRecord


class Unreadable(Skippable):
    """A native record, or a whole file, that cannot become a record; `reason` says why in a code."""


@dataclass(frozen=True, slots=True)
class Native:
    """One native record.

    Attributes:
        raw: its exact bytes in the source.
        position: where it stood (`line 12`, `message 3`, `Child 7`): no personal data.
        row: its number in the source from 1, for versions of sources that have none.
        value: what the reader made of it, in the format's own shape.
        before, after: what makes `raw` a source by itself (a CSV's header, an XML's root and header): for a replay.
    """

    raw: bytes
    position: str
    row: int
    value: Any
    before: bytes = b""
    after: bytes = b""


@dataclass(frozen=True, slots=True)
class Reject:
    """A native record, or what should have been one, set aside with its bytes and the reason.

    Attributes:
        raw: its exact bytes in the source.
        position: as in `Native`.
        reason: short stable code (`bad-encoding`, `wrong-columns` ...).
        detail: what is wrong and what to do, without personal data.
        before, after: as in `Native`.
    """

    raw: bytes
    position: str
    reason: str
    detail: str
    before: bytes = b""
    after: bytes = b""


@dataclass(frozen=True, slots=True)
class Context:
    """What a translation may know beside the native record.

    Attributes:
        partnership: whose hub.
        system: which system of the agency the source is.
        received_at: when the connector reads, UTC: the clock passed in.
        extracted_at: when the source was made, as far as known (file time, header).
        history: back-loaded: updates pictures and opens nothing.
        agreement: id of the sharing agreement that admits the feed.
    """

    partnership: str
    system: str
    received_at: datetime
    extracted_at: datetime
    history: bool = False
    agreement: str = ""


class Format(Protocol):
    """One native format of one agency."""

    @property
    def name(self) -> str:
        """Such as `health.hl7v2.adt`."""
        ...

    @property
    def agency(self) -> str:
        """Agency code of AgencyRecord."""
        ...

    @property
    def system(self) -> str:
        """Default system name, where the run does not give one."""
        ...

    def sniff(self, head: bytes, file_name: str) -> bool:
        """Whether the first 64 kB of a source look like this format. The content decides; the name only helps."""
        ...

    def read(self, source: BinaryIO) -> Iterator[Native | Reject]:
        """Cut a source into native records, one at a time, memory bounded whatever the size.

        Raises:
            Unreadable: the whole source is no such thing (empty, an entity bomb, another format); none of it was read.
        """
        ...

    def translate(self, native: Native, context: Context) -> list[AgencyRecord]:
        """What the native record says, as canonical records. Pure: no I/O, no clock, no randomness.

        Raises:
            Unreadable: this native record can't become a record.
        """
        ...
