"""Moves: two homes between which somebody moved count as one for who lived in either. No cluster, no weight here.

Who is linked at the threshold by what they say themselves, and lives at other homes than before, is a mover; a pair
with one end in the mover's old home and the other in the new one is compared as though they had one house. Links found
so show nobody else as a mover: the evidence goes one step and never chains. So it depends on live identities alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hub.state.api import Store
from streams.identity.blocking import HASH_BYTES
from streams.identity.compare import MOVED
from streams.identity.homes import places_of, residents
from streams.identity.matching import Matcher, links
from streams.identity.model import MatchModel
from streams.identity.rows import num, num_at, pair_key

CROWDED: Final = 60
"""Source identities at one home from which nothing is concluded of who moves there or away: a hostel, a hospital."""


class Moves:
    """Keeps movers, and the links that follow from their moves, of one store."""

    def __init__(self, matcher: Matcher, model: MatchModel) -> None:
        """See the class."""
        self._matcher = matcher
        self._link = model.link

    def follow(self, store: Store, number: int, places: Iterable[str] = ()) -> set[int]:
        """Bring everything up to date after links or homes of a source identity changed.

        Args:
            store: the rows.
            number: of the source identity.
            places: homes that it took or gave up.

        Returns:
            Numbers at either end of links that are new, changed or gone.
        """
        again = {number}
        for place in self._note_movers(store, number):
            again.update(residents(store, place, CROWDED + 1))
        for place in places:
            if store.get(_left(place)) is not None:
                near = residents(store, place, CROWDED + 2)
                if CROWDED <= len(near) <= CROWDED + 1:
                    again.update(near)  # it has just become, or ceased to be, crowded
        return {n for one in sorted(again) for n in self._link_anew(store, one)}

    def _note_movers(self, store: Store, number: int) -> set[str]:
        """Write anew with whom, and between which homes, this source identity is a mover; the homes that changed."""
        mine = places_of(store, number)
        movers: dict[int, set[str]] = {}
        for link in links(store, number) if mine else ():
            if link.weight >= self._link and not link.barred and not link.shown:
                theirs = places_of(store, link.other)
                if theirs and mine.isdisjoint(theirs):
                    movers[link.other] = theirs
        before = store.listed(b"H" + num(number), _far_end)
        changed: set[str] = set()
        for other in sorted(movers.keys() | set(before)):
            theirs = movers.get(other, set())
            here = mine if theirs else set()
            changed |= _put(store, number, other, here, theirs) | _put(store, other, number, theirs, here)
        return changed

    def _link_anew(self, store: Store, number: int) -> set[int]:
        """Link a source identity to those with whom it may have moved, and to nobody else so."""
        mine = places_of(store, number)
        there = {place for home in mine for place in self._other_homes(store, home)} - mine
        linked = links(store, number)
        before = {link.other for link in linked if link.shown == MOVED}
        if not there and not before:
            return set()  # most people
        known = {link.other: link for link in linked}
        near = {n for place in there for n in self._residents(store, place)} - {number}
        # Where what they say themselves, or their mother shows, is enough, a move says nothing.
        enough = {o for o, k in known.items() if k.shown != MOVED and (k.barred or k.shown or k.weight >= self._link)}
        moved = [other for other in near - enough if mine.isdisjoint(places_of(store, other))]
        return self._matcher.relink_shown(store, number, moved, MOVED)

    def _other_homes(self, store: Store, home: str) -> set[str]:
        """Where those live who moved to, or from, a home."""
        if store.get(_left(home)) is None or not self._residents(store, home):  # crowded: any number of movers
            return set()
        return {place for _, value in store.scan(b"h" + bytes.fromhex(home)) for place in _split(value)}

    def _residents(self, store: Store, place: str) -> list[int]:
        """Who lives at a place; nobody where it is crowded."""
        near = residents(store, place, CROWDED + 1)
        return near if len(near) <= CROWDED else []


def _split(value: bytes) -> list[str]:
    return [value[at : at + HASH_BYTES].hex() for at in range(0, len(value), HASH_BYTES)]


def _joined(places: set[str]) -> bytes:
    return bytes.fromhex("".join(sorted(places)))


def _left(place: str) -> bytes:
    """The row that stands where a place has movers: cheaper to ask for than they."""
    return b"j" + bytes.fromhex(place)


def _far_end(key: bytes, _value: bytes) -> int:
    return num_at(key, 9)


def _put(store: Store, a: int, b: int, here: set[str], there: set[str]) -> set[str]:
    """Let `a`, who is linked to `b`, be a mover from these homes to those, or none; for which homes that is news."""
    key, ends, value, mine = pair_key(b"H", a, b), pair_key(b"", a, b), _joined(there), _joined(here)
    before = store.get(key) or b""
    changed = set(_split(before)) - here
    for place in sorted(changed):
        store.delete(b"h" + bytes.fromhex(place) + ends)
        if next(store.scan(b"h" + bytes.fromhex(place)), None) is None:
            store.delete(_left(place))
    for place in sorted(here):
        row = b"h" + bytes.fromhex(place) + ends
        if store.get(row) != value:
            store.put(row, value)
            store.put(_left(place), b"")
            changed.add(place)
    if not here and before:
        store.delete(key)
    elif mine != before:
        store.put(key, mine)
    return changed
