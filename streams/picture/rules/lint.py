"""What a pack's model cannot see: facts that don't exist, rules that can never or always fire, or contradict.

Reads no file but the fact catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from streams.picture.rules.combine import OPENING_LEVEL
from streams.picture.rules.load import FactCode, LoadedPack, Problem, fact_catalogue
from streams.picture.rules.pack import Combination, Indicator
from streams.picture.rules.where import BUILT_IN, Attribute, Group, attributes_of

_OPTIONS = "|"
"""Between the values that the catalogue allows for an attribute."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A rule in the file."""

    loaded: LoadedPack
    kind: str
    index: int
    rule: Indicator | Combination

    def problem(self, field: str, what: str, remedy: str) -> Problem:
        steps = (int(step) if step.isdigit() else step for step in field.split("."))
        line = self.loaded.line(self.kind, self.index, *steps)
        return Problem(line, f"{self.rule.id}.{field}", what, remedy)


def check(loaded: LoadedPack, catalogue: dict[str, FactCode] | None = None) -> list[Problem]:
    """Every problem of a pack, by line."""
    codes = fact_catalogue() if catalogue is None else catalogue
    pack = loaded.pack
    places = [_Place(loaded, "indicators", n, r) for n, r in enumerate(pack.indicators)]
    places += [_Place(loaded, "combinations", n, r) for n, r in enumerate(pack.combinations)]
    found = [*_groups(loaded, codes), *_twice(places)]
    for place in places:
        found += _facts(place, codes)
        found += _indicator(place, place.rule) if isinstance(place.rule, Indicator) else _combination(place, place.rule)
    found += _contradictions(places)
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


def _twice(places: list[_Place]) -> Iterator[Problem]:
    seen: dict[str, _Place] = {}
    for place in places:
        if place.rule.id in seen:
            yield place.problem("id", f"There is a rule {place.rule.id} already.", "Give every rule an id of its own.")
        seen[place.rule.id] = place


def _facts(place: _Place, codes: dict[str, FactCode]) -> Iterator[Problem]:
    for clause in _clauses(place.rule):
        missing = [n for n in clause.facts if not _exists(n, place.loaded, codes)]
        yield from (place.problem(clause.facts_field, _unknown(n), _catalogue()) for n in missing)
        if not missing:
            facts = [codes[code] for code in place.loaded.pack.codes(clause.facts)]
            yield from _attributes(place, clause.where_field, facts, clause.where)


class _Clause(NamedTuple):
    """Facts that a rule names, with a condition on them."""

    facts_field: str
    facts: list[str]
    where_field: str
    where: Group


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
        yield _Clause("facts", facts, "sum", Group("all", (Attribute(rule.sum.attribute, "at_least", 0),)))


def _attributes(place: _Place, field: str, facts: list[FactCode], where: Group) -> Iterator[Problem]:
    for test in attributes_of(where):
        allowed = [f.attributes[test.name] for f in facts if test.name in f.attributes]
        if test.name in BUILT_IN:
            continue
        if not allowed:
            what = f"None of its facts has an attribute {test.name!r}: the condition never holds."
            yield place.problem(field, what, "Take an attribute that packs/facts.yaml gives for the fact.")
        elif isinstance(test.operand, tuple) and all(_OPTIONS in str(a) for a in allowed):
            options = {option for a in allowed for option in str(a).split(_OPTIONS)}
            for value in set(test.operand) - options:
                what = f"{test.name} is never {value!r}."
                yield place.problem(field, what, f"Write one of {', '.join(sorted(options))}.")
    if _impossible(where):
        yield place.problem(field, "Its conditions exclude each other: it can never fire.", "Widen one of them.")


def _impossible(where: Group) -> bool:
    """Whether parts that must all hold leave no number, or no word."""
    if where.how == "any":
        return all(isinstance(p, Group) and _impossible(p) for p in where.parts) if where.parts else False
    lows: dict[str, float] = {}
    highs: dict[str, float] = {}
    words: dict[str, set[str]] = {}
    for part in _all_of(where):
        if isinstance(part, Group):
            if _impossible(part):
                return True
        elif part.test == "at_least" and isinstance(part.operand, float):
            lows[part.name] = max(part.operand, lows.get(part.name, part.operand))
        elif part.test == "under" and isinstance(part.operand, float):
            highs[part.name] = min(part.operand, highs.get(part.name, part.operand))
        elif part.test == "one_of" and isinstance(part.operand, tuple):
            words[part.name] = words.get(part.name, set(part.operand)) & set(part.operand)
    return any(lows[n] >= highs[n] for n in lows.keys() & highs.keys()) or any(not w for w in words.values())


def _all_of(where: Group) -> Iterator[Attribute | Group]:
    """Everything that must hold, however deep `all` stands in `all`."""
    for part in where.parts:
        if isinstance(part, Group) and part.how == "all":
            yield from _all_of(part)
        else:
            yield part


def _indicator(place: _Place, rule: Indicator) -> Iterator[Problem]:
    if (rule.facts is None) == (rule.network is None):
        yield place.problem("id", "It has neither facts nor a network, or both.", "Give it `facts`, or `network`.")
    if rule.window_days is None and rule.lasts_days is None and rule.network is None:
        what = "Without a window a fact counts for ever: once fired, it always fires."
        yield place.problem("id", what, "Give it `window_days`.")
    if rule.lasts_days and rule.count > 1:
        yield place.problem("count", "A lasting state is not counted.", "Leave `count` out, or `lasts_days`.")
    if rule.ended_by and not rule.lasts_days:
        yield place.problem("ended_by", "Only a lasting state can be ended.", "Add `lasts_days`, or leave it out.")
    known = {i.id for i in place.loaded.pack.indicators}
    for weaker in rule.replaces:
        if weaker not in known or weaker == rule.id:
            yield place.problem("replaces", f"There is no other indicator {weaker!r}.", "Name the weaker rule.")
    yield from _categories(place, "with_circle", rule.with_circle)
    yield from _categories(place, "network", rule.network.categories if rule.network else [])
    if rule.context_only and rule.level > 1:
        yield place.problem("context_only", "What never counts has level 1.", "Set `level: 1`, or let it count.")


def _categories(place: _Place, field: str, names: list[str]) -> Iterator[Problem]:
    known = {i.category for i in place.loaded.pack.indicators}
    for name in names:
        if name not in known:
            yield place.problem(field, f"No indicator has the category {name!r}.", "Name a category of the pack.")


def _combination(place: _Place, rule: Combination) -> Iterator[Problem]:
    kinds = [rule.needs, rule.trio, rule.facts, rule.silence, rule.raises, rule.routes]
    if sum(map(bool, kinds)) != 1:
        remedy = "Give it one of needs, trio, facts, silence, raises and routes."
        yield place.problem("id", "It says no condition, or more than one.", remedy)
    if rule.opens and (rule.level is None or rule.brag is None):
        yield place.problem("id", "It makes a proposal without level or rating.", "Give it `level` and `brag`.")
    for n, trio in enumerate(rule.trio):
        yield from _categories(place, f"trio.{n}", trio.categories)
        if trio.distinct > len(trio.categories):
            yield place.problem(f"trio.{n}", "It asks for more categories than it names.", "Lower `distinct`.")
    if rule.needs:
        yield from _needs(place, rule)


def _needs(place: _Place, rule: Combination) -> Iterator[Problem]:
    pack = place.loaded.pack
    subjects = {"adult"} if rule.subject == "adult" else {"child", "household"}
    usable = [i for i in pack.indicators if i.subject in subjects and not i.context_only]
    wanted = 0
    for need in sorted(rule.needs, key=lambda n: -n.level):
        wanted += need.count
        there = sum(max([i.level, *(lw.level for lw in i.levels)]) >= need.level for i in usable)
        if there < wanted:
            what = f"It needs {wanted} indicators of level {need.level}; the pack has {there}: it can never fire."
            yield place.problem("needs", what, "Ask for fewer, or add indicators.")
    if rule.categories > len({i.category for i in usable}):
        yield place.problem("categories", "The pack has fewer categories: it can never fire.", "Ask for fewer.")
    if max(n.level for n in rule.needs) < OPENING_LEVEL and not rule.accumulates:
        what = "It would open on level 2 alone."
        yield place.problem("needs", what, "Ask for a level 3, or sign it off with `accumulates: true`.")


def _contradictions(places: list[_Place]) -> Iterator[Problem]:
    """Two indicators that say different levels of just the same facts."""
    seen: dict[str, _Place] = {}
    irrelevant = {
        "id",
        "text",
        "level",
        "brag",
        "evidence",
        "basis",
        "owner",
        "version",
        "review",
        "replaces",
        "category",
    }
    for place in places:
        if not isinstance(place.rule, Indicator):
            continue
        same = repr([(n, getattr(place.rule, n)) for n in Indicator.model_fields if n not in irrelevant])
        other = seen.setdefault(same, place)
        if isinstance(other.rule, Indicator) and other.rule.level != place.rule.level:
            what = f"It has the same condition as {other.rule.id} and another level."
            yield place.problem("level", what, "Keep one of them, or tell them apart by count, window or condition.")
