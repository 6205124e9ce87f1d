"""Birth dates: exact, a slip, a sibling's distance, or another person's."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA, Hamming

from streams.identity.clean import dates
from streams.identity.clean.dates import Birth

EXPECTED_DAYS: Final = 45
"""How far a birth may lie from the expected date: preterm from 34 weeks, and overdue."""
NEAR_DAYS: Final = 400
"""Births closer than this but not alike are siblings or slips; further apart they are other people."""
TWO_SLIPS: Final = 2
MANY_SLIPS: Final = 4
"""Digits of eight up to which an impossible date may still be a mangled form of a real one."""
_FULL: Final = len("2000-01-01")
_ORDER: Final = {
    level: at
    for at, level in enumerate(["exact", "swapped", "typing", "month", "expected", "close", "year", "near", "differ"])
}


def birth_level(a: tuple[Birth, ...], b: tuple[Birth, ...]) -> str:
    """The best level over all pairs; '' where either has none that can be compared."""
    if len(a) == 1 and len(b) == 1:
        return _one_birth(a[0], b[0])
    levels = [level for x in a for y in b if (level := _one_birth(x, y))]
    return min(levels, key=_ORDER.__getitem__) if levels else ""


@lru_cache(maxsize=200_000)
def _one_birth(x: Birth, y: Birth) -> str:
    if dates.WRONG in (x[1], y[1]):
        return _written(x, y)
    if x == y and len(x[0]) == _FULL:
        return "exact"
    if dates.EXPECTED in (x[1], y[1]) and x[1] in "de" and y[1] in "de":
        apart = abs((date.fromisoformat(x[0]) - date.fromisoformat(y[0])).days)
        return "expected" if apart <= EXPECTED_DAYS else "differ"
    shortest = min(len(x[0]), len(y[0]))
    if shortest < _FULL:
        return _coarse_birth(x[0][:shortest], y[0][:shortest])
    return _unlike_birth(x[0], y[0])


def _written(x: Birth, y: Birth) -> str:
    """Eight digits that are no date, and another: one keystroke apart, two, or nothing to tell by."""
    if len(x[0]) != len(y[0]):
        return ""
    if OSA.distance(x[0], y[0], score_cutoff=1) <= 1:
        return "typing"
    if Hamming.distance(x[0], y[0]) <= TWO_SLIPS:
        return "close"
    return "differ" if _of_other_years(x, y) else ""


def _of_other_years(x: Birth, y: Birth) -> bool:
    """Whether the years alone, both possible, part a real date from one that is none, in whatever order it was written.

    2021-63-18 is nobody's birth date, but not that of a woman born in 1968.
    """
    real, wrong = (x[0], y[0]) if y[1] == dates.WRONG else (y[0], x[0])
    if dates.WRONG == x[1] == y[1] or not dates.EARLIEST <= int(wrong[:4]) <= dates.LATEST:
        return False
    year, month, day = real.split("-")
    digits = wrong.replace("-", "")
    return all(Hamming.distance(digits, d) > MANY_SLIPS for d in (year + month + day, year + day + month)) and all(
        Hamming.distance(digits, d) > TWO_SLIPS for d in (day + month + year, month + day + year)
    )


def _coarse_birth(x: str, y: str) -> str:
    if x == y:
        return "month" if len(x) == len("2000-01") else "year"
    return "near" if abs(int(x[:4]) - int(y[:4])) <= 1 else "differ"


def _unlike_birth(x: str, y: str) -> str:
    """Two full dates that differ: day and month in each other's place, keystrokes, a sibling's distance, or more."""
    if x[:4] == y[:4] and x[5:7] == y[8:] and x[8:] == y[5:7]:
        return "swapped"
    if _year_by_one(x, y):
        return "near"
    if OSA.distance(x, y, score_cutoff=1) == 1:
        return "typing"
    if Hamming.distance(x, y) <= TWO_SLIPS:
        return "close"
    apart = abs((date.fromisoformat(x) - date.fromisoformat(y)).days)
    return "near" if apart < NEAR_DAYS else "differ"


def _year_by_one(x: str, y: str) -> bool:
    """Same day a year apart: as often the next child's birthday party as a slip, so no slip."""
    return x[4:] == y[4:] and abs(int(x[:4]) - int(y[:4])) == 1
