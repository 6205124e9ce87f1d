"""Who a row of a council's children CSV is about: the child and the family as subjects. Nothing about contacts."""

from __future__ import annotations

from collections.abc import Callable

from connectors.kit import identifiers, people, values
from connectors.social_care.contact_columns import GROUPS, MEMBER, Row
from hub.ids import derived_id
from hub.messages.record import Address, BirthDate, Identifier, Identity, Name, NameKind, Role

_KINDS = frozenset(
    {"mother", "father", "parent", "step_parent", "parents_partner", "carer", "sibling", "half_sibling", "grandparent"}
    | {"relative", "partner", "ex_partner", "household", "peer", "other"}
)
_ADDRESS_KINDS = frozenset({"home", "temporary", "placement", "hospital", "school", "custody", "previous", "other"})
_SEX_NOT_SAID = frozenset({"", "u", "0", "n", "unknown", "not known", "not specified", "not stated", "not recorded"})
RESTRICTED = frozenset(
    {"adoption", "gender_recognition", "protected_person", "refuge", "sexual_health", "sealed_court", "family_court"}
    | {"staff_or_relative"}
)


def person_id(row: Row) -> str:
    """The system's own id of the child: `LACode-SourceID`; '' where the row has none."""
    return scoped(row["LACode"], row["SourceID"])


def scoped(la_code: str, local: str) -> str:
    """An LA's own id with the LA's code, as the CIN census makes it too; '' without an id."""
    local = "".join(local.split())
    return f"{la_code}-{local}" if la_code and local else local


def record_key(row: Row) -> str:
    """What stands for the child in a record's key: its id, or what else the row tells it by."""
    if known := person_id(row):
        return known
    numbers = [("NHSNumber", identifiers.nhs_number(row["NHSNumber"])), ("UPN", identifiers.upn(row["UPN"]))]
    for column, number in numbers:
        if number:
            return f"{column}-{number.value}"
    parts = (
        row["Surname"],
        row["Forename"],
        values.iso_date(row["DOB"]) or row["DOB"],
        values.postcode(row["PostCode"]),
    )
    return "unnumbered-" + derived_id("child", *(part.casefold() for part in parts))


def identity(row: Row) -> Identity:
    """Who the child is; what a column cannot hold is kept on the row as left over."""
    return Identity(
        names=_names(row),
        birth=_birth(row),
        death=_date(row, "DateOfDeath"),
        sex=_sex(row, "Gender"),
        ethnicity=row["Ethnicity"].upper()
        if row["Ethnicity"].isascii() and " " not in row["Ethnicity"]
        else row["Ethnicity"],
        identifiers=_numbers(row),
        addresses=_addresses(row),
        telephones=_telephones(row, "Phone"),
        emails=_read(row, "Email", values.email),
        language=row["Language"],
        communication_need=row["CommunicationNeed"],
        safe_contact=row["SafeContact"],
    )


def role(row: Row, who: Identity) -> Role:
    """What the person is: as `Role` says, unborn where only an expected date is given, else a child."""
    said = row["Role"].lower().replace(" ", "_")
    if said in Role.__members__.values():
        return Role(said)
    row.keep("Role")
    return Role.UNBORN if who.birth and who.birth.precision == "expected" else Role.CHILD


def restricted(row: Row) -> str:
    """The class that hides the child's record; an unknown word hides it too, as the safe reading."""
    said = row["Restricted"].lower().replace(" ", "_")
    if said in ("", "no", "n", "0", "false"):
        return ""
    if said not in RESTRICTED:
        row.keep("Restricted")
    return said if said in RESTRICTED else "protected_person"


def relatives(row: Row, home: list[Address]) -> list[people.Relative]:
    """The family on the row."""
    return [kin for group in GROUPS if (kin := _relative(row, group, home)) is not None]


def _relative(row: Row, group: str, home: list[Address]) -> people.Relative | None:
    named = people.name(row[f"{group}Forename"], row[f"{group}Surname"])
    number = identifiers.nhs_number(row[f"{group}NHSNumber"])
    local = row[f"{group}SourceID"]
    if not (named or number or local):
        row.keep(*(f"{group}{column}" for column in MEMBER))
        return None
    said = row[f"{group}Relationship"]
    kind = said.lower().replace(" ", "_")
    if kind not in _KINDS:
        if said and not people.relationship_kind(said):
            row.keep(f"{group}Relationship")
        kind = people.relationship_kind(said) or {"P": "parent", "S": "sibling"}.get(group[0], "other")
    own = [number] if number else []
    if local and (found := identifiers.local("la_child_id", local, issuer=row["LACode"])):
        own.append(found)
    if number is None:
        row.keep(f"{group}NHSNumber")
    who = Identity(
        names=[named] if named else [],
        birth=_birth_of(row, f"{group}DOB"),
        sex=_sex(row, f"{group}Gender"),
        identifiers=own,
        telephones=_telephones(row, f"{group}Phone"),
        addresses=home if row.flag(f"{group}SameAddress") else [],
    )
    return people.Relative(kind, who, local_person_id=scoped(row["LACode"], local))


def _names(row: Row) -> list[Name]:
    given = " ".join(part for part in (row["Forename"], row["MiddleNames"]) if part)
    found = [
        people.name(given, row["Surname"], title=row["Title"]),
        people.name(row["PreferredForename"], row["Surname"], NameKind.PREFERRED) if row["PreferredForename"] else None,
        people.name(row["Forename"], row["FormerSurname"], NameKind.FORMER) if row["FormerSurname"] else None,
        people.name(row["AliasForename"], row["AliasSurname"], NameKind.ALIAS),
    ]
    return [name for name in found if name]


def _birth(row: Row) -> BirthDate | None:
    found = _birth_of(row, "DOB")
    expected = values.expected_date(row["ExpectedDOB"])
    if found or expected is None:
        row.keep("ExpectedDOB")
    return found or expected


def _birth_of(row: Row, column: str) -> BirthDate | None:
    found = values.birth_date(row[column])
    if found is None:
        row.keep(column)
    return found


def _sex(row: Row, column: str) -> str:
    found = values.sex(row[column])
    if not found and row[column].lower() not in _SEX_NOT_SAID:
        row.keep(column)
    return found


def _date(row: Row, column: str) -> str | None:
    found = values.iso_date(row[column])
    if found is None:
        row.keep(column)
    return found


def _numbers(row: Row) -> list[Identifier]:
    out = []
    readers: tuple[tuple[str, Callable[[str], Identifier | None]], ...] = (
        ("SourceID", lambda text: identifiers.local("la_child_id", text, issuer=row["LACode"])),
        ("NHSNumber", identifiers.nhs_number),
        ("UPN", identifiers.upn),
        ("FormerUPN", lambda text: identifiers.upn(text, former=True)),
        ("ULN", identifiers.uln),
    )
    for column, read in readers:
        found = read(row[column]) if row[column] else None
        if found:
            out.append(found)
        else:
            row.keep(column)
    return out


def _addresses(row: Row) -> list[Address]:
    kind = row["AddressKind"].lower()
    if kind not in _ADDRESS_KINDS:
        row.keep("AddressKind")
        kind = "home"
    refuge = row.flag("Refuge") is True
    now = Address(
        lines=[row[f"Address{n}"] for n in range(1, 6) if row[f"Address{n}"]],
        postcode=_read_one(row, "PostCode", values.postcode),
        uprn=_read_one(row, "UPRN", values.uprn),
        kind=kind,
        since=_date(row, "AddressFrom"),
        confidential=row.flag("AddressConfidential") is True or refuge,
        refuge=refuge,
        no_fixed_abode=row.flag("NoFixedAbode") is True,
    )
    before = Address(
        lines=[line.strip() for line in row["PreviousAddress"].split(",") if line.strip()],
        postcode=_read_one(row, "PreviousPostCode", values.postcode),
        uprn=_read_one(row, "PreviousUPRN", values.uprn),
        kind="previous",
    )
    return [a for a in (now, before) if a.lines or a.postcode or a.uprn or a.no_fixed_abode]


def _read_one(row: Row, column: str, read: Callable[[str], str]) -> str:
    found = read(row[column]) if row[column] else ""
    if not found:
        row.keep(column)
    return found


def _read(row: Row, column: str, read: Callable[[str], str]) -> list[str]:
    found = _read_one(row, column, read)
    return [found] if found else []


def _telephones(row: Row, column: str) -> list[str]:
    found = [values.telephone(part) for part in row[column].split(";") if part.strip()]
    if not all(found):
        row.keep(column)
    return list(dict.fromkeys(number for number in found if number))
