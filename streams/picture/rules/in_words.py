"""A rule's condition in plain English, for people who sign it off. Words only; nothing is evaluated."""

from __future__ import annotations

from collections.abc import Sequence

from streams.picture.rules import where
from streams.picture.rules.combine import OPENING_LEVEL
from streams.picture.rules.pack import Combination, Indicator, Requirement


def condition(rule: Indicator | Combination) -> str:
    """What a rule asks for."""
    return _indicator(rule) if isinstance(rule, Indicator) else _combination(rule)


def _indicator(rule: Indicator) -> str:
    if rule.network:
        ties, kinds = _or(rule.network.ties), _or(rule.network.categories)
        return f"at least {rule.network.others} other(s) with an indicator of {kinds}, through a shared {ties}."
    parts = [_facts(rule)]
    if rule.same_value:
        parts.append("all of one value")
    if rule.agencies:
        parts.append(f"told by {_or(rule.agencies)}")
    if rule.sum:
        parts.append(f"with {rule.sum.attribute.replace('_', ' ')} adding up to {rule.sum.at_least:g} or more")
    if rule.lasts_days:
        parts.append(f"lasting {rule.lasts_days} days without {_or(rule.ended_by) or 'an end'}")
    if rule.with_circle:
        parts.append(f"together with {_or(rule.with_circle)} in the circle")
    levels = [f"level {lw.level} where {where.in_words(lw.where)}" for lw in rule.levels]
    return ", ".join([*parts, *levels]) + "."


def _facts(rule: Indicator | Combination) -> str:
    times = "once" if rule.count == 1 else f"{rule.count} times (different incidents)"
    text = f"{_or(rule.facts or [])} {times}"
    if rule.where.parts:
        text += f" where {where.in_words(rule.where)}"
    if rule.window_days:
        text += f" within {rule.window_days} days"
    return "".join([text, *(f", and {_required(r)}" for r in rule.requires)])


def _required(rule: Requirement) -> str:
    open_now = " still open" if rule.open else ""
    within = f" within {rule.within_days} days" if rule.within_days else ""
    order = {"before": " before it", "after": " after it", "any": ""}[rule.order]
    condition_ = f" where {where.in_words(rule.where)}" if rule.where.parts else ""
    return f"{_or(rule.facts)}{condition_}{open_now}{within}{order}"


def _combination(rule: Combination) -> str:
    if rule.facts:
        return _facts(rule) + "."
    if rule.silence:
        level, unseen = rule.silence.level, rule.silence.days
        return f"an own indicator of level {level}, and nobody has seen the child for {unseen} days."
    if rule.trio:
        return " or ".join(_trio(t.distinct, t.categories, young=t.young) for t in rule.trio) + "."
    if rule.routes:
        return "a worker is allocated or a plan is open; level 4 is never held up."
    if rule.raises:
        return "the child is unborn, under one, or disabled and dependent; a weaker combination is raised, never to 4."
    needs = " and ".join(f"{n.count} of level {n.level} or higher" for n in rule.needs)
    agencies = f", from {rule.agencies} agencies (one an incident)" if rule.agencies > 1 else ""
    categories = f", in {rule.categories} categories" if rule.categories > 1 else ""
    window = f", within {rule.window_days} days" if rule.window_days else ""
    raised = "" if rule.level is None or rule.level >= OPENING_LEVEL else " By itself it proposes nothing."
    return f"different indicators: {needs}{agencies}{categories}{window}; at most one poverty proxy counts.{raised}"


def _trio(distinct: int, categories: list[str], *, young: bool) -> str:
    return f"{distinct} of {', '.join(categories)}{' with a child under one or unborn' if young else ''}"


def _or(names: Sequence[str]) -> str:
    return " or ".join(name.removeprefix("@") for name in names)
