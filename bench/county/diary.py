"""The county's diary: when files are made and which file a day's records go to. No records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from bench.county.config import Config

LONDON = ZoneInfo("Europe/London")
WEEK = 7
RETURN_EVERY = 21
"""Days between the authority's extracts of school tables: what is known of attendance is never four weeks old."""
RETURN_COVERS = 63
"""Days of sessions in each extract: nine weeks, whose holidays leave 33 school days."""
SESSIONS = 66
"""Possible sessions in those: two a day."""


@dataclass(frozen=True, slots=True)
class Diary:
    """The county's diary: weeks and extracts are counted back from the last day."""

    config: Config

    def week_of(self, day: date) -> date:
        """Last day of the week that a day falls in."""
        before = (self.config.as_of - day).days - 1
        return self.config.day(before // WEEK * WEEK + 1)

    def returns(self) -> list[date]:
        """Days on which school tables are extracted, earliest first."""
        whole = range(1, self.config.days, RETURN_EVERY)
        return [self.config.day(before) for before in reversed(whole)]

    def full_returns(self) -> list[date]:
        """Those of them that hold every pupil: one in nine weeks, the last one too. The others hold pupils of note."""
        return self.returns()[::-1][:: RETURN_COVERS // RETURN_EVERY][::-1]

    def return_of(self, day: date) -> date:
        """The extract that a day's suspensions go into."""
        before = (self.config.as_of - day).days - 1
        return self.config.day(before // RETURN_EVERY * RETURN_EVERY + 1)

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
