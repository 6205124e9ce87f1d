"""Source identities and their contributions: what live records say of each, counted exactly. No matching may live here.

A contribution is named by its identity hash, and each live record behind it has a line; when the last goes, the
contribution goes. So a withdrawal leaves what there would be had the record never come.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

from hub.keystore import Erased
from hub.messages import Identity
from hub.sealing import Sealer
from hub.state.api import Store
from streams.identity import erasing, rows
from streams.identity.clean.tables import Tables
from streams.identity.features import EMPTY, NOTHING, Contribution, Features, contribution_of, decode, encode, union
from streams.identity.lines import Line, Said, all_said, put_line, said_of, take_line
from streams.identity.rows import Node, num, num_at

_HASH = 16
"""Bytes of an identity hash (hub.ids.Pseudonyms.content_hash)."""

APART_CLASSES = frozenset({"adoption", "gender_recognition", "protected_person", "sealed_court"})
"""Restricted classes where bridging old and new identity would itself be the harm: the machine never links them."""


class Effect(IntEnum):
    """What adding or removing a record's contribution changed."""

    NONE = 0
    LAST = 1
    """Only until when it was said: of no consequence where one place is all that is known."""
    DAYS = 2
    FEATURES = 3


def _effect(before: Said | None, after: Said | None) -> Effect:
    if before == after:
        return Effect.NONE
    if before is None or after is None or _years(before) != _years(after):
        return Effect.FEATURES
    return Effect.LAST if (before.first, before.by) == (after.first, after.by) else Effect.DAYS


def _years(said: Said) -> tuple[str, str]:
    """First years of a grown-up's and of a child's part: all that comparison asks."""
    return said.adult[:4], said.child[:4]


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

    def number(self, store: Store, source_id: str, partnership: str) -> int:
        """The source identity's number, given out now if it is new."""
        known = rows.number_of(store, source_id)
        if known is not None:
            return known
        last = store.get(rows.COUNTER)
        number = (num_at(last, 0) if last else 0) + 1
        store.put(rows.COUNTER, num(number))
        store.put(rows.source_key(source_id), num(number))
        rows.put_node(store, number, Node(source_id, partnership, 0, 0, rows.NAMED, rows.OPEN))
        for table in rows.LISTED:
            store.begin_list(table + num(number))
        return number

    def open_identity(self, store: Store, source_id: str, sealed: bytes) -> Contribution:
        """Unseal and clean. A person without a key contributes nothing, and the record's other subjects go on.

        Raises:
            Skippable: the person is being erased, or was, and this is sealed under the key that went.
        """
        mark = erasing.mark_of(store, source_id)
        erasing.refuse_under_way(mark)
        try:
            return contribution_of(self._sealer.open(source_id, sealed, Identity), self._tables)
        except Erased:
            if mark is not None:
                raise erasing.dead_key() from None
            return EMPTY

    def add(
        self,
        store: Store,
        number: int,
        identity_hash: bytes,
        line: Line,
        what: Callable[[], Contribution],
        *,
        held: bool,
    ) -> Effect:
        """Let a record contribute an identity, instead of its earlier line if that is `held`.

        `what` opens the identity, where it is not yet known.
        """
        before = said_of(store, number, identity_hash)
        if before is None:
            source_id = rows.get_node(store, number).source_id
            store.put(b"v" + num(number) + identity_hash, self._seal(source_id, what()))
        return _effect(before, put_line(store, number, identity_hash, line, held=held))

    def remove(self, store: Store, number: int, identity_hash: bytes, record_id: str) -> Effect:
        """Take a record's contribution back; the contribution goes with its last record."""
        before = said_of(store, number, identity_hash)
        after = take_line(store, number, identity_hash, record_id)
        if after is None:
            store.delete(b"v" + num(number) + identity_hash)
        return _effect(before, after)

    def mentioned(self, store: Store, number: int) -> bool:
        """Whether a live record mentions this source identity."""
        return next(store.scan(b"d" + num(number)), None) is not None

    def rebuild(self, store: Store, number: int) -> bool:
        """Write the union of what is contributed now; nothing where no record is live. True if it changed."""
        parts = [c.features for _, c in self.contributions(store, number)]
        key = b"f" + num(number)
        if not parts:
            had = store.get(key) is not None
            store.delete(key)
            return had
        adult, child = _years(all_said(store, number))
        features = union(parts)._replace(adult=adult, child=child)
        if features == self.features(store, number) and store.get(key) is not None:
            return False
        sealed = self._seal(rows.get_node(store, number).source_id, Contribution(features, ()))
        store.put(key, sealed, features)
        return True

    def contributions(self, store: Store, number: int) -> tuple[tuple[bytes, Contribution], ...]:
        """What is contributed now, by identity hash."""
        return store.listed(b"v" + num(number), lambda key, value: (key[-_HASH:], self._open(store, number, value)))

    def features(self, store: Store, number: int) -> Features:
        """The union of what live records say; empty for one who has none, or was erased."""
        return store.parsed(b"f" + num(number), lambda raw: self._open(store, number, raw).features) or NOTHING

    def restrict(self, store: Store, number: int, record_id: str, restricted: str) -> bool:
        """Note, or take back (''), the restricted class that a record gives; True if the effect changed."""
        if not restricted and rows.get_node(store, number).restricted == rows.OPEN:
            return False  # most people: no record gives a class
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

    def _open(self, store: Store, number: int, sealed: bytes) -> Contribution:
        try:
            return decode(self._sealer.open_bytes(rows.get_node(store, number).source_id, sealed))
        except Erased:
            return EMPTY
