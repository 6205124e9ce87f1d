"""Steps: the bars of a waterfall, made once for each comparison and level of a model. No comparing here.

A step never changes, so that comparing two people only picks steps and adds up their weights: explained and not
explained are the same thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Step(NamedTuple):
    """One bar of the waterfall; the weight is in thousandths of a bit."""

    name: str
    level: str
    weight: int


class StepTable:
    """All steps of one model.

    Attributes:
        given: name -> the step of agreeing on it, for names whose frequency the model knows.
        family: as `given`.
    """

    def __init__(
        self, weights: Mapping[str, Mapping[str, int]], given: Mapping[str, int], family: Mapping[str, int]
    ) -> None:
        """See the class."""
        self.given = {name: Step("given", "exact", w) for name, w in given.items()}
        self.family = {name: Step("family", "exact", w) for name, w in family.items()}
        self._weights = weights
        self._known = {(c, level): Step(c, level, w) for c, levels in weights.items() for level, w in levels.items()}
        self._numbers: dict[tuple[str, str, str], Step] = {}
        self._once: dict[Step, Step] = {}

    def __call__(self, name: str, level: str) -> Step:
        """The step of a comparison at a level."""
        return self._known[name, level]

    def number(self, scheme: str, comparison: str, level: str) -> Step:
        """The step of an identifier scheme, which is compared as `comparison` says."""
        key = (scheme, comparison, level)
        found = self._numbers.get(key)
        if found is None:
            found = Step(scheme, level, self._weights[comparison][level])
            if len(self._numbers) < _MOST:  # hostile records can name any number of schemes
                self._numbers[key] = found
        return found

    def once(self, step: Step) -> Step:
        """The same step where it does not count, since something else that families share already does."""
        found = self._once.get(step)
        if found is None:
            found = Step(step.name, f"{step.level}, counted once", 0)
            if len(self._once) < _MOST:
                self._once[step] = found
        return found


_MOST = 10_000
