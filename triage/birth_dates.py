"""Birth dates and expected dates as people write them in a form. Reads text; knows no form and nobody.

A date that cannot be one is none, so that the form asks again: it is never guessed and never kept as text.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from hub.messages.record import BirthDate, Precision

_WRITTEN = re.compile(r"(?:(?:(?P<day>\d{1,2})[ /.-]+)?(?P<month>\d{1,2})[ /.-]+)?(?P<year>\d{4})")
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
_OLDEST: Final = 120
_MID_MONTH: Final = 15
_OVERDUE, _PREGNANCY = timedelta(days=45), timedelta(days=300)
"""Round an expected date: a birth that nobody has told us of yet, and the longest that a date can lie ahead."""


def birth_of(text: str, today: date) -> BirthDate | None:
    """A birth date: day, month and year, month and year, or the year alone; None where it cannot be one."""
    found = _read(text)
    if found is None:
        return None
    born, month, day = found
    if not date(today.year - _OLDEST, 1, 1) <= born <= today:
        return None
    if not month:
        return BirthDate(value=f"{born.year:04}", precision=Precision.YEAR)
    return BirthDate(value=born.isoformat()) if day else BirthDate(value=f"{born:%Y-%m}", precision=Precision.MONTH)


def expected_of(text: str, today: date) -> BirthDate | None:
    """When a baby is expected: to the day, or in which month (then its middle); None where it cannot be."""
    found = _read(text)
    if found is None or not found[1]:
        return None
    due = found[0] if found[2] else found[0].replace(day=_MID_MONTH)
    if not today - _OVERDUE <= due <= today + _PREGNANCY:
        return None
    return BirthDate(value=due.isoformat(), precision=Precision.EXPECTED)


def _read(text: str) -> tuple[date, int, int] | None:
    """The day (the first where none is said), and the month and day as they stand there, 0 where they do not."""
    found = _WRITTEN.fullmatch(text) or _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(found[name] or 0) for name in ("year", "month", "day"))
    try:
        return date(year, month or 1, day or 1), month, day
    except ValueError:
        return None
