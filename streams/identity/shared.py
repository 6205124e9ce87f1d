"""Telephones and places that people share beyond the home: who has which, from when until when. Forms no circle.

A number or a place is known by a keyed hash and nothing else. Restricted identities share none, nor does who gives a
refuge; where a confidential home stands beside it, it is shared only with others of whom that is so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache
from itertools import combinations
from typing import Final, NamedTuple

from hub.state.api import Store, Turn
from streams.identity import rows
from streams.identity.blocking import KeyHasher
from streams.identity.features import IN_REFUGE, MOST, Contribution
from streams.identity.homes import FOR_EVER, resettle, residents
from streams.identity.lines import said_of
from streams.identity.nodes import NodeBook
from streams.identity.rows import num

TELEPHONE: Final = "telephone"
PLACE: Final = "place"
LINGERS: Final = timedelta(days=180)
"""How long somebody counts as being about at a place after a record last put them there: NW01's window."""
CROWD: Final = 60
"""Source identities with one number or at one place beyond which it says nothing: twelve people, five systems."""
MOST_SHARING: Final = 12
"""People beyond which it says nothing: a bound of work. Where a switchboard begins is in the rule pack, and less."""

_Said = tuple[str, str, list[str], bool]
"""As its row holds it: identity hash, kind, hashes of the numbers or of the place's names, confidential."""
_NOBODY: Final[frozenset[int]] = frozenset()
_parse: Final = rows.reader(list[_Said])


class Use(NamedTuple):
    """What somebody has or where they are about beside the home, half-open in time as a stay at home is.

    `points` are hashes of telephones that one record gives together, or of a place's names.
    """

    kind: str
    points: tuple[str, ...]
    since: str
    until: str
    confidential: bool
    record_id: str


class Shared:
    """Keeps telephones and places in one store."""

    def __init__(self, nodes: NodeBook, hasher: KeyHasher) -> None:
        """See the class."""
        self._nodes = nodes
        self._hasher = hasher
        self._people: dict[str, tuple[int, ...]] = {}
        self._near: dict[int, frozenset[int]] = {}

    def forget(self) -> None:
        """Who has what may change from here on: to be called before every message; settling changes none."""
        self._people.clear()
        self._near.clear()

    def move(self, turn: Turn, number: int) -> None:
        """Write what a source identity shares anew, and touch those around what it took or gave up."""
        store, key = turn.store, b"s" + num(number)
        held, before = self._said(store, number), _row(store, number)
        if held == before:
            return
        if held:
            store.put(key, rows.dumps(held), held)
        else:
            store.delete(key)
        resettle(turn, number, _points(before), _points(held), CROWD)

    def _said(self, store: Store, number: int) -> list[_Said]:
        node = rows.get_node(store, number)
        if node.restricted != rows.OPEN:
            return []
        found: list[_Said] = []
        for identity_hash, said in self._nodes.contributions(store, number):
            if said.hides != IN_REFUGE and (said.features.phones or said.haunts):
                found += self._of(node.partnership, identity_hash.hex(), said)
        return found

    def _of(self, partnership: str, identity_hash: str, said: Contribution) -> Iterable[_Said]:
        if said.features.phones:
            numbers = [self._hash(partnership, TELEPHONE, p) for p in said.features.phones]
            yield identity_hash, TELEPHONE, numbers, bool(said.hides)
        for haunt in said.haunts:
            names = [self._hash(partnership, PLACE, n) for n in haunt.keys]
            yield identity_hash, PLACE, names, haunt.confidential or bool(said.hides)

    def _hash(self, partnership: str, kind: str, what: str) -> str:
        return self._hasher(f"{partnership}|shared:{kind}:{what}").hex()

    def people_at(self, store: Store, point: str) -> tuple[int, ...]:
        """Persons who have a number or were at a place, in order; none where it is a crowd's."""
        if point not in self._people:
            near = residents(store, point, CROWD + 1)
            crowd = len(near) > CROWD
            self._people[point] = () if crowd else tuple(sorted({rows.get_node(store, n).person for n in near} - {0}))
        return self._people[point]

    def sharers(self, store: Store, number: int) -> frozenset[int]:
        """Persons who share a telephone or a place with a person, itself among them; nobody if it has none."""
        found = self._near.get(number)
        if found is None:
            said = [_row(store, n) for n, _ in rows.get_person(store, number).members]
            points = {point for row in said if row for point in _points(row)}
            found = frozenset(n for point in points for n in self.people_at(store, point)) if points else _NOBODY
            self._near[number] = found
        return found

    @staticmethod
    def uses(store: Store, members: Iterable[int]) -> tuple[Use, ...]:
        """What a person shares and when, from what all its members say."""
        numbers: list[Use] = []
        places: list[Use] = []
        for number in members:
            said: list[tuple[Use, str]] = []
            for identity_hash, kind, points, confidential in _row(store, number):
                days = said_of(store, number, bytes.fromhex(identity_hash))
                if days is None:
                    continue
                use = Use(kind, tuple(points), days.first, FOR_EVER, bool(confidential), days.by)
                if kind == TELEPHONE:
                    said.append((use, days.last))
                else:
                    places.append(use._replace(until=lingers(days.last)))
            numbers += [use._replace(until=_left(use.points, said)) for use, _ in said]
        return (*_telephones(numbers), *_visits(places)) if numbers or places else ()


def has_end(store: Store, number: int) -> bool:
    """Whether each mention of a source identity may say until when it had or was at something."""
    said = _row(store, number)
    return any(kind == PLACE for _, kind, _, _ in said) or any(
        set(a[2]).isdisjoint(b[2]) for a, b in combinations(said, 2)
    )


def _telephones(said: list[Use]) -> list[Use]:
    """What several say of one stretch of time is one."""
    first: dict[tuple[tuple[str, ...], str, bool], Use] = {}
    for use in sorted(said, key=lambda u: (u.since, u.record_id)):
        first.setdefault((use.points, use.until, use.confidential), use)
    return sorted(first.values())[:MOST]


def _left(points: tuple[str, ...], said: list[tuple[Use, str]]) -> str:
    """When the number was given up: another is first named after it was last named, by the same agency's entry.

    What another agency has is another number beside it: a school's is a parent's, the police's the child's own.
    """
    if len(said) == 1:
        return FOR_EVER
    here = set(points)
    last = max(day for use, day in said if not here.isdisjoint(use.points))
    later = [use.since for use, _ in said if here.isdisjoint(use.points) and use.since > last]
    return min(later, default=FOR_EVER)


def _visits(said: list[Use]) -> list[Use]:
    """Visits to one place that follow each other closely are one stretch of time; the last few stretches are kept."""
    found: dict[tuple[tuple[str, ...], bool], list[Use]] = {}
    for use in sorted(said, key=lambda u: (u.points, u.confidential, u.since, u.record_id)):
        stretches = found.setdefault((use.points, use.confidential), [])
        if stretches and use.since < stretches[-1].until:
            stretches[-1] = stretches[-1]._replace(until=max(stretches[-1].until, use.until))
        else:
            stretches.append(use)
    every = [use for stretches in found.values() for use in stretches]
    return sorted(sorted(every, key=lambda u: (u.until, u.points, u.confidential, u.since))[-MOST:])


@lru_cache(maxsize=10_000)  # days are few
def lingers(day: str) -> str:
    """The day (ISO) until which what was last said on a day still counts."""
    return (date.fromisoformat(day) + LINGERS).isoformat() if day < "9999" else FOR_EVER


def _row(store: Store, number: int) -> list[_Said]:
    return store.parsed(b"s" + num(number), _parse) or []


def _points(said: list[_Said]) -> set[str]:
    return {point for _, _, points, _ in said for point in points}
