"""Values as agencies write them, in one form: dates and times, postcodes, telephones, codes. No system's field names.

Nothing here raises on bad text: what can't be read gives None or '', and the caller keeps it as an unmapped field.
Times without a zone are local: Europe/London. In the hour that happens twice (end of summer time) the first is meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from hub.messages.record import BirthDate, Precision

LONDON = ZoneInfo("Europe/London")
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_TIME = r"(?:[T ]+(?P<time>[0-9].*))?"
_SHAPES = tuple(
    re.compile(shape + _TIME, re.IGNORECASE)
    for shape in (
        r"(?P<y>[0-9]{4})[-/.](?P<m>[0-9]{1,2}|[a-z]{3,9})[-/.](?P<d>[0-9]{1,2})",
        r"(?P<d>[0-9]{1,2})[-/. ](?P<m>[0-9]{1,2}|[a-z]{3,9})[-/., ]+(?P<y>[0-9]{4})",
        r"(?P<y>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})",
        r"(?P<y>[0-9]{4})-(?P<m>[0-9]{2})",
        r"(?P<m>[0-9]{1,2}|[a-z]{3,9})[-/ ](?P<y>[0-9]{4})",
        r"(?P<y>[0-9]{4})",
    )
)
_COMPACT_MOMENT = re.compile(r"([0-9]{8})([0-9]{2,6}(?:\.[0-9]+)?)([zZ]|[+-][0-9]{2}:?[0-9]{2})?")
_CLOCK = re.compile(
    r"([0-9]{1,2}):?([0-9]{2})?(?::?([0-9]{2}))?(?:[.,]([0-9]{1,9}))?\s*([ap]m)?\s*(Z|UTC|GMT|BST|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)
_EARLIEST_YEAR = 1850
_LATEST_YEAR = 2200
_PLACEHOLDERS = frozenset({"1900-01-01", "1901-01-01", "1899-12-30", "1899-12-31", "1850-01-01"})
"""Dates that systems write for "unknown" (the zero of spreadsheets and databases)."""
_NOON = 12

_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?)([0-9][ABD-HJLNP-UW-Z]{2})")
_NO_POSTCODES = re.compile(r"ZZ99.*")
_DIGITS = re.compile(r"[^0-9+]")
_UPRN_DIGITS = 12
_PHONE_DIGITS = range(9, 16)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")

_SEX = {
    "f": "F", "female": "F", "2": "F", "girl": "F", "woman": "F",
    "m": "M", "male": "M", "1": "M", "boy": "M", "man": "M",
    "x": "X", "i": "X", "9": "X", "o": "X", "a": "X", "other": "X",
    "indeterminate": "X", "non-binary": "X", "ambiguous": "X",
}  # fmt: skip
_YES = frozenset({"y", "yes", "1", "true", "t"})
_NO = frozenset({"n", "no", "0", "false", "f"})
_CACHE = 16_384


@dataclass(frozen=True, slots=True)
class Date:
    """A date as exact as it is known.

    Attributes:
        value: ISO 8601: 2019-04-02, 2019-04 or 2019.
        precision: day, month, year, or placeholder.
    """

    value: str
    precision: Precision


@lru_cache(maxsize=_CACHE)
def read_date(text: str) -> Date | None:
    """A date in any common British or ISO form, day before month; a time after it is ignored. None if it is none.

    Reads 2019-04-02, 02/04/2019, 2.4.2019, 02-Apr-2019, 2 April 2019, 2019-Apr-02 00:00:00, 20190402, 201904021530,
    2019-04, 04/2019, April 2019, 2019. A two-digit year is not guessed.
    """
    cleaned = text.strip()
    if match := _COMPACT_MOMENT.fullmatch(cleaned):
        cleaned = match.group(1)
    for shape in _SHAPES:
        if match := shape.fullmatch(cleaned):
            return _date(match.groupdict())
    return None


def _date(parts: dict[str, str | None]) -> Date | None:
    year, month, day = int(parts["y"] or 0), _month(parts.get("m")), int(parts.get("d") or 0)
    if not _EARLIEST_YEAR <= year <= _LATEST_YEAR or (parts.get("m") and not month):
        return None
    try:
        whole = date(year, month or 1, day or 1)
    except ValueError:
        return None
    if parts.get("d"):
        value = whole.isoformat()
        return Date(value, Precision.PLACEHOLDER if value in _PLACEHOLDERS else Precision.DAY)
    return Date(f"{year:04d}-{month:02d}", Precision.MONTH) if month else Date(f"{year:04d}", Precision.YEAR)


def _month(text: str | None) -> int:
    if not text:
        return 0
    return int(text) if text.isdigit() else _MONTHS.get(text.lower(), 0)


def iso_date(text: str) -> str | None:
    """A date as ISO text, as exact as known; None if it is none."""
    found = read_date(text)
    return found.value if found else None


def birth_date(text: str) -> BirthDate | None:
    """A birth date. 1900-01-01 and its like get precision `placeholder`."""
    found = read_date(text)
    return BirthDate(value=found.value, precision=found.precision) if found else None


def expected_date(text: str) -> BirthDate | None:
    """An expected date of delivery."""
    found = read_date(text)
    if found is None or found.precision is not Precision.DAY:
        return None
    return BirthDate(value=found.value, precision=Precision.EXPECTED)


@lru_cache(maxsize=_CACHE)
def read_moment(text: str, default_time: time = time(0)) -> datetime | None:
    """A date, with or without time and zone, as UTC; without a zone it is Europe/London. None if it is none.

    Args:
        text: any form of `read_date`, the time as HH:MM[:SS[.f]], HHMM[SS], 7.30pm; zone as Z, GMT, BST or an offset.
        default_time: for dates without a time.
    """
    cleaned = text.strip()
    if match := _COMPACT_MOMENT.fullmatch(cleaned):
        cleaned = f"{match.group(1)} {match.group(2)}{match.group(3) or ''}"
    for shape in _SHAPES:
        if match := shape.fullmatch(cleaned):
            found = _date(match.groupdict())
            if found is None or found.precision not in (Precision.DAY, Precision.PLACEHOLDER):
                return None
            return _on(date.fromisoformat(found.value), match.group("time"), default_time)
    return None


def _on(day: date, clock: str | None, default_time: time) -> datetime | None:
    if clock is None:
        return datetime.combine(day, default_time, LONDON).astimezone(UTC)
    match = _CLOCK.fullmatch(clock.strip().replace(".", ":", 1) if "." in clock and ":" not in clock else clock.strip())
    if match is None:
        return None
    hour, minute, second, fraction, half, zone = match.groups()
    if half:
        hour = str(int(hour) % _NOON + (_NOON if half.lower() == "pm" else 0))
    try:
        at = time(int(hour), int(minute or 0), int(second or 0), int((fraction or "0").ljust(6, "0")[:6]))
        return _zoned(datetime.combine(day, at), zone)
    except ValueError:
        return None


def _zoned(local: datetime, zone: str | None) -> datetime:
    if not zone or zone.upper() == "BST":
        return local.replace(tzinfo=LONDON).astimezone(UTC)
    if zone.upper() in ("Z", "GMT", "UTC"):
        return local.replace(tzinfo=UTC)
    offset = datetime.strptime(zone.replace(":", ""), "%z").tzinfo
    return local.replace(tzinfo=offset).astimezone(UTC)


@lru_cache(maxsize=_CACHE)
def postcode(text: str) -> str:
    """A postcode in upper case, one space before the inward part; '' if it has not the shape of one.

    Pseudo-postcodes of the NHS (ZZ99 3VZ: no fixed abode, and others) give ''. The letter O typed for the digit 0 in
    the inward part is mended. Source: BS7666, Royal Mail PAF guide.
    """
    value = "".join(text.split()).upper()
    if len(value) > 3 and value[-3] == "O":  # noqa: PLR2004 - the inward part has three characters
        value = f"{value[:-3]}0{value[-2:]}"
    match = _POSTCODE.fullmatch(value)
    if match is None or _NO_POSTCODES.fullmatch(value):
        return ""
    return f"{match.group(1)} {match.group(2)}"


def uprn(text: str) -> str:
    """A unique property reference number without leading zeros, at most 12 digits; '' if it is none."""
    value = "".join(text.split())
    if not (value.isascii() and value.isdigit()):
        return ""
    value = value.lstrip("0")
    return value if len(value) <= _UPRN_DIGITS else ""


def telephone(text: str) -> str:
    """A telephone number as digits with a leading 0 or +; +44 and 0044 become 0; '' if it is none.

    What stands after `ext` is left out, since a switchboard's extension tells nothing of a person's line.
    """
    value = _DIGITS.sub("", re.split(r"(?i)\s*(?:ext|x)\.?\s*[0-9]", text.replace("(0)", ""), maxsplit=1)[0])
    if value.startswith("00"):
        value = f"+{value[2:]}"
    if value.startswith("+44"):
        value = f"0{value[3:].lstrip('0')}"
    digits = value.removeprefix("+")
    return value if digits.isdigit() and len(digits) in _PHONE_DIGITS and value[0] in "0+" else ""


def email(text: str) -> str:
    """An e-mail address in lower case; '' if it has not the shape of one."""
    value = text.strip().lower()
    return value if _EMAIL.fullmatch(value) else ""


def sex(text: str) -> str:
    """F, M, X (indeterminate or other), or '' (unknown, not said).

    Reads words, F/M/X/I/O, and the NHS and DfE codes 1 male, 2 female, 9 indeterminate; 0, U and N give ''.
    """
    return _SEX.get(text.strip().lower(), "")


def yes_no(text: str) -> bool | None:
    """True, False, or None where the text says neither. Reads y/yes/1/true and n/no/0/false."""
    value = text.strip().lower()
    if value in _YES:
        return True
    return False if value in _NO else None


def as_yes_no(*, value: bool) -> str:
    """The fact catalogue's way to write a yes or no."""
    return "yes" if value else "no"
