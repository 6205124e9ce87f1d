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
"""Days between files of schools: what is known of a pupil of note is never four weeks old."""
RETURN_COVERS = 63
"""Days of sessions in each file: nine weeks, whose holidays leave 33 school days."""
SESSIONS = 66
"""Possible sessions in those: two a day."""
TERM_SESSIONS = 130
"""Possible sessions in a term."""
_CENSUSES = (("spring", 1, 22), ("summer", 5, 21), ("autumn", 10, 8))
"""Terms and the days on which their census comes in: some days after census day (DfE school census guide)."""


@dataclass(frozen=True, slots=True)
class Census:
    """A school census: the day on which it comes in, and its label, such as `2026_spring`."""

    taken: date
    label: str


@dataclass(frozen=True, slots=True)
class Diary:
    """The county's diary: weeks and extracts are counted back from the last day."""

    config: Config

    def week_of(self, day: date) -> date:
        """Last day of the week that a day falls in."""
        before = (self.config.as_of - day).days - 1
        return self.config.day(before // WEEK * WEEK + 1)

    def returns(self) -> list[date]:
        """Days on which schools send files, earliest first."""
        whole = range(1, self.config.days, RETURN_EVERY)
        return [self.config.day(before) for before in reversed(whole)]

    def full_returns(self) -> list[date]:
        """Those of them on which every pupil is sent: one in nine weeks, the last one too."""
        return self.returns()[::-1][:: RETURN_COVERS // RETURN_EVERY][::-1]

    def censuses(self) -> list[Census]:
        """School censuses that come in within the period, earliest first."""
        years = range(self.config.start.year, self.config.as_of.year + 1)
        days = [(date(year, month, day), f"{year}_{term}") for year in years for term, month, day in _CENSUSES]
        return [Census(day, label) for day, label in sorted(days) if self.config.start <= day < self.config.as_of]

    def return_of(self, day: date) -> date:
        """The day's school files that what happened on a day goes into."""
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
