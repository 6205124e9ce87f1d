"""What combinations look at and say: indicators in force, and what fires. Plain data and how it is counted; no rule.

Agencies are counted per originating incident: an echo is not corroboration.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import msgspec

from streams.picture.rules.look import Person, days
from streams.picture.rules.pack import Combination, Indicator


class InForce(msgspec.Struct, frozen=True):
    """An indicator in force for a person. Times in microseconds.

    Attributes:
        rule: rule of the pack.
        level: 1 to 4.
        origins: originating incident -> (agency, whether only an echo of it is held).
        records: records behind it, newest first.
        first, last: evidence.
        until: when it leaves force if nothing new comes; 0 never.
        history: all of it is back-loaded.
        count: distinct incidents counted.
        through: person through whom it counts, '' for own.
        path: what that person is to this one, '' for own.
        since: since when, ISO date, '' if not known.
    """

    rule: Indicator
    level: int
    origins: Mapping[str, tuple[str, bool]]
    records: tuple[str, ...]
    first: int
    last: int
    until: int
    history: bool
    count: int = 1
    through: str = ""
    path: str = ""
    since: str = ""


class Standing(msgspec.Struct, frozen=True):
    """All that combinations may look at.

    Attributes:
        now: stage time, microseconds.
        person: whose.
        own: own indicators that apply to the person.
        context: others', through the circle.
        found: what counting combinations and signals found, by name.
    """

    now: int
    person: Person
    own: tuple[InForce, ...] = ()
    context: tuple[InForce, ...] = ()
    found: Mapping[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    _units: dict[tuple[bool, int | None], tuple[list[InForce], int]] = msgspec.field(default_factory=dict)

    def units(self, rule: Combination) -> tuple[list[InForce], int]:
        """What may count in a combination, and when the next of it is too old for that (microseconds; 0 never).

        Worked out once for all combinations of one window.
        """
        name = (rule.subject == "adult", rule.window_days)
        known = self._units.get(name)
        if known is None:
            units = counted(self, rule)
            known = self._units[name] = (units, _leaves_window(rule, units, self.now))
        return known


class Fire(msgspec.Struct, frozen=True):
    """A combination that fired, or would have.

    Attributes:
        rule: which.
        level: 3 or 4; 0 for `raises` and `routes`.
        behind: indicators that it counted.
        records: records behind it.
        first: earliest evidence, microseconds.
        history: nothing behind it is new.
        measure: what was counted, for the explanation.
    """

    rule: Combination
    level: int
    behind: tuple[InForce, ...]
    records: tuple[str, ...]
    first: int
    history: bool
    measure: Mapping[str, int] = msgspec.field(default_factory=dict)


class Verdict(msgspec.Struct, frozen=True):
    """What the combinations say.

    Attributes:
        fires: those that make a proposal, gravest first.
        notes: those that raise or route.
        due: when time alone may change it (silence), microseconds; 0 never.
    """

    fires: tuple[Fire, ...] = ()
    notes: tuple[Fire, ...] = ()
    due: int = 0


def _leaves_window(rule: Combination, units: list[InForce], now: int) -> int:
    """When the next of these is too old for the combination, though still in force itself; 0 never."""
    if rule.window_days is None or not units:
        return 0
    window = days(rule.window_days)
    return min([u.last + window for u in units if u.last + window > now], default=0)


def counted(standing: Standing, rule: Combination) -> list[InForce]:
    """What may count in a combination: one unit a rule, recent enough, weaker ones of the same facts left out."""
    adult = rule.subject == "adult"
    oldest = standing.now - days(rule.window_days) if rule.window_days else None
    usable = [
        i
        for i in chain(standing.own, standing.context)
        if not i.rule.context_only and (oldest is None or i.last > oldest) and (i.rule.subject == "adult") == adult
    ]
    units: dict[str, InForce] = {}
    for one in usable:
        known = units.get(one.rule.id)
        units[one.rule.id] = _merged(known, one) if known else one
    replaced = {weaker for u in units.values() for weaker in u.rule.replaces}
    return [units[name] for name in sorted(units) if name not in replaced]


def _merged(one: InForce, other: InForce) -> InForce:
    """The same rule through two people counts once, with all that is behind it."""
    leading = max(one, other, key=lambda i: (i.level, not i.through, i.last))
    return InForce(
        rule=one.rule,
        level=leading.level,
        origins=_together(chain(one.origins.items(), other.origins.items())),
        records=tuple(dict.fromkeys((*leading.records, *one.records, *other.records))),
        first=min(one.first, other.first),
        last=max(one.last, other.last),
        until=leading.until,
        history=one.history and other.history,
        count=max(one.count, other.count),
        through=leading.through,
        path=leading.path,
        since=leading.since,
    )


def agencies_of(units: Iterable[InForce]) -> set[str]:
    """Distinct agencies, one per originating incident: whoever first told of it, never who repeated it."""
    origins = _together(chain(*(u.origins.items() for u in units)))
    return {agency for agency, _ in origins.values()}


def _together(origins: Iterable[tuple[str, tuple[str, bool]]]) -> dict[str, tuple[str, bool]]:
    """One origin an incident: no echo before an echo, then the first by name; any order gives the same."""
    best: dict[str, tuple[str, bool]] = {}
    for incident, (agency, echo) in origins:
        known = best.get(incident)
        if known is None or (echo, agency) < (known[1], known[0]):
            best[incident] = (agency, echo)
    return best
