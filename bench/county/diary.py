"""The county's diary: when files are made and which file a day's records go to. No records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from bench.county.config import Config

LONDON = ZoneInfo("Europe/London")
WEEK = 7
HALF_TERM = 60
"""Days between a school's returns: a half-term with its holiday."""
SESSIONS = 66
"""Sessions in a half-term: 33 school days of two."""


@dataclass(frozen=True, slots=True)
class Diary:
    """The county's diary: weeks and half-terms are counted back from the last day."""

    config: Config

    def week_of(self, day: date) -> date:
        """Last day of the week that a day falls in."""
        before = (self.config.as_of - day).days - 1
        return self.config.day(before // WEEK * WEEK + 1)

    def returns(self) -> list[date]:
        """Days on which schools' returns on a whole half-term are made, earliest first."""
        whole = range(1, self.config.days - HALF_TERM + 2, HALF_TERM)
        return [self.config.day(before) for before in reversed(whole)]

    def return_of(self, day: date) -> date:
        """The return that a day's sessions and suspensions go into."""
        before = (self.config.as_of - day).days - 1
        return self.config.day(before // HALF_TERM * HALF_TERM + 1)

    @property
    def base(self) -> date:
        """The day of the first load: the day before the period."""
        return self.config.start - timedelta(days=1)

    def some_day(self, rng: Random, earliest: date | None = None) -> date:
        """A day of the period, not before `earliest`; its first day where there is none."""
        start = max(self.config.start, earliest or self.config.start)
        return start + timedelta(days=rng.randrange(max(1, (self.config.as_of - start).days)))


def at(day: date, rng: Random, *, evening: bool = False) -> datetime:
    """A moment on a day, in the hours in which no clock changes."""
    hour = rng.randrange(18, 24) if evening else rng.randrange(7, 22)
    return datetime.combine(day, time(hour, rng.randrange(60), rng.randrange(60)), LONDON)


def made_on(day: date) -> datetime:
    """When a day's file is made: half an hour before midnight."""
    return datetime.combine(day, time(23, 30), LONDON)
