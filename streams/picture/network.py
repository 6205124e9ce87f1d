"""What is shared beyond the family, and with whom something is known of: indicators of rules that ask for a network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from streams.picture.ring import FAMILY_TIES, Ring, Tie, edge_times, holds
from streams.picture.rules.engine import Engine
from streams.picture.rules.inforce import InForce
from streams.picture.rules.pack import Indicator as IndicatorRule

WAYS = {
    "telephone": "telephone shared",
    "place": "place shared",
    "peer": "peer",
    "named_together": "named together",
    "same_adult": "named with the same adult",
}
"""Ties beyond the family, in words."""


def network_of(ring: Ring, digests: Mapping[str, list[InForce]], engine: Engine, now: int) -> Iterable[InForce]:
    """Peers, places and telephones shared, now, with people of whom something is known: one indicator a person."""
    family = {e.person_id for e in ring.edges if e.kind in FAMILY_TIES}
    for rule in engine.networks:
        assert rule.network is not None
        ways: dict[str, list[Tie]] = {}
        for edge in ring.edges:
            if edge.kind in rule.network.ties and edge.person_id not in family and holds(*edge_times(edge), now):
                ways.setdefault(edge.person_id, []).append(edge)
        known = {p: _of_categories(digests.get(p, ()), rule.network.categories, now) for p in sorted(ways)}
        known = {p: indicators for p, indicators in known.items() if indicators}
        if len(known) >= rule.network.others:
            for person, indicators in known.items():
                yield _shared(rule, indicators, ways[person])


def _of_categories(indicators: Iterable[InForce], categories: list[str], now: int) -> list[InForce]:
    return [i for i in indicators if i.rule.category in categories and not (i.until and i.until <= now)]


def _shared(rule: IndicatorRule, behind: list[InForce], ways: list[Tie]) -> InForce:
    """One indicator of all that is known of somebody with whom something is shared, and by which ways it is."""
    return InForce(
        rule=rule,
        level=rule.level,
        origins={incident: origin for i in behind for incident, origin in i.origins.items()},
        records=tuple(dict.fromkeys(record for i in behind for record in i.records)),
        first=min(i.first for i in behind),
        last=max(i.last for i in behind),
        until=min(
            (t for t in (_last(i.until for i in behind), _last(edge_times(t)[1] or 0 for t in ways)) if t), default=0
        ),
        history=all(i.history for i in behind),
        count=len({incident for i in behind for incident in i.origins}),
        through=ways[0].person_id,
        path=" and ".join(_way(tie) for tie in ways),
    )


def _last(ends: Iterable[int]) -> int:
    """The last of several ends; 0 where one of them has none."""
    found = list(ends)
    return 0 if 0 in found else max(found)


def _way(tie: Tie) -> str:
    """A way by which something is shared, in words: since when, and how many records say so."""
    what = WAYS.get(tie.relation) or WAYS.get(tie.kind, tie.kind)
    since = f" since {_in_words(tie.since)}" if tie.since else ""
    records = len(tie.evidence)
    return what + since + (f", {records} record{'s' if records > 1 else ''}" if records else "")


def _in_words(day: str) -> str:
    """A whole date as people write it; less, as it stands."""
    try:
        whole = date.fromisoformat(day)
    except ValueError:
        return day
    return f"{whole.day} {whole:%B %Y}"
