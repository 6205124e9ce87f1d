"""How an agency writes a person down: with its errors, at its rates. No format: that is each agency's own module."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random

from bench.county.identifiers import break_check_digit
from bench.county.names import misspell, plain, pools
from bench.county.people import Household, Person
from bench.county.places import Place
from bench.county.rates import error_rate

PLACEHOLDER_BIRTH = "1900-01-01"


@dataclass(slots=True)
class Written:
    """A person as one agency has them.

    Attributes:
        birth: ISO date, perhaps wrong.
        place: address; its postcode may be blanked by `postcode`.
        nhs: NHS number, '' if the agency has none.
        placeholder: the given name is "Baby Girl" or the like.
    """

    given: str
    family: str
    middle: str
    birth: str
    sex: str
    place: Place
    postcode: str
    nhs: str
    mobile: str
    placeholder: bool = False


def write_down(
    person: Person, house: Household, agency: str, day: date, rng: Random, *, clean: bool = False
) -> Written:
    """What the agency writes on a day.

    Args:
        person: who.
        house: the household they live in.
        agency: health | education | social_care | police: its error rates.
        day: when; name and address are those of that day, unless the agency has not heard of a move.
        rng: source of errors.
        clean: no errors at all: for families whose story has its own.
    """
    name = person.name_on(day)
    place = house.home_on(day)
    written = Written(
        name.given, name.family, "" if name.placeholder else person.middle, person.birth.isoformat(), person.sex,
        place, place.postcode, person.nhs, person.mobile, name.placeholder,
    )  # fmt: skip
    if not clean:
        _spoil(written, house, agency, day, rng)
    return written


def _spoil(w: Written, house: Household, agency: str, day: date, rng: Random) -> None:
    def hits(name: str) -> bool:
        return rng.random() < error_rate(name, agency)

    if not w.placeholder:
        w.given, w.family = _name(w.given, agency, rng, short=True), _name(w.family, agency, rng)
        if hits("names_swapped"):
            w.given, w.family = w.family, w.given
    _spoil_birth_and_sex(w, agency, rng)
    if len(house.homes) > 1 and day >= house.homes[-1][0] and hits("old_address"):
        w.place = house.homes[0][1]
        w.postcode = w.place.postcode
    if hits("postcode_missing"):
        w.postcode = ""
    if w.nhs and hits("nhs_number_missing"):
        w.nhs = ""
    if w.nhs and hits("check_digit_wrong"):
        w.nhs = break_check_digit(w.nhs)


def _spoil_birth_and_sex(w: Written, agency: str, rng: Random) -> None:
    wrong = error_rate("birth_date_or_sex_wrong", agency)
    if rng.random() < wrong:
        w.birth = _wrong_birth(w.birth, rng)
    if rng.random() < wrong:
        w.sex = "M" if w.sex == "F" else "F"
    if rng.random() < error_rate("birth_date_placeholder", agency):
        w.birth = PLACEHOLDER_BIRTH


def _name(name: str, agency: str, rng: Random, *, short: bool = False) -> str:
    draw = rng.random()
    if draw < error_rate("name_misspelt", agency):
        return misspell(name, rng)
    draw = rng.random()
    if draw < error_rate("name_variant", agency):
        return pools().variant(name, rng)
    if short and draw > 1 - error_rate("nickname", agency):
        return pools().nicknames.get(name, name)
    return name


def _wrong_birth(birth: str, rng: Random) -> str:
    """Day and month swapped where that gives a date, else a digit of the year or the day."""
    year, month, day = birth.split("-")
    if int(day) <= 12 and day != month and rng.random() < 0.5:
        return f"{year}-{day}-{month}"
    if rng.random() < 0.5:
        return f"{int(year) - rng.choice((1, 10))}-{month}-{min(int(day), 28):02d}"
    other = int(day) % 28 + 1
    return f"{year}-{month}-{other:02d}"


def in_capitals(name: str) -> str:
    """A name as older systems keep it: capitals without accents."""
    return plain(name).upper()
