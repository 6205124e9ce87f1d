"""Reads the dead-letters topic, opens a letter, and makes its bytes a source again. Sends nothing.

Whoever opens a letter reads personal data: the opening is written to an audit file, with who and why.
"""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from connectors.kit.api import Context, Format, Native, Reject, Unreadable
from connectors.kit.letters import KEPT_BYTES
from connectors.kit.standing import values
from hub.avro import BadAvro, decode_as
from hub.kafka.clients import Kafka
from hub.messages import AgencyRecord, DeadLetter
from hub.sealing import Sealer
from hub.topics import topic

OWNER_ONLY = 0o600


def letters(kafka: Kafka, prefix: str) -> Iterator[DeadLetter]:
    """Every letter that stands on the topic now, each once (a retry's second copy is left out), oldest first.

    Raises:
        hub.kafka.probe.BrokerAway, hub.kafka.probe.NotLetIn: see `standing.values`.
    """
    yield from _fresh(values(kafka, [topic("dead-letters").full_name(prefix)]))


def _fresh(found: Iterator[bytes]) -> Iterator[DeadLetter]:
    seen: set[str] = set()
    for value in found:
        try:
            letter = decode_as(DeadLetter, value)
        except BadAvro:  # a stranger's bytes on the topic: nothing to show
            continue
        if letter.letter_id not in seen:
            seen.add(letter.letter_id)
            yield letter


def by_id(found: Iterator[DeadLetter], start: str) -> DeadLetter:
    """The one letter whose id begins so.

    Raises:
        Unreadable: `no-letter`: none does, or several.
    """
    fitting = [letter for letter in found if letter.letter_id.startswith(start)]
    if len(fitting) != 1:
        raise Unreadable(
            f"{len(fitting)} dead letters have an id that begins with '{start[:40]}'.",
            "`mash dead-letters list` shows them.",
            reason="no-letter",
        )
    return fitting[0]


def opened(letter: DeadLetter, sealer: Sealer) -> bytes:
    """The original bytes (the first 512 kB of a larger thing).

    Raises:
        hub.keystore.Erased: its key is gone.
    """
    return sealer.open_bytes(letter.key_id, letter.original)


@dataclass(frozen=True, slots=True)
class Replayed:
    """A format that reads one letter: its positions are the letter's: a second failure makes no second letter."""

    inner: Format
    letter: DeadLetter

    @property
    def name(self) -> str:
        """See `Format`."""
        return self.inner.name

    @property
    def agency(self) -> str:
        """See `Format`."""
        return self.inner.agency

    @property
    def system(self) -> str:
        """See `Format`."""
        return self.inner.system

    def sniff(self, head: bytes, file_name: str) -> bool:
        """See `Format`."""
        return self.inner.sniff(head, file_name)

    def read(self, source: BinaryIO) -> Iterator[Native | Reject]:
        """What stands in the letter, under the letter's position."""
        for item in self.inner.read(source):
            yield replace(item, position=self.letter.position)

    def translate(self, native: Native, context: Context) -> list[AgencyRecord]:
        """See `Format`."""
        return self.inner.translate(native, context)


def as_source(letter: DeadLetter, sealer: Sealer) -> BytesIO:
    """The letter's bytes as a source by itself.

    Raises:
        Unreadable: `cut-letter`: only the beginning was kept.
        hub.keystore.Erased: its key is gone.
    """
    original = opened(letter, sealer)
    if letter.original_size > len(original):
        raise Unreadable(
            f"The letter keeps the first {KEPT_BYTES} of {letter.original_size} bytes.",
            "Run the connector on the file itself.",
            reason="cut-letter",
        )
    before = sealer.open_bytes(letter.key_id, letter.before) if letter.before else b""
    after = sealer.open_bytes(letter.key_id, letter.after) if letter.after else b""
    return BytesIO(before + original + after)


def write_audit(path: Path, letter: DeadLetter, doing: str, reason: str, at: datetime) -> None:
    """Write down, durably, who opened a letter and why, before it is opened."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    line = {
        "at": at.isoformat(),
        "who": getpass.getuser(),
        "doing": doing,
        "letter_id": letter.letter_id,
        "reason": reason,
    }
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, OWNER_ONLY), "a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
