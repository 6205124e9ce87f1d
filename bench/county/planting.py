"""How a story is planted: a family made to measure, facts put where an agency would see them, and noted for the truth.

No story stands here. A planted family has no errors of data entry and no noise but its story's own, so that the story
tests one thing. Days are given as days before the county's last day.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from bench.county.diary import SESSIONS, at
from bench.county.education import Absence
from bench.county.health import Reason
from bench.county.noise import ILLNESS
from bench.county.people import Household, Person
from bench.county.places import District
from bench.county.police import Named
from bench.county.population import Wish
from bench.county.social_care import Contact
from bench.county.truth import Story

if TYPE_CHECKING:
    from bench.county.county import County


@dataclass(slots=True)
class Plot:
    """What a story makes known of itself.

    Attributes:
        about: whom the proposal should be about: any of them.
        rules: rules expected to be among those that fire.
        telling: the fact that completes it.
        not_about: who in the family must stay quiet.
        silence: days after the last fact that must pass.
    """

    about: list[Person]
    rules: tuple[str, ...] = ()
    telling: str = ""
    not_about: list[Person] = field(default_factory=list)
    silence: int = 0


class Plant:
    """A family and the means to let things happen to it."""

    def __init__(self, county: County, district: District, rng: Random, wish: Wish) -> None:
        self.county = county
        self.rng = rng
        self.district = district
        self.tells: list[tuple[str, str, str]] = []
        self.houses: list[Household] = []
        self.due = date.min
        self._absence: dict[int, float] = {}
        self.house = self.family(wish)

    def family(self, wish: Wish) -> Household:
        """A family, the first or another one of the same story: known to the hospital, its children at school."""
        house = self.county.population.household(self.district, self.rng, 20, wish)
        house.loud = True
        self.houses.append(house)
        return house

    def settle(self, house: Household | None = None) -> None:
        """Register the family with the hospital and its children with a school, as they are at the beginning."""
        home = house or self.house
        self.county.noise.registrations(home, self.rng, clean=True)
        for child in home.children:
            self.county.schools.enrol(child, home, self.rng, clean=True)

    def day(self, before: int) -> date:
        """A day."""
        return self.county.config.day(before)

    @property
    def child(self) -> Person:
        """The first child of the first family."""
        return self.house.children[0]

    @property
    def parent(self) -> Person:
        """The head of the first family."""
        return self.house.members[0]

    def home_of(self, person: Person) -> Household:
        """The family that a person belongs to."""
        return next(house for house in self.houses if person in house.members)

    def _tell(self, agency: str, day: date, what: str, made: date) -> None:
        self.tells.append((agency, day.isoformat(), what))
        self.due = max(self.due, made)

    def emergency(self, person: Person, before: int, reason: Reason = ILLNESS[0]) -> None:
        """An emergency attendance."""
        day = self.day(before)
        self.county.health.attends(person, self.home_of(person), at(day, self.rng), reason, self.rng, clean=True)
        self._tell("health", day, f"emergency attendance: {reason.text}", self.county.diary.week_of(day))

    def suspended(self, child: Person, before: int, *, permanent: bool = False) -> None:
        """A suspension or a permanent exclusion."""
        day = self.day(before)
        if not self.county.schools.suspend(child, day, self.rng, permanent=permanent):
            raise AssertionError(f"{child.pid} of a story is at no school")
        self._tell(
            "education", day, "permanent exclusion" if permanent else "suspension", self.county.diary.return_of(day)
        )

    def absent(self, child: Person, share: float) -> None:
        """Sessions missed in the last nine weeks: it mounts up over the last three files."""
        self._absence[child.number] = share
        taken = self.county.diary.returns()[-1]
        self._tell("education", taken, f"missed {round(SESSIONS * share)} of {SESSIONS} sessions", taken)

    def _attend(self, child: Person) -> None:
        """Sessions in each file of the school: two missed, until absence mounts up."""
        returns = self.county.diary.returns()
        share = self._absence.get(child.number, 0.0)
        for left, taken in zip(range(len(returns))[::-1], returns, strict=True):
            missed = max(2, round(SESSIONS * share * max(0, 3 - left) / 3))
            self.county.schools.attendance(child, taken, Absence(SESSIONS, missed - missed // 2, missed // 2))

    def child_notice(self, child: Person, before: int, **columns: str) -> None:
        """A police notice on a child."""
        day = self.day(before)
        self.county.noise.child_notice(child, self.home_of(child), day, self.rng, clean=True, **columns)
        self._tell("police", day, "vulnerability notice on the child", self.county.diary.week_of(day))

    def adult_notice(self, adult: Person, before: int, grade: str = "amber", **person_columns: str) -> None:
        """A police notice on an adult."""
        day = self.day(before)
        named = [Named(adult, self.home_of(adult), "adult", columns=person_columns)]
        self.county.police.notice("adult", at(day, self.rng), named, self.rng, clean=True, grade=grade)
        self._tell("police", day, "vulnerability notice on the adult", self.county.diary.week_of(day))

    def incident(self, before: int, ticks: int, house: Household | None = None, **columns: str) -> str:
        """A domestic incident at home; its incident reference."""
        day = self.day(before)
        reference = self.county.police.incident_reference()
        self.county.noise.domestic_incident(house or self.house, day, self.rng, ticks=ticks, clean=True, **columns)
        self._tell("police", day, f"domestic incident, DASH {ticks}", self.county.diary.week_of(day))
        return reference

    def notice(self, kind: str, before: int, named: list[Named], what: str, **columns: str) -> None:
        """Any police notice."""
        day = self.day(before)
        self.county.police.notice(kind, at(day, self.rng, evening=True), named, self.rng, clean=True, **columns)
        self._tell("police", day, what, self.county.diary.week_of(day))

    def missing(self, child: Person, before: int, hours: int) -> None:
        """A missing episode."""
        day = self.day(before)
        self.county.noise.missing_episode(child, self.home_of(child), day, self.rng, hours=hours, clean=True)
        self._tell("police", day, f"missing for {hours} hours", self.county.diary.week_of(day))

    def contact(self, person: Person, before: int, contact: Contact) -> None:
        """A contact at the front door."""
        day = self.day(before)
        self.county.council.contact(person, self.home_of(person), at(day, self.rng), contact, self.rng, clean=True)
        self._tell("social_care", day, f"contact: {contact.reason}; {contact.outcome}", self.county.diary.week_of(day))

    def story(self, number: int, kind: str, plot: Plot, *, quiet: bool) -> None:
        """Let school days pass and note the story in the truth."""
        for house in self.houses:
            for child in house.children:
                self._attend(child)
        self.county.schools.close_household()
        due = self.due + timedelta(days=plot.silence)
        name = f"{'Q' if quiet else 'S'}{number:04d}-{kind.replace('_', '-')}"
        story = Story(
            name, kind, quiet, [h.hid for h in self.houses], [p.pid for p in plot.about], list(plot.rules),
            "" if quiet else due.isoformat(), plot.telling, [p.pid for p in plot.not_about], self.tells,
        )  # fmt: skip
        self.county.truth.story(story, plot.about)
