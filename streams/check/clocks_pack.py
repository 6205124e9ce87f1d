"""What packs/clocks.yaml holds: clocks, calendar, cover hours, quorum, ladder. No clock runs here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field

from streams.check.pack import Pack

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_TIME_OF_DAY = r"^([01]\d|2[0-3]):[0-5]\d$"


class Span(Pack):
    """A length of time and how it is counted."""

    hours: float = Field(gt=0, description="Hours.")
    counted: Literal["always", "working_days", "cover"] = Field(description="Which hours count.")


_DAILY = Span(hours=24, counted="working_days")


class Clock(Pack):
    """One clock: the same for all ratings (`hours`, `counted`), or one span a rating."""

    text: str
    unreferred: str = Field(default="", description="Its text where nobody referred: the machine proposed the check.")
    escalate_to: str
    again: Span = Field(default=_DAILY, description="When it rings again, until somebody has done what it asks for.")
    hours: float | None = None
    counted: Literal["always", "working_days", "cover"] = "always"
    red: Span | None = None
    amber: Span | None = None
    green: Span | None = None

    def words(self, *, referred: bool) -> str:
        """What it is called, on a check to which somebody referred or on one that nobody did."""
        return self.text if referred or not self.unreferred else self.unreferred

    def span(self, rating: str = "") -> Span:
        """The clock's span, for a rating where it depends on one."""
        if self.hours is not None:
            return Span(hours=self.hours, counted=self.counted)
        span = {"red": self.red, "amber": self.amber, "green": self.green}[rating]
        if span is None:
            raise KeyError(rating)
        return span


class Hours(Pack):
    """When somebody is there. `to: "24:00"` is midnight at the end of the day."""

    days: tuple[Day, ...]
    from_: str = Field(alias="from", pattern=_TIME_OF_DAY)
    to: str = Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")
    bank_holidays: bool = Field(default=False, description="True where bank holidays are covered too.")


class School(Pack):
    """When a school day begins, and which working days are none."""

    begins: str = Field(default="08:30", pattern=_TIME_OF_DAY)
    closed: tuple[date, ...] = ()
    recent_days: int = Field(default=7, gt=0, description="An incident older than this starts no clock.")


class CalendarPack(Pack):
    """Which days are working days."""

    country: str
    subdivision: str
    working_week: tuple[Day, ...]
    also_closed: tuple[date, ...] = ()
    school: School = School()


class Quorum(Pack):
    """What must be in before a bundle goes forward at its deadline."""

    must: tuple[str, ...]
    share: float = Field(ge=0, le=1)


class ClocksPack(Pack):
    """packs/clocks.yaml."""

    version: str
    zone: str
    calendar: CalendarPack
    clocks: Mapping[str, Clock]
    ladder: tuple[str, ...]
    quorum: Quorum
    cover: Mapping[str, Hours]
