"""Police notices in CSV and JSON, by connectors/police/FIELDS.md (NPCC POLE). What happened is decided elsewhere.

Domestic incidents and child notices come as CSV from one system; notices on adults and missing people as JSON from
another that shares its nominals. A notice is typed afresh each time, so that each has its own errors; some people
have two nominals that were never merged.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any

from bench.county.diary import Diary, made_on
from bench.county.identifiers import pnc
from bench.county.people import Household, Person
from bench.county.places import Place
from bench.county.rates import error_rate
from bench.county.recording import Written, in_capitals, write_down
from bench.county.spool import Sheet, Spool
from bench.county.tables import csv_line, words

AGENCY = "police"
SYSTEM = "notices"
FORCE = "Thistlemere Constabulary"
COLUMNS = words(
    "notice_reference,sequence,notice_kind,incident_reference,force,occurred_at,recorded_at,grade,dash_ticks,dash_grade,"
    "professional_judgement,marac,strangulation,weapon,pregnant,children_present,order_breach,police_protection,missing_from,returned_at,"
    "hours_missing,circumstances,officer_name,officer_number,officer_unit,person_ref,person_id,role,given_name,surname,former_surname,"
    "date_of_birth,expected_delivery_date,gender,building,street,town,postcode,uprn,telephone,pnc_id,relationship,related_to,present,"
    "welfare_check,markers,risk_kind,person_narrative",
    ",",
)
_KINDS_IN_JSON = frozenset({"adult", "missing"})
_OFFICERS = ("PC Rowan Testwell", "PC Idris Samplewood", "Sgt Bea Mockford", "PC Noor Dummett")
_CAPITALS = 0.3
"""Share of notices typed in capitals."""


@dataclass(slots=True)
class Named:
    """Somebody in a notice.

    Attributes:
        person: who.
        house: where they live.
        role: child, adult, victim, suspect, parent ... of FIELDS.md.
        related: (relationship, index in the notice's list from 1).
        columns: further person columns.
        home: another address than the household's, if so.
    """

    person: Person
    house: Household
    role: str
    related: tuple[tuple[str, int], ...] = ()
    columns: dict[str, str] = field(default_factory=dict)
    home: Place | None = None


class Police:
    """The force's desk."""

    def __init__(self, spool: Spool, diary: Diary) -> None:
        self._spool = spool
        self._diary = diary
        self._nominals: dict[int, list[str]] = {}
        self._notices = 0
        self._people = 0
        self.forget_after_household()

    def forget_after_household(self) -> None:
        """Drop what is kept of one household's people, so that memory stays small."""
        self._nominals.clear()

    def incident_reference(self) -> str:
        """A fresh reference of an incident, for a notice and its echoes."""
        return f"TM-{self._notices + 1:07d}"

    def notice(
        self, kind: str, when: datetime, named: list[Named], rng: Random, *, clean: bool = False, **columns: str
    ) -> str:
        """Issue a notice.

        Args:
            kind: child | adult | domestic | missing.
            when: when it happened.
            named: everybody in it, in order.
            rng: source of errors.
            clean: typed without errors.
            columns: further notice columns.

        Returns:
            Its reference: the record's local id.
        """
        self._notices += 1
        reference = f"PPN-{self._notices:07d}"
        head = {
            "notice_reference": reference, "sequence": "1", "notice_kind": kind, "force": FORCE,
            "incident_reference": f"TM-{self._notices:07d}", "occurred_at": _moment(when), "recorded_at": _moment(when),
            "officer_name": _OFFICERS[self._notices % 4], "officer_number": f"TC{1000 + self._notices % 900}",
            "officer_unit": "Response", **columns,
        }  # fmt: skip
        capitals = not clean and rng.random() < _CAPITALS
        rows = [self._person(n, i, when.date(), rng, clean=clean, capitals=capitals) for i, n in enumerate(named, 1)]
        self._put(kind, when, head, rows)
        return reference

    def nominal(self, person: Person, rng: Random, *, clean: bool) -> str:
        """The nominal id under which the person is entered this time; new people get one, a few a second."""
        ids = self._nominals.setdefault(person.number, [])
        if not ids or (len(ids) == 1 and not clean and rng.random() < error_rate("second_nominal", AGENCY)):
            self._people += 1
            ids.append(f"N{self._people:07d}")
            person.know(AGENCY, SYSTEM, ids[-1])
        return rng.choice(ids) if len(ids) > 1 else ids[0]

    def _person(self, named: Named, ref: int, day: date, rng: Random, *, clean: bool, capitals: bool) -> dict[str, str]:
        person = named.person
        written = write_down(person, named.house, AGENCY, day, rng, clean=clean)
        place = named.home or written.place
        row = {
            "person_ref": str(ref), "person_id": self.nominal(person, rng, clean=clean), "role": named.role,
            "given_name": written.given, "surname": written.family, "date_of_birth": written.birth,
            "gender": written.sex, "building": place.number, "street": place.street, "town": place.town,
            "postcode": place.postcode if named.home else written.postcode,
            "uprn": self._uprn(written, place, rng, clean=clean),
            "telephone": written.mobile if clean or rng.random() < 0.6 else "",
            "relationship": ";".join(kind for kind, _ in named.related),
            "related_to": ";".join(str(to) for _, to in named.related), **named.columns,
        }  # fmt: skip
        if named.role == "suspect" and person.age_on(day) >= 18:
            row["pnc_id"] = pnc(person.birth.year + 20, person.number % 9_999_999)
        if capitals:
            row["given_name"], row["surname"] = in_capitals(row["given_name"]), in_capitals(row["surname"])
        return row

    @staticmethod
    def _uprn(written: Written, place: Place, rng: Random, *, clean: bool) -> str:
        return place.uprn if written.postcode and (clean or rng.random() < 0.7) else ""

    def _put(self, kind: str, when: datetime, head: dict[str, str], rows: list[dict[str, str]]) -> None:
        day = self._diary.week_of(when.date())
        order = f"{when:%Y%m%d%H%M%S}{head['notice_reference']}"
        if kind in _KINDS_IN_JSON:
            sheet = Sheet(f"police/{day}_notices.json", made_on(day))
            piece = json.dumps({**head, "persons": [_json_person(row) for row in rows]}, ensure_ascii=False)
        else:
            sheet = Sheet(f"police/{day}_notices.csv", made_on(day), head=",".join(COLUMNS) + "\n")
            heads = [head, *[_key(head)] * (len(rows) - 1)]
            piece = "\n".join(csv_line(COLUMNS, {**h, **row}) for h, row in zip(heads, rows, strict=True))
        self._spool.add(self._spool.open(sheet), order, piece)


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M}"


def _key(head: dict[str, str]) -> dict[str, str]:
    return {name: head[name] for name in ("notice_reference", "sequence", "notice_kind")}


def _json_person(row: dict[str, str]) -> dict[str, Any]:
    person: dict[str, Any] = {k: v for k, v in row.items() if v}
    address = {k: person.pop(k) for k in ("building", "street", "town", "postcode", "uprn") if k in person}
    if address:
        person["address"] = address
    kinds = str(person.pop("relationship", "")).split(";")
    others = str(person.pop("related_to", "")).split(";")
    if kinds[0]:
        person["relationships"] = [{"relationship": k, "related_to": o} for k, o in zip(kinds, others, strict=True)]
    return person
