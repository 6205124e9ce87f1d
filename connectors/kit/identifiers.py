"""National identifiers: shape, one normal form, and whether the check digit holds. Nothing about one agency's fields.

Every function takes text as the source has it and returns an `Identifier`, or None where the text has not the shape of
that scheme: then keep the text as an unmapped field. A failed check digit is flagged, never dropped.

Sources: NHS Data Dictionary (NHS NUMBER); DfE "Unique pupil numbers" (guide and algorithm); Home Office PNC and CRO
formats (vectors of the Ministry of Justice's core person record); Learning Records Service (ULN); HMRC NIM39110 (NINO).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from stdnum.gb import nhs

from hub.messages.record import CheckDigit, Identifier

_DIGITS = tuple("123456789")
_NO_ID = re.compile(
    r"[\W_0]*|\W*(?:NULL|NAN|NAT|NIL|NONE|N/?A|N/?K|NOT?(?:KNOWN|APPLICABLE|RECORDED|AVAILABLE|GIVEN|NUMBER|ID)|UNK(?:NOWN)?"
    r"|TB[CAD]|TEMP(?:ORARY)?|PENDING|BLANK|MISSING|ERROR|REF!?|VALUE!?|X+)\W*"
)
_GAPS = re.compile(r"[\s\-.]+")
_TEN_DIGITS = re.compile(r"[0-9]{10}")
_NHS_LENGTH = 10
_UPN = re.compile(r"([A-Z])([0-9]{11})([0-9A-Z])")
_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_PNC = re.compile(r"([0-9]{2}|[0-9]{4})/?([0-9]{1,7})([A-Z])")
_PNC_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
_CRO = re.compile(r"([0-9]{1,6})/([0-9]{2})([A-Z])")
_CRO_SEARCH_FILE = re.compile(r"SF([0-9]{2})/([0-9]{1,6})([A-Z])")
_LETTERS = 23
_NINO = re.compile(r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]?")
_CENTURY = 100


def _cleaned(text: str) -> str:
    return _GAPS.sub("", text).upper()


def _checked(scheme: str, value: str, *, holds: bool) -> Identifier:
    return Identifier(scheme=scheme, value=value, check=CheckDigit.PASS if holds else CheckDigit.FAIL)


def nhs_number(text: str) -> Identifier | None:
    """An NHS number. One digit ten times fails, although 0000000000 satisfies the sum: nobody has such a number."""
    value = _cleaned(text)
    if len(value) == _NHS_LENGTH + 1 and text.endswith(".0"):  # a number that went through a spreadsheet
        value = value[:-1]
    if not _TEN_DIGITS.fullmatch(value):
        return None
    holds = len(set(value)) > 1 and nhs.checksum(value) == 0
    return _checked("nhs_number", value, holds=holds)


def upn(text: str, *, former: bool = False) -> Identifier | None:
    """A unique pupil number, permanent or temporary (a letter in the last place)."""
    value = _cleaned(text)
    match = _UPN.fullmatch(value)
    if match is None:
        return None
    check, digits, last = match.groups()
    tail = int(last) if last.isdigit() else _UPN_LETTERS.find(last)
    total = sum(int(d) * weight for weight, d in enumerate(digits, start=2)) + tail * 13
    holds = tail >= 0 and _UPN_LETTERS[total % _LETTERS] == check
    return _checked("former_upn" if former else "upn", value, holds=holds)


def uln(text: str) -> Identifier | None:
    """A unique learner number. 9999999999 means "none yet" and is no identifier."""
    value = _cleaned(text)
    if not _TEN_DIGITS.fullmatch(value) or value == "9999999999":
        return None
    remainder = sum(int(d) * weight for d, weight in zip(value, range(10, 1, -1), strict=False)) % 11
    return _checked("uln", value, holds=value[0] != "0" and remainder != 0 and 10 - remainder == int(value[-1]))


def pnc(text: str, this_year: int) -> Identifier | None:
    """A Police National Computer id as YYYY/NNNNNNNL.

    Args:
        text: with a two- or four-digit year.
        this_year: a two-digit year above this one's belongs to the last century.
    """
    match = _PNC.fullmatch(_cleaned(text))
    if match is None:
        return None
    year, serial, letter = match.groups()
    if len(year) == 2:  # noqa: PLR2004 - digits of a short year
        century = this_year // _CENTURY if int(year) <= this_year % _CENTURY else this_year // _CENTURY - 1
        year = f"{century}{year}"
    holds = _PNC_LETTERS[int(year[2:] + serial.zfill(7)) % _LETTERS] == letter
    return _checked("pnc", f"{year}/{serial.zfill(7)}{letter}", holds=holds)


def cro(text: str) -> Identifier | None:
    """A Criminal Records Office number: NNNNNN/YYL, or the search file's SFYY/NNNNNNL (unpadded in the check)."""
    value = _cleaned(text)
    if match := _CRO_SEARCH_FILE.fullmatch(value):
        year, serial, letter = match.groups()
        return _checked("cro", value, holds=_PNC_LETTERS[int(year + serial) % _LETTERS] == letter)
    if match := _CRO.fullmatch(value):
        serial, year, letter = match.groups()
        padded = serial.zfill(6)
        return _checked("cro", f"{padded}/{year}{letter}", holds=_PNC_LETTERS[int(year + padded) % _LETTERS] == letter)
    return None


def nino(text: str) -> Identifier | None:
    """A National Insurance number, with or without its suffix letter. It has no check digit."""
    value = _cleaned(text)
    if not _NINO.fullmatch(value):
        return None
    return Identifier(scheme="nino", value=value)


def local(scheme: str, text: str, issuer: str = "") -> Identifier | None:
    """A system's own id (`la_child_id`, `nominal_id`, `hospital_number`, `other`); None where the text is none."""
    value = own_id(text)
    return Identifier(scheme=scheme, value=value, issuer=issuer) if value else None


@lru_cache(maxsize=4096)
def own_id(text: str) -> str:
    """A system's own id without gaps, in upper case; '' for text that many records may share.

    UNKNOWN, TBC, NULL and 000000 are what people and programs write where there is none: they would make one person of
    all who have them.
    """
    value = "".join(text.split()).upper()
    # Nearly every id begins with a digit that is not 0.
    return value if value.startswith(_DIGITS) or not _NO_ID.fullmatch(value) else ""


SCHEMES: dict[str, Callable[[str], Identifier | None]] = {
    "nhs_number": nhs_number,
    "upn": upn,
    "uln": uln,
    "cro": cro,
    "nino": nino,
}
"""Schemes that need nothing but the text."""
