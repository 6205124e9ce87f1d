"""Circles: a person's stated ties and household, both ends resolved to persons. Emits; decides no identity.

What a restricted record says makes no edge. A confidential home makes an edge only between people who both hold it as
confidential (they hide together), never with somebody whose record gives it openly; a refuge makes none.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Final

from hub.messages import Circle
from hub.messages.identity import Edge
from hub.state.api import Store, Turn
from streams.identity import rows
from streams.identity.homes import COMMUNAL, FOR_EVER, Home, Homes
from streams.identity.persons import AROUND, Persons, digest
from streams.identity.rows import num
from streams.identity.ties import ties_of

CROWDED: Final = 12
"""Concurrent residents above which one marker stands for them (architecture, streams/picture)."""
MOST_EVIDENCE: Final = 10
"""record_ids named behind an edge (contract of Edge)."""
MOST_EDGES: Final = 500
"""Edges of one circle: a message of 1 MB holds them with all their evidence."""

_Key = tuple[int, str, str]


class Circles:
    """Computes and emits circles over one store."""

    def __init__(self, homes: Homes, persons: Persons) -> None:
        """See the class."""
        self._homes = homes
        self._persons = persons

    def say(self, turn: Turn, number: int) -> None:
        """Emit a person's Circle if it differs from what was last said."""
        store = turn.store
        person = rows.get_person(store, number)
        edges, crowded = self._edges(store, number)
        said = digest([e.model_dump() for e in edges], crowded)
        if said == person.circle_said or not (edges or crowded or person.circle_said):
            return
        rows.put_person(store, number, person._replace(circle_said=said, circle_seq=person.circle_seq + 1))
        person_id = self._persons.person_id(store, number)
        message = Circle(
            partnership=rows.get_node(store, number).partnership,
            person_id=person_id,
            seq=person.circle_seq + 1,
            edges=edges,
            crowded=crowded,
        )
        turn.emit("persons", person_id, message)

    def touch_neighbours(self, turn: Turn, number: int) -> None:
        """Ask for the circles of those whose edges lead here."""
        store = turn.store
        near: set[int] = set()
        for member, _ in rows.get_person(store, number).members:  # also those hidden just now: their edges must go
            near |= {rows.get_node(store, tie.other).person for tie in ties_of(store, member)}
        homes = self._homes.stays(store, self._open_members(store, number))
        self._note_stays(store, number, homes)
        self._touch(turn, near | self._residents(store, homes) - {number})

    def follow_stays(self, turn: Turn, number: int) -> None:
        """Ask for the circles of a person and of those it lives or lived with, if where and when it lived changed."""
        homes = self._homes.stays(turn.store, self._open_members(turn.store, number))
        if self._note_stays(turn.store, number, homes):
            self._touch(turn, self._residents(turn.store, homes) | {number})

    @staticmethod
    def _touch(turn: Turn, persons: set[int]) -> None:
        for person in sorted(persons - {0}):
            turn.touch(AROUND + num(person))

    def _note_stays(self, store: Store, number: int, homes: list[Home]) -> bool:
        """Remember where and when a person lived; True if that changed."""
        told = sorted((sorted(h.places), str(h.since), str(h.until), h.confidential, h.record_id) for h in homes)
        stays = digest(told) if told else ""
        person = rows.get_person(store, number)
        if stays == person.stays:
            return False
        rows.put_person(store, number, person._replace(stays=stays))
        return True

    def _residents(self, store: Store, homes: list[Home]) -> set[int]:
        """Persons with a home at one of these places, those of communal places left out."""
        found: set[int] = set()
        for place in {place for home in homes for place in home.places}:
            residents = self._homes.residents(store, place, COMMUNAL + 1)
            if len(residents) <= COMMUNAL:
                found |= {rows.get_node(store, n).person for n in residents}
        return found

    def _open_members(self, store: Store, number: int) -> list[int]:
        """Members whose records may show in a circle."""
        found = []
        for n, _ in rows.get_person(store, number).members:
            node = rows.get_node(store, n)
            if node.live and node.restricted == rows.OPEN:
                found.append(n)
        return found

    def _edges(self, store: Store, number: int) -> tuple[list[Edge], bool]:
        members = self._open_members(store, number)
        spans: dict[_Key, list[tuple[str, str]]] = defaultdict(list)
        evidence: dict[_Key, set[str]] = defaultdict(set)
        for member in members:
            for tie in ties_of(store, member):
                other = rows.get_node(store, tie.other)
                if other.person != number and other.live and other.restricted == rows.OPEN:
                    key = (other.person, tie.kind, tie.relation)
                    spans[key].append((tie.since, tie.until))
                    evidence[key] |= {record_id for _, record_id in tie.evidence}
        crowded = self._household(store, number, members, spans, evidence)
        edges = [self._edge(store, key, spans[key], evidence[key]) for key in spans]
        edges.sort(key=lambda e: (e.person_id, e.kind, e.relation))
        return edges[:MOST_EDGES], crowded or len(edges) > MOST_EDGES

    def _edge(self, store: Store, key: _Key, spans: list[tuple[str, str]], evidence: set[str]) -> Edge:
        since = min(s for s, _ in spans)
        until = "" if any(not u for _, u in spans) else max(u for _, u in spans)
        return Edge(
            person_id=self._persons.person_id(store, key[0]),
            kind=key[1],
            relation=key[2],
            since=since or None,
            until=until or None,
            evidence=sorted(evidence)[:MOST_EVIDENCE],
        )

    def _household(
        self,
        store: Store,
        number: int,
        members: list[int],
        spans: dict[_Key, list[tuple[str, str]]],
        evidence: dict[_Key, set[str]],
    ) -> bool:
        """Add household edges; True if some home is too crowded to mean a household."""
        crowded = False
        theirs: dict[int, list[Home]] = {}
        for home in self._homes.stays(store, members):
            residents = {n for p in sorted(home.places) for n in self._homes.residents(store, p, COMMUNAL + 1)}
            if len(residents) > COMMUNAL:
                crowded = True
                continue
            others = {rows.get_node(store, n).person for n in residents} - {number, 0}
            for other in others - theirs.keys():
                theirs[other] = self._homes.stays(store, self._open_members(store, other))
            shared = [(o, stay) for o in sorted(others) for stay in theirs[o] if _together(home, stay)]
            if _most_at_once(home, shared) > CROWDED:
                crowded = True
                continue
            for other, stay in shared:
                key = (other, "household", "household")
                since, until = max(home.since, stay.since), min(home.until, stay.until)
                spans[key].append((since.isoformat(), "" if until == FOR_EVER else until.isoformat()))
                evidence[key] |= {home.record_id, stay.record_id}
        return crowded


def _together(a: Home, b: Home) -> bool:
    """Whether two stays make a household: one place, at one time, and confidential on both sides or on neither."""
    same_place = bool(a.places & b.places) and a.confidential == b.confidential
    return same_place and max(a.since, b.since) < min(a.until, b.until)


def _most_at_once(home: Home, shared: list[tuple[int, Home]]) -> int:
    """The largest number of persons at the place at one moment of this stay, this person included."""
    most = 1
    for _, stay in shared:
        moment: date = max(home.since, stay.since)
        most = max(most, 1 + len({o for o, s in shared if s.since <= moment < s.until}))
    return most
