"""What a pack's model cannot see: facts that don't exist, rules that can never or always fire.

What rules say against each other is in `against`. Reads no file but the fact catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from streams.picture.rules.against import contradictions
from streams.picture.rules.holds import OPTIONS, Asked, always, empty_tests, never
from streams.picture.rules.lint_combinations import combination_problems
from streams.picture.rules.load import FactCode, LoadedPack, Problem, agency_codes, fact_catalogue
from streams.picture.rules.pack import Combination, Indicator
from streams.picture.rules.place import Place, places_of, unknown_categories
from streams.picture.rules.where import BUILT_IN, Attribute, Group, attributes_of


def check(loaded: LoadedPack, catalogue: dict[str, FactCode] | None = None) -> list[Problem]:
    """Every problem of a pack, by line."""
    codes = fact_catalogue() if catalogue is None else catalogue
    places = places_of(loaded)
    found = [*_groups(loaded, codes), *_twice(places)]
    for place in places:
        found += _facts(place, codes)
        found += (
            _indicator(place, place.rule)
            if isinstance(place.rule, Indicator)
            else combination_problems(place, place.rule)
        )
    found += contradictions(loaded, places)
    return sorted(dict.fromkeys(found), key=lambda p: p.line)


def _groups(loaded: LoadedPack, codes: dict[str, FactCode]) -> Iterator[Problem]:
    pack = loaded.pack
    for name, members in pack.groups.items():
        for code in members:
            if code not in codes:
                yield Problem(loaded.line("groups", name), f"groups.{name}", _unknown(code), _catalogue())
    for name in type(pack.signals).model_fields:
        for code in getattr(pack.signals, name):
            if not _exists(code, loaded, codes):
                yield Problem(loaded.line("signals", name), f"signals.{name}", _unknown(code), _catalogue())


def _exists(name: str, loaded: LoadedPack, codes: dict[str, FactCode]) -> bool:
    return name[1:] in loaded.pack.groups if name.startswith("@") else name in codes


def _unknown(code: str) -> str:
    kind = "group" if code.startswith("@") else "fact code"
    return f"There is no {kind} {code!r}: the rule can never fire."


def _catalogue() -> str:
    return "Take one from packs/facts.yaml or `groups`, or add it there."


def _twice(places: list[Place]) -> Iterator[Problem]:
    seen: dict[str, Place] = {}
    for place in places:
        if place.rule.id in seen:
            yield place.problem("id", f"There is a rule {place.rule.id} already.", "Give every rule an id of its own.")
        seen[place.rule.id] = place


def _facts(place: Place, codes: dict[str, FactCode]) -> Iterator[Problem]:
    for clause in _clauses(place.rule):
        names = place.loaded.pack.groups.keys()
        missing = [n for n in clause.facts if not _exists(n, place.loaded, codes)]
        yield from (place.problem(clause.facts_field, _unknown(n), _catalogue()) for n in missing)
        unsound = any(
            code not in codes for n in clause.facts if n[1:] in names for code in place.loaded.pack.groups[n[1:]]
        )
        if not missing and not unsound:
            there = place.loaded.pack.codes(clause.facts)
            yield from _attributes(place, clause, {code: codes[code] for code in there})


class _Clause(NamedTuple):
    """Facts that a rule names, with a condition on them."""

    facts_field: str
    facts: list[str]
    where_field: str
    where: Group
    condition: bool = True
    """Whether `where` was written as one: it must then be able to hold, and to fail."""


def _clauses(rule: Indicator | Combination) -> Iterator[_Clause]:
    facts = rule.facts or []
    yield _Clause("facts", facts, "where", rule.where)
    for n, r in enumerate(rule.requires):
        yield _Clause(f"requires.{n}.facts", r.facts, f"requires.{n}.where", r.where)
    if not isinstance(rule, Indicator):
        return
    yield _Clause("ended_by", rule.ended_by, "ended_by", Group("all"))
    for n, other in enumerate(rule.levels):
        yield _Clause("facts", facts, f"levels.{n}.where", other.where)
    if rule.sum:
        summed = Group("all", (Attribute(rule.sum.attribute, "at_least", 0),))
        yield _Clause("facts", facts, "sum", summed, condition=False)


def _attributes(place: Place, clause: _Clause, facts: dict[str, FactCode]) -> Iterator[Problem]:
    field, problems = clause.where_field, 0
    for problem in _unknown_values(place, clause, facts):
        problems += 1
        yield problem
    if problems or not clause.where.parts or not clause.condition:
        return
    asked = Asked(place.rule.subject, tuple(facts), _attributes_of(facts), agency_codes())
    if never(clause.where, asked):
        yield place.problem(field, "Its conditions exclude each other: it can never fire.", "Widen one of them.")
    elif always(clause.where, asked):
        yield place.problem(field, "It holds whatever the fact says: it asks for nothing.", "Narrow it, or drop it.")
    else:
        for test in empty_tests(clause.where, asked):
            what = f"The test of {test.name} holds for every value that there is."
            yield place.problem(field, what, "Narrow it, or drop it.")


def _attributes_of(facts: dict[str, FactCode]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for fact in facts.values():
        for name, text in fact.attributes.items():
            found.setdefault(name, []).append(str(text))
    return found


def _unknown_values(place: Place, clause: _Clause, facts: dict[str, FactCode]) -> Iterator[Problem]:
    """Names and values that no fact has."""
    field = clause.where_field
    for test in attributes_of(clause.where):
        options = _options(test, facts)
        if options is None:
            what = f"None of its facts has an attribute {test.name!r}: the condition never holds."
            yield place.problem(field, what, "Take an attribute that packs/facts.yaml gives for the fact.")
        elif isinstance(test.operand, tuple) and options:
            for value in sorted(set(test.operand) - options):
                what = f"{test.name} is never {value!r}."
                yield place.problem(field, what, f"Write one of {', '.join(sorted(options))}.")


def _options(test: Attribute, facts: dict[str, FactCode]) -> set[str] | None:
    """All words that a value may be; empty where any may stand; None where no fact has it."""
    if test.name in BUILT_IN:
        return {"code": set(facts), "agency": set(agency_codes())}.get(test.name, set())
    allowed = [str(f.attributes[test.name]) for f in facts.values() if test.name in f.attributes]
    if not allowed:
        return None
    closed = all(OPTIONS in text for text in allowed)
    return {option for text in allowed for option in text.split(OPTIONS)} if closed else set()


def _indicator(place: Place, rule: Indicator) -> Iterator[Problem]:
    if (rule.facts is None) == (rule.network is None):
        yield place.problem("id", "It has neither facts nor a network, or both.", "Give it `facts`, or `network`.")
    yield from _duration(place, rule)
    known = {i.id for i in place.loaded.pack.indicators}
    for weaker in rule.replaces:
        if weaker not in known or weaker == rule.id:
            yield place.problem("replaces", f"There is no other indicator {weaker!r}.", "Name the weaker rule.")
    for agency in rule.agencies:
        if agency not in agency_codes():
            what = f"There is no agency {agency!r}: the rule can never fire."
            yield place.problem("agencies", what, "Take one of `agencies` in packs/facts.yaml.")
    households = [i for i in place.loaded.pack.indicators if i.subject == "household"]
    yield from unknown_categories(place, "with_circle", rule.with_circle, households)
    yield from unknown_categories(place, "network", rule.network.categories if rule.network else [])
    if rule.context_only and rule.level > 1:
        yield place.problem("context_only", "What never counts has level 1.", "Set `level: 1`, or let it count.")


def _duration(place: Place, rule: Indicator) -> Iterator[Problem]:
    if rule.window_days is None and rule.lasts_days is None and rule.network is None:
        what = "Without a window a fact counts for ever: once fired, it always fires."
        yield place.problem("id", what, "Give it `window_days`.")
    if rule.lasts_days and not rule.ended_by:
        what = "Nothing ends it: once it has lasted, it always fires."
        yield place.problem("lasts_days", what, "Name the facts that end it in `ended_by`.")
    if rule.lasts_days and rule.count > 1:
        yield place.problem("count", "A lasting state is not counted.", "Leave `count` out, or `lasts_days`.")
    if rule.ended_by and not rule.lasts_days:
        yield place.problem("ended_by", "Only a lasting state can be ended.", "Add `lasts_days`, or leave it out.")
