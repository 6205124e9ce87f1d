"""Ties that a record states between its subjects, as rows that can be taken back. No person and no circle here."""

from __future__ import annotations

from functools import reduce
from itertools import combinations
from typing import Final, NamedTuple

from hub.messages import SealedRecord
from hub.state.api import Store
from streams.identity import rows
from streams.identity.rows import HeldSubject, num, num_at, pair_key

SIDE_BY_SIDE: Final = "~"
"""No stated relationship: they are two subjects of one record, and so two people."""
MOST_BESIDE: Final = 12
"""Subjects up to which a record is about people side by side; a longer one is a list, which may hold doubles."""

MOST_EVIDENCE: Final = 3
"""Records named behind a tie: the first that said so. Were it all, a circle would change with every further record."""
_BESIDE: Final = f"{SIDE_BY_SIDE}\x1f".encode()

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
    """All that is stated of one relation between two, as one end sees it: `other` is the `relation` of this one.

    Attributes:
        since: earliest start; '' if some record gives none.
        until: latest end; '' if some record gives none.
        evidence: (day, record_id) of the first few records that say so.
    """

    other: int
    relation: str
    since: str
    until: str
    evidence: tuple[tuple[str, str], ...]

    @property
    def kind(self) -> str:
        """The circle's kind of edge."""
        return _KINDS.get(self.relation, "relationship")

    def plus(self, more: Tie) -> Tie:
        """Both together; the order in which statements are summed up makes no difference."""
        until = max(self.until, more.until) if self.until and more.until else ""
        evidence = tuple(sorted({*self.evidence, *more.evidence})[:MOST_EVIDENCE])
        return self._replace(since=min(self.since, more.since), until=until, evidence=evidence)


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


def put_ties(
    store: Store, record_id: str, before: tuple[HeldTie, ...], after: tuple[HeldTie, ...], day: str
) -> set[int]:
    """Let the record, written on `day`, state just these. Returns the numbers for whom that made a difference."""
    old, new = _statements(before), _statements(after)
    changed: set[int] = set()
    for name in old.keys() - new.keys():
        store.delete(b"t" + name + record_id.encode())
    for name, (since, until) in new.items():
        store.put(b"t" + name + record_id.encode(), rows.dumps([since, until, day]))
    for name in old.keys() | new.keys():
        if not name.endswith(_BESIDE) and _sum_up(store, name, record_id, again=name in old):
            changed.add(num_at(name, 0))
    return changed


def _statements(ties: tuple[HeldTie, ...]) -> dict[bytes, tuple[str, str]]:
    """Row names, both ways round: this end, other end, what the other is to this."""
    found: dict[bytes, tuple[str, str]] = {}
    for a, b, kind, since, until in ties:
        found[_name(b, a, kind)] = (since, until)
        found[_name(a, b, _INVERSE.get(kind, kind))] = (since, until)
    return found


def _name(this: int, other: int, relation: str) -> bytes:
    return pair_key(b"", this, other) + relation.encode() + b"\x1f"


def _sum_up(store: Store, name: bytes, record_id: str, *, again: bool) -> bool:
    """Bring a summary up to date: by adding one record's statement, or again from all. True if it changed."""
    key = b"T" + name
    before = store.get(key)
    if again or before is None:
        statements = [_statement(row, value) for row, value in store.scan(b"t" + name)]
    else:
        row = b"t" + name + record_id.encode()
        statements = [_parse(name, before), _statement(row, store.get(row) or b"")]
    if not statements:
        store.delete(key)
        return before is not None
    total = reduce(Tie.plus, statements)
    after = rows.dumps([total.since, total.until, total.evidence])
    if after != before:
        store.put(key, after)
    return after != before


def _statement(row: bytes, value: bytes) -> Tie:
    since, until, day = rows.loads(value)
    name, _, record_id = row[1:].rpartition(b"\x1f")
    return Tie(num_at(row, 9), name[16:].decode(), since, until, ((day, record_id.decode()),))


def _parse(name: bytes, value: bytes) -> Tie:
    since, until, evidence = rows.loads(value)
    relation = name[16:-1].decode()
    return Tie(num_at(name, 8), relation, since, until, tuple((e[0], e[1]) for e in evidence))


def ties_of(store: Store, number: int) -> list[Tie]:
    """Stated ties of one source identity, one a relation and far end, in key order."""
    return [_parse(key[1:], value) for key, value in store.scan(b"T" + num(number))]
