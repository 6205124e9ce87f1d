"""Homes: who is said to live where, since when and until when. Keeps the index of places; forms no circle.

A home is known by keyed hashes of its UPRN and of its postcode and house. Restricted identities and refuges have none.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

from hub.state.api import Store, Turn
from streams.identity import index, rows
from streams.identity.blocking import KeyHasher
from streams.identity.lines import said_of
from streams.identity.nodes import NodeBook
from streams.identity.persons import AROUND, STAYS
from streams.identity.rows import Stay, num

COMMUNAL: Final = 100
"""Source identities with a home at one place from which it is communal, whatever the dates: a household of twelve that
every agency knows has about that many, and beyond it nobody's circle is computed from the place."""
FOR_EVER: Final = date.max.isoformat()

_Said = tuple[str, list[str], str, str, bool]
"""A home as its row holds it: identity hash, places, since, until, confidential."""
_parse: Final = rows.reader(list[_Said])


class Homes:
    """Keeps homes in one store."""

    def __init__(self, nodes: NodeBook, hasher: KeyHasher) -> None:
        """See the class."""
        self._nodes = nodes
        self._hasher = hasher

    def move(self, turn: Turn, number: int) -> set[str]:
        """Write the homes of a source identity anew, and touch those around the places that it took or gave up.

        Returns those places.

        Those around the others follow when the person's stays are looked at: one home's dates depend on all homes.
        """
        store = turn.store
        own = rows.get_node(store, number).person
        if own:
            turn.touch(STAYS + num(own))
        key = b"a" + num(number)
        before = store.get(key)
        held = self._said(store, number)
        after = rows.dumps(held) if held else None
        if before == after:
            return set()
        if after is None:
            store.delete(key)
        else:
            store.put(key, after)
        old = {place for home in (_parse(before) if before else ()) for place in home[1]}
        new = {place for home in held for place in home[1]}
        resettle(turn, number, old, new, COMMUNAL)
        return old ^ new

    def _said(self, store: Store, number: int) -> list[_Said]:
        node = rows.get_node(store, number)
        if node.restricted != rows.OPEN:
            return []
        return [
            (identity_hash.hex(), [self._hash(node.partnership, k) for k in h.keys], h.since, h.until, h.confidential)
            for identity_hash, contribution in self._nodes.contributions(store, number)
            for h in contribution.homes
        ]

    def _hash(self, partnership: str, place: str) -> str:
        return self._hasher(f"{partnership}|place:{place}").hex()

    def stays(self, store: Store, members: list[int]) -> tuple[Stay, ...]:
        """Where a person lived, from what all its members say; what several say of one stay is one.

        A stay ends at the date the source gives, else when another home is first named after this one was last named.
        """
        said: list[tuple[Stay, str]] = []
        for number in members:
            for identity_hash, places, since, until, confidential in _row(store, number):
                days = said_of(store, number, bytes.fromhex(identity_hash))
                if days is not None:
                    start = _date(since) or days.first
                    stay = Stay(tuple(places), start, _date(until) or FOR_EVER, bool(confidential), days.by)
                    said.append((stay, days.last))
        left = {places: _left(places, said) for places in {stay.places for stay, _ in said}}
        first: dict[tuple[tuple[str, ...], str, bool], Stay] = {}
        for stay, _ in sorted(said, key=lambda s: (s[0].since, s[0].record_id)):
            until = min(stay.until, left[stay.places])
            first.setdefault((stay.places, until, stay.confidential), stay._replace(until=until))
        return tuple(sorted(first.values()))


def resettle(turn: Turn, number: int, old: set[str], new: set[str], crowd: int) -> None:
    """List a source identity under new places, or whatever else is shared, and touch those around what differs.

    Args:
        turn: the message in hand.
        number: of the source identity.
        old: where it is listed.
        new: where it belongs.
        crowd: source identities beyond which a place says nothing of who is around whom.
    """
    for place in sorted(old ^ new):
        if place in old:
            _touch_around(turn, place, crowd)
            index.remove(turn.store, bytes.fromhex(place), number)
        else:
            index.add(turn.store, bytes.fromhex(place), number)
        _touch_around(turn, place, crowd)


def _touch_around(turn: Turn, place: str, crowd: int) -> None:
    """Circles of those there change; in a crowd only by its becoming, or ceasing to be, one."""
    near = residents(turn.store, place, crowd + 2)
    if len(near) > crowd + 1:
        return
    for number in near:
        person = rows.get_node(turn.store, number).person
        if person:
            turn.touch(AROUND + num(person))


def residents(store: Store, place: str, most: int) -> list[int]:
    """Source identities that stand under a place, or whatever else is shared, at most `most`."""
    found: list[int] = []
    for _, numbers in index.postings(store, bytes.fromhex(place)):
        found += numbers
        if len(found) >= most:
            break
    return found[:most]


def places_of(store: Store, number: int) -> set[str]:
    """The hashed places at which a source identity has a home."""
    return {place for home in _row(store, number) for place in home[1]}


def _row(store: Store, number: int) -> list[_Said]:
    return store.parsed(b"a" + num(number), _parse) or []


def _left(places: tuple[str, ...], said: list[tuple[Stay, str]]) -> str:
    """When another home is first named after this place was last named by anybody."""
    here = set(places)
    last = max(day for stay, day in said if not here.isdisjoint(stay.places))
    later = [stay.since for stay, _ in said if here.isdisjoint(stay.places) and stay.since > last]
    return min(later, default=FOR_EVER)


@lru_cache(maxsize=10_000)  # days are few, stays are many
def _date(text: str) -> str:
    """A date in full; '' for what is none."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""
