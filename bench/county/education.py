"""Schools' files: Common Transfer Files and the tables of the authority's census extract. No events are decided here.

A school sends its whole roll before the period (CTF, and the on-roll table). Every three weeks the authority extracts
new suspensions and exclusions, and the roll of pupils of note with the sessions that they missed in nine weeks; every
third time the roll of all pupils. The tables are joined by `pupilonrolltableid`, as in the published extract; only the
roll has names. It has no entry dates, so that attendance is the latest thing that a row tells of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random

from bench.county import transfer_file
from bench.county.diary import SESSIONS, Diary, made_on
from bench.county.identifiers import break_check_digit, upn
from bench.county.people import Household, Person
from bench.county.places import LA_CODE, District, School
from bench.county.rates import error_rate
from bench.county.recording import Written, write_down
from bench.county.spool import Sheet, Spool
from bench.county.tables import csv_line, words

AGENCY = "education"
SYSTEM_CTF = "ctf"
SYSTEM_CENSUS = "school_census"
FIRST_AGE, SECONDARY_AGE, LAST_AGE = 4, 11, 16
ROLL = words(
    "pupilonrolltableid,NativeId,dob,surname,forename,middlenames,preferredsurname,formersurname,upn,formerupn,uniquelearnernumber,sex,"
    "pupilonrollorderseqcolumn,sourceid,schoolcensustableid,termlysessionspossible,termlysessionsauthorised,termlysessionsunauthorised,ethnicity,language,enrolstatus,senprovision,ncyearactual",
    ",",
)
SUSPENSIONS = words(
    "pupilonrolltableid,NativeId,termlyexclusionsonrolltableid,termlyexclusionsonrollorderseqcolumn,sourceid,startdate,sessions,"
    "reason1,reason2,reason3,category,senprovision",
    ",",
)
MISSED = words(
    "pupilonrolltableid,NativeId,termlysessiondetailsonrolltableid,termlysessiondetailsonrollorderseqcolumn,sourceid,sessions,attendancereason",
    ",",
)
_MONTHS = words("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")
_LISTED_FROM = SESSIONS // 10
"""Reasons are listed for pupils who missed about a tenth: for the others the roll has totals."""
_REASONS_AUTHORISED = ("I", "M", "H")
_REASONS_UNAUTHORISED = ("O", "U", "G")


@dataclass(slots=True)
class Pupil:
    """What a school has on a child: `versions` are (from which extract on, as written, former surname)."""

    school: School
    versions: list[tuple[date, Written, str]]
    table_id: str
    source_id: str
    entered: date
    support: str = "N"
    rows: int = 0
    absence: tuple[int, int] = (0, 0)
    sent: set[date] = field(default_factory=set)

    def on(self, taken: date) -> tuple[Written, str]:
        """What an extract of that day says: as written, and former surname."""
        return next((w, former) for since, w, former in reversed(self.versions) if since <= taken)


class Schools:
    """All schools of the county and the authority's extract."""

    def __init__(self, spool: Spool, diary: Diary) -> None:
        self._spool = spool
        self._diary = diary
        self._serials: dict[tuple[int, int], int] = {}
        self._pupils: dict[int, Pupil] = {}

    def forget_after_household(self) -> None:
        """Drop what is kept of one household's people."""
        self._pupils.clear()

    def attends(self, person: Person) -> bool:
        """Whether a school of the county has the child on its roll."""
        return person.number in self._pupils

    def enrol(self, child: Person, house: Household, rng: Random, *, clean: bool = False) -> None:
        """Put a child of school age on a roll, with a UPN and an entry in the first files."""
        config = self._diary.config
        age = child.age_on(config.start)
        if not FIRST_AGE <= age < LAST_AGE or child.number in self._pupils:
            return
        schools = District(house.district).schools
        school = schools[2] if age >= SECONDARY_AGE else schools[child.number % 2]
        year = child.birth.year + 5
        serial = self._serials[school.estab, year] = self._serials.get((school.estab, year), 0) + 1
        child.upn = upn(LA_CODE, school.estab, year, serial % 1000)
        written = write_down(child, house, AGENCY, config.start, rng, clean=clean)
        wrong = not clean and rng.random() < error_rate("check_digit_wrong", AGENCY)
        pupil = Pupil(
            school, [(date.min, written, "")], f"{child.number:08d}-990", f"{child.number:08x}", date(year, 9, 3)
        )
        pupil.support = "K" if rng.random() < 0.14 else "E" if rng.random() < 0.045 else "N"
        self._pupils[child.number] = pupil
        number = break_check_digit(child.upn) if wrong else child.upn
        self._transfer_file(child, pupil, number, self._diary.base, house)
        self._roll(child, pupil, number, self._diary.base)

    def changed(self, child: Person, house: Household, day: date, rng: Random) -> None:
        """The school hears of a new name or address: a partial CTF with the next extract."""
        pupil = self._pupils.get(child.number)
        if pupil is None:
            return
        taken = self._diary.return_of(day)
        now, renamed = write_down(child, house, AGENCY, day, rng, clean=True), bool(child.changes)
        former = child.changes[-1].family if renamed and day >= child.changes[-1].until else ""
        pupil.versions.append((taken, now, former if former != now.family else ""))
        self._transfer_file(child, pupil, child.upn, taken, house)

    def sessions(self, child: Person, taken: date, missed: int, rng: Random, *, unauthorised: int = 0) -> None:
        """Sessions missed in the nine weeks before an extract: rows by reason."""
        pupil = self._pupils.get(child.number)
        if pupil is None:
            return
        pupil.absence = (missed - unauthorised, unauthorised)
        self._roll(child, pupil, child.upn, taken)
        for reasons, number in zip((_REASONS_AUTHORISED, _REASONS_UNAUTHORISED), pupil.absence, strict=True):
            if number and missed >= _LISTED_FROM:
                row = {"sessions": f"{number}.0", "attendancereason": rng.choice(reasons)}
                self._table("termlysessiondetailsonroll", MISSED, pupil, taken, row)

    def suspend(self, child: Person, day: date, rng: Random, *, sessions: int = 4, permanent: bool = False) -> bool:
        """A suspension or a permanent exclusion, for a pupil of note; False where the child is at no school."""
        pupil = self._pupils.get(child.number)
        if pupil is None:
            return False
        taken = self._diary.return_of(day)
        row = {
            "startdate": _stamp(day), "sessions": "" if permanent else f"{sessions}.0",
            "reason1": rng.choice(("PP", "VA", "DB", "DB", "PA")), "category": "PERM" if permanent else "SUSP",
            "senprovision": pupil.support,
        }  # fmt: skip
        self._table("termlyexclusionsonroll", SUSPENSIONS, pupil, taken, row)
        return True

    def _roll(self, child: Person, pupil: Pupil, number: str, taken: date) -> None:
        if taken in pupil.sent:
            return
        pupil.sent.add(taken)
        w, former = pupil.on(taken)
        child.know(AGENCY, SYSTEM_CENSUS, f"{_native_id(pupil.school)}/{pupil.table_id}/{pupil.source_id}")
        row = {
            "dob": _stamp(date.fromisoformat(w.birth)), "surname": w.family, "forename": w.given,
            "middlenames": w.middle, "formersurname": former, "upn": number, "sex": w.sex,
            "pupilonrollorderseqcolumn": "1", "schoolcensustableid": f"{pupil.school.estab:08x}",
            "ethnicity": child.ethnicity, "language": "ENG", "enrolstatus": "C",
            "senprovision": pupil.support, "ncyearactual": str(max(0, child.age_on(taken) - 5)),
        }  # fmt: skip
        if taken > self._diary.base:
            authorised, unauthorised = pupil.absence
            row |= {
                "termlysessionspossible": f"{SESSIONS}.0", "termlysessionsauthorised": f"{authorised}.0",
                "termlysessionsunauthorised": f"{unauthorised}.0",
            }  # fmt: skip
        self._table("pupilonroll", ROLL, pupil, taken, row)

    def _table(self, name: str, columns: Sequence[str], pupil: Pupil, taken: date, row: dict[str, str]) -> None:
        pupil.rows += 1
        keys = {"pupilonrolltableid": pupil.table_id, "NativeId": _native_id(pupil.school), "sourceid": pupil.source_id}
        if name == "termlyexclusionsonroll":
            keys |= {f"{name}tableid": f"{pupil.source_id}-{pupil.rows}", f"{name}orderseqcolumn": str(pupil.rows)}
        elif name == "termlysessiondetailsonroll":
            # A later extract takes the place of an earlier one: its nine weeks reach over the other's.
            keys |= {f"{name}tableid": f"{pupil.source_id}-{row['attendancereason']}", f"{name}orderseqcolumn": "1"}
        sheet = Sheet(f"education/{taken}_{_ORDER[name]}_{name}.csv", made_on(taken), head=",".join(columns) + "\n")
        line = csv_line(columns, {**row, **keys})
        self._spool.add(self._spool.open(sheet), f"{pupil.table_id}{pupil.rows:04d}", line)

    def _transfer_file(self, child: Person, pupil: Pupil, number: str, taken: date, house: Household) -> None:
        child.know(AGENCY, SYSTEM_CTF, number)
        school = pupil.school
        first = taken == self._diary.base
        of = f"{LA_CODE}{school.estab}" if first else "changes"
        name = f"education/{taken}_1_ctf_{of}.xml"
        head = transfer_file.head(school, taken, full=first)
        sheet = Sheet(name, made_on(taken), head=head, foot=transfer_file.FOOT)
        piece = transfer_file.pupil(child, *pupil.on(taken), number, pupil.entered, house)
        self._spool.add(self._spool.open(sheet), f"{child.number:09d}", piece)


_ORDER = {"pupilonroll": "2", "termlyexclusionsonroll": "3", "termlysessiondetailsonroll": "4"}
"""Within a day: the roll before what is joined to it."""


def _native_id(school: School) -> str:
    return f"{LA_CODE}{school.estab}"


def _stamp(day: date) -> str:
    """A date as the extract writes it: 2025-Feb-14 00:00:00."""
    return f"{day.year}-{_MONTHS[day.month - 1]}-{day.day:02d} 00:00:00"
