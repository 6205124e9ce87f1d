"""Lines: which live records say an identity of somebody, and the sum of when they do. No identity and no matching here.

The latest lines stand beside their sum, in one row; full chunks of older ones in rows of their own. So a further record
rewrites one row of bounded size, and a record taken back leaves the sum that there would be had it never come.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from enum import IntFlag
from functools import reduce
from operator import or_
from typing import Final, NamedTuple

from hub.messages.record import Role
from hub.state.api import Store
from streams.identity import rows
from streams.identity.rows import num

FULL: Final = 16
"""Lines a row: about a kilobyte."""
_CHUNK: Final = struct.Struct(">I")


class Part(IntFlag):
    """Whose part somebody had in a record, as far as it tells grown-ups from children."""

    NONE = 0
    ADULT = 1
    CHILD = 2


_ADULT: Final = int(Part.ADULT)
_CHILD: Final = int(Part.CHILD)
"""As plain numbers: each line asks twice, and a flag takes its time to answer."""
_PARTS: Final = {
    Role.PARENT.value: _ADULT,
    Role.CARER.value: _ADULT,
    Role.ADULT.value: _ADULT,
    Role.CHILD.value: _CHILD,
    Role.UNBORN.value: _CHILD,
}


class Line(NamedTuple):
    """One record's mention of one identity: which record, on what day (ISO), in whose part."""

    record_id: str
    day: str
    part: int


class Said(NamedTuple):
    """When live records said an identity, by day (ISO).

    Attributes:
        first: first day.
        last: last day.
        adult: first day on which it was said of somebody who had a grown-up's part (parent, carer); '' if never.
        child: as `adult`, of a child's part.
        by: the record that said it first.
    """

    first: str
    last: str
    adult: str
    child: str
    by: str


class _Row(NamedTuple):
    """Sum, chunks filled so far, and the lines since."""

    said: Said
    chunks: int
    recent: tuple[Line, ...]


_parse: Final = rows.reader(_Row)
_parse_lines: Final = rows.reader(list[Line])


def part_of(roles: Iterable[str]) -> int:
    """Whose part these roles are, as the number of a `Part`."""
    return reduce(or_, (_PARTS.get(role, 0) for role in roles), 0)


def said_of(store: Store, number: int, identity_hash: bytes) -> Said | None:
    """When an identity was said; None if no live record says it."""
    row = _read(store, num(number) + identity_hash)
    return None if row is None else row.said


def all_said(store: Store, number: int) -> Said:
    """When anything was said of a source identity that a live record mentions."""
    return reduce(both, (_parse(value).said for _, value in store.scan(b"d" + num(number))))


def records_of(store: Store, number: int) -> list[str]:
    """The live records that mention a source identity, in order."""
    found: set[str] = set()
    for key, value in store.scan(b"d" + num(number)):
        found |= {line.record_id for line in _parse(value).recent}
        found |= {line.record_id for _, lines in _chunks(store, key[1:]) for line in lines}
    return sorted(found)


def both(a: Said, b: Said) -> Said:
    """The sum of two; the order makes no difference."""
    first, by = min((a.first, a.by), (b.first, b.by))
    adult = min((d for d in (a.adult, b.adult) if d), default="")
    child = min((d for d in (a.child, b.child) if d), default="")
    return Said(first, max(a.last, b.last), adult, child, by)


def put_line(store: Store, number: int, identity_hash: bytes, line: Line, *, held: bool) -> Said:
    """Add a record's line, or put it in the place of the one that is `held`. Returns the sum."""
    name = num(number) + identity_hash
    row = _read(store, name)
    if held and row is not None:
        if line in row.recent:
            return row.said
        row = _without(store, name, row, line.record_id)
    if row is None:
        row = _Row(_one(line), 0, (line,))
    else:
        row = row._replace(said=both(row.said, _one(line)), recent=(*row.recent, line))
    if len(row.recent) >= FULL:
        store.put(b"x" + name + _CHUNK.pack(row.chunks), rows.dumps(row.recent))
        row = row._replace(chunks=row.chunks + 1, recent=())
    store.put(b"d" + name, rows.dumps(row), row)
    return row.said


def take_line(store: Store, number: int, identity_hash: bytes, record_id: str) -> Said | None:
    """Take a record's line back. Returns the sum of what is left; None if that was the last."""
    name = num(number) + identity_hash
    row = _read(store, name)
    left = None if row is None else _without(store, name, row, record_id)
    if left is None:
        store.delete(b"d" + name)
        return None
    store.put(b"d" + name, rows.dumps(left), left)
    return left.said


def _without(store: Store, name: bytes, row: _Row, record_id: str) -> _Row | None:
    """The row without a record's line, summed up anew from all that are left; None if there are none."""
    recent = tuple(line for line in row.recent if line.record_id != record_id)
    older: list[Line] = []
    for key, lines in list(_chunks(store, name)) if row.chunks else ():
        kept = [line for line in lines if line.record_id != record_id]
        if not kept:
            store.delete(key)
        elif len(kept) < len(lines):
            store.put(key, rows.dumps(kept))
        older += kept
    left = [_one(line) for line in (*older, *recent)]
    return _Row(reduce(both, left), row.chunks if older else 0, recent) if left else None


def _chunks(store: Store, name: bytes) -> Iterator[tuple[bytes, list[Line]]]:
    for key, value in store.scan(b"x" + name):
        yield key, _parse_lines(value)


def _one(line: Line) -> Said:
    """What one record's line says."""
    adult, child = line.part & _ADULT, line.part & _CHILD
    return Said(line.day, line.day, line.day if adult else "", line.day if child else "", line.record_id)


def _read(store: Store, name: bytes) -> _Row | None:
    return store.parsed(b"d" + name, _parse)
