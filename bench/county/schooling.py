"""Ordinary schooling: rolls, missed sessions, suspensions, drawn by published rates and written through `Schools`."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import TYPE_CHECKING

from bench.county.diary import SESSIONS, TERM_SESSIONS
from bench.county.education import SECONDARY_AGE, Absence
from bench.county.noise import repeats
from bench.county.people import Household, Person
from bench.county.rates import error_rate, rate

if TYPE_CHECKING:
    from bench.county.county import County

_YEAR = 365.25
_PERSISTENT, _SEVERE = 0.1, 0.5
_REPEAT = 3
"""So many suspensions are an indicator of level 3."""


class Schooling:
    """A household's ordinary dealings with schools."""

    def __init__(self, county: County) -> None:
        self._c = county
        self._years = county.config.days / _YEAR

    def household(self, house: Household, rng: Random) -> None:
        """All that schools see of a household in the period."""
        for child in house.children:
            if rng.random() < rate("education", "state_school"):
                self._c.schools.enrol(child, house, rng)
                if self._c.schools.attends(child):
                    self._changes(child, house, rng)
                    days = self._suspended_on(child, rng)
                    self._absence(child, house, rng, of_note=bool(days))
                    for day in days:
                        self._c.schools.suspend(child, day, rng, sessions=rng.choice((2, 2, 4, 6, 10)))
                    house.loud |= len(days) >= _REPEAT
                    self._exclusion(child, house, rng)

    def _changes(self, child: Person, house: Household, rng: Random) -> None:
        days = [since for since, _ in house.homes[1:]] + [change.until for change in child.changes]
        for day in sorted(days):
            if rng.random() >= error_rate("old_address", "education"):
                self._c.schools.changed(child, house, max(day, self._c.config.start), rng)

    def _absence(self, child: Person, house: Household, rng: Random, *, of_note: bool) -> None:
        """Sessions missed, in each file that holds the pupil. The habit stays the same, with some scatter."""
        severe, persistent = rate("education", "severe_absence"), rate("education", "persistent_absence")
        draw = rng.random()
        if draw < severe:
            habit, house.loud = rng.uniform(_SEVERE, 0.9), True
        elif draw < persistent:
            habit = rng.uniform(_PERSISTENT, 0.4)
        else:
            habit = min(0.09, rng.expovariate(1 / rate("education", "mean_absence_other")))
        diary = self._c.diary
        for taken in diary.returns() if habit >= _PERSISTENT or of_note else diary.full_returns():
            self._c.schools.attendance(child, taken, self.sessions(habit, SESSIONS, rng))
        for census in diary.censuses():
            self._c.schools.census(child, census, self.sessions(habit, TERM_SESSIONS, rng), rng)

    @staticmethod
    def sessions(habit: float, possible: int, rng: Random) -> Absence:
        """Sessions missed of so many by a pupil of that habit."""
        missed = round(possible * min(1.0, max(0.0, habit + rng.gauss(0, 0.015))))
        unauthorised = round(missed * rng.choice((0, 0, 0.2, 0.5)))
        return Absence(possible, missed - unauthorised, unauthorised)

    def _suspended_on(self, child: Person, rng: Random) -> list[date]:
        secondary = child.age_on(self._c.config.start) >= SECONDARY_AGE
        again = rate("education", "suspended_again")
        mean = rate("education", "suspensions_secondary" if secondary else "suspensions_primary") * self._years
        if rng.random() >= mean * (1 - again):
            return []
        return sorted(self._c.diary.some_day(rng) for _ in range(repeats(again, rng)))

    def _exclusion(self, child: Person, house: Household, rng: Random) -> None:
        if rng.random() < rate("education", "permanent_exclusions") * self._years:
            house.loud = True
            self._c.schools.suspend(child, self._c.diary.some_day(rng), rng, permanent=True)
