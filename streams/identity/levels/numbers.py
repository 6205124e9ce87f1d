"""Identifiers: the same number, one with a slip, one that fails its check digit, or another."""

from __future__ import annotations

from typing import Final

from rapidfuzz.distance import OSA

from streams.identity.clean.identifiers import FAILED, VALID, CleanId
from streams.identity.features import Features
from streams.identity.model import MatchModel
from streams.identity.steps import Step

LONG: Final = 6
"""Characters from which agreement, and one keystroke's difference, say much: short numbers lie close together."""
NEXT: Final = 8
"""Numbers no further apart than this were given out together: twins' may be."""
SHARED: Final = "shared"
_PERSONAL: Final = frozenset({"national", "nhs_number", "other"})
"""Comparisons of numbers that belong to one person, whoever gave them; a local number is of one system, and is
sometimes the whole family's."""


def number_steps(a: Features, b: Features, model: MatchModel) -> tuple[list[Step], bool]:
    """A step per scheme that both have, in order of scheme; and whether they share one person's number."""
    steps: list[Step] = []
    same_id = False
    if not a.ids or not b.ids:
        return steps, same_id
    theirs = _by_scheme(b.ids)
    for scheme, mine in _by_scheme(a.ids).items():  # features are sorted, so schemes are
        if scheme in theirs:
            comparison = model.comparison_of(scheme)
            level = _level(mine, theirs[scheme])
            if comparison != SHARED:
                steps.append(model.steps.number(scheme, comparison, level))
                same_id = same_id or (level == "same" and comparison in _PERSONAL)
    return steps, same_id


def shared_step(a: Features, b: Features, model: MatchModel) -> Step | None:
    """Agreement on a number of a household or case, which is one more thing that a family shares."""
    if not a.ids or not b.ids:
        return None
    for i in a.ids:
        if i in b.ids and model.comparison_of(i.scheme) == SHARED:
            return model.steps.number(i.scheme, SHARED, "same")
    return None


def two_numbers(a: Features, b: Features, scheme: str) -> bool:
    """Both have valid numbers that hold good, and have none in common, superseded ones included."""
    mine = {i.value: i.superseded for i in a.ids if i.scheme == scheme and i.quality == VALID}
    if not mine:
        return False
    theirs = {i.value: i.superseded for i in b.ids if i.scheme == scheme and i.quality == VALID}
    if not theirs or mine.keys() & theirs.keys():
        return False
    return not all(mine.values()) and not all(theirs.values())


def _by_scheme(ids: tuple[CleanId, ...]) -> dict[str, list[CleanId]]:
    found: dict[str, list[CleanId]] = {}
    for i in ids:
        found.setdefault(i.scheme, []).append(i)
    return found


def _level(mine: list[CleanId], theirs: list[CleanId]) -> str:
    level = "differ"
    for x in mine:
        for y in theirs:
            if x.value == y.value:
                if x.quality == FAILED:
                    level = "failed"
                elif x.quality == VALID or len(x.value) >= LONG:
                    return "same"
                else:
                    level = "short"
            elif level == "differ" and _slip(x, y):
                level = "similar"
    return level


def _slip(x: CleanId, y: CleanId) -> bool:
    """One keystroke apart. Two numbers whose check digits both hold are two numbers, and so are neighbours."""
    if x.quality == VALID == y.quality or min(len(x.value), len(y.value)) < LONG:
        return False
    if OSA.distance(x.value, y.value, score_cutoff=1) != 1:
        return False
    return not (x.value.isdigit() and y.value.isdigit()) or abs(int(x.value) - int(y.value)) > NEXT
