"""Combinations: when what is in force, own and through the circle, makes a proposal. Levels and counts, no score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import accumulate, chain
from typing import Any, NamedTuple

from streams.picture.rules.inforce import Fire, InForce, Standing, Verdict, agencies_of
from streams.picture.rules.look import days
from streams.picture.rules.pack import Combination, RulePack, Silence, Trio

OPENING_LEVEL = 3


Answer = tuple[Fire | None, int]
Judge = Callable[[Standing], Answer]


class Judges(NamedTuple):
    """Every combination as a function, in the pack's order, by whom it applies to.

    Attributes:
        idle: those that may fire without an indicator: they count facts, raise or route.
    """

    adults: tuple[tuple[Combination, Judge], ...]
    children: tuple[tuple[Combination, Judge], ...]
    idle: frozenset[str]


def judges(pack: RulePack) -> Judges:
    """Compile a pack's combinations."""
    every = [(rule, _judge(rule)) for rule in pack.combinations]
    return Judges(
        tuple(j for j in every if j[0].subject == "adult"),
        tuple(j for j in every if j[0].subject != "adult"),
        frozenset(rule.id for rule in pack.combinations if not rule.opens),
    )


def decide(all_judges: Judges, standing: Standing) -> Verdict:
    """Ask every combination that applies to the person."""
    adult = standing.person.subject(standing.now) == "adult"
    idle = not (standing.own or standing.context)
    fires: list[Fire] = []
    notes: list[Fire] = []
    due: list[int] = []
    for rule, judge in all_judges.adults if adult else all_judges.children:
        if idle and rule.id not in all_judges.idle and rule.id not in standing.found:
            continue  # without an indicator only what counts facts can fire
        fire, when = judge(standing)
        due += [when] if when else []
        if fire is not None:
            (fires if rule.opens else notes).append(fire)
    if any(n.rule.raises for n in notes):
        fires = [_raised(f, max(n.rule.raises for n in notes)) for f in fires]
    fires.sort(key=lambda f: -f.level)  # stable: the pack's order within a level
    return Verdict(tuple(fires), tuple(notes), min(due, default=0))


def _raised(fire: Fire, by: int) -> Fire:
    """A combination below the opening level reaches it; none is raised to 4, which is for what happened."""
    level = fire.level if fire.level >= OPENING_LEVEL else fire.level + by
    return Fire(fire.rule, level, fire.behind, fire.records, fire.first, fire.history, fire.measure)


def _judge(rule: Combination) -> Judge:
    if rule.needs:
        return _needs(rule)
    if rule.trio:
        return _trio(rule)
    if rule.facts:
        return _facts(rule)
    if rule.silence:
        return _silence(rule, rule.silence)
    return _note(rule)


def _needs(rule: Combination) -> Judge:
    """Counts of levels, agencies, categories. A graver indicator also stands for a weaker one that is needed."""
    steps = _steps(rule)

    def judge(standing: Standing) -> Answer:
        units, due = standing.units(rule)
        if not _enough(steps, units):
            return None, due
        proxies = [u for u in units if u.rule.poverty_proxy]
        others = [u for u in units if not u.rule.poverty_proxy]
        # At most one poverty proxy counts: whichever completes the combination, in the order of rule ids.
        for one in ([p] for p in proxies) if proxies else ([],):
            fire = _fulfilled(rule, steps, [*others, *one])
            if fire is not None:
                return fire, due
        return None, due

    return judge


def _steps(rule: Combination) -> list[tuple[int, int]]:
    """Of how many units, the gravest first, the last has to be of which level; the weakest level comes last."""
    needs = sorted(rule.needs, key=lambda n: -n.level)
    return list(zip(accumulate(n.count for n in needs), (n.level for n in needs), strict=True))


def _enough(steps: list[tuple[int, int]], units: list[InForce]) -> bool:
    if len(units) < steps[-1][0]:
        return False
    levels = sorted([u.level for u in units], reverse=True)
    return all(levels[count - 1] >= level for count, level in steps)


def _fulfilled(rule: Combination, steps: list[tuple[int, int]], units: list[InForce]) -> Fire | None:
    if not _enough(steps, units):
        return None
    lowest = steps[-1][1]
    behind = sorted((u for u in units if u.level >= lowest), key=lambda u: (-u.level, u.rule.id))
    agencies = agencies_of(behind)
    categories = {u.rule.category for u in behind}
    if len(agencies) < rule.agencies or len(categories) < rule.categories:
        return None
    measure = {"indicators": len(behind), "agencies": len(agencies), "categories": len(categories)}
    return _fire(rule, behind, measure)


def _trio(rule: Combination) -> Judge:
    def judge(standing: Standing) -> Answer:
        units, due = standing.units(rule)
        if not units:
            return None, 0
        fires = (_trio_fire(rule, trio, units, standing) for trio in rule.trio)
        return next((f for f in fires if f is not None), None), due

    return judge


def _trio_fire(rule: Combination, trio: Trio, units: list[InForce], standing: Standing) -> Fire | None:
    behind = [u for u in units if u.rule.category in trio.categories]
    distinct = len({u.rule.category for u in behind})
    if distinct < trio.distinct or (trio.young and not standing.person.young(standing.now)):
        return None
    return _fire(rule, behind, {"categories": distinct})


def _facts(rule: Combination) -> Judge:
    def judge(standing: Standing) -> Answer:
        found = standing.found.get(rule.id)
        if found is None:
            return None, 0
        records = tuple(found["records"])
        measure = {"count": found["count"]}
        return Fire(rule, rule.level or 0, (), records, found["first"], found["history"], measure), 0

    return judge


def _silence(rule: Combination, silence: Silence) -> Judge:
    """Nobody has seen the child since the concern began, or for too long. School days count as being seen."""
    span = days(silence.days)

    def judge(standing: Standing) -> Answer:
        of_age = standing.person.birthday(silence.school_age)
        # A child of unknown age may be at school: records with the birth date may still be on their way.
        at_school = (of_age is None or standing.now >= of_age) and "off_roll" not in standing.found
        if at_school or "on_roll" in standing.found:
            return None, 0
        behind = [i for i in standing.own if i.level >= silence.level and not i.rule.context_only]
        if not behind:
            return None, 0
        since = max(standing.found.get("seen", {}).get("at", 0), min(i.first for i in behind))
        if standing.now < since + span:
            return None, since + span
        starts_school = of_age if of_age is not None and of_age > standing.now else 0
        records = tuple(dict.fromkeys(chain(*(i.records for i in behind))))
        history = all(i.history for i in behind)
        return Fire(rule, rule.level or 0, tuple(behind), records, since, history, {"since": since}), starts_school

    return judge


def _note(rule: Combination) -> Judge:
    def judge(standing: Standing) -> Answer:
        worker, dependent = standing.found.get("open_to_worker"), standing.found.get("dependent")
        if rule.routes:
            return (_noted(rule, worker) if worker else None), 0
        if dependent or standing.person.young(standing.now):
            return _noted(rule, dependent or {}), 0
        return None, 0

    return judge


def _noted(rule: Combination, found: Mapping[str, Any]) -> Fire:
    return Fire(rule, 0, (), tuple(found.get("records", ())), int(found.get("since", 0)), history=True)


def _fire(rule: Combination, behind: list[InForce], measure: Mapping[str, int]) -> Fire:
    records = tuple(dict.fromkeys(chain(*(u.records for u in behind))))
    first = min(u.first for u in behind)
    return Fire(rule, rule.level or 0, tuple(behind), records, first, all(u.history for u in behind), measure)
