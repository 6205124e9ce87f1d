"""Turns indicators and signals of a pack into functions, once. Each looks at one person's own evidence only.

A watcher returns what it found (plain data, kept in a row) and when time alone may change the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from streams.picture.evidence import BIRTH, Evidence
from streams.picture.rules.look import SKEW, Look, days
from streams.picture.rules.pack import Combination, Indicator, Requirement, RulePack, Sum
from streams.picture.rules.signals import newest, open_since
from streams.picture.rules.watcher import ANY_TIME, KEPT, REFUTED, Answer, Found, Watcher, ahead, current
from streams.picture.rules.where import ALWAYS, Group, Holds, attributes_of, compiled, number, value_of


@dataclass(frozen=True, slots=True)
class _Counting:
    """What an indicator and a counting combination have in common."""

    codes: tuple[str, ...]
    where: Group
    agencies: frozenset[str]
    count: int
    total: Sum | None
    same_value: bool
    window_days: int | None
    requires: tuple[tuple[Requirement, tuple[str, ...]], ...]
    lasts_days: int | None
    ended_by: tuple[str, ...]
    level: int
    levels: tuple[tuple[Holds, int], ...]
    ages: bool


def watchers(pack: RulePack) -> list[Watcher]:
    """Every indicator, counting combination and signal of a pack."""
    found = [_watcher(i.id, _of_indicator(i, pack)) for i in pack.indicators if i.facts]
    found += [_watcher(c.id, _of_combination(c, pack)) for c in pack.combinations if c.facts]
    signals = pack.signals
    closes = pack.codes(signals.closes_involvement)
    return [
        *found,
        newest("seen", pack.codes(signals.seen)),
        open_since("open_to_worker", pack.codes(signals.open_to_worker), closes),
        open_since("on_roll", pack.codes(signals.on_roll), pack.codes(signals.off_roll)),
        open_since("off_roll", pack.codes(signals.off_roll), pack.codes(signals.on_roll)),
        open_since("dependent", pack.codes(signals.dependent), ()),
    ]


def _of_indicator(rule: Indicator, pack: RulePack) -> _Counting:
    tests = [rule.where, *(lw.where for lw in rule.levels), *(r.where for r in rule.requires)]
    return _Counting(
        codes=pack.codes(rule.facts),
        where=rule.where,
        agencies=frozenset(rule.agencies),
        count=rule.count,
        total=rule.sum,
        same_value=rule.same_value,
        window_days=rule.window_days,
        requires=tuple((r, pack.codes(r.facts)) for r in rule.requires),
        lasts_days=rule.lasts_days,
        ended_by=pack.codes(rule.ended_by),
        level=rule.level,
        levels=tuple((compiled(lw.where), lw.level) for lw in rule.levels),
        ages=any(a.name == "age" for where in tests for a in attributes_of(where)),
    )


def _of_combination(rule: Combination, pack: RulePack) -> _Counting:
    return _Counting(
        codes=pack.codes(rule.facts),
        where=rule.where,
        agencies=frozenset(),
        count=rule.count,
        total=None,
        same_value=False,
        window_days=rule.window_days,
        requires=tuple((r, pack.codes(r.facts)) for r in rule.requires),
        lasts_days=None,
        ended_by=(),
        level=rule.level or 0,
        levels=(),
        ages=any(a.name == "age" for a in attributes_of(rule.where)),
    )


def _watcher(name: str, rule: _Counting) -> Watcher:
    codes = {*rule.codes, *rule.ended_by, *(c for _, cs in rule.requires for c in cs)}
    if rule.ages:
        codes.add(BIRTH)
    holds = _matches(rule)
    ask = _lasting(rule, holds) if rule.lasts_days else _counting(rule, holds)
    return Watcher(name, frozenset(codes), frozenset(rule.codes), ask, _reach(rule))


def _reach(rule: _Counting) -> dict[str, int]:
    """How far back facts matter: those that count as far as the window, required ones as far again as they may lie."""
    if rule.lasts_days or not rule.window_days:
        return {}
    window = days(rule.window_days)
    found = dict.fromkeys(rule.codes, window)
    for required, codes in rule.requires:
        within = days(required.within_days) if required.within_days else ANY_TIME
        found |= {code: max(window + within, found.get(code, 0)) for code in codes}
    return found


def _matches(rule: _Counting) -> Callable[[Evidence, Look], list[Evidence] | None]:
    """Whether a fact counts; if so, the other facts that it takes."""
    where = compiled(rule.where) if rule.where is not ALWAYS else None
    agencies = rule.agencies
    requires = [_requirement(r, codes) for r, codes in rule.requires]

    def matches(evidence: Evidence, look: Look) -> list[Evidence] | None:
        if evidence.status == REFUTED or (agencies and evidence.agency not in agencies):
            return None
        if where is not None and not where(evidence, look.person.age):
            return None
        beside = []
        for required in requires:
            other = required(evidence, look)
            if other is None:
                return None
            beside.append(other)
        return beside

    return matches


def _requirement(rule: Requirement, codes: tuple[str, ...]) -> Callable[[Evidence, Look], Evidence | None]:
    where = compiled(rule.where)
    within = days(rule.within_days) if rule.within_days else None

    def fits(evidence: Evidence, other: Evidence, look: Look) -> bool:
        apart = other.at - evidence.at
        return not (
            other.status == REFUTED
            or other.at > look.now + SKEW
            or (within is not None and abs(apart) > within)
            or (rule.order == "before" and apart > 0)
            or (rule.order == "after" and apart <= 0)
            or (rule.open and other.until and other.until <= look.now)
            or (other.record_id == evidence.record_id and other.code == evidence.code)
            or not where(other, look.person.age)
        )

    def required(evidence: Evidence, look: Look) -> Evidence | None:
        oldest = None if within is None else evidence.at - within - 1
        for code in look.held_of(codes):
            for other in look.newest(code, oldest):
                if fits(evidence, other, look):
                    return other
        return None

    return required


def _counting(rule: _Counting, matches: Callable[[Evidence, Look], list[Evidence] | None]) -> Callable[[Look], Answer]:
    window = days(rule.window_days) if rule.window_days else None
    open_required = any(r.open for r, _ in rule.requires)
    required_codes = [code for _, codes in rule.requires for code in codes]
    plain = rule.where is ALWAYS and not rule.agencies and not rule.requires

    def ask(look: Look) -> Answer:
        limit = look.now + SKEW
        oldest = look.now - window if window else None
        facts = [e for code in look.held_of(rule.codes) for e in look.newest(code, oldest)]
        changes = [e.at - SKEW for e in facts if e.at > limit]
        beside: list[Evidence] = []
        if plain:
            counted = [e for e in facts if e.at <= limit and e.status != REFUTED]
        else:
            counted = []
            for evidence in facts:
                others = matches(evidence, look) if evidence.at <= limit else None
                if others is not None:
                    counted.append(evidence)
                    beside += others
        if required_codes:
            changes += ahead(look, required_codes)
        if open_required:
            changes += [o.until for o in beside if o.until > look.now]
        if not counted:
            return None, min(changes, default=0)
        if window:
            changes.append(min([e.at for e in counted]) + window)
        return _found(rule, counted, beside, look, window), min(changes, default=0)

    return ask


_by_name = attrgetter("record_id", "code")
_by_time = attrgetter("at")


def _found(
    rule: _Counting, counted: list[Evidence], beside: list[Evidence], look: Look, window: int | None
) -> Found | None:
    if len(counted) > 1:  # newest first
        counted.sort(key=_by_name)
        counted.sort(key=_by_time, reverse=True)
    if rule.same_value:
        counted = _of_one_value(rule.count, counted, look)
    incidents = by_incident(counted, look)
    if len(incidents) < rule.count or not _enough(rule.total, counted, look):
        return None
    # The count holds until its last incident but one too few has left the window.
    decisive = incidents[rule.count - 1]
    return {
        "level": max([_level(rule, e, look) for e in counted]) if rule.levels else rule.level,
        "incidents": [i.name for i in incidents[:KEPT]],
        "agencies": [i.origin.agency for i in incidents[:KEPT]],
        "echoes": [i.name for i in incidents if i.origin.echo][:KEPT],
        "records": list(dict.fromkeys([e.record_id for e in [*counted, *beside]]))[:KEPT],
        "first": counted[-1].at,
        "last": counted[0].at,
        "until": decisive.newest.at + window if window else 0,
        "history": all(e.history for e in counted),
        "count": len(incidents),
    }


def _of_one_value(count: int, counted: list[Evidence], look: Look) -> list[Evidence]:
    """Those of the value whose count lasts longest; none if no value has enough. `counted` is newest first."""
    by_value: dict[str, list[Evidence]] = {}
    for e in counted:
        by_value.setdefault(e.value, []).append(e)
    lasts: dict[str, int] = {}
    for value, facts in by_value.items():
        incidents = by_incident(facts, look)
        if value and len(incidents) >= count:
            lasts[value] = incidents[count - 1].newest.at
    return by_value[max(lasts, key=lambda v: (lasts[v], v))] if lasts else []


class Incident(NamedTuple):
    """Facts of one originating incident.

    Attributes:
        name: of the incident.
        origin: who told of it first: no echo before an echo, then the earliest.
        newest: the newest of the facts.
    """

    name: str
    origin: Evidence
    newest: Evidence


def by_incident(counted: list[Evidence], look: Look) -> list[Incident]:
    """Facts (newest first) by originating incident, newest first."""
    names = [look.root(e.incident) for e in counted] if look.aliases else [e.incident for e in counted]
    if len(names) < 2 or len(set(names)) == len(names):  # noqa: PLR2004 - nothing to bring together
        return list(map(Incident, names, counted, counted))
    found: dict[str, Incident] = {}
    for name, e in zip(names, counted, strict=True):
        known = found.get(name)
        if known is None:
            found[name] = Incident(name, e, e)
        elif (e.echo, e.at, e.agency) < (known.origin.echo, known.origin.at, known.origin.agency):
            found[name] = Incident(name, e, known.newest)
    return list(found.values())


def _enough(total: Sum | None, counted: list[Evidence], look: Look) -> bool:
    if total is None:
        return True
    values = (number(value_of(e, total.attribute, look.person.age)) for e in counted)
    return sum(v for v in values if v is not None) >= total.at_least


def _level(rule: _Counting, evidence: Evidence, look: Look) -> int:
    return next((level for where, level in rule.levels if where(evidence, look.person.age)), rule.level)


def _lasting(rule: _Counting, matches: Callable[[Evidence, Look], list[Evidence] | None]) -> Callable[[Look], Answer]:
    """A state that lasts: from its last beginning, until a fact that ends it."""
    assert rule.lasts_days is not None
    lasts = days(rule.lasts_days)

    def ask(look: Look) -> Answer:
        ended = max((e.at for e in current(look, rule.ended_by)), default=None)
        begun = [
            e for e in current(look, rule.codes) if (ended is None or e.at > ended) and matches(e, look) is not None
        ]
        changes = ahead(look, (*rule.codes, *rule.ended_by))
        start = min((e.at for e in begun), default=None)
        if start is None or look.now - start < lasts:
            return None, min([*changes, *([] if start is None else [start + lasts])], default=0)
        return _found(rule, begun, [], look, None), min(changes, default=0)

    return ask
