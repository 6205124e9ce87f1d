"""The Common Transfer File in XML: a school's pupils. No drawing of events.

Source: DfE, Common transfer file, specification 25.
"""

from __future__ import annotations

from datetime import date
from xml.sax.saxutils import escape

from bench.county.people import Household, Person
from bench.county.places import LA_CODE, School
from bench.county.recording import Written

FOOT = "</CTFpupilData>\n</CTfile>\n"


def head(school: School, taken: date, *, full: bool) -> str:
    """Everything before the first pupil: `full` is the whole roll, else changes."""
    start = taken.year - (taken.month < 9)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<CTfile>\n<Header>'
        "<DocumentName>Common Transfer File</DocumentName><CTFversion>25.0</CTFversion>"
        f"<DateTime>{taken}T23:30:00</DateTime><DocumentQualifier>{'full' if full else 'partial'}</DocumentQualifier>"
        f"<SupplierID>TMSYNTH</SupplierID><SourceSchool><LEA>{LA_CODE}</LEA><Estab>{school.estab}</Estab><URN>{school.urn}</URN>"
        f"<SchoolName>{escape(school.name)}</SchoolName><AcademicYear>{start}</AcademicYear></SourceSchool>"
        f"<DestSchool><LEA>{LA_CODE}</LEA><Estab>LLLL</Estab></DestSchool></Header>\n<CTFpupilData>\n"
    )


def pupil(child: Person, w: Written, former: str, number: str, entered: date, house: Household) -> str:
    """A pupil's element, as written down; `number` is the UPN as the school has it."""
    place = w.place
    parents = [p for p in house.members if p.role in ("head", "partner")][:2]
    phone = parents[0].mobile if parents else ""
    year = max(0, child.age_on(entered) - 4)
    parts = [
        f"<Pupil><UPN>{number}</UPN>{_named(w.family, w.given)}<DOB>{w.birth}</DOB><Sex>{w.sex}</Sex><BasicDetails>",
        _element("FormerSurname", former), _element("MiddleNames", w.middle),
        f"<NCyearActual>{year}</NCyearActual><Ethnicity>{child.ethnicity}</Ethnicity><EnrolStatus>C</EnrolStatus></BasicDetails>",
        "<Address><BS7666Address>", _element("PAON", place.number),
        _element("Street", place.street), _element("Town", place.town),
        _element("UniquePropertyReferenceNumber", place.uprn), "</BS7666Address>",
        _element("PostCode", w.postcode), "</Address>",
        f"<Phones><Phone><TelephoneType>H</TelephoneType><PhoneNo>{phone}</PhoneNo></Phone></Phones>" if phone else "",
        "<Contacts>",
    ]  # fmt: skip
    for order, parent in enumerate(parents, 1):
        relation = "MOT" if parent.sex == "F" else "FAT"
        parts.append(f"<Contact><Order>{order}</Order>{_named(parent.family, parent.given)}<Sex>{parent.sex}</Sex>")
        parts.append(f"<Relationship>{relation}</Relationship></Contact>")
    parts.append("</Contacts></Pupil>")
    return "".join(parts)


def _named(family: str, given: str) -> str:
    return _element("Surname", family) + _element("Forename", given)


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else ""
