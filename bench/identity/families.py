"""Families that are hard to tell apart, seeded: the first generator.

Twins, siblings a year apart, a father and son of one name, newborns not yet named, step-families, adoption, moves
with and without a new surname, transliteration, and the noise of agencies (`slips`). People are made up; NHS numbers
are of the 999 test range, telephones of Ofcom's drama ranges.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bench.identity.numbers import nhs_numbers, nino, upn
from bench.identity.sample import Record, Sample, Traits
from bench.identity.slips import birth_slip, digit_slip, slip

TODAY = date(2026, 3, 2)
ADOPTED = 1_000_000
"""Added to the family's number: to the bench an adopted child's new identity is a stranger."""
TOWNS = [("Ansholm", "ZA"), ("Brackley Vale", "ZB"), ("Corrowby", "ZC"), ("Duncastle", "ZD"), ("Eastmere", "ZE")]
STREETS = [
    "High Street", "Church Road", "Mill Lane", "Station Road", "Park Avenue", "Victoria Road", "Green Lane",
    "Queens Road", "Manor Drive", "Orchard Close", "Springfield Road", "The Crescent", "Albert Street",
    "Quarry Road", "Chapel Street", "Beech Grove", "Oak Avenue", "Windsor Gardens", "Meadow Way", "Bridge Street",
    "Canal Row", "Foundry Terrace", "Priory Place", "Tithe Barn Lane", "Weavers Court",
]  # fmt: skip


@dataclass
class Home:
    """An address."""

    house: str
    street: str
    town: str
    postcode: str
    uprn: str


@dataclass
class Person:
    """One person, as they truly are; lists are in order of time."""

    number: int
    family: int
    given: str
    others: list[str]
    surnames: list[str]
    born: date
    sex: str
    origin: str
    homes: list[Home]
    phones: list[str]
    ids: dict[str, str] = field(default_factory=dict)
    newborn: str = ""
    superseded: str = ""


@lru_cache(maxsize=1)
def names() -> dict[str, Any]:
    """Names by origin."""
    return dict(yaml.safe_load(Path(__file__).with_name("names.yaml").read_text("utf-8")))


def families(count: int, seed: int, *, noise: float = 1.0) -> Sample:
    """Records of `count` families.

    Args:
        count: families.
        seed: of everything random.
        noise: how often hands slip: 1 is a fair day.
    """
    rng = random.Random(seed)
    sample = Sample(f"families-{seed}")
    made = 0
    fresh = nhs_numbers(rng)
    for number in range(count):
        for person in _family(rng, number, made, fresh):
            made += 1
            _records(rng, person, sample, noise)
    rng.shuffle(sample.records)
    return sample


def _zipf(rng: random.Random, some: Sequence[str]) -> str:
    return some[min(int(len(some) * rng.random() ** 1.7), len(some) - 1)]


def _home(rng: random.Random) -> Home:
    town, area = rng.choice(TOWNS)
    at = rng.randrange(2500)
    street = STREETS[at % len(STREETS)]
    code = f"{area}{at % 9 + 1} {at // 250 % 10}{chr(65 + at % 23)}{chr(65 + at // 23 % 23)}".replace("I", "J")
    number = rng.randrange(1, 90)
    house = f"Flat {rng.randrange(1, 9)}, {number}" if rng.random() < 0.12 else str(number)
    return Home(house, street, town, code, f"10{at:05}{number:03}{house.count('F')}")


def _family(rng: random.Random, number: int, first: int, fresh: Iterator[str]) -> list[Person]:
    origin = rng.choices(list(names()), [names()[o]["share"] for o in names()])[0]
    pool = names()[origin]
    surname = _zipf(rng, pool["family"])
    homes = [_home(rng)]
    if rng.random() < 0.22:
        homes.append(_home(rng))
    phones = phones_of(rng) + phones_of(rng)
    mother_born = date(rng.randrange(1965, 2004), 1, 1) + timedelta(days=rng.randrange(365))
    people: list[Person] = []

    def add(given: str, surnames: list[str], born: date, sex: str, **more: Any) -> Person:
        others = [_zipf(rng, pool["female" if sex == "F" else "male"])] if rng.random() < 0.45 else []
        person = Person(
            first + len(people), number, given, [o for o in others if o != given], surnames, born, sex, origin,
            more.pop("homes", homes), more.pop("phones", phones[:1]), **more,
        )  # fmt: skip
        _number(rng, person, fresh)
        people.append(person)
        return person

    mothers_name = surname if rng.random() < 0.6 else _zipf(rng, pool["family"])
    marries = rng.random() < 0.12
    add(
        _zipf(rng, pool["female"]),
        [mothers_name, surname] if marries and mothers_name != surname else [mothers_name],
        mother_born,
        "F",
    )
    father = None
    if rng.random() < 0.65:
        born = mother_born + timedelta(days=rng.randrange(-3000, 1500))
        own = [homes[0]] if rng.random() < 0.8 else [_home(rng)]
        father = add(_zipf(rng, pool["male"]), [surname], born, "M", homes=own, phones=phones[1:])
    _children(rng, pool, add, surname, mothers_name, mother_born, father)
    return people


def _number(rng: random.Random, person: Person, fresh: Iterator[str]) -> None:
    person.ids["nhs_number"] = next(fresh)
    if rng.random() < 0.01:
        person.superseded = next(fresh)
    child = person.born > date(2008, 1, 1)
    if child and person.born < date(2022, 9, 1):
        person.ids["upn"] = upn(rng)
    if child and rng.random() < 0.5:
        person.ids["la_child_id"] = str(rng.randrange(100_000, 999_999))
    if not child:
        person.ids["nino"] = nino(rng)
        if rng.random() < 0.3:
            person.ids["pnc"] = f"{rng.randrange(1990, 2026)}/{rng.randrange(10**7):07}{rng.choice('ABCDEFGHJK')}"
    person.ids["hospital_number"] = f"H{rng.randrange(10**6):06}"


def _children(
    rng: random.Random, pool: Any, add: Any, surname: str, mothers: str, mother_born: date, father: Person | None
) -> None:  # fmt: skip
    """Children one after another; twins now and then."""
    earliest = max(mother_born + timedelta(days=17 * 365), date(2008, 2, 1))
    born = earliest + timedelta(days=rng.randrange(max((TODAY - earliest).days, 1)))
    named: set[str] = set()
    step = rng.random() < 0.10
    for _ in range(rng.choices([0, 1, 2, 3, 4, 5], [6, 28, 34, 20, 9, 3])[0]):
        if born >= TODAY - timedelta(days=3):
            return
        twins = rng.random() < 0.055
        same_sex = rng.random() < 0.66
        sexes = [rng.choice("FM")]
        if twins:
            sexes.append(sexes[0] if same_sex else ("M" if sexes[0] == "F" else "F"))
        surnames = [f"{mothers}-{surname}" if rng.random() < 0.04 else surname]
        if step and rng.random() < 0.5:
            surnames = [mothers]
        if rng.random() < 0.06 and mothers != surname:
            surnames = [mothers, surname]
        for order, sex in enumerate(sexes, start=1):
            given = _zipf(rng, [n for n in pool["female" if sex == "F" else "male"] if n not in named])
            if sex == "M" and father is not None and not twins and rng.random() < 0.05:
                given = father.given
            named.add(given)
            child = add(given, surnames, born, sex)
            _birth_ward(rng, child, order if twins else 0)
            if rng.random() < 0.01:  # adopted: a new name, number and home, that nothing may bridge to the old
                new = add(given, [_zipf(rng, pool["family"])], born, sex, homes=[_home(rng)], phones=phones_of(rng))
                new.family = ADOPTED + child.family
        gap = rng.choice([rng.randrange(320, 420), rng.randrange(500, 1600), rng.randrange(1600, 2600)])
        born += timedelta(days=gap)


def phones_of(rng: random.Random) -> list[str]:
    """A telephone of Ofcom's drama range."""
    return [f"07700 900{rng.randrange(1000):03}"]


def _birth_ward(rng: random.Random, child: Person, order: int) -> None:
    """A placeholder for a name, for some; and for twins hospital numbers given out one after another."""
    if child.born > TODAY - timedelta(days=500) or rng.random() < 0.15:
        unnamed = f"Baby {'Girl' if child.sex == 'F' else 'Boy'}"
        child.newborn = f"Twin {order}" if order and rng.random() < 0.5 else unnamed
    if order and rng.random() < 0.5:
        child.ids["hospital_number"] = f"H{500_000 + 2 * child.family + order - 1:06}"


_AGENCIES = {
    "health": ({"nhs_number": 0.93, "hospital_number": 0.3}, {"phone": 0.5, "sex": 0.97}),
    "education": ({"upn": 0.95}, {"phone": 0.2, "sex": 0.99, "other_names": 0.5}),
    "social_care": ({"la_child_id": 0.9, "nhs_number": 0.5, "upn": 0.4}, {"phone": 0.3, "sex": 0.9}),
    "police": ({"pnc": 0.6}, {"phone": 0.6, "sex": 0.95}),
    "housing": ({"nino": 0.6}, {"phone": 0.7, "sex": 0.6, "uprn": 0.9}),
}


def _records(rng: random.Random, person: Person, sample: Sample, noise: float) -> None:
    child = person.born > date(2008, 1, 1)
    agencies = (
        ["health", "education", "social_care", "police"] if child else ["health", "police", "housing", "social_care"]
    )
    count = min(1 + int(rng.expovariate(0.85)), 6)
    whose = f"p{person.number}"
    seen = Record()
    for at in range(count):
        agency = "health" if at == 0 and person.newborn else rng.choice(agencies)
        late = rng.random() < (at + 0.6) / (count + 0.2)
        record = _record(rng, person, agency, late=late, noise=noise, newborn=at == 0 and bool(person.newborn))
        record["record_id"] = f"{whose}-{at}"
        seen = seen | record
        sample.records.append(record)
        sample.truth[record["record_id"]] = whose
    mine = sample.records[-count:]
    sample.people[whose] = Traits(
        person.family, person.born.isoformat(), person.given, person.origin,
        len({r["true_home"] for r in mine}) > 1, len({r["true_family"] for r in mine}) > 1,
    )  # fmt: skip


def _record(rng: random.Random, person: Person, agency: str, *, late: bool, noise: float, newborn: bool) -> Record:
    schemes, shows = _AGENCIES[agency]
    home = person.homes[-1] if late else person.homes[0]
    family = person.surnames[-1] if late else person.surnames[0]
    messy = noise * rng.choices([0.4, 1.0, 4.0], [0.6, 0.32, 0.08])[0]

    def hit(share: float) -> bool:
        return rng.random() < share * messy

    given, middle = _given(rng, person, hit), " ".join(person.others)
    if newborn:
        given, middle = person.newborn, ""
    if hit(0.012):
        given, family_said = family, given
    else:
        family_said = _family_name(rng, person, family, hit)
    born = person.born.isoformat()
    if hit(0.035):
        born = birth_slip(rng, born)
    if hit(0.02 if agency != "housing" else 0.15):
        born = ""
    record = {
        "agency": agency, "given_name": given, "surname": family_said,
        "other_names": middle if rng.random() < shows.get("other_names", 0.25) else "",
        "previous_surnames": person.surnames[0] if late and len(person.surnames) > 1 and rng.random() < 0.3 else "",
        "date_of_birth": born.replace("-", "") if rng.random() < 0.2 else born,
        "sex": person.sex if rng.random() < shows["sex"] and not hit(0.004) else "",
        "identifiers": _identifiers(rng, person, schemes, hit),
        "phone": rng.choice(person.phones) if rng.random() < shows["phone"] else "",
        "uprn": home.uprn if rng.random() < shows.get("uprn", 0.1) else "",
        "recorded_at": (TODAY - timedelta(days=rng.randrange(900))).isoformat(),
        "true_home": home.uprn, "true_family": family,
    }  # fmt: skip
    return record | _address(rng, home, hit)


def _given(rng: random.Random, person: Person, hit: Any) -> str:
    given = person.given
    for group in names()[person.origin].get("variants", ()):
        if given in group and hit(0.10):
            given = rng.choice([g for g in group if g != given])
            break
    if hit(0.02):
        given = slip(rng, given)
    if hit(0.008) and person.others:
        return person.others[0]
    if hit(0.008):
        return given[0]
    if hit(0.008):
        return rng.choice(["", "Unknown", "U/K"])
    return rng.choice([given, given.upper(), given.lower()]) if hit(0.3) else given


def _family_name(rng: random.Random, person: Person, family: str, hit: Any) -> str:
    for group in names()[person.origin].get("family_variants", ()):
        if family in group and hit(0.15):
            return str(rng.choice(group))
    if hit(0.02):
        family = slip(rng, family)
    if "-" in family and hit(0.3):
        family = rng.choice([family.replace("-", " "), *family.split("-")])
    if "'" in family and hit(0.4):
        family = family.replace("'", rng.choice(["", " ", "\u2019"]))
    return family.upper() if hit(0.3) else family


def _identifiers(rng: random.Random, person: Person, schemes: dict[str, float], hit: Any) -> str:
    said = []
    for scheme, share in schemes.items():
        value = person.ids.get(scheme)
        if value is None or rng.random() > share:
            continue
        if scheme == "nhs_number":
            if hit(0.008):
                value = rng.choice(["9999999999", "0000000000", "1111111111"])
            elif person.superseded and rng.random() < 0.5:
                said.append(f"{scheme}:{person.superseded}")
        if hit(0.015):
            value = digit_slip(rng, value)
        said.append(f"{scheme}:{value}")
    return "|".join(said)


def _address(rng: random.Random, home: Home, hit: Any) -> Record:
    if hit(0.03):
        return {}
    postcode = digit_slip(rng, home.postcode) if hit(0.012) else home.postcode
    return {
        "house": "" if hit(0.02) else home.house,
        "street": slip(rng, home.street) if hit(0.02) else home.street,
        "town": home.town if rng.random() < 0.8 else "",
        "postcode": "" if hit(0.02) else (postcode.replace(" ", "") if rng.random() < 0.1 else postcode),
    }
