"""Registers over years, seeded: the second generator, of another design than `families`, to report on, not to tune on.

Each family lives a life from year to year: births, moves, changed names. Agencies hold registers and write a person
down as they were on some day; clerks differ in how often they err. Names are Faker's, of five countries.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, TypeVar

from faker import Faker

from bench.identity.numbers import nhs_numbers, upn
from bench.identity.sample import Record, Sample, Traits

LOCALES: Final = {"en_GB": 0.74, "en_IN": 0.09, "pl_PL": 0.07, "tr_TR": 0.05, "es_ES": 0.05}
START, END = date(2012, 1, 1), date(2026, 3, 1)
DAYS = (END - START).days
T = TypeVar("T")
HASTE: Final = (0.3, 0.7, 1.0, 3.0)
"""How often clerks err, against the average."""


@dataclass
class Life:
    """One person: names and homes with the day from which they held."""

    whose: str
    family: int
    given: str
    second: str
    born: date
    sex: str
    origin: str
    names: list[tuple[date, str]]
    homes: list[tuple[date, tuple[str, str, str, str]]]
    numbers: dict[str, str] = field(default_factory=dict)
    phone: str = ""


def registers(count: int, seed: int) -> Sample:
    """Records of about `count` families."""
    rng = random.Random(seed)
    fakers = {locale: Faker(locale) for locale in LOCALES}
    for faker in fakers.values():
        faker.seed_instance(seed)
    fresh = nhs_numbers(rng)
    sample = Sample(f"registers-{seed}")
    for number in range(count):
        origin = rng.choices(list(LOCALES), list(LOCALES.values()))[0]
        for life in _family(rng, fakers, origin, number):
            life.numbers["nhs_number"] = next(fresh)
            if date(2004, 9, 1) < life.born < date(2021, 9, 1):
                life.numbers["upn"] = upn(rng)
            _write_down(rng, life, sample)
    rng.shuffle(sample.records)
    return sample


def _home(rng: random.Random, faker: Faker) -> tuple[str, str, str, str]:
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    code = f"Z{rng.choice('VWXYZ')}{rng.randrange(1, 30)} {rng.randrange(10)}{rng.choice(letters)}{rng.choice(letters)}"
    return str(rng.randrange(1, 150)), str(faker.street_name()), rng.choice(["Northam", "Southam", "Westam"]), code


def _family(rng: random.Random, fakers: dict[str, Faker], origin: str, number: int) -> list[Life]:
    faker, english = fakers[origin], fakers["en_GB"]
    homes = [(date(1900, 1, 1), _home(rng, english))]
    while rng.random() < 0.25:
        homes.append((START + timedelta(days=rng.randrange(DAYS)), _home(rng, english)))
    homes.sort()
    phone = f"01632 960{rng.randrange(1000):03}"
    lives: list[Life] = []

    def person(sex: str, born: date, names: list[tuple[date, str]], given: str = "") -> Life:
        first = faker.first_name_female if sex == "F" else faker.first_name_male
        life = Life(
            f"r{number}.{len(lives)}", number, given or str(first()), str(first()) if rng.random() < 0.6 else "", born,
            sex, origin, names, homes, phone=phone,
        )  # fmt: skip
        lives.append(life)
        return life

    his, hers = str(faker.last_name()), str(faker.last_name())
    woman_born = date(1970, 1, 1) + timedelta(days=rng.randrange(12_500))
    hers_then = [(date(1900, 1, 1), hers)]
    if rng.random() < 0.2:
        hers_then.append((START + timedelta(days=rng.randrange(DAYS)), his))
    person("F", woman_born, hers_then)
    man = None
    if rng.random() < 0.7:
        man = person("M", woman_born - timedelta(days=rng.randrange(-900, 2500)), [(date(1900, 1, 1), his)])
    theirs = [(date(1900, 1, 1), his if rng.random() < 0.8 else hers)]
    if rng.random() < 0.07:
        theirs.append((START + timedelta(days=rng.randrange(DAYS)), f"{hers}-{his}"))
    born = woman_born + timedelta(days=rng.randrange(6500, 11500))
    while born < END and rng.random() < 0.72:
        sex = rng.choice("FM")
        junior = man is not None and sex == "M" and rng.random() < 0.03
        person(sex, born, theirs, man.given if junior and man is not None else "")
        if rng.random() < 0.03:
            person(rng.choice("FM"), born, theirs)
        born += timedelta(days=rng.randrange(330, 1500))
    return lives


def _write_down(rng: random.Random, life: Life, sample: Sample) -> None:
    child = life.born > date(2006, 1, 1)
    mine: list[Record] = []
    for register in ("health", "education" if child else "housing", "social_care", "police"):
        for _ in range(rng.choices([0, 1, 2], [0.55, 0.35, 0.1])[0]):
            since = max(life.born, START)
            on = since + timedelta(days=rng.randrange(max((END - since).days, 1)))
            mine.append(_snapshot(rng, life, register, on))
    for at, record in enumerate(mine):
        record["record_id"] = f"{life.whose}/{at}"
        sample.records.append(record)
        sample.truth[record["record_id"]] = life.whose
    if mine:
        sample.people[life.whose] = Traits(
            life.family, life.born.isoformat(), life.given, life.origin,
            len({r["true_home"] for r in mine}) > 1, len({r["true_family"] for r in mine}) > 1,
        )  # fmt: skip


def _on(some: list[tuple[date, T]], day: date) -> T:
    return [value for since, value in some if since <= day][-1]


def _snapshot(rng: random.Random, life: Life, register: str, on: date) -> Record:
    haste = rng.choice(HASTE)

    def errs(share: float) -> bool:
        return rng.random() < share * haste

    house, street, town, code = _on(life.homes, on)
    family = _on(life.names, on)
    given = life.given
    if (on - life.born).days < 14 and register == "health":
        given = "Baby"
    if errs(0.03):
        given = _garbled(rng, given)
    born = life.born
    if errs(0.015):
        born += timedelta(days=rng.choice([-10, -1, 1, 10, 30, 365]))
    written = "" if errs(0.02) else born.isoformat()
    numbers = {
        "health": {"nhs_number": 0.96},
        "education": {"upn": 0.97},
        "social_care": {"nhs_number": 0.4, "upn": 0.3},
    }
    ids = [
        f"{scheme}:{_garbled(rng, life.numbers[scheme], '0123456789') if errs(0.01) else life.numbers[scheme]}"
        for scheme, share in numbers.get(register, {}).items()
        if scheme in life.numbers and rng.random() < share
    ]
    return {
        "agency": register, "given_name": "" if errs(0.01) else given,
        "other_names": life.second if rng.random() < 0.3 and given != "Baby" else "",
        "surname": _garbled(rng, family) if errs(0.025) else family, "date_of_birth": written,
        "sex": life.sex if rng.random() < 0.93 else "", "identifiers": "|".join(ids),
        "house": house, "street": _garbled(rng, street) if errs(0.03) else street, "town": town,
        "postcode": "" if errs(0.03) else code, "phone": life.phone if rng.random() < 0.35 else "",
        "recorded_at": on.isoformat(), "true_home": code, "true_family": family,
    }  # fmt: skip


def _garbled(rng: random.Random, text: str, letters: str = "abcdefghijklmnoprstuvwy") -> str:
    """One character taken, put in, or put in another's place."""
    if not text:
        return text
    at = rng.randrange(len(text))
    return rng.choice(
        [
            text[:at] + text[at + 1 :],
            text[:at] + rng.choice(letters) + text[at:],
            text[:at] + rng.choice(letters) + text[at + 1 :],
        ]
    )
