"""Source identities and their contributions: what live records say of each, counted exactly. No matching may live here.

A contribution is named by its identity hash, and each live record behind it has a row of its own; when the last goes,
the contribution goes. So a withdrawal leaves what there would be had the record never come.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from hub.ids import birth_id
from hub.keystore import Erased
from hub.messages import Identity
from hub.sealing import Sealer
from hub.state.api import Store
from streams.identity import rows
from streams.identity.clean.tables import Tables
from streams.identity.features import EMPTY, NOTHING, Contribution, Features, contribution_of, decode, encode, union
from streams.identity.rows import Node, num, num_at

_DAY = struct.Struct(">I")
CACHED = 50_000
"""Decoded feature sets kept in memory: about 60 MB. The row's bytes are compared on each use, so it is never stale."""
_HASH = 16
"""Bytes of an identity hash (hub.ids.Pseudonyms.content_hash)."""

APART_CLASSES = frozenset({"adoption", "gender_recognition", "protected_person", "sealed_court"})
"""Restricted classes where bridging old and new identity would itself be the harm: the machine never links them."""


class Effect(IntEnum):
    """What adding or removing a record's contribution changed."""

    NONE = 0
    LAST_DAY = 1
    FIRST_DAY = 2
    FEATURES = 3


class Said(NamedTuple):
    """First and last day on which a live record said an identity, and the record that said it first."""

    first: date
    last: date
    by: str


def said_of(store: Store, number: int, identity_hash: bytes) -> Said | None:
    """When an identity was said; None if no live record says it."""
    raw = store.get(b"d" + num(number) + identity_hash)
    return None if raw is None else _parse_said(raw)


@lru_cache(maxsize=rows.PARSED)
def _parse_said(raw: bytes) -> Said:
    first, last = (date.fromordinal(_DAY.unpack_from(raw, at)[0]) for at in (0, _DAY.size))
    return Said(first, last, raw[2 * _DAY.size :].decode())


def _put_said(store: Store, name: bytes, said: Said) -> None:
    value = _DAY.pack(said.first.toordinal()) + _DAY.pack(said.last.toordinal()) + said.by.encode()
    store.put(b"d" + name, value)


def _redate(store: Store, name: bytes, before: Said, after: Said) -> Effect:
    if before == after:
        return Effect.NONE
    _put_said(store, name, after)
    return Effect.LAST_DAY if (before.first, before.by) == (after.first, after.by) else Effect.FIRST_DAY


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
        self,
        store: Store,
        number: int,
        identity_hash: bytes,
        record_id: str,
        day: str,
        what: Callable[[], Contribution],
    ) -> Effect:
        """Let a record, written on `day`, contribute an identity. `what` opens it, where it is not yet known."""
        name = num(number) + identity_hash
        said = date.fromisoformat(day)
        store.put(b"x" + name + record_id.encode(), _DAY.pack(said.toordinal()))
        before = said_of(store, number, identity_hash)
        if before is None:
            _put_said(store, name, Said(said, said, record_id))
            source_id = rows.get_node(store, number).source_id
            store.put(b"v" + name, self._seal(source_id, what()))
            return Effect.FEATURES
        first, by = min((before.first, before.by), (said, record_id))
        return _redate(store, name, before, Said(first, max(before.last, said), by))

    def remove(self, store: Store, number: int, identity_hash: bytes, record_id: str) -> Effect:
        """Take a record's contribution back."""
        name = num(number) + identity_hash
        before = said_of(store, number, identity_hash)
        store.delete(b"x" + name + record_id.encode())
        left = [
            (date.fromordinal(_DAY.unpack(value)[0]), key[1 + len(name) :].decode())
            for key, value in store.scan(b"x" + name)
        ]
        if left and before is not None:
            return _redate(store, name, before, Said(min(left)[0], max(left)[0], min(left)[1]))
        store.delete(b"d" + name)
        store.delete(b"v" + name)
        return Effect.FEATURES

    def mentioned(self, store: Store, number: int) -> bool:
        """Whether a live record mentions this source identity."""
        return next(store.scan(b"x" + num(number)), None) is not None

    def rebuild(self, store: Store, number: int) -> None:
        """Write the union of what is contributed now; nothing where no record is live."""
        parts = [c.features for _, c in self.contributions(store, number)]
        key = b"f" + num(number)
        if parts:
            node = rows.get_node(store, number)
            store.put(key, self._seal(node.source_id, Contribution(union(parts), ())))
        else:
            store.delete(key)

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
        self._decoded[number] = (raw, features)
        if len(self._decoded) > CACHED:
            self._decoded.popitem(last=False)
        return features

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
