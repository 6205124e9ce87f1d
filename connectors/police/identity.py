"""Who a person in a police notice is: names, birth, addresses, identifiers out of cells. No fact is read here."""

from __future__ import annotations

from connectors.kit import identifiers, values
from connectors.kit.people import name
from connectors.police.cells import Cells
from hub.messages.record import Address, BirthDate, Identifier, Identity, Name, NameKind


def identity_of(cells: Cells, this_year: int) -> Identity:
    """The person's identity. Cells that don't fit are set aside.

    Args:
        cells: of the person.
        this_year: for the two-digit years of PNC ids.
    """
    interpreter = cells.text("interpreter")
    wanted = values.yes_no(interpreter)
    if wanted is not None:
        interpreter = "interpreter" if wanted else ""
    return Identity(
        names=_names(cells),
        birth=_birth(cells),
        sex=_sex(cells),
        ethnicity=cells.text("ethnicity"),
        identifiers=_identifiers(cells, this_year),
        addresses=_addresses(cells),
        telephones=_several(cells, "telephone"),
        emails=_several(cells, "email"),
        language=cells.text("language").lower(),
        communication_need=interpreter,
        safe_contact=cells.text("safe_contact"),
    )


def _names(cells: Cells) -> list[Name]:
    family = cells.text("surname")
    found = (
        name(cells.text("given_name"), family),
        name(cells.text("alias_given_name"), cells.text("alias_surname"), NameKind.ALIAS),
        name("", cells.text("former_surname"), NameKind.FORMER),
    )
    return [one for one in found if one is not None]


def _birth(cells: Cells) -> BirthDate | None:
    birth = cells.read("date_of_birth", values.birth_date)
    if birth is not None:
        cells.keep("expected_delivery_date")
        return birth
    return cells.read("expected_delivery_date", values.expected_date)


def _sex(cells: Cells) -> str:
    text = cells.text("gender").lower()
    if text in ("", "u", "unknown", "not known"):
        return ""
    return cells.read("gender", values.sex) or ""


def _identifiers(cells: Cells, this_year: int) -> list[Identifier]:
    found = (
        cells.read("pnc_id", lambda text: identifiers.pnc(text, this_year)),
        cells.read("cro", identifiers.cro),
        cells.read("nhs_number", identifiers.nhs_number),
        cells.read("person_id", lambda text: identifiers.local("nominal_id", text)),
    )
    return [one for one in found if one is not None]


def _addresses(cells: Cells) -> list[Address]:
    lines = [cells.text("building"), cells.text("street")]
    first = " ".join(part for part in lines if part)
    home = Address(
        lines=[line for line in (first, cells.text("locality"), cells.text("town")) if line],
        postcode=cells.read("postcode", values.postcode) or "",
        uprn=cells.read("uprn", values.uprn) or "",
        confidential=cells.yes("address_confidential"),
        no_fixed_abode=cells.yes("no_fixed_abode"),
    )
    out = [home] if home.lines or home.postcode or home.uprn or home.no_fixed_abode else []
    if previous := cells.read("previous_postcode", values.postcode):
        out.append(Address(postcode=previous, kind="previous"))
    return out


def place_of(cells: Cells) -> tuple[Address, ...]:
    """Where what a notice tells of happened, or where a missing child was found; empty if it doesn't say."""
    first = " ".join(part for part in (cells.text("place_building"), cells.text("place_street")) if part)
    place = Address(
        lines=[line for line in (first, cells.text("place_town")) if line],
        postcode=cells.read("place_postcode", values.postcode) or "",
        uprn=cells.read("place_uprn", values.uprn) or "",
        kind="incident",
    )
    return (place,) if place.lines or place.postcode or place.uprn else ()


def _several(cells: Cells, field: str) -> list[str]:
    """One or several telephones or e-mails; a part that is none is set aside."""
    reader = values.telephone if field == "telephone" else values.email
    out = []
    for part in cells.items(field):
        if value := reader(part):
            out.append(value)
        elif part:
            cells.unmapped.append((cells.path + field, part))
    return out
