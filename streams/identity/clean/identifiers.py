"""Identifiers: normal form and check digits. A number that fails its check is kept and marked, never dropped.

Sources: NHS Data Dictionary (NHS number, modulus 11); DfE "UPNs: guide"; Skills Funding Agency (ULN); the vectors of
each are in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from hub.messages.record import CheckDigit, Identifier
from streams.identity.clean.text import compact

VALID: Final = "v"
FAILED: Final = "f"
UNCHECKED: Final = "u"

_UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_UPN = re.compile(r"^[A-Z]\d{11}[\dA-Z]$", re.ASCII)
_NHS = re.compile(r"^\d{10}$", re.ASCII)
_NINO = re.compile(r"^[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]?$", re.ASCII)
_PNC = re.compile(r"^(?:19|20)?(\d{2})\s*/\s*(\d{1,7})\s*([A-Z])$", re.ASCII)
_LONGEST = 40
_NO_VALUE = re.compile(r"^((.)\2{3,}|0+|9+|X+|0?123456789?0?|NA|NK|NONE|NULL|UNKNOWN|TBC|NOTKNOWN|TEST)?$")
"""What stands where no number is known: one character again and again, the row of digits, a word."""


class CleanId(NamedTuple):
    """An identifier that can be compared."""

    scheme: str
    value: str
    quality: str
    superseded: bool


def clean_identifier(identifier: Identifier) -> CleanId | None:
    """Normal form and quality; None where nothing is given. Local numbers carry their issuer in the value.

    A temporary UPN (its last character is a letter) is one that the child will not keep.
    """
    scheme = "upn" if identifier.scheme == "former_upn" else identifier.scheme[:_LONGEST].lower()
    value = _pnc(identifier.value) if scheme == "pnc" else compact(identifier.value)[:_LONGEST]
    if not scheme or _NO_VALUE.match(value):
        return None
    check = CHECKS.get(scheme)
    if check is not None:
        quality = VALID if check(value) else FAILED
    else:
        quality = FAILED if identifier.check is CheckDigit.FAIL else UNCHECKED
    issuer = compact(identifier.issuer)[:_LONGEST] if check is None else ""
    temporary = scheme == "upn" and value[-1:].isalpha()
    former = identifier.superseded or temporary or identifier.scheme == "former_upn"
    return CleanId(scheme, f"{issuer}/{value}" if issuer else value, quality, former)


def _pnc(text: str) -> str:
    """Year and number as the Police National Computer prints them, '12/1234567X': other systems write the century."""
    found = _PNC.match(text.strip().upper()[:_LONGEST])
    return f"{found[1]}{int(found[2]):07}{found[3]}" if found else compact(text)[:_LONGEST]


def nhs_number_holds(value: str) -> bool:
    """Ten digits, not all alike, modulus 11."""
    if not _NHS.match(value) or len(set(value)) == 1:
        return False
    check = 11 - sum(int(d) * w for d, w in zip(value, range(10, 1, -1), strict=False)) % 11
    return check % 11 == int(value[9]) and check != 10  # noqa: PLR2004 - modulus 11 has no digit for ten


def upn_holds(value: str) -> bool:
    """Letter and twelve characters; the letter is the sum of the others, weighted 2..13, modulo 23."""
    if not _UPN.match(value) or (value[12].isalpha() and value[12] not in _UPN_LETTERS):
        return False
    digits = [int(c) if c.isdigit() else _UPN_LETTERS.index(c) for c in value[1:]]
    return _UPN_LETTERS[sum(d * w for d, w in zip(digits, range(2, 14), strict=True)) % 23] == value[0]


def uln_holds(value: str) -> bool:
    """Ten digits, modulus 11, check 10 minus the remainder."""
    if not _NHS.match(value) or value[0] == "0":
        return False
    rest = sum(int(d) * w for d, w in zip(value, range(10, 1, -1), strict=False)) % 11
    return rest != 0 and 10 - rest == int(value[9])


def nino_holds(value: str) -> bool:
    """Two letters, six digits, a suffix; it has no check digit, only a shape."""
    return bool(_NINO.match(value))


CHECKS: Final[dict[str, Callable[[str], bool]]] = {
    "nhs_number": nhs_number_holds,
    "upn": upn_holds,
    "uln": uln_holds,
    "nino": nino_holds,
}
"""Schemes that the hub checks itself, whatever the source says."""
