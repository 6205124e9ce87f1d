"""Ordinary schooling: rolls, missed sessions, suspensions, drawn by published rates and written through `Schools`."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import TYPE_CHECKING

from bench.county.diary import SESSIONS
from bench.county.education import SECONDARY_AGE
from bench.county.people import Household, Person
from bench.county.rates import error_rate, rate

if TYPE_CHECKING:
    from bench.county.county import County

_YEAR = 365.25
_PERSISTENT, _SEVERE = 0.1, 0.5


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
                    self._absence(child, house, rng)
                    self._suspensions(child, house, rng)

    def _changes(self, child: Person, house: Household, rng: Random) -> None:
        days = [since for since, _ in house.homes[1:]] + [change.until for change in child.changes]
        for day in sorted(days):
            if rng.random() >= error_rate("old_address", "education"):
                self._c.schools.changed(child, house, max(day, self._c.config.start), rng)

    def _absence(self, child: Person, house: Household, rng: Random) -> None:
        """Sessions missed before each extract. A pupil keeps the same habit all through the year, with some scatter."""
        severe, persistent = rate("education", "severe_absence"), rate("education", "persistent_absence")
        draw = rng.random()
        if draw < severe:
            habit, house.loud = rng.uniform(_SEVERE, 0.9), True
        elif draw < persistent:
            habit = rng.uniform(_PERSISTENT, 0.4)
        else:
            habit = min(0.09, rng.expovariate(1 / rate("education", "mean_absence_other")))
        for taken in self._c.diary.returns():
            missed = round(SESSIONS * min(1.0, max(0.0, habit + rng.gauss(0, 0.015))))
            if missed:
                unauthorised = round(missed * rng.choice((0, 0, 0.2, 0.5)))
                self._c.schools.sessions(child, taken, missed, rng, unauthorised=unauthorised)

    def _suspensions(self, child: Person, house: Household, rng: Random) -> None:
        secondary = child.age_on(self._c.config.start) >= SECONDARY_AGE
        again = rate("education", "suspended_again")
        mean = rate("education", "suspensions_secondary" if secondary else "suspensions_primary") * self._years
        number = 0
        if rng.random() < mean * (1 - again):
            number = 1
            while rng.random() < again:
                number += 1
        for day in sorted(self._day(rng) for _ in range(number)):
            self._c.schools.suspend(child, day, rng, sessions=rng.choice((2, 2, 4, 6, 10)))
        if number >= 3:
            house.loud = True
        if rng.random() < rate("education", "permanent_exclusions") * self._years:
            house.loud = True
            self._c.schools.suspend(child, self._day(rng), rng, permanent=True)

    def _day(self, rng: Random) -> date:
        return self._c.diary.some_day(rng)
