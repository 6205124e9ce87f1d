"""Households and their people, drawn one household at a time. Nothing that an agency knows, and no events.

Structure after the 2021 census (rates.yaml): couples, lone parents, step-families, three generations, sharers,
communal homes; siblings, twins, newborns without a name yet, children named after a parent, moves, changed surnames.
"""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from bench.county.config import Config
from bench.county.identifiers import NHS_USABLE, TELEPHONES, NhsNumbers, telephone
from bench.county.names import Origin, pools
from bench.county.people import Change, Household, Person
from bench.county.places import District
from bench.county.rates import rate, shares

_YEAR = 365.25
_OWN_TELEPHONE = 13
"""Age from which people have a telephone number of their own."""
_TELEPHONE_SHARE = 0.9
_MARRIED_NAME = 0.7
"""Share of couples of one surname."""
_ETHNICITY = {
    "british": "WBRI", "polish": "WOTH", "romanian": "WOTH", "pakistani": "APKN", "bangladeshi": "ABAN",
    "indian": "AIND",
    "west_african": "BAFR", "somali": "BAFR", "chinese": "CHNE", "arabic": "OOTH", "caribbean": "BCRB",
    "mixed_british": "MWBC",
}  # fmt: skip
"""DfE main ethnicity codes."""
_WITH_CHILDREN = {"couple_children": 2, "lone_parent": 1, "step_family": 2, "multigeneration": 2}


def draw_share(section: str, name: str, rng: Random) -> str:
    """A value of a distribution in rates.yaml."""
    values, weights = shares(section, name)
    cumulative = tuple(accumulate(weights))
    return values[bisect(cumulative, rng.random() * cumulative[-1])]


@dataclass(slots=True)
class Wish:
    """What a household must be like, for a story; None leaves it to chance.

    Attributes:
        kind: kind of household.
        ages: ages in years of the children, eldest first, on the last day.
        twins: the last two children are twins.
        sexes: sexes of the children, or of the adults where there are none.
        head_age: age of the first adult, where there are no children.
    """

    kind: str
    ages: tuple[float, ...] = ()
    twins: bool = False
    sexes: str = ""
    head_age: float = 0.0


FOR_STORIES = 50
"""Telephone numbers, the last ones, that nobody has but by a story."""


class Population:
    """Draws households. One numbering of people, homes and NHS numbers for the whole county."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.people = 0
        self.households = 0
        self._nhs = NhsNumbers(config.seed)
        self._nhs_share = min(1.0, NHS_USABLE / config.people)
        self._telephone_share = min(_TELEPHONE_SHARE, TELEPHONES / config.people)
        self._telephones = 0
        self._dwellings: dict[int, int] = {}

    def household(self, district: District, rng: Random, room: int, wish: Wish | None = None) -> Household:
        """The next household: at most `room` people."""
        kind = wish.kind if wish else draw_share("people", "household_kinds", rng)
        self.households += 1
        index = self._dwellings.get(district.number, 0)
        self._dwellings[district.number] = index + 1
        place = district.dwelling(index, communal=kind == "communal")
        house = Household(self.households, kind, district.number, [(date.min, place)])
        origin = pools().origin(rng)
        if kind in _WITH_CHILDREN:
            self._family(house, origin, rng, wish)
        else:
            self._adults(house, origin, rng, wish)
        del house.members[max(room, 1) :]
        for member in house.members:
            self._number(member, rng)
        if not wish:
            self._changes(house, district, rng)
        return house

    def move(self, house: Household, district: District, day: date) -> None:
        """The household moves to a new dwelling on a day."""
        index = self._dwellings.get(district.number, 0)
        self._dwellings[district.number] = index + 1
        house.homes.append((day, district.dwelling(index)))

    def add(self, house: Household, person: Person) -> None:
        """Somebody more in a household: an unborn child."""
        self.people += 1
        person.number = self.people
        house.members.append(person)

    def _number(self, person: Person, rng: Random) -> None:
        self.people += 1
        person.number = self.people
        if rng.random() < self._nhs_share:
            person.nhs = self._nhs.next()
        old_enough = person.age_on(self.config.as_of) >= _OWN_TELEPHONE
        if old_enough and rng.random() < self._telephone_share and self._telephones < TELEPHONES - FOR_STORIES:
            person.mobile = telephone(self._telephones)
            self._telephones += 1

    def _person(
        self, origin: Origin, rng: Random, role: str, sex: str, birth: date, family: str | None = None
    ) -> Person:
        given = origin.given(sex, rng)
        person = Person(0, role, sex, birth, origin.name, given, family or pools().family(origin, rng))
        person.ethnicity = _ETHNICITY[origin.name]
        if rng.random() < 0.6:
            person.middle = origin.given(sex, rng)
        return person

    def _born(self, age: float, rng: Random) -> date:
        return self.config.as_of - timedelta(days=max(2, int(age * _YEAR + rng.random() * 20)))

    def _adults(self, house: Household, origin: Origin, rng: Random, wish: Wish | None) -> None:
        age = wish.head_age if wish and wish.head_age else min(97, rng.gauss(52, 18))
        sex = wish.sexes[0] if wish and wish.sexes else rng.choice("FM")
        first = self._person(origin, rng, "head", sex, self._born(age, rng))
        if house.kind == "communal":
            home = [first]
            for _ in range(rng.randrange(12, 22)):
                other, sex, age = pools().origin(rng), rng.choice("FFM"), rng.gauss(84, 7)
                home.append(self._person(other, rng, "resident", sex, self._born(age, rng)))
            house.members = home
            return
        first.birth = min(first.birth, self._born(18, rng))
        house.members = [first]
        if house.kind in ("couple", "grown_children"):
            house.members.append(self._partner(first, origin, rng))
        if house.kind == "grown_children":
            first.birth = min(first.birth, self._born(44, rng))
            for _ in range(rng.choice((1, 1, 2))):
                age = rng.uniform(18, 30)
                house.members.append(
                    self._person(origin, rng, "grown_child", rng.choice("FM"), self._born(age, rng), first.family)
                )
        if house.kind == "sharers":
            for _ in range(rng.choice((1, 2, 3))):
                house.members.append(
                    self._person(
                        pools().origin(rng), rng, "sharer", rng.choice("FM"), self._born(rng.uniform(19, 38), rng)
                    )
                )

    def _partner(self, first: Person, origin: Origin, rng: Random, role: str = "partner") -> Person:
        age = max(18.0, (self.config.as_of - first.birth).days / _YEAR + rng.gauss(0, 3.5))
        other = origin if rng.random() < 0.85 else pools().origin(rng)
        family = first.family if role == "partner" and rng.random() < _MARRIED_NAME else None
        return self._person(other, rng, role, "M" if first.sex == "F" else "F", self._born(age, rng), family)

    def _family(self, house: Household, origin: Origin, rng: Random, wish: Wish | None) -> None:
        ages = list(wish.ages) if wish else self._ages(rng)
        mother_age = ages[0] + min(42.0, max(17.5, rng.gauss(29, 5)))
        lone_father = house.kind == "lone_parent" and not wish and rng.random() < 0.1
        mother = self._person(origin, rng, "head", "M" if lone_father else "F", self._born(mother_age, rng))
        house.members = [mother]
        role = "step_parent" if house.kind == "step_family" else "partner"
        if _WITH_CHILDREN[house.kind] == 2:
            house.members.append(self._partner(mother, origin, rng, role))
        father_name = house.members[-1].family if role == "partner" else pools().family(origin, rng)
        name = father_name if rng.random() < 0.8 else mother.family
        self._add_children(house, origin, ages, name, rng, wish)
        if house.kind == "multigeneration":
            elder = self._person(
                origin, rng, "grandparent", "F", self._born(mother_age + rng.uniform(20, 33), rng), mother.family
            )
            house.members.append(elder)

    def _ages(self, rng: Random) -> list[float]:
        ages = [rng.uniform(0, 17.9)]
        for _ in range(int(draw_share("people", "children_per_family", rng)) - 1):
            ages.append(ages[-1] + max(1.1, rng.gauss(3, 1.3)))
        return sorted((a for a in ages if a < 17.95), reverse=True)

    def _add_children(
        self, house: Household, origin: Origin, ages: list[float], name: str, rng: Random, wish: Wish | None
    ) -> None:
        children: list[Person] = []
        for number, age in enumerate(ages):
            sex = wish.sexes[number] if wish and wish.sexes else rng.choice("FM")
            child = self._person(origin, rng, "child", sex, self._born(age, rng), name)
            twin = (
                wish.twins and number == len(ages) - 1
                if wish
                else rng.random() < rate("people", "multiple_maternities")
            )
            self._tell_apart(child, children, origin, rng)
            children.append(child)
            if twin:
                children.append(self._twin_of(child, children, origin, rng))
        if not wish and rng.random() < rate("people", "child_of_parents_name"):
            alike = next((p for p in house.members if p.sex == children[0].sex), None)
            if alike:
                children[0].given = alike.given
        house.members += children
        for child in children:
            self._newborn(child, house.members[0], rng)

    @staticmethod
    def _tell_apart(child: Person, others: list[Person], origin: Origin, rng: Random) -> None:
        while any(child.given == o.given and child.sex == o.sex for o in others):
            child.given = origin.given(child.sex, rng)

    def _twin_of(self, child: Person, others: list[Person], origin: Origin, rng: Random) -> Person:
        sex = child.sex if rng.random() < 0.65 else ("M" if child.sex == "F" else "F")
        twin = self._person(origin, rng, "child", sex, child.birth, child.family)
        self._tell_apart(twin, others, origin, rng)
        child.birth_order, twin.birth_order = 1, 2
        return twin

    def _newborn(self, child: Person, mother: Person, rng: Random) -> None:
        if child.birth >= self.config.start and rng.random() < rate("people", "newborn_registered_unnamed"):
            word = "Girl" if child.sex == "F" else "Boy"
            given = f"Twin {child.birth_order}" if child.birth_order and rng.random() < 0.5 else f"Baby {word}"
            until = child.birth + timedelta(days=rng.randrange(8, 36))
            child.changes = [Change(until, given, mother.family, placeholder=True)]

    def _changes(self, house: Household, district: District, rng: Random) -> None:
        years = self.config.days / _YEAR
        if house.kind != "communal" and rng.random() < rate("people", "moves_per_household") * years:
            self.move(house, district, self._some_day(rng))
        partnered = house.kind in ("couple", "couple_children", "step_family")
        if partnered and len(house.members) > 1 and rng.random() < rate("people", "surname_changes_per_woman") * years:
            woman = next((p for p in house.members[:2] if p.sex == "F"), None)
            other = next((p for p in house.members[:2] if p.sex == "M"), None)
            if woman and other and woman.family != other.family:
                self.rename(woman, other.family, self._some_day(rng))
        if house.kind == "step_family" and rng.random() < rate("people", "child_takes_partners_name") * years:
            for child in house.children:
                self.rename(child, house.members[1].family, self._some_day(rng))

    @staticmethod
    def rename(person: Person, family: str, day: date) -> None:
        """The person takes a new family name on a day; a newborn not yet named then keeps the first one."""
        if person.changes or family == person.family:
            return
        person.changes.append(Change(day, person.given, person.family))
        person.family = family

    def _some_day(self, rng: Random) -> date:
        return self.config.start + timedelta(days=rng.randrange(10, self.config.days - 10))
