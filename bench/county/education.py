"""Schools' files, by school and by authority. What happened at school is decided elsewhere.

- A Common Transfer File of each school: the whole roll before the period and every nine weeks, with the sessions of
  those nine weeks; in between, every three weeks, a partial file with pupils of note (absent, suspended) and changes.
- The authority's census extract: the roll before the period, and three times a year the roll with the term's sessions
  and absences by reason. Its tables are joined by `pupilonrolltableid`; only the roll has names. New suspensions and
  exclusions come every three weeks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random

from bench.county import transfer_file
from bench.county.diary import Census, Diary, made_on
from bench.county.identifiers import break_check_digit, upn
from bench.county.people import Household, Person
from bench.county.places import LA_CODE, District, School
from bench.county.rates import error_rate
from bench.county.recording import Written, write_down
from bench.county.spool import Sheet, Spool
from bench.county.tables import csv_line, words

AGENCY = "education"
SYSTEM_CTF = "school_management"
SYSTEM_CENSUS = "school_census"
FIRST_AGE, SECONDARY_AGE, LAST_AGE = 4, 11, 16
ROLL = words(
    "pupilonrolltableid,NativeId,dob,surname,forename,middlenames,preferredsurname,formersurname,upn,formerupn,"
    "uniquelearnernumber,sex,entrydate,pupilonrollorderseqcolumn,sourceid,schoolcensustableid,termlysessionspossible,"
    "termlysessionsauthorised,termlysessionsunauthorised,ethnicity,language,enrolstatus,senprovision,ncyearactual",
    ",",
)
SUSPENSIONS = words(
    "pupilonrolltableid,NativeId,termlyexclusionsonrolltableid,termlyexclusionsonrollorderseqcolumn,sourceid,startdate,"
    "sessions,reason1,reason2,reason3,category,senprovision",
    ",",
)
MISSED = words(
    "pupilonrolltableid,NativeId,termlysessiondetailsonrolltableid,termlysessiondetailsonrollorderseqcolumn,sourceid,"
    "sessions,attendancereason",
    ",",
)
_MONTHS = words("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")
_SEPTEMBER = 9
_LISTED_FROM = 0.1
"""Reasons for absence are listed for pupils who missed a tenth of a term; for the others the roll has totals."""
_REASONS_AUTHORISED = ("I", "M", "H")
_REASONS_UNAUTHORISED = ("O", "U", "G")
_SUPPORT, _PLAN = 0.14, 0.045
"""Shares of pupils with special educational needs support, and with a plan (DfE 2024, rounded)."""


@dataclass(slots=True)
class Absence:
    """Sessions: possible, and missed with and without leave."""

    possible: int
    authorised: int
    unauthorised: int


@dataclass(slots=True)
class Pupil:
    """What a school has on a child.

    Attributes:
        upn: as the school has it, perhaps wrong.
        versions: (from which extract on, as written, former surname).
        files: Common Transfer Files that the pupil is in, with the sessions in them.
    """

    child: Person
    house: Household
    school: School
    upn: str
    entered: date
    support: str
    versions: list[tuple[date, Written, str]]
    files: dict[date, Absence | None] = field(default_factory=dict)
    rows: int = 0

    @property
    def table_id(self) -> str:
        """Key of the pupil's row in the census."""
        return f"{self.child.number:08d}-{LA_CODE}"

    @property
    def source_id(self) -> str:
        """Key of the pupil in the school's return."""
        return f"{self.child.number:08x}"

    def on(self, taken: date) -> tuple[Written, str]:
        """What an extract of that day says: as written, and former surname."""
        return next((w, former) for since, w, former in reversed(self.versions) if since <= taken)


class Schools:
    """All schools of the county, and the authority's extract."""

    def __init__(self, spool: Spool, diary: Diary) -> None:
        self._spool = spool
        self._diary = diary
        self._full = frozenset((diary.base, *diary.full_returns()))
        self._serials: dict[tuple[int, int], int] = {}
        self._pupils: dict[int, Pupil] = {}

    def close_household(self) -> None:
        """Write the transfer files of one household's pupils and forget them."""
        for pupil in self._pupils.values():
            for taken, absence in pupil.files.items():
                self._transfer_file(pupil, taken, absence)
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
        number = break_check_digit(child.upn) if wrong else child.upn
        draw = rng.random()
        support = "E" if draw < _PLAN else "K" if draw < _PLAN + _SUPPORT else "N"
        entered = date(year + 6 if age >= SECONDARY_AGE else year, 9, 3)
        pupil = Pupil(child, house, school, number, min(entered, self._diary.base), support, [(date.min, written, "")])
        self._pupils[child.number] = pupil
        child.know(AGENCY, SYSTEM_CENSUS, f"{_native_id(school)}/{pupil.table_id}/{pupil.source_id}")
        pupil.files[self._diary.base] = None
        self._roll(pupil, self._diary.base, None, "")

    def changed(self, child: Person, house: Household, day: date, rng: Random) -> None:
        """The school hears of a new name or address, and says so in its next file."""
        pupil = self._pupils.get(child.number)
        if pupil is None:
            return
        taken = self._diary.return_of(day)
        now = write_down(child, house, AGENCY, day, rng, clean=True)
        renamed = bool(child.changes) and day >= child.changes[-1].until
        former = child.changes[-1].family if renamed else ""
        pupil.versions.append((taken, now, former if former != now.family else ""))
        pupil.files.setdefault(taken, None)

    def attendance(self, child: Person, taken: date, absence: Absence) -> None:
        """Sessions of the nine weeks before a transfer file."""
        if pupil := self._pupils.get(child.number):
            pupil.files[taken] = absence

    def census(self, child: Person, census: Census, absence: Absence, rng: Random) -> None:
        """A term's sessions in the authority's census: totals on the roll, reasons where much was missed."""
        pupil = self._pupils.get(child.number)
        if pupil is None:
            return
        self._roll(pupil, census.taken, absence, census.label)
        if absence.authorised + absence.unauthorised < _LISTED_FROM * absence.possible:
            return
        told = ((_REASONS_AUTHORISED, absence.authorised), (_REASONS_UNAUTHORISED, absence.unauthorised))
        for reasons, number in told:
            if number:
                row = {"sessions": f"{number}.0", "attendancereason": rng.choice(reasons)}
                self._table("termlysessiondetailsonroll", MISSED, pupil, census.taken, row, census.label)

    def suspend(self, child: Person, day: date, rng: Random, *, sessions: int = 4, permanent: bool = False) -> bool:
        """A suspension or a permanent exclusion, in the next extract; False where the child is at no school."""
        pupil = self._pupils.get(child.number)
        if pupil is None:
            return False
        row = {
            "startdate": _stamp(day), "sessions": "" if permanent else f"{sessions}.0",
            "reason1": rng.choice(("PP", "VA", "DB", "DB", "PA")), "category": "PERM" if permanent else "SUSP",
            "senprovision": pupil.support,
        }  # fmt: skip
        self._table("termlyexclusionsonroll", SUSPENSIONS, pupil, self._diary.return_of(day), row, "")
        return True

    def _roll(self, pupil: Pupil, taken: date, absence: Absence | None, label: str) -> None:
        w, former = pupil.on(taken)
        row = {
            "dob": _stamp(date.fromisoformat(w.birth)), "surname": w.family, "forename": w.given,
            "middlenames": w.middle, "formersurname": former, "upn": pupil.upn, "sex": w.sex,
            "entrydate": _stamp(pupil.entered), "pupilonrollorderseqcolumn": "1",
            "schoolcensustableid": f"{pupil.school.estab:08x}", "ethnicity": pupil.child.ethnicity, "language": "ENG",
            "enrolstatus": "C", "senprovision": pupil.support, "ncyearactual": str(_year_group(pupil, taken)),
        }  # fmt: skip
        if absence:
            row |= {
                "termlysessionspossible": f"{absence.possible}.0",
                "termlysessionsauthorised": f"{absence.authorised}.0",
                "termlysessionsunauthorised": f"{absence.unauthorised}.0",
            }
        self._table("pupilonroll", ROLL, pupil, taken, row, label)

    def _table(
        self, name: str, columns: Sequence[str], pupil: Pupil, taken: date, row: dict[str, str], label: str
    ) -> None:
        pupil.rows += 1
        keys = {"pupilonrolltableid": pupil.table_id, "NativeId": _native_id(pupil.school), "sourceid": pupil.source_id}
        if name != "pupilonroll":
            keys |= {f"{name}tableid": f"{pupil.source_id}-{pupil.rows}", f"{name}orderseqcolumn": str(pupil.rows)}
        file = "_".join(part for part in (str(taken), _ORDER[name], label, name) if part)
        sheet = Sheet(f"education/{file}.csv", made_on(taken), head=",".join(columns) + "\n")
        line = csv_line(columns, {**row, **keys})
        self._spool.add(self._spool.open(sheet), f"{pupil.table_id}{pupil.rows:04d}", line)

    def _transfer_file(self, pupil: Pupil, taken: date, absence: Absence | None) -> None:
        school, full = pupil.school, taken in self._full
        path = f"education/{taken}_1_ctf_{_native_id(school)}_{'full' if full else 'partial'}.xml"
        head = transfer_file.head(school, taken, full=full)
        w, former = pupil.on(taken)
        element = transfer_file.Element(w, former, pupil.upn, _year_group(pupil, taken), pupil.child.ethnicity)
        sessions = (absence.possible, absence.authorised, absence.unauthorised) if absence else None
        parents = [p for p in pupil.house.members if p.role in ("head", "partner")][:2]
        kin = [transfer_file.Kin("PAM" if p.sex == "F" else "PAF", p.name_on(taken), p.sex, p.mobile) for p in parents]
        self._know(pupil, parents, kin)
        sheet = self._spool.open(Sheet(path, made_on(taken), head=head, foot=transfer_file.FOOT))
        self._spool.add(sheet, f"{pupil.child.number:09d}", transfer_file.pupil(school, element, sessions, kin, taken))

    @staticmethod
    def _know(pupil: Pupil, parents: list[Person], kin: list[transfer_file.Kin]) -> None:
        """The pupil by UPN; parents, who have no number in a transfer file, by whose they are and by name."""
        local = f"{_native_id(pupil.school)}/{pupil.upn}"
        pupil.child.know(AGENCY, SYSTEM_CTF, local)
        for parent, told in zip(parents, kin, strict=True):
            relation = "mother" if told.relation == "PAM" else "father"
            words = f"{told.name.family} {told.name.given}".casefold()
            parent.know(AGENCY, SYSTEM_CTF, f"{local}/{relation}/{words}/", thin=True)


_ORDER = {"pupilonroll": "2", "termlyexclusionsonroll": "3", "termlysessiondetailsonroll": "4"}
"""Within a day: the roll before what is joined to it."""


def _native_id(school: School) -> str:
    return f"{LA_CODE}{school.estab}"


def _year_group(pupil: Pupil, taken: date) -> int:
    """National curriculum year: reception (0) in the school year in which the child turns five."""
    birth = pupil.child.birth
    turns_five_in_school_year_of = birth.year + 4 + (birth.month >= _SEPTEMBER)
    return max(0, taken.year - (taken.month < _SEPTEMBER) - turns_five_in_school_year_of)


def _stamp(day: date) -> str:
    """A date as the extract writes it: 2025-Feb-14 00:00:00."""
    return f"{day.year}-{_MONTHS[day.month - 1]}-{day.day:02d} 00:00:00"
