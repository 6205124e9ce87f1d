"""Birth dates: precision, placeholders, the impossible. No comparison may live here."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Final

from hub.messages.record import BirthDate, Precision

DAY: Final = "d"
MONTH: Final = "m"
YEAR: Final = "y"
EXPECTED: Final = "e"
WRONG: Final = "w"
"""Written as a full date that no calendar or life has: only its digits can be compared."""

EARLIEST, LATEST = 1895, 2100
"""Nobody alive was born before; and a year past the other is a slip of the pen or hostile."""
_PLACEHOLDERS: Final = frozenset({"1900-01-01", "1901-01-01", "1899-12-30", "1899-12-31", "1900-01-02", "1904-01-01"})
"""What systems write for no date: day nought of Excel, OLE and old Macintosh, and habits of data entry."""

_FULL: Final = len("2000-01-01")
_LOOKS_FULL: Final = re.compile(r"^(?!0000|9999)\d{4}-(?!00-00)\d\d-\d\d$", re.ASCII)

Birth = tuple[str, str]
"""(ISO date as exact as known, precision)."""


def clean_birth(birth: BirthDate | None) -> Birth | None:
    """The date with what precision it deserves; None for a placeholder or an impossible date.

    The first of January of any year counts as that year: it is what people write who know no more.
    """
    if birth is None or birth.precision is Precision.PLACEHOLDER or birth.value in _PLACEHOLDERS:
        return None
    return _clean(birth.value.strip()[:_FULL], birth.precision)


@lru_cache(maxsize=200_000)
def _clean(text: str, precision: Precision) -> Birth | None:
    try:
        numbers = [int(p) for p in text.split("-")]
        date(*[*numbers, 1, 1][:3])
    except (ValueError, TypeError, OverflowError):
        return (text, WRONG) if _LOOKS_FULL.match(text) else None
    if not EARLIEST <= numbers[0] <= LATEST:
        return (text, WRONG) if _LOOKS_FULL.match(text) else None
    if precision is Precision.EXPECTED:
        return (date(*numbers).isoformat(), EXPECTED) if len(numbers) == len("ymd") else None
    return _by_precision(numbers, precision)


def _by_precision(numbers: list[int], precision: Precision) -> Birth:
    year = f"{numbers[0]:04d}"
    if precision is Precision.YEAR or len(numbers) == 1 or numbers[1:] == [1, 1]:
        return year, YEAR
    if precision is Precision.MONTH or len(numbers) < len("ymd"):
        return f"{year}-{numbers[1]:02d}", MONTH
    return date(*numbers).isoformat(), DAY
