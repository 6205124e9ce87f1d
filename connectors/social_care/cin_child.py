"""Who a child of the children in need census is: identifiers and characteristics. The census holds no names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connectors.kit import identifiers, values
from connectors.kit.api import Unreadable
from connectors.kit.xml_fields import Fields
from hub.messages.record import BirthDate, Fact, Identifier, Identity

NO_DISABILITY = "NONE"
_SEX_NOT_SAID = ("", "0", "U", "N")


@dataclass(frozen=True, slots=True)
class Child:
    """A child of the census.

    Attributes:
        local_id: LAchildID, '' where there is none.
        key: what stands for the child in keys where there is no LAchildID.
        identity: who, without a name.
        facts: disabilities, death.
    """

    local_id: str
    key: str
    identity: Identity
    facts: list[Fact]


def read_child(fields: Fields, lea: str) -> Child:
    """Identifiers and characteristics of a Child element.

    Raises:
        Unreadable: `no-child-id`: neither an LAchildID nor a UPN, so that nobody could tell this child again.
    """
    about, traits = fields.group("ChildIdentifiers"), fields.group("ChildCharacteristics")
    local_id = "".join(about.text("LAchildID").split()) if identifiers.own_id(about.text("LAchildID")) else ""
    numbers = _numbers(about, lea)
    upn = next((number.value for number in numbers if number.scheme == "upn"), "")
    if not local_id and not upn:
        raise Unreadable(
            "The child has neither an LAchildID nor a UPN.", "Ask the local authority to fill LAchildID.",
            reason="no-child-id",
        )  # fmt: skip
    identity = Identity(
        birth=_birth(about),
        death=values.iso_date(about.text("PersonDeathDate")),
        sex=_sex(about),
        ethnicity=traits.text("Ethnicity"),
        identifiers=numbers,
    )
    if identity.death is None:
        about.keep("PersonDeathDate")
    codes = traits.group("Disabilities").texts("Disability")
    facts = [
        Fact(code="unmapped.disability", value=code, system="DfE disability")
        for code in dict.fromkeys(codes)
        if code != NO_DISABILITY
    ]
    if identity.death:
        facts.append(Fact(code="died", at=values.read_moment(identity.death)))
    return Child(local_id, f"UPN-{upn}", identity, facts)


def _birth(about: Fields) -> BirthDate | None:
    """The birth date, or else the expected one: a child with both was born."""
    found = values.birth_date(about.text("PersonBirthDate"))
    expected = values.expected_date(about.text("ExpectedPersonBirthDate"))
    if found is None:
        about.keep("PersonBirthDate")
    if found or expected is None:
        about.keep("ExpectedPersonBirthDate")
    return found or expected


def _sex(about: Fields) -> str:
    """`Sex` since 2025, `GenderCurrent` before; some files of the years between mix names and codes."""
    column = "Sex" if about.has("Sex") else "GenderCurrent"
    text = about.text(column)
    found = values.sex(text)
    if not found and text.upper() not in _SEX_NOT_SAID:
        about.keep(column)
    return found


def _numbers(about: Fields, lea: str) -> list[Identifier]:
    readers: tuple[tuple[str, Callable[[str], Identifier | None]], ...] = (
        ("LAchildID", lambda text: identifiers.local("la_child_id", text, issuer=lea)),
        ("UPN", identifiers.upn),
        ("FormerUPN", lambda text: identifiers.upn(text, former=True)),
    )
    out = []
    for column, read in readers:
        number = read(about.text(column))
        if number:
            out.append(number)
        else:
            about.keep(column)
    return out
