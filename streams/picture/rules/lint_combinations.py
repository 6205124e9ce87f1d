"""Combinations that can never fire, always fire, or would open on level 2 alone. No I/O."""

from __future__ import annotations

from collections.abc import Iterator

from streams.picture.rules.combine import OPENING_LEVEL
from streams.picture.rules.load import Problem, agency_codes
from streams.picture.rules.pack import Combination, Indicator
from streams.picture.rules.place import Place, unknown_categories


def combination_problems(place: Place, rule: Combination) -> Iterator[Problem]:
    """All that is wrong with a combination by itself."""
    kinds = [rule.needs, rule.trio, rule.facts, rule.silence, rule.raises, rule.routes]
    if sum(map(bool, kinds)) != 1:
        remedy = "Give it one of needs, trio, facts, silence, raises and routes."
        yield place.problem("id", "It says no condition, or more than one.", remedy)
    if rule.opens and (rule.level is None or rule.brag is None):
        yield place.problem("id", "It makes a proposal without level or rating.", "Give it `level` and `brag`.")
    if rule.facts and rule.window_days is None:
        what = "Without a window a fact counts for ever: once fired, it always fires."
        yield place.problem("id", what, "Give it `window_days`.")
    yield from _of_categories(place, rule)
    yield from _raising(place, rule)
    if rule.silence and rule.silence.level > max((_highest(i) for i in _usable(place, rule)), default=0):
        what = f"No indicator reaches level {rule.silence.level}: it can never fire."
        yield place.problem("silence", what, "Lower its `level`.")
    if rule.needs:
        yield from _needs(place, rule)


def _of_categories(place: Place, rule: Combination) -> Iterator[Problem]:
    counting = {i.category for i in _usable(place, rule)}
    for n, trio in enumerate(rule.trio):
        yield from unknown_categories(place, f"trio.{n}", trio.categories)
        if trio.distinct > len(trio.categories):
            yield place.problem(f"trio.{n}", "It asks for more categories than it names.", "Lower `distinct`.")
        elif trio.distinct > len(counting.intersection(trio.categories)):
            what = "Too few of its categories have an indicator that counts: it can never fire."
            yield place.problem(f"trio.{n}", what, "Name others, or lower `distinct`.")


def _raising(place: Place, rule: Combination) -> Iterator[Problem]:
    """Combinations under the opening level and what raises them need each other."""
    others = [c for c in place.loaded.pack.combinations if (c.subject == "adult") == (rule.subject == "adult")]
    if rule.raises and not any(c.opens and c.level is not None and c.level < OPENING_LEVEL for c in others):
        what = f"There is no combination below level {OPENING_LEVEL} to raise: it has no effect."
        yield place.problem("raises", what, "Add a combination of level 2, or take this one out.")
    if rule.opens and rule.level is not None and rule.level < OPENING_LEVEL and not any(c.raises for c in others):
        what = f"A combination below level {OPENING_LEVEL} proposes nothing, and nothing raises it: it can never fire."
        yield place.problem("level", what, f"Set level {OPENING_LEVEL} or 4, or add one with `raises`.")


def _usable(place: Place, rule: Combination) -> list[Indicator]:
    """Indicators that may count in a combination."""
    subjects = {"adult"} if rule.subject == "adult" else {"child", "household"}
    return [i for i in place.loaded.pack.indicators if i.subject in subjects and not i.context_only]


def _highest(rule: Indicator) -> int:
    return max([rule.level, *(lw.level for lw in rule.levels)])


def _needs(place: Place, rule: Combination) -> Iterator[Problem]:
    usable = _usable(place, rule)
    wanted = 0
    for need in sorted(rule.needs, key=lambda n: -n.level):
        wanted += need.count
        there = sum(_highest(i) >= need.level for i in usable)
        if there < wanted:
            what = f"It needs {wanted} indicators of level {need.level}; the pack has {there}: it can never fire."
            yield place.problem("needs", what, "Ask for fewer, or add indicators.")
    if rule.categories > len({i.category for i in usable}):
        yield place.problem("categories", "The pack has fewer categories: it can never fire.", "Ask for fewer.")
    if rule.agencies > len(agency_codes()):
        yield place.problem("agencies", "There are fewer agencies: it can never fire.", "Ask for fewer.")
    if max(n.level for n in rule.needs) < OPENING_LEVEL and not rule.accumulates:
        what = "It would open on level 2 alone."
        yield place.problem("needs", what, "Ask for a level 3, or sign it off with `accumulates: true`.")
