"""What a rule may look at: a person's evidence newest first, the clock, the age. A view; it changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache

from hub.state.headers import from_micros, micros
from streams.picture.evidence import Evidence

DAY = 24 * 60 * 60 * 1_000_000
"""Microseconds."""
YEAR = int(365.2425 * DAY)
SKEW = DAY
"""How far a fact may lie ahead of the stage's clock and count at once: agencies' dates have no hour, clocks differ.
What lies further ahead is kept and shown, and counts when its time comes."""
ADULT_AGE = 18
TERM_GRACE_DAYS = 21
"""A birth is awaited for three weeks after the expected date (NICE NG207: induction is offered from 41 weeks); after
that the person is taken for born."""
PLAUSIBLE_BIRTHS = range(1850, 2200)
"""Years. A birth date outside is shown as the source has it, and no age is made of it."""
CHILD_ROLES = frozenset({"child", "sibling", "unborn"})
ADULT_ROLES = frozenset({"adult", "parent", "carer", "suspect"})


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of whose picture it is.

    Attributes:
        birth: birth or expected date, microseconds; None if unknown.
        expected: the date is an expected one.
        roles: live records by role.
    """

    birth: int | None = None
    expected: bool = False
    roles: tuple[str, ...] = ()

    def age(self, at: int) -> float | None:
        """Age in years at a time; below 0 before birth; None if unknown."""
        return None if self.birth is None else (at - self.birth) / YEAR

    def subject(self, now: int) -> str:
        """`child`, `adult` or `unborn` at a time. Without a birth date, roles decide; in doubt a child's role holds."""
        age = self.age(now)
        if age is None:
            if set(self.roles) == {"unborn"}:
                return "unborn"
            return "child" if CHILD_ROLES.intersection(self.roles) else "adult"
        if self.expected and self.birth is not None and now < self.birth + TERM_GRACE_DAYS * DAY:
            return "unborn"
        return "adult" if self.birth is not None and now >= _birthday(self.birth, ADULT_AGE) else "child"

    def young(self, now: int) -> bool:
        """Under one, or not yet born."""
        return self.subject(now) == "unborn" or (self.birth is not None and now < _birthday(self.birth, 1))

    def birthday(self, years: int) -> int | None:
        """When the person reaches an age, microseconds; None if the birth date is unknown."""
        return None if self.birth is None else _birthday(self.birth, years)

    def next_birthday(self, now: int) -> int:
        """When the answer of `subject` or `young` next changes; 0 never."""
        if self.birth is None:
            return 0
        return next((m for m in _milestones(self.birth) if m > now), 0)


@lru_cache(maxsize=10_000)
def _milestones(birth: int) -> list[int]:
    return sorted((_birthday(birth, 1), _birthday(birth, ADULT_AGE), birth + TERM_GRACE_DAYS * DAY))


@lru_cache(maxsize=10_000)  # asked several times for each person in hand
def _birthday(birth: int, years: int) -> int:
    born = from_micros(birth)
    try:
        return micros(born.replace(year=born.year + years))
    except ValueError:  # 29 February: of age on 1 March
        return micros(born.replace(year=born.year + years, month=3, day=1))


def person_of(births: dict[str, int], roles: dict[str, int]) -> Person:
    """The birth date that most source identities give; then the more exact, then the earlier; in any order."""
    names = tuple(sorted(roles))
    if len(births) < 2:  # noqa: PLR2004 - nothing to choose between
        return _person(next(iter(births), ""), names)
    text = min(births, key=lambda b: (b.endswith("|expected"), -births[b], -len(b.split("|")[0]), b))
    return _person(text, names)


@lru_cache(maxsize=10_000)  # children born on one day are many, and each is asked for again and again
def _person(birth: str, names: tuple[str, ...]) -> Person:
    if not birth:
        return Person(roles=names)
    value, precision = birth.split("|")
    start = _first_day(value)
    return Person(start, precision == "expected", names) if start is not None else Person(roles=names)


def _first_day(value: str) -> int | None:
    parts = value.split("-")
    try:
        if int(parts[0]) not in PLAUSIBLE_BIRTHS:
            return None
        day = date(int(parts[0]), int(parts[1]) if len(parts) > 1 else 1, int(parts[2]) if len(parts) > 2 else 1)  # noqa: PLR2004
        return micros(datetime(day.year, day.month, day.day, tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


@dataclass(slots=True)
class Look:
    """One evaluation's view.

    Args:
        now: stage time, microseconds.
        person: whose.
        held: codes of which there is evidence.
        newest: evidence of a code that is younger than a time (microseconds; None: of any age), newest first: no more
            of it than a rule looks at.
        aliases: incident -> the one that prompted it.
    """

    now: int
    person: Person
    held: AbstractSet[str]
    newest: Callable[[str, int | None], list[Evidence]]
    aliases: dict[str, str] = field(default_factory=dict)

    def held_of(self, codes: Iterable[str]) -> list[str]:
        """Those of the codes of which there is evidence, in their order."""
        held = self.held
        return [code for code in codes if code in held]

    def root(self, incident: str) -> str:
        """The originating incident behind an incident."""
        seen = {incident}
        while (cause := self.aliases.get(incident)) is not None and cause not in seen:
            seen.add(cause)
            incident = cause
        return min(seen) if cause is not None else incident  # two that prompt each other are one


def days(count: int) -> int:
    """Days in microseconds."""
    return count * DAY
