"""Conditions on one fact, as a pack writes them: `{dash_ticks: {at_least: 14}}`, `{any: [{marac: yes}, ...]}`. No I/O.

Names are attributes of the fact catalogue, or one of what every fact has: `code`, `value`, `status`, `agency`, `role`,
and `age` (the person's, in years, when it happened; the attribute `age` where the source gives one).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from streams.picture.evidence import Evidence

Age = Callable[[int], float | None]
"""The person's age in years at a time (microseconds since 1970); None if unknown, below 0 before birth."""
Holds = Callable[[Evidence, Age], bool]

BUILT_IN = ("code", "value", "status", "agency", "role", "age")
_TESTS = ("at_least", "under", "one_of", "is_not")


@dataclass(frozen=True, slots=True)
class Attribute:
    """A test of one named value; a fact without that value never passes."""

    name: str
    test: Literal["at_least", "under", "one_of", "is_not"]
    operand: float | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """All of, or any of, its parts; all of nothing always holds."""

    how: Literal["all", "any"]
    parts: tuple[Attribute | Group, ...] = ()


ALWAYS = Group("all")


def parse(raw: Any) -> Group:
    """What a pack says under `where`.

    Raises:
        ValueError: it is no condition; says what would be one.
    """
    if isinstance(raw, Group):
        return raw
    if not isinstance(raw, Mapping):
        raise ValueError(  # noqa: TRY004 - pydantic takes a ValueError for a mistake of the file
            "a condition is written `{attribute: value}`, `{attribute: {at_least: 3}}` or `{any: [...]}`"
        )
    return Group("all", tuple(_part(str(name), value) for name, value in raw.items()))


Where = Annotated[Group, BeforeValidator(parse)]


def _part(name: str, value: Any) -> Attribute | Group:
    if name in {"all", "any"}:
        if not isinstance(value, list) or not value:
            raise ValueError(f"`{name}` takes a list of conditions")
        return Group("any" if name == "any" else "all", tuple(parse(item) for item in value))
    if not isinstance(value, Mapping):
        return Attribute(name, "one_of", _texts(value))
    if len(value) != 1 or next(iter(value)) not in _TESTS:
        raise ValueError(f"`{name}` takes one test: {', '.join(_TESTS)}")
    test, operand = next(iter(value.items()))
    if test in {"at_least", "under"}:
        if isinstance(operand, bool) or not isinstance(operand, int | float) or not isfinite(operand):
            raise ValueError(f"`{name}: {test}` takes a number: a condition does no arithmetic and divides nothing")
        return Attribute(name, "at_least" if test == "at_least" else "under", float(operand))
    return Attribute(name, "one_of" if test == "one_of" else "is_not", _texts(operand))


def _texts(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    # YAML 1.1 reads yes and no as booleans; the catalogue writes them as words.
    return tuple(("yes" if v else "no") if isinstance(v, bool) else str(v) for v in values)


def attributes_of(group: Group) -> list[Attribute]:
    """Every attribute test in it."""
    found: list[Attribute] = []
    for part in group.parts:
        found += [part] if isinstance(part, Attribute) else attributes_of(part)
    return found


def compiled(group: Group) -> Holds:
    """The condition as a function."""
    tests = [_test(part) if isinstance(part, Attribute) else compiled(part) for part in group.parts]
    if not tests:
        return lambda _e, _age: True
    if len(tests) == 1:
        return tests[0]
    if group.how == "any":
        return lambda e, age: any(test(e, age) for test in tests)
    return lambda e, age: all(test(e, age) for test in tests)


def value_of(evidence: Evidence, name: str, age: Age) -> str | float | None:
    """A fact's value by name; None where it has none."""
    if name == "age":
        return evidence.attributes.get("age") or age(evidence.at)
    if name in BUILT_IN:
        return str(getattr(evidence, name))
    return evidence.attributes.get(name)


def number(value: str | float | None) -> float | None:
    """A value as a number; None where it is none (a word, or nothing)."""
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def _test(attribute: Attribute) -> Holds:
    name, operand = attribute.name, attribute.operand
    if isinstance(operand, tuple):
        texts, wanted = frozenset(operand), attribute.test == "one_of"
        return lambda e, age: (str(value_of(e, name, age)) in texts) is wanted
    limit, at_least = operand, attribute.test == "at_least"

    def compare(evidence: Evidence, age: Age) -> bool:
        value = number(value_of(evidence, name, age))
        return value is not None and (value >= limit if at_least else value < limit)

    return compare


def in_words(group: Group) -> str:
    """The condition in plain English, '' if it always holds."""
    joint = " or " if group.how == "any" else " and "
    return joint.join(_words(p) if isinstance(p, Attribute) else f"({in_words(p)})" for p in group.parts)


def _words(attribute: Attribute) -> str:
    name = attribute.name.replace("_", " ")
    if isinstance(attribute.operand, tuple):
        values = " or ".join(v.replace("_", " ") for v in attribute.operand)
        return f"{name} {'is' if attribute.test == 'one_of' else 'is not'} {values}"
    return f"{name} {'at least' if attribute.test == 'at_least' else 'under'} {attribute.operand:g}"
