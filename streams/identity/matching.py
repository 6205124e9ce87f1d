"""Candidates and links: who else might this source identity be. Weights come from `compare`; no person is formed here.

Work is bounded: a message compares at most `limits.candidates` pairs, and what is over waits in backlog rows that
ticks work off. Nothing is dropped: a pair that shares an admissible key is compared, now or later.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from hub.state.api import Store
from streams.identity import index, rows
from streams.identity.blocking import HASH_BYTES, KeyHasher, hashed_keys
from streams.identity.compare import MOVED, NUMBERED, ONE_MOTHER, TWO_NUMBERS, Comparison, compare
from streams.identity.features import Features
from streams.identity.model import MatchModel
from streams.identity.nodes import NodeBook
from streams.identity.rows import num, num_at, pair_key

_WEIGHT = struct.Struct(">iB")
_CHUNK = struct.Struct(">H")
COMPARED = 50_000
"""Comparisons kept in memory, by the very feature sets that were compared: about 100 MB at most."""
_PLAIN, _TWO_NUMBERS = 0, 1
_SHOWN: Final = {MOVED: 2, ONE_MOTHER: 3}
"""How a link's row says by what it is."""
_SHOWN_BY: Final = {kind: shown for shown, kind in _SHOWN.items()}


class Link(NamedTuple):
    """A link between two source identities that is worth keeping.

    Attributes:
        other: the far end.
        weight: thousandths of a bit.
        barred: True where two numbers of one scheme bar it: never joined, only shown for review.
        shown: what it takes beside what the two say themselves: `MOVED` (see `moves`), `ONE_MOTHER` (see `births`).
    """

    other: int
    weight: int
    barred: bool
    shown: str


class Matcher:
    """Keeps the index and the links of one store up to date."""

    def __init__(self, nodes: NodeBook, model: MatchModel, hasher: KeyHasher) -> None:
        """See the class."""
        self._nodes = nodes
        self._model = model
        self._hasher = hasher
        self._compared: dict[tuple[int, int, str], tuple[Features, Features, Comparison]] = {}

    def compare(self, store: Store, a: int, b: int, shown: str = "") -> Comparison:
        """The comparison of two source identities, with its waterfall; see `streams.identity.compare`."""
        a, b = (a, b) if a < b else (b, a)
        one, other = self._nodes.features(store, a), self._nodes.features(store, b)
        known = self._compared.get((a, b, shown))
        if known is not None and known[0] is one and known[1] is other:
            return known[2]
        if len(self._compared) >= COMPARED:
            self._compared.clear()
        result = compare(one, other, self._model, shown=shown)
        self._compared[a, b, shown] = (one, other, result)
        return result

    def rematch(self, store: Store, number: int) -> set[int]:
        """Find all links anew after features changed. Returns the numbers at the far end of links old and new."""
        node = rows.get_node(store, number)
        features = self._nodes.features(store, number)
        apart = node.restricted == rows.APART
        keys = [] if apart else hashed_keys(features, self._model, self._hasher, node.partnership)
        before = {link.other: link for link in links(store, number)}
        index.move(store, number, keys)
        candidates = self._candidates(store, number, keys)
        mine = set(keys)
        candidates |= {n for n in before.keys() - candidates if not mine.isdisjoint(index.held_keys(store, n))}
        found = {n for n in candidates if self._link(store, number, n)}
        for gone in before.keys() - found:
            _unlink(store, number, gone)
        return before.keys() | found

    def share_a_neighbour(self, store: Store, a: int, b: int) -> bool:
        """Whether the two are linked, or both to a third: then it matters whether they can be one person."""
        mine = {link.other for link in links(store, a)}
        return b in mine or any(link.other in mine for link in links(store, b))

    def work_off(self, store: Store) -> set[int]:
        """Compare what waits, up to the limit. Returns the numbers that got a link."""
        touched: set[int] = set()
        left = self._model.limits.backlog
        for row in list(_first(store.scan(b"w"), max(1, left // index.CHUNK))):
            number, key = num_at(row, 1), row[9 : 9 + HASH_BYTES]
            store.delete(row)
            if key not in index.held_keys(store, number):
                continue
            for other in index.members(store, key, _CHUNK.unpack_from(row, 9 + HASH_BYTES)[0]):
                if other != number and self._link(store, number, other):
                    touched |= {number, other}
        return touched

    def _candidates(self, store: Store, number: int, keys: list[bytes]) -> set[int]:
        """Who shares a key; newest chunks last, so that what waits is the same whoever asks."""
        found: set[int] = set()
        most = self._model.limits.candidates
        for key in keys:
            for chunk, numbers in index.postings(store, key):
                if len(found) >= most:
                    store.put(b"w" + num(number) + key + _CHUNK.pack(chunk), b"")
                else:
                    found.update(numbers)
        found.discard(number)
        return found

    def _link(self, store: Store, a: int, b: int) -> bool:
        """Compare a pair and keep its link if it is worth one."""
        result = self.compare(store, a, b)
        two_numbers = result.conflict == TWO_NUMBERS
        # Two numbers on otherwise one person: the weight without that difference says how alike they are.
        weight = result.weight - sum(
            s.weight for s in result.steps if two_numbers and s.level == "differ" and s.name in NUMBERED
        )
        if (result.conflict and not two_numbers) or weight < (self._model.link if two_numbers else self._model.review):
            return False
        _put(store, a, b, weight, _TWO_NUMBERS if two_numbers else _PLAIN)
        return True

    def relink_shown(self, store: Store, number: int, others: Iterable[int], shown: str) -> set[int]:
        """Link one to others by what others show as well, where that is worth a link, and to nobody else so.

        Returns:
            Numbers at either end of links that are new, changed or gone.
        """
        known = {link.other: link for link in links(store, number)}
        found: set[int] = set()
        touched: set[int] = set()
        for other in sorted(others):
            weight = self._link_shown(store, number, other, shown)
            found |= {other} if weight else set()
            touched |= {number, other} if weight and known.get(other) != (other, weight, False, shown) else set()
        return touched | self.unlink_shown(store, number, {o for o, k in known.items() if k.shown == shown} - found)

    def _link_shown(self, store: Store, a: int, b: int, shown: str) -> int:
        """The link's weight, or 0 where it is not worth one."""
        result = self.compare(store, a, b, shown)
        if result.conflict or result.weight < self._model.review:
            return 0
        _put(store, a, b, result.weight, _SHOWN[shown])
        return result.weight

    def unlink_shown(self, store: Store, number: int, others: set[int]) -> set[int]:
        """Others show nothing of them any more: what is left is what they say themselves. All of them, if any."""
        for other in sorted(others):
            mine, theirs = set(index.held_keys(store, number)), index.held_keys(store, other)
            if mine.isdisjoint(theirs) or not self._link(store, number, other):
                _unlink(store, number, other)
        return {number, *others} if others else set()

    def said_of(self, store: Store, a: int, b: int) -> Comparison:
        """The comparison by which a pair is linked, or not."""
        return self.compare(store, a, b, next((k.shown for k in links(store, a) if k.other == b), ""))


def links(store: Store, number: int) -> tuple[Link, ...]:
    """A source identity's links, by number of the far end."""
    return store.listed(b"e" + num(number), _parse_link)


def _parse_link(key: bytes, value: bytes) -> Link:
    weight, kind = _WEIGHT.unpack(value)
    return Link(num_at(key, 9), weight, kind == _TWO_NUMBERS, _SHOWN_BY.get(kind, ""))


def _put(store: Store, a: int, b: int, weight: int, kind: int) -> None:
    value = _WEIGHT.pack(weight, kind)
    for key in (pair_key(b"e", a, b), pair_key(b"e", b, a)):
        if store.get(key) != value:
            store.put(key, value)


def _unlink(store: Store, a: int, b: int) -> None:
    store.delete(pair_key(b"e", a, b))
    store.delete(pair_key(b"e", b, a))


def _first(scan: Iterator[tuple[bytes, bytes]], most: int) -> Iterator[bytes]:
    for count, (key, _) in enumerate(scan):
        if count >= most:
            return
        yield key
