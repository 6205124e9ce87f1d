"""When a clock runs out: working days with England's bank holidays, agencies' cover hours. No store, no wall clock.

A due time is a pure function of start, span and the calendar's version; the version is kept with each due time, so
that a later calendar never moves a clock that already runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from importlib.metadata import version
from zoneinfo import ZoneInfo

import holidays

from hub.errors import Fatal
from streams.check.clocks_pack import ClocksPack, Hours, Span

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HORIZON_DAYS = 366
"""A clock that finds no working hour for a year is a mistake in the pack, not a long wait."""
_ONE_DAY = timedelta(days=1)
_Interval = tuple[datetime, datetime]


class WorkingTime:
    """A partnership's calendar.

    Args:
        pack: clocks.yaml.
    """

    def __init__(self, pack: ClocksPack) -> None:
        """See the class."""
        self._pack = pack
        self._zone = ZoneInfo(pack.zone)
        self._holidays = holidays.country_holidays(pack.calendar.country, subdiv=pack.calendar.subdivision)

    @cached_property
    def calendar_version(self) -> str:
        """Version of the pack and of the holidays behind every due time."""
        return f"{self._pack.version}+holidays-{version('holidays')}"

    def due(self, start: datetime, span: Span, agency: str = "") -> datetime:
        """When `span`, begun at `start`, has run out (UTC).

        Args:
            start: with a zone.
            span: length, and which hours count.
            agency: whose cover hours count, where the span counts those.

        Raises:
            Fatal: the pack leaves no hour that counts.
        """
        left = timedelta(hours=span.hours)
        if span.counted == "always":
            return start.astimezone(UTC) + left
        for begin, end in self._open(start, span, agency):
            if begin + left <= end:
                return begin + left
            left -= end - begin
        raise Fatal(
            f"No hours of {agency or 'the calendar'} count within a year.",
            "Correct working_week or cover in clocks.yaml.",
        )

    def covered(self, moment: datetime, agency: str) -> bool:
        """Whether somebody at the agency is there at that moment."""
        day = moment.astimezone(self._zone).date()
        return any(begin <= moment < end for begin, end in self._cover(day, self._hours(agency)))

    def is_working_day(self, day: date) -> bool:
        """Whether it is a working day of the partnership."""
        calendar = self._pack.calendar
        return (
            self._in_week(day, calendar.working_week) and day not in self._holidays and day not in calendar.also_closed
        )

    def school_begins(self, after: datetime) -> datetime:
        """When the next school day begins (UTC): a working day that is no school holiday.

        Raises:
            Fatal: the pack leaves no school day within a year.
        """
        school = self._pack.calendar.school
        first = after.astimezone(self._zone).date()
        for offset in range(_HORIZON_DAYS):
            day = first + offset * _ONE_DAY
            begins = datetime.combine(day, time.fromisoformat(school.begins), self._zone).astimezone(UTC)
            if begins > after and self.is_working_day(day) and day not in school.closed:
                return begins
        raise Fatal("No school day within a year.", "Correct calendar.school in clocks.yaml.")

    def _open(self, start: datetime, span: Span, agency: str) -> Iterator[_Interval]:
        """Hours that count, from `start` on, in order."""
        first = start.astimezone(self._zone).date()
        hours = self._hours(agency)
        for offset in range(_HORIZON_DAYS):
            day = first + offset * _ONE_DAY
            if span.counted == "cover":
                intervals = self._cover(day, hours)
            else:
                intervals = [self._interval(day, time(0), None)] if self.is_working_day(day) else []
            for begin, end in intervals:
                if end > start:
                    yield max(begin, start.astimezone(UTC)), end

    def _cover(self, day: date, hours: Hours) -> list[_Interval]:
        closed = (day in self._holidays or day in self._pack.calendar.also_closed) and not hours.bank_holidays
        if closed or not self._in_week(day, hours.days):
            return []
        end = None if hours.to == "24:00" else time.fromisoformat(hours.to)
        return [self._interval(day, time.fromisoformat(hours.from_), end)]

    def _hours(self, agency: str) -> Hours:
        return self._pack.cover.get(agency) or self._pack.cover["default"]

    def _interval(self, day: date, begin: time, end: time | None) -> _Interval:
        """Local times of a day as UTC: on the days when the clocks change they are 23 or 25 hours long."""
        last = datetime.combine(day, end, self._zone) if end else datetime.combine(day + _ONE_DAY, time(0), self._zone)
        return datetime.combine(day, begin, self._zone).astimezone(UTC), last.astimezone(UTC)

    @staticmethod
    def _in_week(day: date, week: tuple[str, ...]) -> bool:
        return _DAYS[day.weekday()] in week
