"""Addresses: postcode, house, UPRN. No comparison and no household may live here."""

from __future__ import annotations

import re
from typing import NamedTuple

from hub.messages.record import Address
from streams.identity.clean.text import compact, fold

_POSTCODE = re.compile(r"^([A-Z]{1,2}\d[A-Z\d]?)(\d[A-Z]{2})$", re.ASCII)
"""GOV.UK bulk data transfer: outward and inward part."""
_PLACEHOLDER_POSTCODES = re.compile(r"^ZZ\d")
"""NHS pseudo-postcodes: no fixed abode, abroad, unknown. They are no place."""
_NUMBERS = re.compile(r"\b\d+[A-Z]?\b", re.ASCII)
_LINES = 3
"""Lines that may hold flat, house name and number."""


class Place(NamedTuple):
    """An address that can be compared; '' where missing."""

    uprn: str
    postcode: str
    house: str

    def names(self) -> tuple[str, ...]:
        """Names of the one property: by UPRN, by postcode and house; both where both are known."""
        by_number = (f"U{self.uprn}",) if self.uprn else ()
        return (*by_number, f"P{self.postcode}/{self.house}") if self.postcode and self.house else by_number


def clean_place(address: Address) -> Place | None:
    """The address as a place; None where it is none (no fixed abode, pseudo-postcode, nothing given)."""
    if address.no_fixed_abode:
        return None
    uprn = compact(address.uprn).lstrip("0")
    if not uprn.isascii() or not uprn.isdigit() or len(uprn) > 12:  # noqa: PLR2004 - GeoPlace: at most 12 digits
        uprn = ""
    postcode = clean_postcode(address.postcode)
    place = Place(uprn, postcode, house_of(address.lines) if postcode else "")
    return place if any(place) else None


def clean_postcode(text: str) -> str:
    """Upper case, one space; '' if it is none."""
    found = _POSTCODE.match(compact(text))
    if not found or _PLACEHOLDER_POSTCODES.match(found[0]):
        return ""
    return f"{found[1]} {found[2]}"


def house_of(lines: list[str]) -> str:
    """What tells the house within its postcode: its numbers ('Flat 3, 12 High St' -> '3-12'), else the first line."""
    folded = [fold(line) for line in lines[:_LINES] if line.strip()]
    numbers = [n for line in folded for n in _NUMBERS.findall(line)]
    if numbers:
        return "-".join(numbers[:3])
    return folded[0] if folded else ""
