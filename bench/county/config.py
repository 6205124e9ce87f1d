"""What a county is made from, and what came of it. No generation here."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hub.errors import Fatal

MIN_PEOPLE = 500
MAX_PEOPLE = 1_400_000
MIN_DAYS = 120
"""Stories reach up to 110 days back: less than the longest windows of the rules whose facts they plant."""
PEOPLE_PER_STORY_SET = 50_000
"""Every kind of story and of quiet family is planted once per so many people, at least once."""


class BadConfig(Fatal):
    """The county asked for can't be made."""


@dataclass(frozen=True, slots=True)
class Config:
    """What to generate.

    Attributes:
        out: new or empty folder.
        people: how many people, 500 to 1,400,000.
        seed: the same seed and config give the same bytes.
        as_of: end of the period, exclusive: nothing is dated on that day or later.
        days: length of the period in days, at least 120.

    Raises:
        BadConfig: a size out of bounds.
    """

    out: Path
    people: int
    seed: int
    as_of: date
    days: int = 365

    def __post_init__(self) -> None:
        if not MIN_PEOPLE <= self.people <= MAX_PEOPLE:
            raise BadConfig(f"A county of {self.people} people can't be made.", f"Give {MIN_PEOPLE} to {MAX_PEOPLE}.")
        if self.days < MIN_DAYS:
            raise BadConfig(f"A period of {self.days} days is too short.", f"Give at least {MIN_DAYS} days.")

    @property
    def start(self) -> date:
        """First day of the period."""
        return self.as_of - timedelta(days=self.days)

    @property
    def story_sets(self) -> int:
        """How often each kind of story is planted."""
        return max(1, self.people // PEOPLE_PER_STORY_SET)

    def day(self, before: int) -> date:
        """The day so many days before as_of."""
        return self.as_of - timedelta(days=before)


@dataclass(slots=True)
class Summary:
    """What was generated.

    Attributes:
        counts: people, children, households, stories, records by kind ...
        files: native files by agency.
        bytes: their size in all.
    """

    counts: Counter[str] = field(default_factory=Counter)
    files: dict[str, int] = field(default_factory=dict)
    bytes: int = 0

    def as_json(self) -> dict[str, Any]:
        """For `--json` and summary.json: keys sorted."""
        plain = asdict(self)
        plain["counts"] = dict(sorted(self.counts.items()))
        plain["files"] = dict(sorted(self.files.items()))
        return plain
