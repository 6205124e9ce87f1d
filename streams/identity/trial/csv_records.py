"""A CSV file of records -> canonical records of one subject each. Content never raises; a wrong file does.

Columns: record_id, agency, given_name, other_names, surname, previous_surnames, date_of_birth, sex, identifiers
(`scheme:value|scheme:value`), house, street, town, postcode, uprn, phone, email, recorded_at. Any may be absent.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from hub.errors import Fatal
from hub.messages import AgencyRecord
from hub.messages.record import (
    Address,
    BirthDate,
    Identifier,
    Identity,
    Name,
    NameKind,
    Role,
    Subject,
    Whence,
)

PARTNERSHIP: Final = "trial"
SYSTEM: Final = "csv"
READ_AT: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""When the hub is said to have read every row: a fixed time, so that the same file gives the same result."""
COLUMNS: Final = frozenset({
    "record_id", "agency", "given_name", "other_names", "surname", "previous_surnames", "date_of_birth", "sex",
    "identifiers", "house", "street", "town", "postcode", "uprn", "phone", "email", "recorded_at",
})  # fmt: skip
_TELLS_WHO: Final = COLUMNS - {"record_id", "agency", "recorded_at"}
_SEXES: Final = {"F": "F", "FEMALE": "F", "2": "F", "M": "M", "MALE": "M", "1": "M", "X": "X"}
_SCHEMES: Final = {
    "nhs": "nhs_number", "nhs_no": "nhs_number", "nhsno": "nhs_number", "nhsnumber": "nhs_number",
    "unique_pupil_number": "upn", "temp_upn": "upn", "temporary_upn": "upn", "unique_learner_number": "uln",
    "ni": "nino", "ni_number": "nino", "national_insurance": "nino", "national_insurance_number": "nino",
    "pnc_id": "pnc", "pnc_number": "pnc", "cro_number": "cro",
}  # fmt: skip
"""Other spellings of schemes that the hub knows; whatever else stands there is a scheme of its own."""
_NO_FIRST: Final = "Unknown"
"""In the place of a first name that a row lacks: its other names are further ones."""
_FORMER: Final = re.compile(r"^(?:former|old|previous|superseded)_(?=.)|_(?:former|old|superseded)$")
_NOT_SCHEME: Final = re.compile(r"[^a-z0-9]+")
_LISTED: Final = re.compile(r"[|;,/]")
_COMPACT: Final = re.compile(r"^(\d{4})(\d{2})(\d{2})$", re.ASCII)
_BRITISH: Final = re.compile(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$", re.ASCII)
_LONGEST_FIELD: Final = min(sys.maxsize, 2**31 - 1)


class WrongFile(Fatal):
    """A file that is not what the command takes."""


class Row(NamedTuple):
    """One row.

    Attributes:
        record_id: as the file has it.
        record: with a local id of its own by row, so that two rows of one record id are two records.
    """

    record_id: str
    record: AgencyRecord


def read_records(path: Path) -> Iterator[Row]:
    """Every row in order.

    Raises:
        WrongFile: it can't be read, has no header, no `record_id`, or no column that tells who somebody is.
    """
    for number, cells in enumerate(read_cells(path, {"record_id"}), start=1):
        if number == 1 and not _TELLS_WHO & cells.keys():
            raise WrongFile(
                f"{path.name} has no column that tells who somebody is.",
                f"Name some of these in its first line: {', '.join(sorted(_TELLS_WHO))}.",
            )
        yield Row(cells["record_id"], _record(number, cells))


def read_cells(path: Path, needed: set[str]) -> Iterator[dict[str, str]]:
    """The rows of a CSV file by column; cells that a row lacks are ''.

    Raises:
        WrongFile: it can't be read, or its header lacks a needed column.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            reader = csv.reader(stream)
            header = [name.strip().lower() for name in next(reader, [])]
            missing = sorted(needed - set(header))
            if missing:
                raise WrongFile(
                    f"{path.name} has no column {', '.join(missing)} in its first line.",
                    "Give a comma-separated file whose first line names the columns.",
                )
            for cells in reader:
                if cells:
                    yield dict.fromkeys(header, "") | dict(zip(header, cells, strict=False))
    except (OSError, csv.Error) as error:
        raise WrongFile(
            f"{path.name} cannot be read ({type(error).__name__}).", "Check its name and format."
        ) from error


def _record(number: int, cells: dict[str, str]) -> AgencyRecord:
    subject = Subject(ref="p", role=Role.OTHER, local_person_id=str(number), identity=identity_of(cells))
    return AgencyRecord(
        partnership=PARTNERSHIP,
        agency=cells.get("agency", "").strip()[:40] or "unknown",
        system=SYSTEM,
        local_id=str(number),
        kind="trial.record",
        recorded_at=_moment(cells.get("recorded_at", "")),
        received_at=READ_AT,
        subjects=[subject],
        whence=Whence(connector="trial.csv", position=f"row {number}"),
    )


def identity_of(cells: dict[str, str]) -> Identity:
    """What one row says of who somebody is."""

    def cell(name: str) -> str:
        return cells.get(name, "").strip()

    first = cell("given_name") or (_NO_FIRST if "given_name" in cells and cell("other_names") else "")
    given = " ".join(filter(None, (first, cell("other_names"))))
    names = [Name(given=given, family=cell("surname"))]
    former = [x.strip() for x in _LISTED.split(cell("previous_surnames")) if x.strip()]
    names += [Name(kind=NameKind.FORMER, given=given, family=x) for x in former]
    line = " ".join(filter(None, (cell("house"), cell("street"))))
    address = Address(lines=[x for x in (line, cell("town")) if x], postcode=cell("postcode"), uprn=cell("uprn"))
    birth = _birth(cell("date_of_birth"))
    return Identity(
        names=names if any((given, cell("surname"), len(names) > 1)) else [],
        birth=BirthDate(value=birth) if birth else None,
        sex=_SEXES.get(cell("sex").upper(), ""),
        identifiers=[i for i in map(_identifier, cell("identifiers").split("|")) if i],
        addresses=[address] if address.lines or address.postcode or address.uprn else [],
        telephones=[t for t in cell("phone").split("|") if t],
        emails=[e for e in cell("email").split("|") if e],
    )


def _identifier(text: str) -> Identifier | None:
    scheme, _, value = text.partition(":")
    if not value.strip():
        return None
    name = _NOT_SCHEME.sub("_", scheme.strip().lower()).strip("_")
    plain = _FORMER.sub("", name)
    return Identifier(scheme=_SCHEMES.get(plain, plain) or "other", value=value, superseded=plain != name)


def _birth(text: str) -> str:
    """As ISO 8601 writes it, where it is a date in a form that the file may have."""
    if found := _COMPACT.match(text):
        return "-".join(found.groups())
    if found := _BRITISH.match(text):
        return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}"
    return text[:40]


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text.strip())
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
