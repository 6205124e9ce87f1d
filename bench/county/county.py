"""Makes a county: households with their noise and stories, the files, the truth. Only this module knows all."""

from __future__ import annotations

from dataclasses import asdict
from random import Random

from bench.county.config import BadConfig, Config, Summary
from bench.county.diary import Diary
from bench.county.education import Schools
from bench.county.feed import plan
from bench.county.front_door import FrontDoor
from bench.county.health import Hospital
from bench.county.noise import Noise
from bench.county.people import Household
from bench.county.places import PEOPLE_PER_DISTRICT, District
from bench.county.planting import Plant
from bench.county.police import Police
from bench.county.population import Population
from bench.county.schooling import Schooling
from bench.county.social_care import Council
from bench.county.spool import Spool
from bench.county.stories import ALL_STORIES
from bench.county.truth import FOLDER, Truth


class County:
    """One county in the making."""

    def __init__(self, config: Config) -> None:
        if config.out.exists() and any(config.out.iterdir()):
            raise BadConfig("The folder for the county is not empty.", "Name a new or an empty one.")
        config.out.mkdir(parents=True, exist_ok=True)
        self.config = config
        self.diary = Diary(config)
        self.spool = Spool(config.out)
        self.population = Population(config)
        self.truth = Truth(config.out)
        self.health = Hospital(self.spool, self.diary)
        self.police = Police(self.spool, self.diary)
        self.schools = Schools(self.spool, self.diary)
        self.council = Council(self.spool, self.diary)
        self.noise = Noise(self)
        self.schooling = Schooling(self)
        self.front_door = FrontDoor(self)
        self.summary = Summary()

    def make(self) -> Summary:
        """Make it all."""
        people = self.config.people
        self._stories()
        while self.population.people < people:
            district = District(self.population.people // PEOPLE_PER_DISTRICT)
            rng = self.rng(self.population.households)
            house = self.population.household(district, rng, people - self.population.people)
            self.schooling.household(house, rng)
            self.noise.household(house, rng)
            self.front_door.household(house, rng)
            self.schools.close_household()
            self._write_truth(house)
            self._forget()
        return self._finish()

    def _stories(self) -> None:
        """Plant every kind of story, over all districts in turn."""
        districts = max(1, self.config.people // PEOPLE_PER_DISTRICT)
        number = 0
        for _ in range(self.config.story_sets):
            for tell, wish, quiet in ALL_STORIES:
                number += 1
                district = District(number % districts)
                plant = Plant(self, district, self.rng(-number), wish)
                plot = tell(plant)
                plant.story(number, tell.__name__, plot, quiet=quiet)
                for house in plant.houses:
                    self._write_truth(house)
                self._forget()

    def rng(self, number: int) -> Random:
        """A household's own source of chance."""
        return Random(f"{self.config.seed}/{number}")

    def _write_truth(self, house: Household) -> None:
        counts = self.summary.counts
        counts["people"] += len(house.members)
        counts["children"] += len(house.children)
        counts["households"] += 1
        counts["loud_households"] += house.loud
        counts["with_nhs_number"] += sum(1 for p in house.members if p.nhs)
        self.truth.household(house)

    def _forget(self) -> None:
        self.health.forget_after_household()
        self.police.forget_after_household()
        self.council.forget_after_household()

    def _finish(self) -> Summary:
        paths = []
        for sheet, size in self.spool.finish():
            paths.append(sheet.path)
            self.summary.bytes += size
            agency = sheet.path.partition("/")[0]
            self.summary.files[agency] = self.summary.files.get(agency, 0) + 1
        self.summary.counts["stories"] = sum(not s.quiet for s in self.truth.stories)
        self.summary.counts["quiet_stories"] = sum(s.quiet for s in self.truth.stories)
        self.truth.finish(self.summary.as_json(), [asdict(i) for i in plan(paths)])
        return self.summary


def generate(config: Config) -> Summary:
    """Make a county in `config.out`: a folder per agency, and `truth/`.

    Raises:
        BadConfig: the folder is not empty.
        OSError: it can't be written.
    """
    return County(config).make()


__all__ = ["FOLDER", "County", "generate"]
