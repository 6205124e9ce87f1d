"""Who is around the person: ties with the names that records give them, and everybody else whom the records name.

A tie names a person; a record names a source identity. Whose source identity it is follows from records or it stays
open: nobody is named because a name or a role would fit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from hub.ids import birth_id
from hub.messages import Bundle
from hub.messages.identity import Edge
from hub.messages.picture import Snapshot
from streams.check.render.opening import OpenEntry
from streams.check.render.people import birth, full_name
from streams.check.render.view import Named, Source, Tie
from streams.check.render.words import Catalogue, iso_day, plain

_STATED = frozenset({"relationship", "peer"})
"""Kinds of ties that a record states of two of its own subjects; a household's evidence may name quite others."""
_BEYOND = {
    "telephone": "shares a telephone",
    "place": "was at the same place",
    "named_together": "named together",
    "same_adult": "named with the same adult",
}
"""Ties that follow from several records: none of them names the two as what they are to each other."""


def belonging(picture: Snapshot) -> dict[str, str]:
    """Whose the source identities in the records are: source_id -> person_id of a tie, as far as it is certain.

    Certain is a source identity whose birth id the person bears (architecture, identity 4), and one that is the only
    other subject left in a record that states the tie, once the person's own and everybody known is set apart.
    """
    people = {edge.person_id for edge in picture.circle}
    others = {e.record_id: {o.source_id for o in e.others} - set(picture.members) for e in picture.entries}
    found = {source: person for person, source in picture.circle_members.items()}
    found |= {s: birth_id(s) for sources in others.values() for s in sources if birth_id(s) in people}
    while new := _left_over(picture.circle, others, found):
        found |= new
    return found


def _left_over(circle: list[Edge], others: Mapping[str, set[str]], known: Mapping[str, str]) -> dict[str, str]:
    """What one more look at the stated ties tells; two persons who claim the same source identity get neither."""
    claims: dict[str, set[str]] = defaultdict(set)
    for edge in circle:
        for record in edge.evidence if edge.kind in _STATED and edge.relation not in _BEYOND else ():
            left = [s for s in others.get(record, ()) if known.get(s, edge.person_id) == edge.person_id]
            if len(left) == 1 and left[0] not in known:
                claims[left[0]].add(edge.person_id)
    return {source: person for source, people in claims.items() if len(people) == 1 for person in people}


def circle(bundle: Bundle, entries: list[OpenEntry], sources: dict[str, Source], catalogue: Catalogue) -> list[Tie]:
    """Household, family and others; first those through whom something counts, with the way by which it does."""
    risks: dict[str, list[str]] = {}
    for indicator in bundle.picture.indicators:
        if indicator.through:
            text = catalogue.rule(indicator.rule_id, indicator.category)
            way = f" (counts through: {spoken(indicator.path)})" if indicator.path else ""
            risks.setdefault(indicator.through, []).append(f"Level {indicator.level}: {text}{way}")
    by_person: dict[str, list[Edge]] = {}
    for edge in bundle.picture.circle:
        by_person.setdefault(edge.person_id, []).append(edge)
    names = _names(bundle.picture, entries)
    ties = [
        _tie((person, names.get(person, "")), edges, sources, risks.get(person, []), bundle.picture.as_of)
        for person, edges in by_person.items()
    ]
    return sorted(ties, key=lambda t: (not t.risks, t.relation, t.name))


def _names(picture: Snapshot, entries: list[OpenEntry]) -> dict[str, str]:
    """person_id -> the name by which the newest record that names them does."""
    whose, found = belonging(picture), dict[str, str]()
    for entry in entries:
        for source, identity in entry.others.items():
            if source in whose and full_name(identity):
                found.setdefault(whose[source], full_name(identity))
    return found


def _tie(who: tuple[str, str], edges: list[Edge], sources: dict[str, Source], risks: list[str], now: datetime) -> Tie:
    records = list(dict.fromkeys(r for e in edges for r in e.evidence))
    return Tie(
        person=who[0],
        name=who[1] or "Name not in these records",
        relation=", ".join(dict.fromkeys(_relation(e, now) for e in edges)),
        since=iso_day(next((e.since for e in edges if e.since), None)),
        risks=list(dict.fromkeys(risks)),
        records=[sources[r] for r in records if r in sources],
    )


def _relation(edge: Edge, now: datetime) -> str:
    """What somebody is to the person; of what is shared, among how many and until when it was."""
    text = _BEYOND.get(edge.relation)
    if text is None:
        return spoken(edge.relation)
    ended = f" until {iso_day(edge.until)}" if edge.until and edge.until <= now.date().isoformat() else ""
    return text + (f" ({edge.shared_by} people)" if edge.shared_by > 2 else "") + ended  # noqa: PLR2004 - the two


def named(entries: list[OpenEntry], sources: dict[str, Source], at: datetime) -> list[Named]:
    """Everybody whom the records name beside the person, the most often named first."""
    found: dict[tuple[str, str, str], dict[str, None]] = {}
    for entry in entries:
        for other in entry.entry.others:
            identity = entry.others.get(other.source_id)
            if identity and full_name(identity):
                born = birth(identity.birth, at) if identity.birth else ""
                found.setdefault((full_name(identity), plain(other.role), born), {})[entry.entry.record_id] = None
    people = [Named(*who, [sources[r] for r in records if r in sources]) for who, records in found.items()]
    return sorted(people, key=lambda n: (-len(n.records), n.name, n.role))


def spoken(relation: str) -> str:
    """A relation or a way by which somebody counts, in words."""
    return plain(relation).replace("parents partner", "parent's partner")
