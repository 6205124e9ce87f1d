from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.county.identifiers import (
    TELEPHONES,
    NhsNumbers,
    break_check_digit,
    is_drama_number,
    is_nhs_number,
    is_pnc,
    is_upn,
    nhs_check_digit,
    pnc,
    telephone,
    upn,
)


@pytest.mark.parametrize(("prefix", "check"), [(943476591, 9), (401023213, 7), (999000001, 8)])
def test_nhs_check_digit_of_published_numbers(prefix: int, check: int) -> None:
    assert nhs_check_digit(prefix) == check


def test_nhs_prefix_without_a_check_digit() -> None:
    without = [p for p in range(999_000_000, 999_000_100) if nhs_check_digit(p) is None]
    assert without
    assert all(not is_nhs_number(f"{p}{d}") for p in without for d in range(10))


@given(st.integers(0, 10**6))
def test_nhs_numbers_are_of_the_test_range_valid_and_distinct(seed: int) -> None:
    numbers = NhsNumbers(seed)
    handed = [numbers.next() for _ in range(200)]
    assert len(set(handed)) == 200
    assert all(is_nhs_number(n) and n.startswith("999") for n in handed)


def test_nhs_numbers_run_out_quietly() -> None:
    numbers = NhsNumbers(seed=5)
    handed = []
    while number := numbers.next():
        handed.append(number)
    assert len(set(handed)) == len(handed) > 900_000
    assert numbers.next() == ""


@given(st.integers(0, 999), st.integers(0, 9999), st.integers(2000, 2030), st.integers(0, 999))
def test_upn_holds_and_fails_when_one_figure_changes(la: int, school: int, year: int, serial: int) -> None:
    value = upn(la, school, year, serial)
    assert is_upn(value)
    assert not is_upn(break_check_digit(value))


def test_upn_published_vector() -> None:
    assert is_upn("R201100018042")


@pytest.mark.parametrize("value", ["1979/0163001B", "2002/0073319Z", "1981/0000034U", "1967/9893091D"])
def test_pnc_published_vectors(value: str) -> None:
    assert is_pnc(value)


def test_pnc_published_bad_one() -> None:
    assert not is_pnc("2001/0171310S")


@given(st.integers(1950, 2030), st.integers(1, 9_999_999))
def test_pnc_made_holds(year: int, serial: int) -> None:
    assert is_pnc(pnc(year, serial))


def test_telephones_are_ofcoms_and_distinct() -> None:
    numbers = {telephone(rank) for rank in range(TELEPHONES)}
    assert len(numbers) == TELEPHONES
    assert all(is_drama_number(n) for n in numbers)


@given(st.integers(0, 10**6))
def test_a_broken_nhs_number_is_broken(seed: int) -> None:
    assert not is_nhs_number(break_check_digit(NhsNumbers(seed).next()))
