"""The council's files: front-door contacts in CSV (connectors/social_care/FIELDS.md), and who stands in its census.

What happened is decided elsewhere; what a census element looks like is in `cin_census`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from random import Random

from bench.county import cin_census
from bench.county.cin_census import Episode
from bench.county.diary import Diary, made_on
from bench.county.people import Household, Person
from bench.county.places import LA_CODE
from bench.county.recording import Written, write_down
from bench.county.spool import Sheet, Spool
from bench.county.tables import csv_line, words

AGENCY = "social_care"
SYSTEM = "childrens_case_system"
PERSON_COLUMNS = words("SourceID,Forename,Surname,DOB,Gender,NHSNumber,Phone,Relationship,SameAddress", ",")
_FAMILY = ("Parent", "Parent2", "Sibling1", "Sibling2", "Other1")
COLUMNS = words(
    "SourceID,LACode,Role,Forename,MiddleNames,Surname,PreferredForename,FormerSurname,DOB,ExpectedDOB,Gender,Ethnicity,NHSNumber,UPN,"
    "Address1,Address2,PostCode,UPRN,Phone,ActiveCIN,ActiveCLA,ActiveCP,ActiveReferral,ActiveEHM,ActiveCINSince,ActiveCPSince,"
    "ActiveEHMSince,CPCategory,Team,ContactID,ContactDate,RecordedDate,ContactReason,ReasonStatus,ReasonAttributes,FirstHand,ContactSource,"
    "Outcome,SeenDate,SeenBy,SeenAlone,Narrative,IncidentRef,PromptedBy,ReferrerRole,ReferrerOrganisation,FamilyInformed",
    ",",
) + tuple(f"{who}{column}" for who in _FAMILY for column in PERSON_COLUMNS)
_SEX = {"F": "Female", "M": "Male"}
TEAM = "Family Help North"


@dataclass(slots=True)
class Contact:
    """A contact at the front door.

    Attributes:
        reason: codes of packs/facts.yaml joined by `;`, or free text.
        status: alleged | observed ...
        source: DfE referral source code.
        outcome: nfa | information | early_help | referral | strategy.
        seen: the child was seen on that day.
        narrative: free text.
        incident: reference of the police incident that it repeats: an echo.
        attributes: `name=value` joined by `;`.
        expected: expected date of birth: the contact is about an unborn child.
        role: role of the person, '' for a child.
        other: somebody else in the home, and what they are to the child.
    """

    reason: str
    status: str = "alleged"
    source: str = "1D"
    outcome: str = "information"
    seen: bool = False
    narrative: str = ""
    incident: str = ""
    attributes: str = ""
    expected: date | None = None
    role: str = ""
    other: tuple[Person, str] | None = None


@dataclass(slots=True)
class Entry:
    """What the council has on a person."""

    number: str
    written: Written


class Council:
    """The council's case system and its census."""

    def __init__(self, spool: Spool, diary: Diary) -> None:
        self._spool = spool
        self._diary = diary
        self._numbers = 0
        self._contacts = 0
        self._entries: dict[int, Entry] = {}

    def forget_after_household(self) -> None:
        """Drop what is kept of one household's people."""
        self._entries.clear()

    def contact(
        self, person: Person, house: Household, when: datetime, contact: Contact, rng: Random, *, clean: bool = False
    ) -> str:
        """A contact about a person; its id."""
        self._contacts += 1
        is_code = "." in contact.reason and " " not in contact.reason
        number = f"C{self._contacts:07d}"
        row = self._about(person, house, when.date(), rng, clean=clean)
        row |= {
            "ContactID": number, "ContactDate": f"{when:%Y-%m-%dT%H:%M}", "RecordedDate": f"{when:%Y-%m-%dT%H:%M}",
            "ContactReason": contact.reason, "ReasonStatus": contact.status if is_code else "",
            "ReasonAttributes": contact.attributes,
            "ContactSource": contact.source, "Outcome": contact.outcome, "Narrative": contact.narrative,
            "IncidentRef": contact.incident, "PromptedBy": contact.incident, "Role": contact.role,
        }  # fmt: skip
        if contact.expected:
            row |= {
                "ExpectedDOB": contact.expected.isoformat(),
                "DOB": "",
                "Forename": "Unborn",
                "Gender": "",
                "NHSNumber": "",
            }
        if contact.seen:
            row |= {
                "SeenDate": f"{when:%Y-%m-%d}",
                "SeenBy": "social worker",
                "SeenAlone": "Y" if self._contacts % 3 else "N",
            }
        if person.role in ("child", "unborn"):
            row |= self._family(person, house, when.date(), rng, clean=clean, other=contact.other)
        self._put(when, number, row)
        return number

    def flag(
        self, person: Person, house: Household, day: date, flags: dict[str, str], rng: Random, *, clean: bool = False
    ) -> None:
        """The person's entry on the case system with its flags (ActiveCIN ...), in that day's file."""
        row = self._about(person, house, day, rng, clean=clean)
        self._put(made_on(day).replace(hour=6), f"flag{row['SourceID']}", {**row, **flags})

    def census(
        self, person: Person, house: Household, episode: Episode, taken: date, rng: Random, *, clean: bool = False
    ) -> None:
        """The child's entry in the census taken on a day."""
        entry = self._entry(person, house, taken, rng, clean=clean)
        person.know(AGENCY, SYSTEM, f"{LA_CODE}-{entry.number}")
        ids = {
            "LAchildID": entry.number, "UPN": person.upn, "UPNunknown": "" if person.upn else "UN7",
            "PersonBirthDate": entry.written.birth, "Sex": entry.written.sex,
        }  # fmt: skip
        path = f"social_care/{taken}_cin.xml"
        sheet = Sheet(path, made_on(taken), head=cin_census.head(taken), foot=cin_census.FOOT)
        self._spool.add(self._spool.open(sheet), entry.number, cin_census.child(ids, person.ethnicity, episode))

    def _entry(self, person: Person, house: Household, day: date, rng: Random, *, clean: bool) -> Entry:
        if person.number not in self._entries:
            self._numbers += 1
            written = write_down(person, house, AGENCY, day, rng, clean=clean)
            self._entries[person.number] = Entry(f"T{self._numbers:07d}", written)
        return self._entries[person.number]

    def _about(self, person: Person, house: Household, day: date, rng: Random, *, clean: bool) -> dict[str, str]:
        entry = self._entry(person, house, day, rng, clean=clean)
        w = entry.written
        person.know(AGENCY, SYSTEM, f"{LA_CODE}-{entry.number}")
        return {
            "SourceID": entry.number, "LACode": str(LA_CODE), "Forename": w.given, "MiddleNames": w.middle,
            "Surname": w.family,
            "DOB": w.birth, "Gender": _SEX.get(w.sex, ""), "Ethnicity": person.ethnicity, "NHSNumber": w.nhs,
            "UPN": person.upn if person.role == "child" and (clean or rng.random() < 0.5) else "",
            "Address1": w.place.lines[0], "Address2": w.place.town, "PostCode": w.postcode,
            "UPRN": w.place.uprn if w.postcode else "",
            "Phone": w.mobile,
        }  # fmt: skip

    def _family(
        self, child: Person, house: Household, day: date, rng: Random, *, clean: bool, other: tuple[Person, str] | None
    ) -> dict[str, str]:
        row: dict[str, str] = {}
        parents = [p for p in house.members if p.role in ("head", "partner")][:2]
        siblings = [p for p in house.children if p is not child and p.birth < day][:2]
        kin = [("Parent", p, "mother" if p.sex == "F" else "father") for p in parents[:1]]
        kin += [("Parent2", p, "mother" if p.sex == "F" else "father") for p in parents[1:]]
        kin += [(f"Sibling{i}", p, "sibling") for i, p in enumerate(siblings, 1)]
        if other:
            kin.append(("Other1", *other))
        for prefix, person, relation in kin:
            entry = self._entry(person, house, day, rng, clean=clean)
            person.know(AGENCY, SYSTEM, f"{LA_CODE}-{entry.number}")
            w = entry.written
            values = (
                entry.number, w.given, w.family, w.birth, _SEX.get(w.sex, ""), w.nhs, w.mobile, relation, "Y",
            )  # fmt: skip
            row |= {f"{prefix}{column}": value for column, value in zip(PERSON_COLUMNS, values, strict=True)}
        return row

    def _put(self, when: datetime, number: str, row: dict[str, str]) -> None:
        day = self._diary.week_of(when.date()) if when.date() > self._diary.base else self._diary.base
        sheet = Sheet(f"social_care/{day}_contacts.csv", made_on(day), head=",".join(COLUMNS) + "\n")
        self._spool.add(self._spool.open(sheet), f"{when:%Y%m%d%H%M}{number}", csv_line(COLUMNS, row))
