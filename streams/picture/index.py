"""What an entry's row says before the entry itself. Reads and writes no row."""

from __future__ import annotations

import msgspec

from streams.picture.merge import Rank


class Index(msgspec.Struct, array_like=True, frozen=True):
    """What putting an entry in did, so that it can be undone unopened.

    Attributes:
        rank: decides between versions.
        at: its place in the chronology, microseconds.
        visible: it counts.
        agency, role: under which it was counted.
        birth: keyed hash of the birth date that it gives, '' none.
        incident: an incident that was itself prompted by another, '' none.
        evidence: (coded fact code, rest of the key) of its evidence rows.
    """

    rank: Rank
    at: int
    visible: bool
    agency: str
    role: str
    birth: str
    incident: str
    evidence: list[tuple[str, str]]

    def counted(self) -> tuple[bool, str, str]:
        """Under what it is counted; its birth date and its evidence are counted apart."""
        return (self.visible, self.agency, self.role)

    def before(self, entry: bytes) -> bytes:
        """The row's value: this, then the entry."""
        return _encode(self) + b"\n" + entry


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Index).decode


def index_of(row: bytes) -> Index:
    """What an entry's row says of it."""
    return _decode(row[: row.index(b"\n")])
