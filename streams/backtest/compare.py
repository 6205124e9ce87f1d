"""Two packs over one history: whose episodes differ, and by which rules. Comparing only; no I/O."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from streams.backtest.replay import Trigger

How = Literal["only live", "only shadow", "earlier", "later", "graver", "milder", "other rules"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One person of whom the packs say different things.

    Attributes:
        anchor: source identity that the live pack's episode is about, else the shadow pack's.
        how: in which way the shadow pack differs from the live one.
        live, shadow: day of the first episode; None for none.
        live_level, shadow_level: highest level reached; 0 for none.
        live_rules, shadow_rules: rules that the one had and the other had not.
    """

    anchor: str
    how: How
    live: date | None
    shadow: date | None
    live_level: int
    shadow_level: int
    live_rules: tuple[str, ...]
    shadow_rules: tuple[str, ...]


@dataclass(slots=True)
class Comparison:
    """See the module.

    Attributes:
        live, shadow: packs, name and version.
        live_begun, shadow_begun: episodes that began under each.
        same: persons of whom both say the same.
        how: kind of difference -> persons.
        rules: rule -> persons whom it sets apart.
        differences: by person, earliest first.
    """

    live: str
    shadow: str
    live_begun: int = 0
    shadow_begun: int = 0
    same: int = 0
    how: dict[str, int] = field(default_factory=dict)
    rules: dict[str, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Side:
    day: date | None
    level: int
    rules: frozenset[str]
    anchor: str


_NOTHING = _Side(None, 0, frozenset(), "")


def compare(
    packs: tuple[str, str], live: Sequence[Trigger], shadow: Sequence[Trigger], whose: Mapping[str, str]
) -> Comparison:
    """Hold the shadow pack's triggers against the live one's, person by person.

    Args:
        packs: names of the live and of the shadow pack.
        live: the live pack's triggers.
        shadow: the shadow pack's, over the same days.
        whose: source identity -> person, at the history's end.
    """
    ours, theirs = _by_person(live, whose), _by_person(shadow, whose)
    found = Comparison(*packs)
    found.live_begun = sum(not t.rises for t in live)
    found.shadow_begun = sum(not t.rises for t in shadow)
    for person in sorted(ours.keys() | theirs.keys()):
        difference = _difference(ours.get(person, _NOTHING), theirs.get(person, _NOTHING))
        if difference is None:
            found.same += 1
        else:
            found.differences.append(difference)
    found.differences.sort(key=lambda d: (min(x for x in (d.live, d.shadow) if x), d.anchor))
    found.how = dict(Counter(d.how for d in found.differences).most_common())
    apart = (rule for d in found.differences for rule in (*d.live_rules, *d.shadow_rules))
    found.rules = dict(Counter(apart).most_common())
    return found


def _by_person(triggers: Sequence[Trigger], whose: Mapping[str, str]) -> dict[str, _Side]:
    found: dict[str, list[Trigger]] = defaultdict(list)
    for trigger in triggers:
        found[whose.get(trigger.anchor, trigger.anchor)].append(trigger)
    return {
        person: _Side(
            min(t.day for t in mine),
            max(t.level for t in mine),
            frozenset(rule for t in mine for rule in (*t.rules, *t.behind)),
            mine[0].anchor,
        )
        for person, mine in found.items()
    }


def _difference(live: _Side, shadow: _Side) -> Difference | None:
    how = _how(live, shadow)
    if how is None:
        return None
    return Difference(
        live.anchor or shadow.anchor,
        how,
        live.day,
        shadow.day,
        live.level,
        shadow.level,
        tuple(sorted(live.rules - shadow.rules)),
        tuple(sorted(shadow.rules - live.rules)),
    )


def _how(live: _Side, shadow: _Side) -> How | None:
    """The gravest way in which they differ."""
    if live.day is None or shadow.day is None:
        return "only shadow" if live.day is None else "only live"
    if live.level != shadow.level:
        return "graver" if shadow.level > live.level else "milder"
    if live.day != shadow.day:
        return "earlier" if shadow.day < live.day else "later"
    return None if live.rules == shadow.rules else "other rules"
