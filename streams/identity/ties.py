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

MOST_EVIDENCE: Final = 1
"""Records named behind a tie: the first in order of ids, which no later version changes. Were it all of them,
a circle would change with every further record."""

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
_KINDS: Final = {"household": "household", "peer": "peer", "named_together": "peer", "same_adult": "peer"}

HeldTie = tuple[int, int, str, str, str]
"""(number, number, kind, since, until): the first is the kind of the second."""
_Said = tuple[int, str, str, str]
"""(0 or 1: which end sees it so, what the other is to it, since, until)."""
_parse_said: Final = rows.reader(list[_Said])
_parse_total: Final = rows.reader(tuple[str, str, tuple[str, ...]])


class Tie(NamedTuple):
    """All that is stated of one relation between two, as one end sees it: `other` is the `relation` of this one.

    Attributes:
        since: earliest start; '' if some record gives none.
        until: latest end; '' if some record gives none.
        evidence: a few of the records that say so.
    """

    other: int
    relation: str
    since: str
    until: str
    evidence: tuple[str, ...]

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


def put_ties(store: Store, record_id: str, before: tuple[HeldTie, ...], after: tuple[HeldTie, ...]) -> set[int]:
    """Let the record state just these. Returns the numbers for whom that made a difference."""
    old, new = _statements(before), _statements(after)
    for name in old.keys() - new.keys():
        store.delete(b"t" + name + record_id.encode())
    for name, said in new.items():
        store.put(b"t" + name + record_id.encode(), rows.dumps(sorted(said)))
    changed: set[int] = set()
    for name in old.keys() | new.keys():
        was, now = old.get(name, set()), new.get(name, set())
        for here, relation in sorted({s[:2] for s in was ^ now}):
            again = any(s[:2] == (here, relation) for s in was)
            if relation != SIDE_BY_SIDE and _sum_up(store, name, here, relation, record_id, again=again):
                changed.add(num_at(name, 8 * here))
    return changed


def _statements(ties: tuple[HeldTie, ...]) -> dict[bytes, set[_Said]]:
    """By pair, the smaller number first: what is said of it, as each end sees it."""
    found: dict[bytes, set[_Said]] = {}
    for a, b, kind, since, until in ties:
        said = found.setdefault(pair_key(b"", min(a, b), max(a, b)), set())
        said.add((int(b > a), kind, since, until))
        said.add((int(a > b), _INVERSE.get(kind, kind), since, until))
    return found


def _sum_up(store: Store, name: bytes, here: int, relation: str, record_id: str, *, again: bool) -> bool:
    """Bring a summary up to date: by adding one record's statement, or again from all. True if it changed."""
    ends = (name[:8], name[8:])
    key = b"T" + ends[here] + ends[1 - here] + relation.encode()
    before = store.get(key)
    new = b"" if again or before is None else record_id.encode()
    said = [
        Tie(0, relation, since, until, (row[1 + len(name) :].decode(),))
        for row, value in store.scan(b"t" + name + new)
        for end, what, since, until in _parse_said(value)
        if (end, what) == (here, relation)
    ]
    if new and before is not None:
        said.append(_parse(key, before))
    if not said:
        store.delete(key)
        return before is not None
    total = reduce(Tie.plus, said)
    after = rows.dumps((total.since, total.until, total.evidence))
    if after != before:
        store.put(key, after)
    return after != before


def _parse(key: bytes, value: bytes) -> Tie:
    return Tie(num_at(key, 9), key[17:].decode(), *_parse_total(value))


def side_by_side(store: Store, a: int, b: int) -> bool:
    """Whether a live record has both as different subjects."""
    return next(store.scan(pair_key(b"t", min(a, b), max(a, b))), None) is not None


def ties_of(store: Store, number: int) -> tuple[Tie, ...]:
    """Stated ties of one source identity, one a relation and far end, in key order."""
    return store.listed(b"T" + num(number), _parse)
