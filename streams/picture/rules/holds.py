"""Whether a condition can hold, or always does: it is tried on values that stand for all that a fact may say. No I/O.

For every name in the condition a few values are enough: each option of the catalogue, a number on either side of each
limit, a word that is none of those named, and 'not said'.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any, Final

from hub.messages.record import FactStatus, Role
from streams.picture.evidence import Evidence
from streams.picture.rules.where import Attribute, Group, attributes_of, compiled

OPTIONS: Final = "|"
"""Between the values that the catalogue allows for an attribute."""
SHARE: Final = "share 0-1"
"""How the catalogue says that an attribute is a share."""
_TRIED: Final = 20_000
"""Combinations of values tried at most, some 50 ms; a condition of more is taken as it is."""
_BESIDE: Final = 1e-6
_OLDEST: Final = 130.0
_OF_AGE: Final = 18.0
_OTHER: Final = "some-other-word"
_SAID_ALWAYS: Final = frozenset({"code", "status", "agency", "role"})
Value = str | float | None


@dataclass(frozen=True, slots=True)
class Asked:
    """Of what a condition is asked.

    Attributes:
        subject: of the rule: an age is below 18 for a child.
        codes: the rule's fact codes.
        attributes: name -> what the catalogue says of it, one text for each fact that has it.
        agencies: all that the catalogue names.
    """

    subject: str
    codes: tuple[str, ...]
    attributes: dict[str, list[str]]
    agencies: tuple[str, ...]


def never(where: Group, asked: Asked) -> bool:
    """Whether no fact could fulfil it."""
    answers = list(_answers(where, asked, said=False))
    return bool(answers) and not any(answers)


def always(where: Group, asked: Asked) -> bool:
    """Whether every fact fulfils it, though it is a condition."""
    answers = list(_answers(where, asked, said=False))
    return bool(where.parts) and bool(answers) and all(answers)


def empty_tests(where: Group, asked: Asked) -> Iterator[Attribute]:
    """Tests that hold for every value, once there is one: `{dash_ticks: {at_least: 0}}`."""
    for test in attributes_of(where):
        answers = list(_answers(Group("all", (test,)), asked, said=True))
        if answers and all(answers) and test.name != "code":
            yield test


def _answers(where: Group, asked: Asked, *, said: bool) -> Iterator[bool]:
    """What the condition says of each combination of values; nothing where they are too many."""
    tests = attributes_of(where)
    names = list(dict.fromkeys(test.name for test in tests))
    values = [_values(name, [t for t in tests if t.name == name], asked, said=said) for name in names]
    if prod(map(len, values)) > _TRIED:
        return
    holds = compiled(where)
    for chosen in product(*values):
        fact = dict(zip(names, chosen, strict=True))
        age = fact.pop("age", None)
        yield holds(_evidence(fact), lambda _at, age=age: age)  # type: ignore[misc]


def _values(name: str, tests: list[Attribute], asked: Asked, *, said: bool) -> list[Value]:
    """Values that stand for all of one name."""
    found: list[Value]
    if name == "age":
        found = _numbers(tests, -1.0, _OF_AGE - _BESIDE if asked.subject == "child" else _OLDEST)
    elif (options := _options(name, asked)) is not None:
        found = list(options)
    elif any(isinstance(t.operand, tuple) for t in tests):
        words = {word for t in tests if isinstance(t.operand, tuple) for word in t.operand}
        found = [*sorted(words), _OTHER, *_numbers(tests, 0.0, _limit(name, asked))]
    else:
        found = _numbers(tests, 0.0, _limit(name, asked))
    return found if said or name in _SAID_ALWAYS else [*found, None]


def _options(name: str, asked: Asked) -> Iterable[str] | None:
    """All values that there are, where the catalogue says so."""
    built_in = {"code": asked.codes, "agency": asked.agencies, "status": list(FactStatus), "role": list(Role)}
    if name in built_in:
        return sorted(map(str, built_in[name]))
    texts = asked.attributes.get(name, [])
    if not texts or not all(OPTIONS in text for text in texts):
        return None
    return sorted({option for text in texts for option in text.split(OPTIONS)})


def _limit(name: str, asked: Asked) -> float:
    texts = asked.attributes.get(name, [])
    return 1.0 if texts and all(text == SHARE for text in texts) else float("inf")


def _numbers(tests: list[Attribute], low: float, high: float) -> list[Value]:
    """The limits that are asked for and what lies beside them, within what there is."""
    limits = [float(t.operand) for t in tests if not isinstance(t.operand, tuple)]
    around = {low, *(limit + step for limit in limits for step in (-_BESIDE, 0.0, _BESIDE))}
    around |= {high} if high != float("inf") else set()
    return [n for n in sorted(around) if low <= n <= high]


def _evidence(values: dict[str, Any]) -> Evidence:
    fields: dict[str, Any] = {"code": "", "status": "observed", "value": "", "agency": "", "role": "child"}
    attributes = {}
    for name, value in values.items():
        if name in fields:
            fields[name] = "" if value is None else str(value)
        elif value is not None:
            attributes[name] = str(value)
    return Evidence(
        at=0, until=0, source_id="", record_id="", incident="", echo=False, history=False, attributes=attributes,
        **fields,
    )  # fmt: skip
