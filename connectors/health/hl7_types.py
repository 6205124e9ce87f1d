"""HL7 v2 data types that say who and where somebody is: CX, XPN, XAD, XTN, TS. Nothing about segments.

Sources: HL7 v2.4 chapter 2A and tables 0190, 0200, 0203; NHS Data Dictionary (ZZ99 3VZ: no fixed abode).
"""

from __future__ import annotations

import re

from connectors.health.hl7_text import Segment
from connectors.kit import identifiers, people, values
from hub.messages.record import Address, BirthDate, Identifier, Name, NameKind, Precision

NHS_TYPES = frozenset({"NH", "NHS", "NI", "NNGBR", "NHSNUM", "NHSN", "NHSNMBR"})
_NHS_OID = "2.16.840.1.113883.2.1.4.1"
_NO_PERSON_TYPES = frozenset({"DL", "PPN", "SS", "NNUSA", "BC", "MC", "AN", "VN", "XX", "DOCI"})
_LOCAL_TYPES = ("PI", "MR", "PT", "PAS", "HOSP", "")
"""Types of a hospital's own number of a patient, the usual first."""
_YEAR_LONG = 4
_PRECISIONS = {"Y": 4, "L": 7, "M": 7, "D": 10}
"""Characters of an ISO date that a TS precision component leaves valid (L is HL7's code for months)."""

_NAME_KINDS = {
    "": NameKind.CURRENT, "L": NameKind.CURRENT, "U": NameKind.CURRENT, "D": NameKind.CURRENT, "C": NameKind.FORMER,
    "A": NameKind.ALIAS, "S": NameKind.ALIAS, "T": NameKind.ALIAS, "I": NameKind.ALIAS, "P": NameKind.ALIAS,
    "M": NameKind.FORMER, "B": NameKind.FORMER, "N": NameKind.PREFERRED,
}  # fmt: skip
"""HL7 table 0200."""
_ADDRESS_KINDS = {
    "H": "home", "P": "home", "L": "home", "": "home", "HP": "home", "C": "temporary", "TMP": "temporary",
    "BR": "previous", "BA": "previous", "BDL": "previous", "N": "previous", "O": "other", "B": "other", "M": "other",
    "F": "other",
}  # fmt: skip
_SEX_NOT_SAID = ("", "U", "UN", "UNK", "UNKNOWN", "N", "0")
_NO_FIXED_ABODE = re.compile(r"ZZ99\s*3VZ|NO FIXED (?:ABODE|ADDRESS)|^NFA$", re.IGNORECASE)


def cx_identifier(cx: list[str], facility: str) -> tuple[Identifier | None, int]:
    """One CX as an identifier, and how usual its type is for a hospital's own number (lower is more so)."""
    value = cx[0]
    authority = cx[3].upper() if len(cx) > 3 else ""  # noqa: PLR2004 - CX-4
    kind = cx[4].upper() if len(cx) > 4 else ""  # noqa: PLR2004 - CX-5
    if not value:
        return None, 0
    if kind in NHS_TYPES or authority in ("NHS", "NHSNBR", _NHS_OID):
        return identifiers.nhs_number(value), 0
    if kind in _NO_PERSON_TYPES:
        return identifiers.local("other", value, issuer=f"{authority or facility}:{kind}"), 0
    if not kind and not authority and (nhs := identifiers.nhs_number(value)) and nhs.check == "pass":
        return nhs, 0
    rank = _LOCAL_TYPES.index(kind) if kind in _LOCAL_TYPES else len(_LOCAL_TYPES)
    issuer = authority or (cx[5].upper() if len(cx) > 5 else "") or facility.upper()  # noqa: PLR2004 - CX-6
    return identifiers.local("hospital_number", value, issuer=issuer), rank


def names(segment: Segment, number: int) -> list[Name]:
    """An XPN field's names. An unknown type is an alias."""
    out = []
    for xpn in segment.repeats(number):
        parts = xpn + [""] * (14 - len(xpn))
        given = " ".join(part for part in (parts[1], parts[2]) if part)
        named = people.name(
            given, parts[0], _NAME_KINDS.get(parts[6].upper(), NameKind.ALIAS), title=parts[4],
            since=values.iso_date(parts[11]), until=values.iso_date(parts[12]),
        )  # fmt: skip
        if named and named not in out:
            out.append(named)
    return out


def as_alias(named: Name) -> Name:
    """A name that is no longer, or not mainly, the person's own."""
    return named.model_copy(update={"kind": NameKind.ALIAS}) if named.kind is NameKind.CURRENT else named


def birth_date(text: str, precision: str, path: str, left_over: list[tuple[str, str]]) -> BirthDate | None:
    """A TS as a birth date, no more exact than its precision component says."""
    if not text:
        return None
    found = values.birth_date(text)
    if found is None and re.fullmatch(r"(?:18|19|20)[0-9]{4}", text):
        found = values.birth_date(f"{text[:_YEAR_LONG]}-{text[_YEAR_LONG:]}")
    if found is None:
        left_over.append((path, text))
        return None
    keep = _PRECISIONS.get(precision.upper(), len(found.value))
    if found.precision is Precision.DAY and keep < len(found.value):
        shorter = Precision.YEAR if keep == _YEAR_LONG else Precision.MONTH
        return BirthDate(value=found.value[:keep], precision=shorter)
    return found


def sex(segment: Segment, number: int, left_over: list[tuple[str, str]]) -> str:
    """A person's sex; what is neither that nor a way to say unknown is left over."""
    text = segment.text(number)
    found = values.sex(text)
    if not found and text.upper() not in _SEX_NOT_SAID:
        left_over.append((f"{segment.name}-{number}", text))
    return found


def addresses(segment: Segment, number: int, *, confidential: bool = False) -> list[Address]:
    """An XAD field's addresses. ZZ99 3VZ is the NHS's postcode for no fixed abode."""
    out: list[Address] = []
    for xad in segment.repeats(number, street=True):
        parts = xad + [""] * (14 - len(xad))
        lines = [part for part in (*parts[0:2], parts[7], *parts[2:4]) if part]
        code = values.postcode(parts[4])
        homeless = any(_NO_FIXED_ABODE.search(part) for part in (*lines, parts[4]))
        if not code and parts[4] and not homeless:
            lines.append(parts[4])
        if lines or code or homeless:
            address = Address(
                lines=lines, postcode=code, kind=_ADDRESS_KINDS.get(parts[6].upper(), "other"),
                since=values.iso_date(parts[12]), until=values.iso_date(parts[13]),
                confidential=confidential, no_fixed_abode=homeless,
            )  # fmt: skip
            if address not in out:
                out.append(address)
    return out


def telephones(*places: tuple[Segment, int], left_over: list[tuple[str, str]]) -> list[str]:
    """Telephone numbers of XTN fields; what is no number goes to `left_over`."""
    out: list[str] = []
    for segment, number in places:
        for xtn in segment.repeats(number):
            text = _number_of(xtn)
            if not text:
                left_over += [
                    (f"{segment.name}-{number}", part) for part in xtn if "@" in part and not values.email(part)
                ]
                continue
            value = values.telephone(text)
            if not value:
                left_over.append((f"{segment.name}-{number}", text))
            elif value not in out:
                out.append(value)
    return out


def _number_of(xtn: list[str]) -> str:
    """The telephone number of an XTN: XTN-1, XTN-12, or country, area and number (5 to 7); '' for an e-mail alone."""
    if (text := xtn[0]) and "@" not in text:
        return text
    if len(xtn) > 11 and (text := xtn[11]) and "@" not in text:  # noqa: PLR2004 - XTN-12
        return text
    country, area, number = [*xtn[4:7], "", "", ""][:3]
    if country.isdecimal() and country.lstrip("0") and (area or number):
        return f"+{country.lstrip('0')}{area.lstrip('0')}{number}"
    return country + area + number


def emails(*places: tuple[Segment, int]) -> list[str]:
    """E-mail addresses of XTN fields, in whichever component they stand."""
    found = {
        values.email(part): None
        for segment, number in places
        for xtn in segment.repeats(number)
        for part in xtn
        if "@" in part
    }
    return [address for address in found if address]
