"""Ordinary work of children's social care, drawn by published rates and written through `Council`. No format."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from bench.county.cin_census import Episode
from bench.county.diary import at
from bench.county.noise import count
from bench.county.people import Household, Person
from bench.county.rates import rate
from bench.county.social_care import TEAM, Contact

if TYPE_CHECKING:
    from bench.county.county import County

_YEAR = 365.25
CENSUS_EVERY = 91
"""Days between extracts of children in need: a quarter."""
_REASONS = (
    "Family asks for parenting support", "Overcrowding and housing advice", "Contact arrangements after separation",
    "School asks for advice", "Young carer", "Disability support", "Neighbour dispute",
)  # fmt: skip
_SOURCES = ("1A", "1B", "2A", "2B", "3A", "5A", "6", "7", "9")
_NEEDS = ("N1", "N1", "N2", "N4", "N5", "N8")
_FACTORS = ("2B", "3A", "3B", "4B", "10", "17A", "18B", "19B")


class FrontDoor:
    """A household's ordinary dealings with children's social care."""

    def __init__(self, county: County) -> None:
        self._c = county
        self._years = county.config.days / _YEAR

    def household(self, house: Household, rng: Random) -> None:
        """All that the council sees of a household in the period."""
        if not house.children:
            return
        child = rng.choice(house.children)
        mean = rate("social_care", "contacts") * self._years * len(house.children)
        for _ in range(count(mean, rng)):
            self._contact(child, house, rng)
        for each in house.children:
            if rng.random() < rate("social_care", "in_need") * (1 + self._years):
                self._in_need(each, house, rng)

    def _contact(self, child: Person, house: Household, rng: Random) -> None:
        house.loud = True
        day = self._c.diary.some_day(rng, child.birth)
        referred = rng.random() < rate("social_care", "referrals") / rate("social_care", "contacts")
        outcome = (
            "referral" if referred else rng.choice(("information", "information", "information", "nfa", "early_help"))
        )
        contact = Contact(rng.choice(_REASONS), source=rng.choice(_SOURCES), outcome=outcome, seen=referred)
        self._c.council.contact(child, house, at(day, rng), contact, rng)

    def _in_need(self, child: Person, house: Household, rng: Random) -> None:
        """An open episode of about a year, begun before or within the period; on each extract while it is open."""
        house.loud = True
        config = self._c.config
        earliest = max(child.birth + timedelta(days=1), config.start - timedelta(days=330))
        if earliest >= config.as_of:
            return
        referred = earliest + timedelta(days=rng.randrange((config.as_of - earliest).days))
        closed = referred + timedelta(days=rng.randrange(60, 500))
        need = rng.choice(_NEEDS)
        assessed = referred + timedelta(days=rng.randrange(1, 12))
        plan = rng.random() < rate("social_care", "protection_plan") / rate("social_care", "in_need")
        episode = Episode(
            referred, rng.choice(_SOURCES), need, assessed, (rng.choice(_FACTORS),),
            section47=referred + timedelta(days=5) if plan or rng.random() < 0.3 else None,
            plan=(referred + timedelta(days=20), "NEG" if need == "N5" else "EMO") if plan else None,
        )  # fmt: skip
        self.extracts(child, house, episode, closed, rng)
        since = max(referred, self._c.diary.base)
        flags = {"ActiveCIN": "1", "ActiveCINSince": str(referred), "Team": TEAM}
        if since < closed:
            self._c.council.flag(child, house, since, flags, rng)

    def extracts(
        self, child: Person, house: Household, episode: Episode, closed: date, rng: Random, *, clean: bool = False
    ) -> None:
        """The episode as each quarter's extract has it: what had not yet happened is left out."""
        for taken in self.taken():
            if episode.referred > taken or closed < taken - timedelta(days=CENSUS_EVERY):
                continue
            seen = Episode(
                episode.referred, episode.source, episode.need, nfa=episode.nfa,
                closed=closed if closed <= taken else None,
                assessed=episode.assessed if episode.assessed and episode.assessed <= taken else None,
                factors=episode.factors,
                section47=episode.section47 if episode.section47 and episode.section47 <= taken else None,
                plan=episode.plan if episode.plan and episode.plan[0] <= taken else None,
            )  # fmt: skip
            self._c.council.census(child, house, seen, taken, rng, clean=clean)

    def taken(self) -> list[date]:
        """Days of the extracts: before the period, and each quarter counted back from its end."""
        config = self._c.config
        return [self._c.diary.base, *(config.day(b) for b in reversed(range(1, config.days, CENSUS_EVERY)))]
