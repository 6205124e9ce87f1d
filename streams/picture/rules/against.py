"""Rules that contradict each other: the same asked twice with another answer, more asked for less, circles. No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from streams.picture.rules.load import LoadedPack, Problem
from streams.picture.rules.pack import Combination, Indicator
from streams.picture.rules.place import Place

_WORDS: Final = frozenset({"id", "text", "brag", "evidence", "basis", "owner", "version", "review", "category"})
"""Fields that say nothing of when a rule fires."""
_OF_AN_INDICATOR: Final = _WORDS | {"level", "replaces"}
_AMOUNTS: Final = frozenset({"count", "window_days"})
_OF_A_COMBINATION: Final = _WORDS | {"level", "accumulates"}
_OPPOSED: Final = (("on_roll", "off_roll"), ("open_to_worker", "closes_involvement"))


def contradictions(loaded: LoadedPack, places: list[Place]) -> Iterator[Problem]:
    """All of them."""
    indicators = [p for p in places if isinstance(p.rule, Indicator)]
    yield from _same(indicators, _OF_AN_INDICATOR)
    yield from _same([p for p in places if isinstance(p.rule, Combination)], _OF_A_COMBINATION)
    yield from _more_for_less(indicators)
    yield from _replaced(indicators)
    yield from _signals(loaded)


def _said(place: Place, without: frozenset[str]) -> str:
    rule = place.rule
    return repr([(n, getattr(rule, n)) for n in type(rule).model_fields if n not in without])


def _same(places: list[Place], without: frozenset[str]) -> Iterator[Problem]:
    """Just the same condition at another level, or twice."""
    seen: dict[str, Place] = {}
    for place in places:
        other = seen.setdefault(_said(place, without), place)
        if other is place:
            continue
        if other.rule.level != place.rule.level:
            what = f"It has the same condition as {other.rule.id} and another level."
            yield place.problem("level", what, "Keep one of them, or tell them apart by count, window or condition.")
        elif isinstance(place.rule, Indicator):
            what = f"It has the same condition as {other.rule.id}: one fact would count twice."
            yield place.problem("id", what, "Keep one of them.")


def _more_for_less(places: list[Place]) -> Iterator[Problem]:
    """The same facts, more of them in a shorter time, and yet a lower level."""
    alike: dict[str, list[Place]] = {}
    for place in places:
        alike.setdefault(_said(place, _OF_AN_INDICATOR | _AMOUNTS), []).append(place)
    for group in alike.values():
        for one, other in combinations(group, 2):
            for stricter, looser in ((one, other), (other, one)):
                if _asks_more(stricter.rule, looser.rule) and (stricter.rule.level or 0) < (looser.rule.level or 0):
                    what = f"It asks for more than {looser.rule.id} and says less: level {stricter.rule.level}."
                    yield stricter.problem("level", what, "Raise its level, or change count or window.")


def _asks_more(one: Indicator | Combination, other: Indicator | Combination) -> bool:
    shorter = (one.window_days or 0) <= (other.window_days or 0)
    return one.count >= other.count and shorter and (one.count, one.window_days) != (other.count, other.window_days)


def _replaced(places: list[Place]) -> Iterator[Problem]:
    """`replaces` names weaker rules: never a graver one, and never in a circle."""
    by_id = {p.rule.id: p.rule for p in places if isinstance(p.rule, Indicator)}
    for place in places:
        rule = place.rule
        assert isinstance(rule, Indicator)
        for name in rule.replaces:
            weaker = by_id.get(name)
            if weaker is not None and weaker.level > max([rule.level, *(lw.level for lw in rule.levels)]):
                what = f"It would hide {name}, which is graver (level {weaker.level})."
                yield place.problem("replaces", what, "Let the graver rule replace the weaker one.")
            if weaker is not None and name != rule.id and rule.id in _reached(name, by_id):
                what = f"It replaces {name}, and {name} replaces it: neither would count."
                yield place.problem("replaces", what, "Keep one direction.")


def _reached(name: str, by_id: dict[str, Indicator]) -> set[str]:
    """All that a rule replaces, directly or through others."""
    found: set[str] = set()
    ahead = [name]
    while ahead:
        rule = by_id.get(ahead.pop())
        fresh = set(rule.replaces if rule else ()) - found
        found |= fresh
        ahead += fresh
    return found


def _signals(loaded: LoadedPack) -> Iterator[Problem]:
    """A fact cannot begin and end the same."""
    pack = loaded.pack
    for begins, ends in _OPPOSED:
        both = set(getattr(pack.signals, begins)) & set(getattr(pack.signals, ends))
        for code in sorted(both):
            what = f"{code} stands in {begins} and in {ends}: it would begin and end the same."
            yield Problem(loaded.line("signals", ends), f"signals.{ends}", what, "Keep it in one of them.")
    for n, rule in enumerate(pack.indicators):
        for code in sorted(set(rule.facts or ()) & set(rule.ended_by)):
            line = loaded.line("indicators", n, "ended_by")
            what = f"{code} begins it and ends it: it can never fire."
            yield Problem(line, f"{rule.id}.ended_by", what, "Keep it in one of them.")
