"""Dead letters of connectors: what could not become a record, sealed, with reason and position. Sends nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connectors.kit.api import Reject
from connectors.kit.source import Source
from hub.ids import Pseudonyms, derived_id
from hub.messages import DeadLetter
from hub.sealing import Sealer

KEPT_BYTES = 512 * 1024
"""Of a larger thing the first half megabyte is kept: with seal and fields it fits a message."""
KEPT_AROUND = 64 * 1024
"""The same for what stands around it (a header): longer than that, it is left out and a replay needs the source."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A letter before it is sealed; its key can be made together with others.

    Attributes:
        letter_id: derived from connector, source, position and content: a retry makes no second letter.
        reject: what was set aside.
        source: keyed hash of the file's name.
        size: bytes of the original (of the file, for a whole file).
        content: keyed hash of the whole original.
    """

    letter_id: str
    reject: Reject
    source: str
    size: int
    content: bytes

    @property
    def key_id(self) -> str:
        """Name of the letter's own key: deleting it makes this letter unreadable, and no other."""
        return f"dead-letter:{self.letter_id}"


def draft(reject: Reject, connector: str, source: Source, pseudonyms: Pseudonyms) -> Draft:
    """A letter for one native record."""
    content = pseudonyms.content_hash(reject.raw)
    letter_id = derived_id("dead-letter", connector, source.name, reject.position, content.hex())
    return Draft(letter_id, reject, source.name, len(reject.raw), content)


def draft_of_file(reject: Reject, connector: str, source: Source) -> Draft:
    """A letter for a whole file; `reject.raw` is its first bytes."""
    letter_id = derived_id("dead-letter", connector, source.name, source.content.hex())
    return Draft(letter_id, reject, source.name, source.size, source.content)


def seal(letter: Draft, *, partnership: str, connector: str, at: datetime, sealer: Sealer) -> DeadLetter:
    """The letter as it travels."""
    reject = letter.reject
    return DeadLetter(
        letter_id=letter.letter_id,
        partnership=partnership,
        stage=connector,
        reason=reject.reason,
        detail=reject.detail,
        source=letter.source,
        position=reject.position,
        at=at,
        original=sealer.seal_bytes(letter.key_id, reject.raw[:KEPT_BYTES]),
        key_id=letter.key_id,
        original_size=letter.size,
        original_hash=letter.content,
        before=_around(letter, reject.before, sealer),
        after=_around(letter, reject.after, sealer),
    )


def _around(letter: Draft, data: bytes, sealer: Sealer) -> bytes:
    return sealer.seal_bytes(letter.key_id, data) if 0 < len(data) <= KEPT_AROUND else b""
