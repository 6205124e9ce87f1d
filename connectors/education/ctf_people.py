"""Who stands in a Common Transfer File: the pupil, and the contacts as relatives. Nothing about school.

Sources: DfE Common Transfer File specification (pupil identifiers, basic details, address, contacts); common basic data
set (relationship codes of contacts).
"""

from __future__ import annotations

from collections.abc import Callable

from connectors.kit import identifiers, people, values
from connectors.kit.xml_fields import Fields
from hub.messages.record import Address, BirthDate, Identifier, Identity, Name, NameKind

_RELATIONSHIPS = {
    "PAM": "mother", "PAF": "father", "PAR": "parent", "STM": "step_parent", "STF": "step_parent", "FOM": "carer",
    "FOF": "carer", "CAR": "carer", "REL": "relative", "FAM": "relative", "OTH": "other",
}  # fmt: skip
_PROFESSIONALS = frozenset({"SWR", "DOC", "HTC", "TCH", "RLG", "CHM"})
"""Social worker, doctor, head teacher, teacher, religious contact, childminder: never subjects."""
_SEX_NOT_SAID = ("", "U", "N", "0")
_LANGUAGE_PARTS = ("Language", "LanguageCode")


def pupil_identity(fields: Fields) -> Identity:
    """The pupil."""
    basic = fields.group("BasicDetails")
    return Identity(
        names=_names(fields, basic),
        birth=_birth(fields, "DOB"),
        sex=_sex(fields),
        ethnicity=basic.text("Ethnicity"),
        identifiers=_numbers(fields, basic),
        addresses=_addresses(fields),
        telephones=_telephones(fields),
        emails=_emails(fields),
        language=_language(basic),
    )


def contacts(fields: Fields, pupil: Identity) -> list[people.Relative]:
    """The contacts that are no professionals; the others stay on `fields` as unmapped."""
    out = []
    groups = fields.group("Contacts").groups("Contact")
    for contact in groups:
        said = contact.text("Relationship")
        named = _contact_name(contact)
        if said.upper() in _PROFESSIONALS or named is None:
            contact.keep_all()
            continue
        kind = _RELATIONSHIPS.get(said.upper()) or people.relationship_kind(said)
        if said and not kind:
            contact.keep("Relationship")
        contact.text("Order")
        shares = values.yes_no(contact.text("AddressAsPupil"))
        if shares is None:
            contact.keep("AddressAsPupil")
        identity = Identity(
            names=[named],
            sex=_sex(contact),
            addresses=pupil.addresses if shares else _addresses(contact),
            telephones=_telephones(contact),
            emails=_emails(contact),
        )
        out.append(people.Relative(kind or "other", identity))
    return out


def _contact_name(contact: Fields) -> Name | None:
    given = " ".join(part for part in (contact.text("Forename"), contact.text("MiddleNames")) if part)
    return people.name(given, contact.text("Surname"), title=contact.text("Title"))


def _names(fields: Fields, basic: Fields) -> list[Name]:
    forename, surname = fields.text("Forename"), fields.text("Surname")
    given = " ".join(part for part in (forename, basic.text("MiddleNames") or fields.text("MiddleNames")) if part)
    out = [people.name(given, surname)]
    preferred = (basic.text("PreferredForename") or forename, basic.text("PreferredSurname") or surname)
    if preferred != (forename, surname):
        out.append(people.name(*preferred, NameKind.PREFERRED))
    former = (basic.text("FormerForename") or forename, basic.text("FormerSurname") or surname)
    if former != (forename, surname):
        out.append(people.name(*former, NameKind.FORMER))
    return [name for name in out if name]


def _numbers(fields: Fields, basic: Fields) -> list[Identifier]:
    readers: tuple[tuple[Fields, str, Callable[[str], Identifier | None]], ...] = (
        (fields, "UPN", identifiers.upn),
        (basic, "FormerUPN", lambda text: identifiers.upn(text, former=True)),
        (fields, "UniqueLearnerNumber", identifiers.uln),
        (fields, "UCI", lambda text: identifiers.local("other", text, issuer="uci")),
    )
    out = []
    for group, name, read in readers:
        number = read(group.text(name)) if group.text(name) else None
        if number:
            out.append(number)
        else:
            group.keep(name)
    return out


def _birth(fields: Fields, name: str) -> BirthDate | None:
    found = values.birth_date(fields.text(name))
    if found is None:
        fields.keep(name)
    return found


def _sex(fields: Fields) -> str:
    """`Sex` in the newer versions, `Gender` in the older."""
    name = "Sex" if fields.has("Sex") else "Gender"
    found = values.sex(fields.text(name))
    if not found and fields.text(name).upper() not in _SEX_NOT_SAID:
        fields.keep(name)
    return found


def _language(basic: Fields) -> str:
    """The first language: the one typed F, else the first that is told."""
    told = []
    for one in basic.group("Languages").groups("Type"):
        kind = one.text("LanguageType").upper()
        code = next((text for part in _LANGUAGE_PARTS if (text := one.text(part))), "")
        if code:
            told.append((kind != "F", code))
        else:
            one.keep("LanguageType")
    for extra in sorted(told)[1:]:
        basic.note("Languages/Type", extra[1])
    return min(told)[1] if told else ""


def _addresses(fields: Fields) -> list[Address]:
    return [address for group in fields.groups("Address") if (address := _address(group)) is not None]


def _address(group: Fields) -> Address | None:
    """BS7666 parts, or lines; UPRN and postcode in either place."""
    parts, lines = group.group("BS7666Address"), group.group("AddressLines")
    dwelling = " ".join(text for name in ("PAON", "Street") if (text := parts.text(name)))
    told = [parts.text("SAON"), dwelling]
    told += [parts.text(name) for name in ("Locality", "Town", "AdministrativeArea", "PostTown")]
    told += [lines.text(name) for name in lines.names()]
    codes = [values.postcode(place.text("PostCode")) for place in (group, parts)]
    uprns = [values.uprn(place.text("UniquePropertyReferenceNumber")) for place in (group, parts)]
    for place, code, uprn in zip((group, parts), codes, uprns, strict=True):
        if not code:
            place.keep("PostCode")
        if not uprn:
            place.keep("UniquePropertyReferenceNumber")
    address = Address(lines=[t for t in told if t], postcode=codes[0] or codes[1], uprn=uprns[0] or uprns[1])
    return address if address != Address() else None


def _telephones(fields: Fields) -> list[str]:
    out = []
    for phone in fields.group("Phones").groups("Phone"):
        phone.text("TelephoneType")
        text = phone.text("PhoneNo") or phone.own_text()
        number = values.telephone(text) if text else ""
        if number:
            out.append(number)
        elif text:
            phone.note("PhoneNo", text)
    return list(dict.fromkeys(out))


def _emails(fields: Fields) -> list[str]:
    found = values.email(fields.text("Email"))
    if not found:
        fields.keep("Email")
    return [found] if found else []
