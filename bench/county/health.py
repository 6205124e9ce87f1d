"""Hospital messages in HL7 v2.4 ADT, after the HL7 UK A.3 standard. What happened is decided elsewhere.

A28 registers, A31 and A08 update, A04 is an attendance, A01 and A03 an admission and a discharge, A40 joins two
hospital numbers of one patient. A patient's details are typed once and then stand in each message until an update,
errors and all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from bench.county.diary import Diary, made_on
from bench.county.people import Household, Person
from bench.county.places import LA_CODE, TRUST, District
from bench.county.rates import rate
from bench.county.recording import Written, in_capitals, write_down
from bench.county.spool import Sheet, Spool

AGENCY = "health"
SYSTEM = "patient_administration"
_RELATIONS = {"mother": "MTH", "father": "FTH"}
_NHS_ETHNICITY = {
    "WBRI": "A", "WOTH": "C", "MWBC": "D", "AIND": "H", "APKN": "J", "ABAN": "K", "BCRB": "M", "BAFR": "N",
    "CHNE": "R", "OOTH": "S",
}  # fmt: skip
_CHARSET = "UNICODE UTF-8"
_CAPITALS = 0.5
"""Share of patients whom a clerk entered in capitals."""


@dataclass(slots=True)
class Reason:
    """Why somebody came: a diagnosis in ICD-10 and its words; `mobile` is Y or N where a clinician noted it."""

    code: str
    text: str
    mobile: str = ""


@dataclass(slots=True)
class _File:
    """What the hospital has on a person."""

    number: str
    written: Written
    capitals: bool
    kin: list[tuple[str, Person]]
    registered: date
    others: list[str] = field(default_factory=list)


class Hospital:
    """The trust's patient administration system."""

    def __init__(self, spool: Spool, diary: Diary) -> None:
        self._spool = spool
        self._diary = diary
        self._numbers = 0
        self._messages = 0
        self._visits = 0
        self._files: dict[int, _File] = {}

    def forget_after_household(self) -> None:
        """Drop what is kept of one household's people."""
        self._files.clear()

    def local_person_id(self, person: Person) -> str:
        """The id under which the hub knows a patient; '' if the hospital does not know the person."""
        file = self._files.get(person.number)
        return f"{TRUST}/{file.number}" if file else ""

    def register(
        self, person: Person, house: Household, rng: Random, *, clean: bool = False, on: date | None = None
    ) -> None:
        """Give the person a hospital number (A28): on the day of birth, or before the period begins."""
        if person.number in self._files:
            return
        born = person.birth >= self._diary.config.start
        day = on or (person.birth if born else self._diary.base)
        written = write_down(person, house, AGENCY, day, rng, clean=clean)
        kin = self._kin(person, house)
        file = _File(self._number(), written, not clean and rng.random() < _CAPITALS, kin, day)
        self._files[person.number] = file
        self._know(person, file)
        self._send(
            "A28",
            file,
            person,
            self._moment(day, rng),
            base=District(house.district) if day <= self._diary.base else None,
        )
        if not clean and rng.random() < rate("health", "duplicate_hospital_number"):
            self._duplicate(person, house, file, rng)

    def moved_or_renamed(self, person: Person, house: Household, day: date, rng: Random, *, event: str = "A31") -> None:
        """The hospital hears of a new name or address (A31, or A08 at a visit)."""
        file = self._files.get(person.number)
        if file is None or day >= self._diary.config.as_of:
            return
        now, old = write_down(person, house, AGENCY, day, rng, clean=True), file.written
        renamed = bool(person.changes) and day >= person.changes[-1].until
        if renamed:
            old.given, old.family, old.middle, old.placeholder = now.given, now.family, now.middle, now.placeholder
        old.place, old.postcode = now.place, now.postcode
        self._send(event, file, person, self._moment(day, rng), former=renamed)

    def attends(
        self, person: Person, house: Household, when: datetime, reason: Reason, rng: Random, *, clean: bool = False,
        stays: int = 0,
    ) -> str:  # fmt: skip
        """An emergency attendance (A04); where `stays` is a number of days, an admission (A01) and a discharge (A03).

        Returns:
            The visit number.
        """
        self.register(person, house, rng, clean=clean)
        file = self._files[person.number]
        self._visits += 1
        visit = f"V{self._visits:08d}"
        self._send("A04", file, person, when, visit=visit, reason=reason)
        if stays:
            self._send("A01", file, person, when + timedelta(hours=2), visit=visit, reason=reason, ward="W1")
            left = when + timedelta(days=stays)
            if left.date() < self._diary.config.as_of:
                self._send("A03", file, person, left, visit=visit, reason=reason, ward="W1", left=left)
        return visit

    def admitted(
        self, person: Person, house: Household, when: datetime, reason: Reason, ward: str, stays: int, rng: Random,
        *, clean: bool = False,
    ) -> str:  # fmt: skip
        """An admission that did not come through the emergency department (A01, A03)."""
        self.register(person, house, rng, clean=clean)
        file = self._files[person.number]
        self._visits += 1
        visit = f"V{self._visits:08d}"
        self._send("A01", file, person, when, visit=visit, reason=reason, ward=ward)
        left = when + timedelta(days=stays)
        if left.date() < self._diary.config.as_of:
            self._send("A03", file, person, left, visit=visit, reason=reason, ward=ward, left=left)
        return visit

    def _duplicate(self, person: Person, house: Household, file: _File, rng: Random) -> None:
        """A second number, given at a visit because nobody found the first; some are merged later."""
        day = self._diary.some_day(rng, person.birth)
        second = _File(self._number(), write_down(person, house, AGENCY, day, rng), file.capitals, file.kin, day)
        self._know(person, second)
        self._send("A28", second, person, self._moment(day, rng))
        if rng.random() < rate("health", "duplicate_merged"):
            later = self._diary.some_day(rng, day + timedelta(days=1))
            if later > day:
                self._send("A40", file, person, self._moment(later, rng), merged=second.number)

    def _know(self, person: Person, file: _File) -> None:
        person.know(AGENCY, SYSTEM, f"{TRUST}/{file.number}")

    def _number(self) -> str:
        self._numbers += 1
        return f"H{self._numbers:07d}"

    @staticmethod
    def _kin(person: Person, house: Household) -> list[tuple[str, Person]]:
        if person.role != "child":
            return []
        parents = [p for p in house.members if p.role in ("head", "partner")]
        return [("mother" if p.sex == "F" else "father", p) for p in parents]

    def _moment(self, day: date, rng: Random) -> datetime:
        return made_on(day).replace(hour=rng.randrange(8, 18), minute=rng.randrange(60))

    def _send(
        self, event: str, file: _File, person: Person, when: datetime, *, visit: str = "", reason: Reason | None = None,
        ward: str = "", left: datetime | None = None, merged: str = "", former: bool = False,
        base: District | None = None,
    ) -> None:  # fmt: skip
        self._messages += 1
        control = f"TM{self._messages:09d}"
        structure = {"A28": "ADT_A05", "A31": "ADT_A05", "A08": "ADT_A01", "A04": "ADT_A01", "A40": "ADT_A39"}.get(
            event, f"ADT_{event}"
        )
        stamp = f"{when:%Y%m%d%H%M%S}"
        segments = [
            f"MSH|^~\\&|PAS|{TRUST}|MASHHUB|{LA_CODE}|{stamp}||ADT^{event}^{structure}|{control}|P|2.4||||||{_CHARSET}",
            f"EVN|{event}|{stamp}",
            self._pid(file, person, former=former),
        ]
        if event == "A40":
            segments.append(f"MRG|{merged}^^^{TRUST}^MR")
        else:
            segments += self._visit_segments(event, file, stamp, visit, reason, ward, left)
        piece = "\r".join(segments) + "\r"
        self._spool.add(self._sheet(when.date(), base), f"{stamp}{control}", piece)

    def _visit_segments(
        self, event: str, file: _File, stamp: str, visit: str, reason: Reason | None, ward: str, left: datetime | None
    ) -> list[str]:
        practice = District(int(file.written.place.uprn[3:7])).practice
        out = [f"PD1|||Practice {practice}^^{practice}"]
        day = date(int(stamp[:4]), int(stamp[4:6]), int(stamp[6:8]))
        out += [self._nk1(i, kind, kin, file, day) for i, (kind, kin) in enumerate(file.kin, 1)]
        if visit:
            patient_class = "I" if event in ("A01", "A03") else "E"
            pv1 = [""] * 46
            pv1[0], pv1[1], pv1[2] = "PV1", "1", patient_class
            pv1[3] = f"{ward or 'ED'}^^^{TRUST}"
            pv1[19], pv1[44] = f"{visit}^^^{TRUST}", stamp if left is None else ""
            pv1[45] = f"{left:%Y%m%d%H%M%S}" if left else ""
            out.append("|".join(pv1).rstrip("|"))
        if reason:
            out.append(f"PV2|||{reason.code}^{reason.text}^I10")
            if reason.mobile:
                out.append(f"OBX|1|CE|MOBILE^Independently mobile^L||{reason.mobile}||||||F")
            out.append(f"DG1|1||{reason.code}^{reason.text}^I10")
        return out

    def _pid(self, file: _File, person: Person, *, former: bool) -> str:
        w = file.written
        given, family, middle = (
            (in_capitals(n) for n in (w.given, w.family, w.middle)) if file.capitals else (w.given, w.family, w.middle)
        )
        names = f"{family}^{given}^{middle}^^^^L"
        if former and person.changes and person.changes[-1].family != w.family:
            names += f"~{person.changes[-1].family}^{given}^^^^^M"
        numbers = f"{file.number}^^^{TRUST}^MR" + (f"~{w.nhs}^^^NHS^NH" if w.nhs else "")
        line, town = w.place.lines
        pid = [""] * 33
        pid[0], pid[1], pid[3], pid[5] = "PID", "1", numbers, names
        pid[7], pid[8] = w.birth.replace("-", ""), w.sex
        pid[11] = f"{line}^^{town}^^{w.postcode}^GBR^H"
        pid[13] = w.mobile
        pid[22] = _NHS_ETHNICITY.get(person.ethnicity, "")
        if person.birth_order:
            pid[24], pid[25] = "Y", str(person.birth_order)
        if w.nhs:
            pid[32] = "NSTS01"
        return "|".join(pid).rstrip("|")

    def _nk1(self, index: int, kind: str, kin: Person, file: _File, day: date) -> str:
        """Next of kin; one without a hospital number is known by whose kin it is, name and birth date."""
        own = self._files.get(kin.number)
        name = kin.name_on(day)
        if own is None:
            words = f"{name.family} {name.given}".casefold()
            kin.know(AGENCY, SYSTEM, f"{TRUST}/{file.number}/{kind}/{words}/{kin.birth}")
        nk1 = [""] * 34
        nk1[0], nk1[1], nk1[2], nk1[3] = "NK1", str(index), f"{name.family}^{name.given}", _RELATIONS[kind]
        nk1[15], nk1[16], nk1[33] = kin.sex, f"{kin.birth:%Y%m%d}", f"{own.number}^^^{TRUST}^MR" if own else ""
        return "|".join(nk1).rstrip("|")

    def _sheet(self, day: date, base: District | None) -> Sheet:
        if base is not None:
            made = self._diary.base
            return self._spool.open(Sheet(f"health/{made}_register_{base.number:03d}.hl7", made_on(made), joint=""))
        made = self._diary.week_of(day)
        return self._spool.open(Sheet(f"health/{made}_adt.hl7", made_on(made), joint=""))
