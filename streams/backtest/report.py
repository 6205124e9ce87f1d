"""What a back-test says: triggers a day, by rule, by agency, overlap, yield, fairness. Counting only; no I/O.

Intervals are Wilson's score intervals at 95 % (Wilson, J Am Stat Assoc 1927;22:209; recommended for proportions near 0
by Newcombe, Stat Med 1998;17:857).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from math import sqrt
from typing import Final

from hub.state.headers import micros
from streams.backtest.replay import Trigger
from streams.backtest.traits import AGES, NOT_RECORDED, TRAITS, Someone

YIELD_DAYS: Final = 90
"""Help or protection that began within so many days after a trigger counts as its yield."""
MONTH_DAYS: Final = 365.2425 / 12
_Z: Final = 1.959964
"""Two-sided 95 %."""
_WEEKEND: Final = 5
_PAIRS: Final = 20
_PER: Final = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with its 95 % interval.

    Attributes:
        group: of whom.
        people: in the group.
        triggered: of them, with a trigger at least once.
        rate, low, high: shares, 0 to 1; all 0 where there is nobody.
    """

    group: str
    people: int
    triggered: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class RuleCount:
    """One rule's part.

    Attributes:
        rule: id.
        triggers: episodes that began with it among what fired.
        alone: of a combination, episodes in which no other combination fired: they would be gone without it.
        known: episodes of which the outcome is known: the history goes on for `YIELD_DAYS` after them.
        led: of those, followed by help or protection.
    """

    rule: str
    triggers: int
    alone: int
    known: int
    led: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rules that fired in the same episode."""

    first: str
    second: str
    both: int
    share: float
    """Of the episodes of either: 1 where the one never fires without the other."""


@dataclass(slots=True)
class Report:
    """See the module.

    Attributes:
        pack: name and version.
        first, last: days counted, inclusive.
        children: children and unborn in the history.
        people: persons in all.
        begun: episodes that began; `rose`: those that rose to level 4 later.
        by_level, by_subject: of those that began.
        routed: of those that began, open to a worker already.
        by_day: ISO day -> episodes that began.
        month_per_10000: episodes about children a month per 10,000 children.
        working_day_per_300000: the same for 300,000 children on a working day.
        rules: combinations and indicators, in the pack's order of names.
        agencies: agency -> episodes that it had a part in.
        overlap: pairs of combinations, then of indicators, most frequent first.
        outcomes: all episodes together: known, and followed by help or protection.
        fairness: trait -> rates by group.
        unrecorded: trait -> share of children of whom no record says it.
        notes: what was set aside or could not be read: reason -> count.
    """

    pack: str
    first: date
    last: date
    children: int = 0
    people: int = 0
    begun: int = 0
    rose: int = 0
    routed: int = 0
    by_level: dict[int, int] = field(default_factory=dict)
    by_subject: dict[str, int] = field(default_factory=dict)
    by_day: dict[str, int] = field(default_factory=dict)
    month_per_10000: float = 0.0
    working_day_per_300000: float = 0.0
    rules: list[RuleCount] = field(default_factory=list)
    agencies: dict[str, int] = field(default_factory=dict)
    overlap: list[Pair] = field(default_factory=list)
    outcomes: tuple[int, int] = (0, 0)
    fairness: dict[str, list[Rate]] = field(default_factory=dict)
    unrecorded: dict[str, float] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)


def wilson(triggered: int, people: int) -> tuple[float, float]:
    """95 % score interval of a share; (0, 0) where there is nobody."""
    if not people:
        return 0.0, 0.0
    share, square = triggered / people, _Z * _Z
    middle = share + square / (2 * people)
    half = _Z * sqrt(share * (1 - share) / people + square / (4 * people * people))
    scale = 1 + square / people
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def report(
    pack: str,
    triggers: Sequence[Trigger],
    people: Sequence[tuple[tuple[str, ...], Someone]],
    span: tuple[date, date],
) -> Report:
    """Count.

    Args:
        pack: name and version.
        triggers: of the days of `span`.
        people: everybody of the history, with the source identities.
        span: first and last day, inclusive.
    """
    first, last = span
    whose = {source: number for number, (sources, _) in enumerate(people) for source in sources}
    begun = [t for t in triggers if not t.rises]
    found = Report(pack, first, last)
    found.people = len(people)
    found.children = sum(someone.child for _, someone in people)
    found.begun, found.rose = len(begun), len(triggers) - len(begun)
    found.routed = sum(t.route for t in begun)
    found.by_level = dict(sorted(Counter(t.level for t in begun).items()))
    found.by_subject = dict(sorted(Counter(t.subject for t in begun).items()))
    days = Counter(t.day.isoformat() for t in begun)
    found.by_day = {day.isoformat(): days[day.isoformat()] for day in _days(first, last)}
    found.agencies = dict(Counter(agency for t in begun for agency in t.agencies).most_common())
    of_children = sum(t.subject != "adult" for t in begun)
    _frequency(found, of_children)
    led = {t.proposal_id: _led(t, whose, people, last) for t in begun}
    found.rules = _rules(begun, led)
    found.outcomes = _outcomes(led.values())
    found.overlap = [*_pairs([t.rules for t in begun]), *_pairs([t.behind for t in begun])]
    _fairness(found, begun, whose, people)
    return found


def _days(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _frequency(found: Report, of_children: int) -> None:
    days = (found.last - found.first).days + 1
    working = sum(day.weekday() < _WEEKEND for day in _days(found.first, found.last))
    if found.children and working:
        per_child = of_children / found.children
        found.month_per_10000 = per_child * _PER * MONTH_DAYS / days
        found.working_day_per_300000 = per_child * 300_000 / working


def _led(
    trigger: Trigger, whose: dict[str, int], people: Sequence[tuple[tuple[str, ...], Someone]], last: date
) -> bool | None:
    """Whether help or protection followed; None where the history ends too early to know."""
    if trigger.day + timedelta(days=YIELD_DAYS) > last or trigger.anchor not in whose:
        return None
    # What happened on the day itself may be what fired: it counts from the next day on.
    begins = micros(datetime.combine(trigger.day + timedelta(days=1), time(), UTC))
    ends = micros(datetime.combine(trigger.day + timedelta(days=YIELD_DAYS + 1), time(), UTC))
    return any(begins <= at < ends for at in people[whose[trigger.anchor]][1].outcomes)


def _outcomes(led: Iterable[bool | None]) -> tuple[int, int]:
    known = [answer for answer in led if answer is not None]
    return len(known), sum(known)


def _rules(begun: Sequence[Trigger], led: dict[str, bool | None]) -> list[RuleCount]:
    fired: dict[str, list[Trigger]] = defaultdict(list)
    for trigger in begun:
        for rule in (*trigger.rules, *trigger.behind):
            fired[rule].append(trigger)
    return [
        RuleCount(
            rule,
            len(found),
            sum(t.rules == (rule,) for t in found),
            *_outcomes(led[t.proposal_id] for t in found),
        )
        for rule, found in sorted(fired.items())
    ]


def _pairs(fired: Iterable[tuple[str, ...]]) -> list[Pair]:
    single: Counter[str] = Counter()
    double: Counter[tuple[str, str]] = Counter()
    for rules in fired:
        single.update(rules)
        double.update(combinations(sorted(rules), 2))
    return [
        Pair(one, other, both, both / (single[one] + single[other] - both))
        for (one, other), both in double.most_common(_PAIRS)
    ]


def _fairness(
    found: Report, begun: Sequence[Trigger], whose: dict[str, int], people: Sequence[tuple[tuple[str, ...], Someone]]
) -> None:
    """Children with a trigger at least once, of all children of a group."""
    triggered = {whose[t.anchor] for t in begun if t.subject != "adult" and t.anchor in whose}
    children = [number for number, (_, someone) in enumerate(people) if someone.child]
    for trait in TRAITS:
        groups = Counter(people[n][1].traits[trait] for n in children)
        hit = Counter(people[n][1].traits[trait] for n in children if n in triggered)
        found.fairness[trait] = [_rate(g, groups[g], hit[g]) for g in sorted(groups, key=_place)]
        found.unrecorded[trait] = groups[NOT_RECORDED] / len(children) if children else 0.0


def _place(group: str) -> tuple[bool, int, str]:
    """Ages by age, other groups by name; 'not recorded' last."""
    ages = ["unborn", *(name for _, name in AGES)]
    return group == NOT_RECORDED, ages.index(group) if group in ages else 0, group


def _rate(group: str, people: int, triggered: int) -> Rate:
    low, high = wilson(triggered, people)
    return Rate(group, people, triggered, triggered / people if people else 0.0, low, high)
