"""People, the households they live in, and what changes in their lives. Not what an agency writes down of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from bench.county.places import Place


@dataclass(slots=True)
class Change:
    """A name that was in use until a day.

    Attributes:
        until: the day on which it ceased.
        given: given name until then.
        family: family name until then.
        placeholder: "Baby Girl" and the like, before a newborn is named.
    """

    until: date
    given: str
    family: str
    placeholder: bool = False


@dataclass(slots=True)
class Person:
    """One true person.

    Attributes:
        pid: id in the truth, `P0000001`.
        number: its number, from 1.
        role: head | partner | step_parent | child | grandparent | grown_child | sharer | resident.
        changes: earlier names, oldest first; `given` and `family` are the latest.
        birth_order: 1, 2 of twins; 0 otherwise.
        known_to: every source identity: (agency, system, local person id).
        thin: those of them that have no birth date (a parent whom a school names): too little to match by.
        subjects: records in which a format gives no local person id: (agency, system, record local id, ref).
    """

    number: int
    role: str
    sex: str
    birth: date
    origin: str
    given: str
    family: str
    middle: str = ""
    nhs: str = ""
    mobile: str = ""
    ethnicity: str = ""
    upn: str = ""
    changes: list[Change] = field(default_factory=list)
    birth_order: int = 0
    known_to: list[tuple[str, str, str]] = field(default_factory=list)
    thin: list[tuple[str, str, str]] = field(default_factory=list)
    subjects: list[tuple[str, str, str, str]] = field(default_factory=list)

    @property
    def pid(self) -> str:
        """Id in the truth."""
        return f"P{self.number:07d}"

    def name_on(self, day: date) -> Change:
        """The name in use on a day."""
        for change in self.changes:
            if day < change.until:
                return change
        return Change(date.max, self.given, self.family)

    def age_on(self, day: date) -> int:
        """Age in whole years."""
        return day.year - self.birth.year - ((day.month, day.day) < (self.birth.month, self.birth.day))

    def know(self, agency: str, system: str, local_person_id: str, *, thin: bool = False) -> None:
        """Note in the truth that a system knows this person by that id; `thin` where it has no birth date."""
        entry = (agency, system, local_person_id)
        if entry not in self.known_to:
            self.known_to.append(entry)
            if thin:
                self.thin.append(entry)


@dataclass(slots=True)
class Household:
    """People who live at one address.

    Attributes:
        number: from 1.
        kind: single | couple | couple_children | lone_parent | step_family | multigeneration | grown_children |
            sharers | communal.
        homes: (since, place), oldest first.
        loud: something in it might rightly make a proposal; a household that is not loud must make none.
    """

    number: int
    kind: str
    district: int
    homes: list[tuple[date, Place]]
    members: list[Person] = field(default_factory=list)
    loud: bool = False

    @property
    def hid(self) -> str:
        """Id in the truth."""
        return f"H{self.number:06d}"

    def home_on(self, day: date) -> Place:
        """Where it lives on a day."""
        return next((place for since, place in reversed(self.homes) if since <= day), self.homes[0][1])

    @property
    def children(self) -> list[Person]:
        """Its children, eldest first."""
        return [p for p in self.members if p.role == "child"]

    @property
    def parents(self) -> list[Person]:
        """Those who bring the children up: head first."""
        return [p for p in self.members if p.role in ("head", "partner", "step_parent")]
