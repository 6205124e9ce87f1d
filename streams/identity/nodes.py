"""Source identities and their contributions: what live records say of each, counted exactly. No matching may live here.

A contribution is named by its identity hash, and each live record behind it has a row of its own; when the last goes,
the contribution goes. So a withdrawal leaves what there would be had the record never come.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from enum import IntEnum, IntFlag
from functools import lru_cache, reduce
from operator import or_
from typing import NamedTuple

from hub.ids import birth_id
from hub.keystore import Erased
from hub.messages import Identity
from hub.messages.record import Role
from hub.sealing import Sealer
from hub.state.api import Store
from streams.identity import rows
from streams.identity.clean.tables import Tables
from streams.identity.features import EMPTY, NOTHING, Contribution, Features, contribution_of, decode, encode, union
from streams.identity.rows import Node, num, num_at

_LINE = struct.Struct(">IB")
_SAID = struct.Struct(">IIII")
CACHED = 50_000
"""Decoded feature sets kept in memory: about 60 MB. The row's bytes are compared on each use, so it is never stale."""
_HASH = 16
"""Bytes of an identity hash (hub.ids.Pseudonyms.content_hash)."""

APART_CLASSES = frozenset({"adoption", "gender_recognition", "protected_person", "sealed_court"})
"""Restricted classes where bridging old and new identity would itself be the harm: the machine never links them."""


class Part(IntFlag):
    """Whose part somebody had in a record, as far as it tells grown-ups from children."""

    NONE = 0
    ADULT = 1
    CHILD = 2


_PARTS = {
    Role.PARENT: Part.ADULT,
    Role.CARER: Part.ADULT,
    Role.ADULT: Part.ADULT,
    Role.CHILD: Part.CHILD,
    Role.UNBORN: Part.CHILD,
}


class Line(NamedTuple):
    """One record's mention of one identity: which record, on what day (ISO), in which roles."""

    record_id: str
    day: str
    roles: frozenset[str]

    def packed(self) -> bytes:
        """As its row holds it."""
        part = reduce(or_, (_PARTS.get(Role(r), Part.NONE) for r in self.roles), Part.NONE)
        return _LINE.pack(date.fromisoformat(self.day).toordinal(), part)


class Effect(IntEnum):
    """What adding or removing a record's contribution changed."""

    NONE = 0
    DAYS = 1
    FEATURES = 2


class Said(NamedTuple):
    """When live records said an identity, by day.

    Attributes:
        first: first day.
        last: last day.
        adult: first day on which it was said of somebody who had a grown-up's part (parent, carer); None if never.
        child: as `adult`, of a child's part.
        by: the record that said it first.
    """

    first: date
    last: date
    adult: date | None
    child: date | None
    by: str


def said_of(store: Store, number: int, identity_hash: bytes) -> Said | None:
    """When an identity was said; None if no live record says it."""
    raw = store.get(b"d" + num(number) + identity_hash)
    return None if raw is None else _parse_said(raw)


@lru_cache(maxsize=rows.PARSED)
def _parse_said(raw: bytes) -> Said:
    first, last, adult, child = (date.fromordinal(n) if n else None for n in _SAID.unpack_from(raw))
    assert first is not None
    assert last is not None
    return Said(first, last, adult, child, raw[_SAID.size :].decode())


def _one(value: bytes, record_id: str) -> Said:
    """What one record's row says."""
    ordinal, part = _LINE.unpack(value)
    day = date.fromordinal(ordinal)
    return Said(day, day, day if part & Part.ADULT else None, day if part & Part.CHILD else None, record_id)


def _sum(a: Said, b: Said) -> Said:
    """Both together; the order makes no difference."""
    first, by = min((a.first, a.by), (b.first, b.by))
    adult = min((d for d in (a.adult, b.adult) if d), default=None)
    child = min((d for d in (a.child, b.child) if d), default=None)
    return Said(first, max(a.last, b.last), adult, child, by)


def _effect(before: Said | None, after: Said | None) -> Effect:
    if before == after:
        return Effect.NONE
    parts_same = before is not None and after is not None and _years(before) == _years(after)
    return Effect.DAYS if parts_same else Effect.FEATURES


def _years(said: Said) -> tuple[str, str]:
    """First years of a grown-up's and of a child's part: all that comparison asks."""
    return (str(said.adult.year) if said.adult else "", str(said.child.year) if said.child else "")


def _put_said(store: Store, name: bytes, said: Said) -> None:
    days = (said.first, said.last, said.adult, said.child)
    store.put(b"d" + name, _SAID.pack(*(d.toordinal() if d else 0 for d in days)) + said.by.encode())


class NodeBook:
    """Reads and writes source identities in one store.

    Args:
        sealer: seals features under their source identity.
        tables: for cleaning.
    """

    def __init__(self, sealer: Sealer, tables: Tables) -> None:
        """See the class."""
        self._sealer = sealer
        self._tables = tables
        self._decoded: OrderedDict[int, tuple[bytes, Features]] = OrderedDict()

    def number(self, store: Store, source_id: str, partnership: str) -> int:
        """The source identity's number, given out now if it is new."""
        known = rows.number_of(store, source_id)
        if known is not None:
            return known
        last = store.get(rows.COUNTER)
        number = (num_at(last, 0) if last else 0) + 1
        store.put(rows.COUNTER, num(number))
        store.put(rows.source_key(source_id), num(number))
        store.put(rows.person_id_key(birth_id(source_id)), num(number))
        rows.put_node(store, number, Node(source_id, partnership, 0, 0, rows.NAMED, rows.OPEN))
        return number

    def open_identity(self, source_id: str, sealed: bytes) -> Contribution:
        """Unseal and clean. An erased person contributes nothing, and the record's other subjects go on."""
        try:
            return contribution_of(self._sealer.open(source_id, sealed, Identity), self._tables)
        except Erased:
            return EMPTY

    def add(
        self, store: Store, number: int, identity_hash: bytes, line: Line, what: Callable[[], Contribution]
    ) -> Effect:
        """Let a record contribute an identity. `what` opens it, where it is not yet known."""
        name = num(number) + identity_hash
        row, value = b"x" + name + line.record_id.encode(), line.packed()
        had = store.get(row)
        if had == value:
            return Effect.NONE
        store.put(row, value)
        before = said_of(store, number, identity_hash)
        if before is None:
            source_id = rows.get_node(store, number).source_id
            store.put(b"v" + name, self._seal(source_id, what()))
        if before is None or had is not None:  # the record's own earlier day no longer counts
            return self._sum_up(store, number, identity_hash, before)
        after = _sum(before, _one(value, line.record_id))
        if after != before:
            _put_said(store, name, after)
        return _effect(before, after)

    def remove(self, store: Store, number: int, identity_hash: bytes, record_id: str) -> Effect:
        """Take a record's contribution back."""
        before = said_of(store, number, identity_hash)
        store.delete(b"x" + num(number) + identity_hash + record_id.encode())
        return self._sum_up(store, number, identity_hash, before)

    @staticmethod
    def _sum_up(store: Store, number: int, identity_hash: bytes, before: Said | None) -> Effect:
        """Bring the summary of a contribution up to date from all its lines; the contribution goes with the last."""
        name = num(number) + identity_hash
        said = [_one(value, key[1 + len(name) :].decode()) for key, value in store.scan(b"x" + name)]
        if not said:
            store.delete(b"d" + name)
            store.delete(b"v" + name)
            return Effect.FEATURES
        after = reduce(_sum, said)
        _put_said(store, name, after)
        return _effect(before, after)

    def mentioned(self, store: Store, number: int) -> bool:
        """Whether a live record mentions this source identity."""
        return next(store.scan(b"x" + num(number)), None) is not None

    def rebuild(self, store: Store, number: int) -> bool:
        """Write the union of what is contributed now; nothing where no record is live. True if it changed."""
        parts = [c.features for _, c in self.contributions(store, number)]
        key = b"f" + num(number)
        if not parts:
            had = store.get(key) is not None
            store.delete(key)
            return had
        adult, child = _years(reduce(_sum, (_parse_said(value) for _, value in store.scan(b"d" + num(number)))))
        features = union(parts)._replace(adult=adult, child=child)
        if features == self.features(store, number) and store.get(key) is not None:
            return False
        sealed = self._seal(rows.get_node(store, number).source_id, Contribution(features, ()))
        store.put(key, sealed)
        self._keep(number, sealed, features)
        return True

    def contributions(self, store: Store, number: int) -> list[tuple[bytes, Contribution]]:
        """What is contributed now, by identity hash."""
        source_id = rows.get_node(store, number).source_id
        found = list(store.scan(b"v" + num(number)))
        return [(key[-_HASH:], self._open(source_id, value)) for key, value in found]

    def features(self, store: Store, number: int) -> Features:
        """The union of what live records say; empty for one who has none, or was erased."""
        raw = store.get(b"f" + num(number))
        if raw is None:
            return NOTHING
        held = self._decoded.get(number)
        if held is not None and held[0] == raw:
            self._decoded.move_to_end(number)
            return held[1]
        features = self._open(rows.get_node(store, number).source_id, raw).features
        self._keep(number, raw, features)
        return features

    def _keep(self, number: int, raw: bytes, features: Features) -> None:
        self._decoded[number] = (raw, features)
        self._decoded.move_to_end(number)
        if len(self._decoded) > CACHED:
            self._decoded.popitem(last=False)

    def restrict(self, store: Store, number: int, record_id: str, restricted: str) -> bool:
        """Note, or take back (''), the restricted class that a record gives; True if the effect changed."""
        key = b"g" + num(number) + record_id.encode()
        had = store.get(key)
        if had is None and not restricted:
            return False
        if restricted:
            store.put(key, restricted.encode())
        else:
            store.delete(key)
        classes = {value.decode() for _, value in store.scan(b"g" + num(number))}
        level = rows.APART if classes & APART_CLASSES else (rows.HIDDEN if classes else rows.OPEN)
        node = rows.get_node(store, number)
        if node.restricted == level:
            return False
        rows.put_node(store, number, node._replace(restricted=level))
        return True

    def _seal(self, source_id: str, contribution: Contribution) -> bytes:
        return self._sealer.seal_bytes(source_id, encode(contribution))

    def _open(self, source_id: str, sealed: bytes) -> Contribution:
        try:
            return decode(self._sealer.open_bytes(source_id, sealed))
        except Erased:
            return EMPTY
