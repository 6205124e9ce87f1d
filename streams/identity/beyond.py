"""Ties beyond the family, put beside those of family and household: of one person, by kind. Emits nothing.

Whoever is family already is left out: that a mother's number stands on her children's records tells nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from hub.state.api import Store
from streams.identity import rows
from streams.identity.homes import FOR_EVER
from streams.identity.shared import MOST_SHARING, Shared, Use, lingers
from streams.identity.ties import Tie

Key = tuple[int, str, str]
"""The other person, kind, relation."""
Span = tuple[str, str, frozenset[str]]
"""Since, until, and the records behind it."""
LAST: Final = (FOR_EVER, "", "")
"""Later than any day, with the records behind it."""


def add_named(named: list[tuple[int, Tie]], family: set[int], ties: dict[Key, Span]) -> None:
    """Add those of no family with whom records of an incident name a person together."""
    for other, tie in named:
        if other not in family:
            key = (other, tie.kind, tie.relation)
            ties[key] = widened(ties.get(key), tie.since, lingers(tie.until), tie.evidence)


def add_shared(
    store: Store,
    shared: Shared,
    number: int,
    family: set[int],
    ties: dict[Key, Span],
    sharing: dict[Key, int],
) -> None:
    """Add telephones and places shared with others than the family, and by how many each is shared at least."""
    first: dict[Key, tuple[str, str, str]] = {}
    uses = {number: _uses(store, number)}
    for use in uses[number]:
        for point in use.points:
            people = shared.people_at(store, point)
            if not 1 < len(people) <= MOST_SHARING:
                continue
            for other in people:
                if other in family:
                    continue
                if other not in uses:
                    uses[other] = _uses(store, other)
                for its in uses[other]:
                    if point in its.points and _at_once(use, its):
                        key = (other, use.kind, use.kind)
                        since, until = max(use.since, its.since), min(use.until, its.until)
                        ties[key] = widened(ties.get(key), since, "" if until == FOR_EVER else until, ())
                        behind = (min(use.record_id, its.record_id), max(use.record_id, its.record_id))
                        first[key] = min(first.get(key, LAST), (since, *behind))
                        sharing[key] = min(sharing.get(key, len(people)), len(people))
    for key, (_, *records) in first.items():
        ties[key] = (*ties[key][:2], frozenset(records))


def _uses(store: Store, number: int) -> tuple[Use, ...]:
    return Shared.uses(store, [n for n, _ in rows.get_person(store, number).members])


def widened(held: Span | None, since: str, until: str, evidence: Iterable[str]) -> Span:
    """What is stated so far, and one statement more: from the earliest on, until the latest, open if any is open."""
    if held is None:
        return since, until, frozenset(evidence)
    until = max(held[1], until) if held[1] and until else ""
    return min(held[0], since), until, held[2].union(evidence)


def _at_once(a: Use, b: Use) -> bool:
    """Whether two have something at one time, and hide on both sides or on neither."""
    return a.kind == b.kind and a.confidential == b.confidential and a.since < b.until and b.since < a.until
