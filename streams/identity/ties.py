"""Ties that a record states between its subjects, as rows that can be taken back. No person and no circle here."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Final, NamedTuple

from hub.messages import SealedRecord
from hub.state.api import Store
from streams.identity import rows
from streams.identity.rows import HeldSubject, num, num_at, pair_key

SIDE_BY_SIDE: Final = "~"
"""No stated relationship: they are two subjects of one record, and so two people."""
MOST_BESIDE: Final = 12
"""Subjects up to which a record is about people side by side; a longer one is a list, where doubles are to be expected."""

_INVERSE: Final = {
    "mother": "child",
    "father": "child",
    "parent": "child",
    "step_parent": "step_child",
    "parents_partner": "partners_child",
    "carer": "cared_for",
    "grandparent": "grandchild",
}
"""What the far end is to the one who is ...; every other kind is the same both ways."""
_KINDS: Final = {"household": "household", "peer": "peer"}

HeldTie = tuple[int, int, str, str, str]
"""(number, number, kind, since, until): the first is the kind of the second."""


class Tie(NamedTuple):
    """A tie as one end sees it: `other` is the `relation` of this one."""

    other: int
    relation: str
    since: str
    until: str
    record_id: str

    @property
    def kind(self) -> str:
        """The circle's kind of edge."""
        return _KINDS.get(self.relation, "relationship")


def held_ties(record: SealedRecord, subjects: tuple[HeldSubject, ...]) -> tuple[HeldTie, ...]:
    """The record's ties: stated relationships, and subjects side by side without one."""
    numbers = {s.ref: s.number for s in subjects}
    stated = {
        (numbers[r.subject], numbers[r.of], r.kind, r.since or "", r.until or "")
        for r in record.relationships
        if r.subject in numbers and r.of in numbers and numbers[r.subject] != numbers[r.of]
    }
    if len(subjects) > MOST_BESIDE:
        return tuple(sorted(stated))
    paired = {frozenset(t[:2]) for t in stated}
    everyone = sorted({s.number for s in subjects})
    beside = {(a, b, SIDE_BY_SIDE, "", "") for a, b in combinations(everyone, 2) if frozenset((a, b)) not in paired}
    return tuple(sorted(stated | beside))


def put_ties(store: Store, record_id: str, before: tuple[HeldTie, ...], after: tuple[HeldTie, ...]) -> None:
    """Let the record state just these."""
    old, new = _rows(record_id, before), _rows(record_id, after)
    for key in old.keys() - new.keys():
        store.delete(key)
    for key, value in new.items():
        if old.get(key) != value:
            store.put(key, value)


def _rows(record_id: str, ties: tuple[HeldTie, ...]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for a, b, kind, since, until in ties:
        value = rows.dumps([since, until])
        found[_key(b, a, record_id, kind)] = value
        found[_key(a, b, record_id, _INVERSE.get(kind, kind))] = value
    return found


def _key(this: int, other: int, record_id: str, relation: str) -> bytes:
    return pair_key(b"t", this, other) + record_id.encode() + b"\x1f" + relation.encode()


def ties_of(store: Store, number: int) -> list[Tie]:
    """Stated ties of one source identity, in key order."""
    found = []
    for key, value in store.scan(b"t" + num(number)):
        record_id, _, relation = key[17:].partition(b"\x1f")
        if relation.decode() != SIDE_BY_SIDE:
            since, until = json.loads(value)
            found.append(Tie(num_at(key, 9), relation.decode(), since, until, record_id.decode()))
    return found
