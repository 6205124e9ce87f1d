"""What happens to ordinary families, at published rates. No planted story.

A household is marked `loud` when something happens that might rightly make a proposal; a household that stays
unmarked has at most indicators of level 2 from two agencies, and a hub that proposes on it is wrong.
"""

from __future__ import annotations

from datetime import date, timedelta
from math import exp
from random import Random
from typing import TYPE_CHECKING

from bench.county.diary import at
from bench.county.health import Reason
from bench.county.people import Household, Person
from bench.county.police import Named
from bench.county.rates import error_rate, rate

if TYPE_CHECKING:
    from bench.county.county import County

_YEAR = 365.25
ILLNESS = (
    Reason("J06.9", "Acute upper respiratory infection"), Reason("R10.4", "Abdominal pain"), Reason("R50.9", "Fever"),
    Reason("J45.9", "Asthma"), Reason("A09", "Gastroenteritis"), Reason("L50.9", "Urticaria"),
    Reason("R51", "Headache"),
    Reason("H66.9", "Otitis media"), Reason("N39.0", "Urinary tract infection"), Reason("R07.4", "Chest pain"),
)  # fmt: skip
INJURY = (
    Reason("S52.5", "Fracture of lower end of radius"), Reason("S01.8", "Open wound of head"),
    Reason("S93.4", "Sprain of ankle"),
    Reason("S61.0", "Open wound of finger"), Reason("S82.6", "Fracture of ankle"), Reason("T23.2", "Burn of hand"),
)  # fmt: skip
SELF_HARM = Reason("X78.9", "Intentional self-harm by sharp object")
OVERDOSE_INTENT = Reason("X60.9", "Intentional self-poisoning")
CRISIS = Reason("F32.2", "Severe depressive episode")
_CIRCUMSTANCES = (
    "Verbal argument, no injuries.",
    "Neighbour reported shouting.",
    "Argument over contact arrangements.",
    "Damage to a door.",
)


def count(mean: float, rng: Random) -> int:
    """A Poisson number (Knuth's method: the means here are below 3)."""
    limit, number, product = exp(-mean), 0, rng.random()
    while product > limit:
        number += 1
        product *= rng.random()
    return number


def repeats(again: float, rng: Random) -> int:
    """One, and another with chance `again`, each time."""
    number = 1
    while rng.random() < again:
        number += 1
    return number


class Noise:
    """Ordinary events of a household."""

    def __init__(self, county: County) -> None:
        self._c = county
        self._years = county.config.days / _YEAR

    def household(self, house: Household, rng: Random) -> None:
        """All that happens to a household in the period."""
        self.registrations(house, rng)
        if house.kind != "communal":
            self._domestic(house, rng)
        for person in house.members:
            self._attendances(person, house, rng)
            self._police(person, house, rng)

    def registrations(self, house: Household, rng: Random, *, clean: bool = False) -> None:
        """Who is known to the hospital before anything happens, and who tells it of a move or a new name."""
        child_share, adult_share = rate("health", "hospital_number_child"), rate("health", "hospital_number_adult")
        for person in house.members:
            if person.role == "unborn":
                continue
            if clean or rng.random() < (child_share if person.role == "child" else adult_share):
                self._c.health.register(person, house, rng, clean=clean)
                self._updates(person, house, rng, clean=clean)

    def _updates(self, person: Person, house: Household, rng: Random, *, clean: bool) -> None:
        days: list[tuple[date, bool]] = [(since, False) for since, _ in house.homes[1:]]
        days += [(change.until, True) for change in person.changes]
        for day, renamed in sorted(days):
            if clean or renamed or rng.random() >= error_rate("old_address", "health"):
                heard = day + timedelta(days=0 if renamed else rng.randrange(3, 40))
                self._c.health.moved_or_renamed(person, house, heard, rng, event=rng.choice(("A31", "A31", "A08")))

    def _attendances(self, person: Person, house: Household, rng: Random) -> None:
        child = person.age_on(self._c.config.as_of) < 18
        for _ in range(count(rate("health", "ed_child" if child else "ed_adult") * self._years, rng)):
            day = self._c.diary.some_day(rng, person.birth + timedelta(days=1))
            injured = rng.random() < rate("health", "ed_injury")
            if injured and person.age_on(day) < 2:
                house.loud = True
            stays = rng.randrange(1, 4) if rng.random() < rate("health", "admitted_from_ed") else 0
            reason = rng.choice(INJURY if injured else ILLNESS)
            self._c.health.attends(person, house, at(day, rng), reason, rng, stays=stays)
        age = person.age_on(self._c.config.as_of)
        if 10 <= age < 18 and rng.random() < rate("health", "self_harm_10_17") * self._years:
            house.loud = True
            self._c.health.attends(person, house, at(self._c.diary.some_day(rng), rng), SELF_HARM, rng)
        if age >= 18 and rng.random() < rate("health", "mental_health_crisis") * self._years:
            house.loud = True
            day = self._c.diary.some_day(rng)
            self._c.health.admitted(person, house, at(day, rng), CRISIS, "MH1", rng.randrange(5, 40), rng)

    def _domestic(self, house: Household, rng: Random) -> None:
        mean = rate("police", "domestic_incidents") * len(house.members) * self._years
        if rng.random() >= mean * (1 - rate("police", "domestic_household_repeat")):
            return
        house.loud = True
        for _ in range(repeats(rate("police", "domestic_household_repeat"), rng)):
            high = rng.random() < rate("police", "domestic_high_risk")
            self.domestic_incident(
                house, self._c.diary.some_day(rng), rng, ticks=rng.randrange(14, 20) if high else rng.randrange(1, 10)
            )

    def domestic_incident(
        self, house: Household, day: date, rng: Random, *, ticks: int, clean: bool = False, **columns: str
    ) -> str:
        """A domestic incident with whoever is at home; its reference."""
        children = [p for p in house.children if p.birth <= day]
        adults = [p for p in house.members if p.role not in ("child", "grandparent", "grown_child")][:2]
        victim = next((p for p in adults if p.sex == "F"), adults[0])
        first = 3 if len(adults) > 1 else 2
        refs = range(first, first + len(children))
        named = [Named(victim, house, "victim", tuple((_parent(victim), ref) for ref in refs))]
        for other in adults:
            if other is not victim:
                ties = () if other.role == "step_parent" else tuple((_parent(other), ref) for ref in refs)
                steps = tuple(("step_parent", ref) for ref in refs) if other.role == "step_parent" else ()
                named.append(Named(other, house, "suspect", (("partner", 1), *ties, *steps)))
        named += [Named(c, house, "child", columns={"present": "Y", "welfare_check": "Y"}) for c in children]
        notice = {
            "dash_ticks": str(ticks), "dash_grade": "high" if ticks >= 14 else "medium" if ticks >= 8 else "standard",
            "children_present": "Y" if children else "N", "circumstances": rng.choice(_CIRCUMSTANCES),
        }  # fmt: skip
        return self._c.police.notice(
            "domestic", at(day, rng, evening=True), named, rng, clean=clean, **{**notice, **columns}
        )

    def child_notice(
        self,
        child: Person,
        house: Household,
        day: date,
        rng: Random,
        *,
        clean: bool = False,
        grade: str = "green",
        **columns: str,
    ) -> str:
        """A vulnerability notice on a child, with a parent; its reference."""
        parent = house.parents[0]
        named = [Named(child, house, "child"), Named(parent, house, "parent", ((_parent(parent), 1),))]
        return self._c.police.notice("child", at(day, rng), named, rng, clean=clean, grade=grade, **columns)

    def missing_episode(
        self, child: Person, house: Household, day: date, rng: Random, *, hours: int, clean: bool = False
    ) -> str:
        """A missing episode; its reference."""
        start = at(day, rng).replace(hour=17)
        named = [Named(child, house, "child")]
        times = {
            "missing_from": f"{start:%Y-%m-%dT%H:%M}",
            "returned_at": f"{start + timedelta(hours=hours):%Y-%m-%dT%H:%M}",
        }
        return self._c.police.notice("missing", start, named, rng, clean=clean, hours_missing=str(hours), **times)

    def _police(self, person: Person, house: Household, rng: Random) -> None:
        age = person.age_on(self._c.config.as_of)
        if person.role == "child":
            for _ in range(count(rate("police", "child_notices") * self._years, rng)):
                house.loud = True
                day = self._c.diary.some_day(rng, person.birth)
                self.child_notice(person, house, day, rng, grade=rng.choice(("green", "green", "amber")))
            if age >= 11 and rng.random() < rate("police", "child_missing_people") * self._years * 18 / 7:
                house.loud = True
                for _ in range(repeats(rate("police", "child_missing_again"), rng)):
                    long = rng.random() < rate("police", "missing_over_24h")
                    hours = rng.randrange(24, 60) if long else rng.randrange(2, 14)
                    self.missing_episode(
                        person, house, self._c.diary.some_day(rng, self._c.config.start), rng, hours=hours
                    )
        elif rng.random() < rate("police", "adult_notices") * self._years:
            house.loud = True
            when = at(self._c.diary.some_day(rng), rng)
            grade = rng.choice(("green", "green", "amber"))
            self._c.police.notice("adult", when, [Named(person, house, "adult")], rng, grade=grade)


def _parent(person: Person) -> str:
    return "mother" if person.sex == "F" else "father"
