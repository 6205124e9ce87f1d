"""Addresses: postcode, house, UPRN. No comparison and no household may live here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from hub.messages.record import Address
from streams.identity.clean.text import compact, fold

_POSTCODE = re.compile(r"^([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})$", re.ASCII)
"""GOV.UK bulk data transfer: outward and inward part."""
_PLACEHOLDER_POSTCODES = re.compile(r"^ZZ99")
"""NHS pseudo-postcodes (ZZ99 3VZ and the like): no fixed abode, abroad, unknown. They are no place."""
_NUMBERS = re.compile(r"\b\d+[A-Z]?\b", re.ASCII)
_HAS_DIGITS = re.compile(r"\d.*\d|[A-Z]\d", re.ASCII)
_LONGEST_POSTCODE = 10
_PART_OF_A_HOUSE = frozenset({"FLAT", "UNIT", "APARTMENT", "APT", "ROOM", "FLOOR", "BLOCK"})
_SHORT_FORMS: Final = {
    "STREET": "ST", "ROAD": "RD", "AVENUE": "AVE", "AV": "AVE", "CLOSE": "CL", "CRESCENT": "CRES", "COURT": "CT",
    "DRIVE": "DR", "LANE": "LN", "PLACE": "PL", "GARDENS": "GDNS", "SQUARE": "SQ", "TERRACE": "TER", "GROVE": "GR",
    "PARADE": "PDE", "CIRCUIT": "CCT",
}  # fmt: skip
"""Royal Mail, Programmer's guide to the Postcode Address File: abbreviations of thoroughfares."""
_LINES = 3
"""Lines that may hold flat, house name and number."""


class Place(NamedTuple):
    """An address that can be compared; '' where missing."""

    uprn: str
    postcode: str
    house: str
    street: str = ""
    town: str = ""

    def names(self) -> tuple[str, ...]:
        """Names of the one property: by UPRN, by postcode and house; both where both are known."""
        by_number = (f"U{self.uprn}",) if self.uprn else ()
        return (*by_number, f"P{self.postcode}/{self.house}") if self.postcode and self.house else by_number


def clean_place(address: Address) -> Place | None:
    """The address as a place; None where it is none (no fixed abode, pseudo-postcode, nothing given)."""
    if address.no_fixed_abode:
        return None
    return _place(address.uprn, address.postcode, tuple(address.lines[: _LINES + 2]))


@lru_cache(maxsize=50_000)
def _place(uprn: str, code: str, lines: tuple[str, ...]) -> Place | None:
    """Remembered, since a household and its records share it."""
    uprn = compact(uprn).lstrip("0")
    if not uprn.isascii() or not uprn.isdigit() or len(uprn) > 12:  # noqa: PLR2004 - GeoPlace: at most 12 digits
        uprn = ""
    postcode = clean_postcode(code) or other_postcode(code)
    street, town = street_of(lines)
    house = house_of(lines) if postcode or street else ""
    place = Place(uprn, postcode, house, street, town)
    return place if uprn or postcode or street else None


def clean_postcode(text: str) -> str:
    """Upper case, one space; '' if it is none."""
    found = _POSTCODE.match(compact(text))
    if not found or _PLACEHOLDER_POSTCODES.match(found[0]):
        return ""
    return f"{found[1]} {found[2]}"


def other_postcode(text: str) -> str:
    """A postcode of another country, or one with a slip: compact, so that it can be compared; '' if it is none."""
    code = compact(text)[:_LONGEST_POSTCODE]
    return "" if not _HAS_DIGITS.search(code) or _PLACEHOLDER_POSTCODES.match(code) or len(set(code)) == 1 else code


def street_of(lines: Sequence[str]) -> tuple[str, str]:
    """Street and town: the first line with words beside flat and numbers; the last further line without a number."""
    street = town = ""
    for line in lines[: _LINES + 2]:
        folded = fold(line)
        if not street:
            street = _street(folded)
        elif folded and not _NUMBERS.search(folded):
            town = folded
    return street, town


@lru_cache(maxsize=100_000)
def _street(folded: str) -> str:
    words = _NUMBERS.sub(" ", folded).split()
    if not words or words[0] in _PART_OF_A_HOUSE:
        return ""
    return " ".join([*words[:-1], _SHORT_FORMS.get(words[-1], words[-1])])


def house_of(lines: Sequence[str]) -> str:
    """What tells the house within its postcode: its numbers ('Flat 3, 12 High St' -> '3-12'), else the first line."""
    folded = [fold(line) for line in lines[:_LINES] if line.strip()]
    numbers = [n for line in folded for n in _NUMBERS.findall(line)]
    if numbers:
        return "-".join(numbers[:3])
    name = folded[0] if folded else ""
    return "" if name.rpartition(" ")[2] in _SHORT_FORMS else name  # the street alone: the house is not said
