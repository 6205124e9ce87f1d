"""Who a row of the school census is about: names, numbers, address. Nothing about attendance or exclusions."""

from __future__ import annotations

from collections.abc import Callable

from connectors.education.census_tables import Row
from connectors.kit import identifiers, people, values
from hub.messages.record import Address, Identifier, Identity, NameKind

ADOPTED = "A"
"""Post looked-after arrangements (PLAA): ceased to be looked after through adoption."""


def identity(row: Row) -> Identity:
    """Names, birth date, sex and numbers of a pupil's row."""
    given = " ".join(part for part in (row["forename"], row["middlenames"]) if part)
    preferred, former = row["preferredsurname"], row["formersurname"]
    names = [
        people.name(given, row["surname"]),
        people.name(row["forename"], preferred, NameKind.PREFERRED) if preferred not in ("", row["surname"]) else None,
        people.name(row["forename"], former, NameKind.FORMER) if former not in ("", row["surname"]) else None,
    ]
    birth = values.birth_date(row["dob"])
    if birth is None:
        row.keep("dob")
    return Identity(
        names=[name for name in names if name],
        birth=birth,
        sex=_sex(row),
        ethnicity=row["ethnicity"],
        identifiers=_numbers(row),
        language=row["language"],
    )


def address(row: Row) -> Identity:
    """Where a pupil lives, of an address row: BS7666 parts or lines."""
    dwelling = " ".join(part for part in (row["paon"], row["street"]) if part)
    parts = (row["saon"], dwelling, row["locality"], row["town"], row["administrativearea"], row["posttown"])
    lines = [part for part in parts if part] + [text for n in range(1, 6) if (text := row[f"addressline{n}"])]
    code = values.postcode(row["postcode"])
    if not code:
        row.keep("postcode")
    uprn = values.uprn(row["uniquepropertyreferencenumber"].removesuffix(".0"))
    if not uprn:
        row.keep("uniquepropertyreferencenumber")
    return Identity(addresses=[Address(lines=lines, postcode=code, uprn=uprn)] if lines or code or uprn else [])


def restricted(row: Row) -> str:
    """`adoption` where the census says that the pupil was adopted from care: nobody may learn it from a search."""
    return "adoption" if ADOPTED in (row["plaa"].upper(), row["adoptedfromcare"].upper()) else ""


def _sex(row: Row) -> str:
    column = "sex" if "sex" in row.cells else "gender"
    found = values.sex(row[column])
    if not found:
        row.keep(column)
    return found


def _numbers(row: Row) -> list[Identifier]:
    readers: tuple[tuple[str, Callable[[str], Identifier | None]], ...] = (
        ("upn", identifiers.upn),
        ("formerupn", lambda text: identifiers.upn(text, former=True)),
        ("uniquelearnernumber", lambda text: identifiers.uln(text.removesuffix(".0"))),
    )
    out = []
    for column, read in readers:
        if text := row[column]:
            # A pseudonym in the place of a number is none, but it is the same in the next return.
            number = read(text) or identifiers.local("other", text, issuer=column)
            out += [number] if number else []
            if number is None:
                row.keep(column)
    return out
