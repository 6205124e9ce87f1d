"""What a row of the school census says about its pupil, as facts of the catalogue. Nothing about who the pupil is."""

from __future__ import annotations

from datetime import datetime

from connectors.education import dfe_codes
from connectors.education.census_tables import Row
from connectors.kit import values
from hub.messages.record import Fact


def nothing(row: Row) -> list[Fact]:  # noqa: ARG001 - stands in the table of readers
    """A table that says only who or where."""
    return []


def on_roll(row: Row) -> list[Fact]:
    """On roll at a school, special educational needs, attendance."""
    status = {"enrolment": row["enrolstatus"]} if row["enrolstatus"] else {}
    roll = Fact(code="school.roll", value=row["nativeid"], at=_moment(row, "entrydate"), attributes=status)
    return [roll, *_provision(row), *_care(row), *_attendance(row)]


def left(row: Row) -> list[Fact]:
    """On roll until a day, and gone since."""
    gone = _moment(row, "leavingdate")
    roll = Fact(code="school.roll", value=row["nativeid"], at=_moment(row, "entrydate"), until=gone)
    return [
        roll,
        Fact(code="school.left", value=row["nativeid"], at=gone),
        *_provision(row),
        *_care(row),
        *_attendance(row),
    ]


def exclusion(row: Row) -> list[Fact]:
    """A suspension or a permanent exclusion; codes of either list, and unknown ones as they stand."""
    category, at = row["category"].upper(), _moment(row, "startdate")
    codes = [code for code in (row["reason1"] or row["reason"], row["reason2"], row["reason3"]) if code]
    named = ("reason", "reason2", "reason3")
    attributes = dict(zip(named, codes, strict=False))
    note = "; ".join(dfe_codes.EXCLUSION_REASONS.get(code.upper(), code) for code in codes)
    sessions = dfe_codes.count(row["sessions"])
    if sessions is None:
        row.keep("sessions")
    else:
        attributes["sessions"] = str(sessions)
    if row["senprovision"]:
        attributes["sen"] = row["senprovision"]
    if category == dfe_codes.PERMANENT:
        return [Fact(code="exclusion.permanent", at=at, attributes=attributes, note=note), *_in_care(row, at)]
    if category not in dfe_codes.SUSPENSION_CATEGORIES:
        attributes["category"] = category
        return [Fact(code="unmapped.exclusion", value=category, at=at, attributes=attributes, note=note)]
    if kind := dfe_codes.SUSPENSION_CATEGORIES[category]:
        attributes["kind"] = kind
    return [Fact(code="suspension", at=at, attributes=attributes, note=note), *_in_care(row, at)]


def sessions(row: Row) -> list[Fact]:
    """Sessions of one attendance code in the term."""
    code = row["attendancereason"].upper()
    column = "sessions" if "sessions" in row.cells else "absencesessions"
    number = dfe_codes.count(row[column])
    if number is None:
        row.keep(column)
        number = 0
    at = row.term.collected_until
    attributes = {"reason": code, "census": row.term.label} if row.term.label else {"reason": code}
    if code in dfe_codes.UNAUTHORISED:
        attributes |= {"days": dfe_codes.days(number), "sessions": str(number)}
        return [Fact(code="attendance.unauthorised", at=at, attributes=attributes)]
    if code in dfe_codes.AUTHORISED:
        return [Fact(code="attendance.summary", at=at, attributes=attributes | {"missed": str(number)})]
    return [Fact(code="unmapped.sessions", value=str(number), system="sessions", at=at, attributes=attributes)]


def sen_need(row: Row) -> list[Fact]:
    """A type of special educational need and its rank."""
    rank = {"rank": row["sentyperank"].removesuffix(".0")} if row["sentyperank"] else {}
    return [Fact(code="sen", value=row["sentype"], system="DfE SEN type", attributes=rank)]


def free_meals(row: Row) -> list[Fact]:
    """A period of eligibility for free school meals."""
    country = {"country": row["ukcountry"]} if row["ukcountry"] else {}
    return [Fact(code="fsm", at=_moment(row, "fsmstartdate"), until=_moment(row, "fsmenddate"), attributes=country)]


def _attendance(row: Row) -> list[Fact]:
    """Totals of each period that the row has: the term before, the second half of the summer term, the year."""
    facts = []
    for period in ("termlysessions", "summerhalfterm2sessions", "annualsessions"):
        columns = [f"{period}{what}" for what in ("possible", "authorised", "unauthorised")]
        numbers = [dfe_codes.count(row[column]) for column in columns]
        for column, number in zip(columns, numbers, strict=True):
            if number is None:
                row.keep(column)
        possible, authorised, unauthorised = numbers
        if possible is None:
            continue
        attributes = {"sessions": str(possible)}
        # Since 2025 the totals are gone and the reasons stand in a table of their own: no total is not no absence.
        if authorised is not None or unauthorised is not None:
            attributes = dfe_codes.attendance(possible, authorised or 0, unauthorised or 0)
        period_name = {"period": period.removesuffix("sessions")}
        facts.append(Fact(code="attendance.summary", at=row.term.collected_until, attributes=attributes | period_name))
    return facts


def _provision(row: Row) -> list[Fact]:
    code = row["senprovision"]
    return [Fact(code="sen", value=code, system="DfE SEN provision")] if code not in ("", dfe_codes.NO_SEN) else []


def _care(row: Row) -> list[Fact]:
    """Arrangements after being looked after, and young carers: the catalogue has no code for either yet."""
    facts = []
    for column in ("plaa", "adoptedfromcare", "youngcarer"):
        if row[column] not in ("", "N"):
            facts.append(Fact(code=f"unmapped.{column}", value=row[column], system=f"DfE {column}"))  # noqa: PERF401
    return facts


def _in_care(row: Row, at: datetime | None) -> list[Fact]:
    said = values.yes_no(row["incare"])
    if said is None:
        row.keep("incare")
    return [Fact(code="cla.open", at=at)] if said else []


def _moment(row: Row, column: str) -> datetime | None:
    found = values.read_moment(row[column])
    if found is None:
        row.keep(column)
    return found
