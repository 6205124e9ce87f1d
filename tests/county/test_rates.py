"""What happens, at published rates: bounds of five standard deviations and a share for what stories plant."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from math import sqrt

import pytest

from bench.county import Config, generate
from bench.county.rates import all_rates, rate
from tests.county.conftest import Made

PEOPLE = 20_000


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Made:
    path = tmp_path_factory.mktemp("town") / "made"
    config = Config(path, PEOPLE, seed=4, as_of=date(2026, 1, 5))
    return Made(path, config, generate(config))


def near(found: int, expected: float, planted: int = 0) -> bool:
    return expected - 5 * sqrt(expected) <= found <= expected + 5 * sqrt(expected) + planted


def count(made: Made, folder: str, pattern: str, needle: str) -> int:
    return sum(p.read_text("utf-8").count(needle) for p in (made.path / folder).glob(pattern))


def test_every_rate_names_its_source_and_grade() -> None:
    for section in all_rates().values():
        for name, entry in section.items():
            assert entry["grade"] in ("P", "D"), name
            assert entry["source"].strip(), name
            assert entry["unit"].strip(), name


def test_share_of_children(town: Made) -> None:
    assert 0.2 < town.summary.counts["children"] / PEOPLE < 0.25  # 0.21 in the 2021 census of England


def test_emergency_attendances(town: Made) -> None:
    children = town.summary.counts["children"]
    expected = children * rate("health", "ed_child") + (PEOPLE - children) * rate("health", "ed_adult")
    assert near(count(town, "health", "*.hl7", "|ADT^A04^"), expected, planted=60)


def test_domestic_incidents(town: Made) -> None:
    found = Counter()
    for path in (town.path / "police").glob("*.csv"):
        for line in path.read_text("utf-8").splitlines()[1:]:
            reference, _, kind = line.split(",", 3)[:3]
            found[kind] += 0
            found[reference, kind] = 1
    domestic = sum(1 for key in found if isinstance(key, tuple) and key[1] == "domestic")
    # A Poisson number of households with runs of repeats varies more than a Poisson number of incidents.
    expected = PEOPLE * rate("police", "domestic_incidents")
    assert 0.75 * expected < domestic < 1.25 * expected


def test_persistent_absence(town: Made) -> None:
    last = sorted((town.path / "education").glob("2026-01-04_1_ctf_*_full.xml"))
    shares = []
    for path in last:
        possible, authorised, unauthorised = (
            [int(n) for n in re.findall(f"<Sessions{what}>([0-9]+)<", path.read_text("utf-8"))]
            for what in ("Possible", "Authorised", "Unauthorised")
        )
        shares += [(a + u) / p for p, a, u in zip(possible, authorised, unauthorised, strict=True)]
    assert len(shares) > 0.1 * PEOPLE
    assert 0.16 < sum(share >= 0.1 for share in shares) / len(shares) < 0.23
    assert 0.01 < sum(share >= 0.5 for share in shares) / len(shares) < 0.035


def test_suspensions(town: Made) -> None:
    pupils = sum(p.read_text("utf-8").count("<Pupil>") for p in (town.path / "education").glob("2025-01-04*ctf*.xml"))
    assert 0.05 < count(town, "education", "*exclusions*.csv", ",SUSP,") / pupils < 0.16


def test_front_door(town: Made) -> None:
    children = town.summary.counts["children"]
    contacts = sum(
        line.count(",C00")
        for p in (town.path / "social_care").glob("*contacts.csv")
        for line in p.read_text("utf-8").splitlines()[1:]
    )
    assert 0.12 < contacts / children < 0.18
    last = max((town.path / "social_care").glob("*_cin.xml")).read_text("utf-8")
    in_need = last.count("<Child>") - last.count("<CINclosureDate>")
    assert 0.018 < in_need / children < 0.05


def test_most_households_are_calm(town: Made) -> None:
    assert town.summary.counts["loud_households"] < 0.2 * town.summary.counts["households"]
