"""Circles: a person's stated ties and household, both ends resolved to persons. Emits; decides no identity.

What a restricted record says makes no edge. A confidential home makes an edge only between people who both hold it as
confidential (they hide together), never with somebody whose record gives it openly; a refuge makes none.
"""

from __future__ import annotations

from typing import Final

from hub.messages import Circle
from hub.messages.identity import Edge
from hub.state.api import Store, Turn
from streams.identity import rows
from streams.identity.beyond import LAST, Key, Span, add_named, add_shared, widened
from streams.identity.homes import COMMUNAL, FOR_EVER, Homes, residents
from streams.identity.persons import AROUND, Persons, digest
from streams.identity.rows import Person, Stay, num
from streams.identity.shared import Shared
from streams.identity.ties import Tie, ties_of
from streams.identity.together import WAYS

CROWDED: Final = 12
"""Concurrent residents above which one marker stands for them (architecture, streams/picture)."""
MOST_EVIDENCE: Final = 10
"""record_ids named behind an edge (contract of Edge)."""
MOST_EDGES: Final = 500
"""Edges of one circle: a message of 1 MB holds them with all their evidence."""

_FAMILY: Final = frozenset({"relationship", "household"})
"""Kinds of ties beside which a shared telephone tells nothing more."""
_Line = tuple[str, str, str, str, str, list[str], int]
"""An edge: person_id, kind, relation, since, until, evidence, shared by how many."""
_Living = tuple[int, Stay]
"""A person, and one of their stays."""


class Circles:
    """Computes and emits circles over one store."""

    def __init__(self, homes: Homes, shared: Shared, persons: Persons) -> None:
        """See the class."""
        self._homes = homes
        self._shared = shared
        self._persons = persons
        self._house: dict[tuple[str, ...], tuple[int, ...] | None] = {}
        self._stays: dict[tuple[str, ...], tuple[_Living, ...] | None] = {}

    def forget(self) -> None:
        """Who has a home where may change from here on: to be called before every message; settling changes none."""
        self._house.clear()
        self._stays.clear()
        self._shared.forget()

    def say(self, turn: Turn, number: int) -> None:
        """Emit a person's Circle if it differs from what was last said."""
        store = turn.store
        person = rows.get_person(store, number)
        lines, crowded = self._lines(store, number, person)
        said = digest(lines, crowded)
        if said == person.circle_said or not (lines or crowded or person.circle_said):
            return
        rows.put_person(store, number, person._replace(circle_said=said, circle_seq=person.circle_seq + 1))
        person_id = self._persons.person_id(store, number)
        message = Circle.of_valid(
            {
                "partnership": rows.get_node(store, number).partnership,
                "person_id": person_id,
                "seq": person.circle_seq + 1,
                "edges": [_edge(line) for line in lines],
                "crowded": crowded,
            }
        )
        turn.emit("persons", person_id, message)

    def touch_neighbours(self, turn: Turn, number: int) -> None:
        """Ask for a person's circle, and for those whose edges lead here."""
        store = turn.store
        near: set[int] = set()
        for member, _ in rows.get_person(store, number).members:  # also those hidden just now: their edges must go
            near |= {rows.get_node(store, tie.other).person for tie in ties_of(store, member)}
        self._note_stays(store, number)
        self._touch(turn, near | self._residents(store, number) | self._shared.sharers(store, number) | {number})

    def follow_stays(self, turn: Turn, number: int) -> None:
        """Ask for the circles of a person and of those it lives or lived with, if where and when it lived changed."""
        sharers = self._shared.sharers(turn.store, number)
        if self._note_stays(turn.store, number):
            self._touch(turn, self._residents(turn.store, number) | sharers | {number})
        elif len(sharers) > 1:
            self._touch(turn, set(sharers))

    @staticmethod
    def _touch(turn: Turn, persons: set[int]) -> None:
        for person in sorted(persons - {0}):
            turn.touch(AROUND + num(person))

    def _note_stays(self, store: Store, number: int) -> bool:
        """Bring a person's stays up to date; True if they changed."""
        stays = self._homes.stays(store, self._open_members(store, number))
        person = rows.get_person(store, number)
        if stays == person.stays:
            return False
        rows.put_person(store, number, person._replace(stays=stays))
        return True

    def _residents(self, store: Store, number: int) -> set[int]:
        """Persons with a home at one of a person's places, those of communal places left out."""
        found: set[int] = set()
        for place in {place for stay in rows.get_person(store, number).stays for place in stay.places}:
            found.update(self._people_at(store, (place,)) or ())
        return found

    def _open_members(self, store: Store, number: int) -> list[int]:
        """Members whose records may show in a circle."""
        found = []
        for n, _ in rows.get_person(store, number).members:
            node = rows.get_node(store, n)
            if node.live and node.restricted == rows.OPEN:
                found.append(n)
        return found

    def _lines(self, store: Store, number: int, person: Person) -> tuple[list[_Line], bool]:
        ties: dict[Key, Span] = {}
        named: list[tuple[int, Tie]] = []
        for member in self._open_members(store, number):
            for tie in ties_of(store, member):
                other = rows.get_node(store, tie.other)
                if other.person == number or other.state != rows.LIVE or other.restricted != rows.OPEN:
                    continue
                if tie.relation in WAYS:
                    named.append((other.person, tie))
                else:
                    key = (other.person, tie.kind, tie.relation)
                    ties[key] = widened(ties.get(key), tie.since, tie.until, tie.evidence)
        crowded = self._household(store, number, person.stays, ties)
        sharing: dict[Key, int] = {}
        others = self._shared.sharers(store, number)
        if named or len(others) > 1:
            family = {other for other, kind, _ in ties if kind in _FAMILY} | {number}
            add_named(named, family, ties)
            if not others <= family:
                add_shared(store, self._shared, number, family, ties, sharing)
        lines = sorted(
            (
                self._persons.person_id(store, key[0]),
                *key[1:],
                since,
                until,
                sorted(evidence)[:MOST_EVIDENCE],
                sharing.get(key, 0),
            )
            for key, (since, until, evidence) in ties.items()
        )
        return lines[:MOST_EDGES], crowded or len(lines) > MOST_EDGES

    def _household(self, store: Store, number: int, stays: tuple[Stay, ...], ties: dict[Key, Span]) -> bool:
        """Add household edges; True if some home is too crowded to mean a household.

        Behind an edge stand the records that first put each of the two there: were it all, each further record of
        either would change the circles of the whole house.
        """
        crowded = False
        first: dict[int, tuple[str, str, str]] = {}
        for home in stays:
            living = self._living_at(store, home.places)
            if living is None:
                crowded = True
                continue
            shared = [
                there
                for there in living
                if there[0] != number
                and there[1].confidential == home.confidential  # they hide together, or neither does
                and there[1].since < home.until
                and home.since < there[1].until
            ]
            if _most_at_once(home, shared) > CROWDED:
                crowded = True
                continue
            for other, stay in shared:
                key = (other, "household", "household")
                since, until = max(home.since, stay.since), min(home.until, stay.until)
                ties[key] = widened(ties.get(key), since, "" if until == FOR_EVER else until, ())
                first[other] = min(first.get(other, LAST), (since, home.record_id, stay.record_id))
        for other, (_, *behind) in first.items():
            since, until, _ = ties[other, "household", "household"]
            ties[other, "household", "household"] = (since, until, frozenset(behind))
        return crowded

    def _living_at(self, store: Store, places: tuple[str, ...]) -> tuple[_Living, ...] | None:
        """Who lives or lived at a place, with each stay there; None where it is communal.

        Kept while a batch settles, when all of a house ask in turn: their stays are up to date before any circle is.
        """
        if places in self._stays:
            return self._stays[places]
        house, here = self._people_at(store, places), set(places)
        found = None
        if house is not None:
            found = tuple(
                (person, stay)
                for person in house
                for stay in rows.get_person(store, person).stays
                if stay.places == places or not here.isdisjoint(stay.places)
            )
        self._stays[places] = found
        return found

    def _people_at(self, store: Store, places: tuple[str, ...]) -> tuple[int, ...] | None:
        """Persons with a home at a place, however it is named, in order; None where it is communal."""
        if places in self._house:
            return self._house[places]
        near = {n for place in places for n in residents(store, place, COMMUNAL + 1)}
        people = None
        if len(near) <= COMMUNAL:
            people = tuple(sorted({rows.get_node(store, n).person for n in near} - {0}))
        self._house[places] = people
        return people


def _edge(line: _Line) -> Edge:
    person_id, kind, relation, since, until, evidence, shared_by = line
    return Edge.of_valid(
        {
            "person_id": person_id,
            "kind": kind,
            "relation": relation,
            "since": since or None,
            "until": until or None,
            "evidence": evidence,
            "shared_by": shared_by,
        }
    )


def _most_at_once(home: Stay, shared: list[_Living]) -> int:
    """The largest number of persons at the place at one moment of this stay, this person included."""
    most = 1
    if len({o for o, _ in shared}) < CROWDED:
        return most  # however they overlap
    for _, stay in shared:
        moment = max(home.since, stay.since)
        most = max(most, 1 + len({o for o, s in shared if s.since <= moment < s.until}))
    return most
