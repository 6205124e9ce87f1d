"""What a Common Transfer File says about a pupil at school, as facts of the catalogue. Nothing about who the pupil is.

Sources: DfE Common Transfer File specification (looked after, free meals, special needs, attendance, school history).
Exclusions are not in it: they are in the school census.
"""

from __future__ import annotations

from datetime import datetime

from connectors.education import dfe_codes
from connectors.kit import values
from connectors.kit.xml_fields import Fields
from hub.messages.record import Fact, FactStatus


def pupil_facts(fields: Fields, school: str) -> list[Fact]:
    """All facts of a Pupil element, in an order that the file's does not change."""
    basic = fields.group("BasicDetails")
    facts = [
        *_looked_after(fields),
        *_free_meals(fields),
        *_provision(fields),
        *_needs(fields),
        *_attendance(fields),
        *_schools(fields),
        *_disabilities(basic),
    ]
    status, year = basic.text("EnrolStatus"), basic.text("NCyearActual")
    if school:
        said = {name: text for name, text in (("enrolment", status), ("year_group", year)) if text}
        facts.append(Fact(code="school.roll", value=school, attributes=said))
    else:
        basic.keep("EnrolStatus")
        basic.keep("NCyearActual")
    return sorted(facts, key=lambda f: (f.code, str(f.at or ""), f.value, sorted(f.attributes.items())))


def _looked_after(fields: Fields) -> list[Fact]:
    group = fields.group("LookedAfter")
    care, authority = values.yes_no(group.text("InCare")), group.text("CareAuthority")
    if care is None:
        group.keep("InCare")
    if not care:
        group.keep("CareAuthority")
        return []
    return [Fact(code="cla.open", value=authority, status=FactStatus.CONFIRMED)]


def _free_meals(fields: Fields) -> list[Fact]:
    out = []
    for one in fields.group("FSMhistory").groups("FSMinstance"):
        country = {"country": text} if (text := one.text("UKcountry")) else {}
        begun, ended = _moment(one, "FSMstartDate"), _moment(one, "FSMendDate")
        out.append(Fact(code="fsm", at=begun, until=ended, attributes=country))
    return out


def _provision(fields: Fields) -> list[Fact]:
    """Each provision until the next begins: N ends one and is none itself."""
    told = [
        (values.iso_date(one.text("StartDate")) or "", one.text("SENprovision"), _moment(one, "StartDate"))
        for one in fields.group("SENhistory").groups("SEN")
    ]
    told.sort(key=lambda entry: entry[:2])
    out = []
    for at, (_, code, begun) in enumerate(told):
        later = next((other for _, _, other in told[at + 1 :] if other and other != begun), None)
        if code and code.upper() != dfe_codes.NO_SEN:
            out.append(Fact(code="sen", value=code, system="DfE SEN provision", at=begun, until=later))
    return out


def _needs(fields: Fields) -> list[Fact]:
    """SENneeds stands beside SENhistory, or within it in some writers' files."""
    out = []
    for place in (fields, fields.group("SENhistory")):
        for need in place.group("SENneeds").groups("SENneed"):
            rank = need.text("NeedRank") or need.text("Rank") or need.text("SENtypeRank")
            code = need.text("NeedType") or need.text("SENtype") or need.own_text()
            attributes = {"rank": rank} if rank else {}
            if code:
                out.append(Fact(code="sen", value=code, system="DfE SEN type", attributes=attributes))
    return out


def _attendance(fields: Fields) -> list[Fact]:
    """One fact for each year and school; marks of single sessions stay unmapped."""
    out = []
    for year in fields.group("Attendance").groups("YearData"):
        names = ("SessionsPossible", "SessionsAuthorised", "SessionsUnauthorised")
        numbers = [dfe_codes.count(year.text(name)) for name in names]
        for name, number in zip(names, numbers, strict=True):
            if number is None:
                year.keep(name)
        possible, authorised, unauthorised = numbers
        attended = dfe_codes.count(year.text("SessionsAttended"))
        if attended is None:
            year.keep("SessionsAttended")
        if possible is None:
            for name in (*names[1:], "SessionsAttended"):
                year.keep(name)
            continue
        if authorised is None and unauthorised is None:
            authorised = max(possible - attended, 0) if attended is not None else None
        attributes = {"sessions": str(possible)}
        if authorised is not None or unauthorised is not None:
            attributes = dfe_codes.attendance(possible, authorised or 0, unauthorised or 0)
        said = {"year": year.text("Year"), "school": year.text("LEA") + year.text("Estab")}
        attributes |= {name: text for name, text in said.items() if text}
        start = _moment(year.group("AttendSessions"), "AttendanceStartDate")
        out.append(Fact(code="attendance.summary", at=start, attributes=attributes, note=year.text("SchoolName")))
    return out


def _schools(fields: Fields) -> list[Fact]:
    out = []
    for school in fields.group("SchoolHistory").groups("School"):
        number = school.text("LEA") + school.text("Estab") or school.text("URN")
        begun, ended = _moment(school, "EntryDate"), _moment(school, "LeavingDate")
        name, reason = school.text("SchoolName"), school.text("LeavingReason")
        out.append(Fact(code="school.roll", value=number, at=begun, until=ended, note=name))
        if ended or reason:
            said = {"reason": reason} if reason else {}
            out.append(Fact(code="school.left", value=number, at=ended, attributes=said, note=name))
    return out


def _disabilities(basic: Fields) -> list[Fact]:
    codes = dict.fromkeys(basic.group("Disabilities").texts("Disability"))
    return [Fact(code="unmapped.disability", value=code, system="DfE disability") for code in codes if code != "NONE"]


def _moment(fields: Fields, name: str) -> datetime | None:
    found = values.read_moment(fields.text(name))
    if found is None:
        fields.keep(name)
    return found
