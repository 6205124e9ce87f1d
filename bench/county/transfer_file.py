"""The Common Transfer File in XML: a school's pupils. No drawing of events, no truth.

Source: DfE, Common transfer file, specification 25.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape

from bench.county.people import Change
from bench.county.places import LA_CODE, School
from bench.county.recording import Written

FOOT = "</CTFpupilData>\n</CTfile>\n"


@dataclass(frozen=True, slots=True)
class Element:
    """What a Pupil element says of the pupil."""

    written: Written
    former: str
    upn: str
    year: int
    ethnicity: str


@dataclass(frozen=True, slots=True)
class Kin:
    """A contact: PAM (mother) or PAF (father)."""

    relation: str
    name: Change
    sex: str
    mobile: str


def head(school: School, taken: date, *, full: bool) -> str:
    """Everything before the first pupil: `full` is the whole roll, else some pupils."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<CTfile>\n<Header>'
        "<DocumentName>Common Transfer File</DocumentName><CTFversion>25.0</CTFversion>"
        f"<DateTime>{taken}T22:30:00</DateTime><DocumentQualifier>{'full' if full else 'partial'}</DocumentQualifier>"
        f"<SupplierID>TMSYNTH</SupplierID><SourceSchool><LEA>{LA_CODE}</LEA><Estab>{school.estab}</Estab>"
        f"<URN>{school.urn}</URN><SchoolName>{escape(school.name)}</SchoolName>"
        f"<AcademicYear>{_academic_year(taken)}</AcademicYear></SourceSchool>"
        f"<DestSchool><LEA>{LA_CODE}</LEA><Estab>LLLL</Estab></DestSchool></Header>\n<CTFpupilData>\n"
    )


def pupil(school: School, e: Element, sessions: tuple[int, int, int] | None, kin: list[Kin], taken: date) -> str:
    """A Pupil element; `sessions` are possible, missed with leave, missed without."""
    w, place = e.written, e.written.place
    phone = next((k.mobile for k in kin if k.mobile), "")
    parts = [
        f"<Pupil><UPN>{e.upn}</UPN>{_named(w.family, w.given)}<DOB>{w.birth}</DOB><Sex>{w.sex}</Sex><BasicDetails>",
        _element("FormerSurname", e.former), _element("MiddleNames", w.middle),
        f"<NCyearActual>{e.year}</NCyearActual><Ethnicity>{e.ethnicity}</Ethnicity><EnrolStatus>C</EnrolStatus>",
        "</BasicDetails><Address><BS7666Address>", _element("PAON", place.number), _element("Street", place.street),
        _element("Town", place.town), _element("UniquePropertyReferenceNumber", place.uprn), "</BS7666Address>",
        _element("PostCode", w.postcode), "</Address>",
        _phones("H", phone), "<Contacts>",
    ]  # fmt: skip
    for order, contact in enumerate(kin, 1):
        parts.append(f"<Contact><Order>{order}</Order>{_named(contact.name.family, contact.name.given)}")
        parts.append(f"<Sex>{contact.sex}</Sex><Relationship>{contact.relation}</Relationship>")
        parts.append("<AddressAsPupil>Y</AddressAsPupil>")
        parts.append(_phones("M", contact.mobile) + "</Contact>")
    parts.append("</Contacts>")
    if sessions:
        parts.append(_attendance(school, sessions, taken))
    parts.append("</Pupil>")
    return "".join(parts)


def _phones(kind: str, number: str) -> str:
    """A telephone: H at home, M mobile."""
    if not number:
        return ""
    return f"<Phones><Phone><TelephoneType>{kind}</TelephoneType><PhoneNo>{number}</PhoneNo></Phone></Phones>"


def _attendance(school: School, sessions: tuple[int, int, int], taken: date) -> str:
    possible, authorised, unauthorised = sessions
    return (
        f"<Attendance><YearData><Year>{_academic_year(taken)}</Year><LEA>{LA_CODE}</LEA><Estab>{school.estab}</Estab>"
        f"<SessionsPossible>{possible}</SessionsPossible><SessionsAuthorised>{authorised}</SessionsAuthorised>"
        f"<SessionsAttended>{possible - authorised - unauthorised}</SessionsAttended>"
        f"<SessionsUnauthorised>{unauthorised}</SessionsUnauthorised></YearData></Attendance>"
    )


def _academic_year(taken: date) -> int:
    """The year in which a school year ends, as CTF counts them."""
    return taken.year + (taken.month >= 9)


def _named(family: str, given: str) -> str:
    return _element("Surname", family) + _element("Forename", given)


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else ""
