"""National identifiers against published vectors, and the laws that their check digits keep."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kit import identifiers
from hub.messages.record import CheckDigit, Identifier

THIS_YEAR = 2026
Reader = Callable[[str], Identifier | None]


def pnc(text: str) -> Identifier | None:
    return identifiers.pnc(text, THIS_YEAR)


@pytest.mark.parametrize(
    ("reader", "text", "value"),
    [
        (identifiers.nhs_number, "944 930 5552", "9449305552"),
        (identifiers.nhs_number, "999-000-0018", "9990000018"),
        (identifiers.upn, "R201100018042", "R201100018042"),
        (identifiers.upn, "t20110001804v", "T20110001804V"),
        (pnc, "1979/0163001B", "1979/0163001B"),
        (pnc, "2002/0073319Z", "2002/0073319Z"),
        (pnc, "1981/0000034U", "1981/0000034U"),
        (pnc, "81/34U", "1981/0000034U"),
        (pnc, "1967/9893091D", "1967/9893091D"),
        (identifiers.cro, "SF05/482703J", "SF05/482703J"),
        (identifiers.cro, "SF83/50058Z", "SF83/50058Z"),
        (identifiers.cro, "65656/91H", "065656/91H"),
    ],
)
def test_published_vectors_pass_in_one_normal_form(reader: Reader, text: str, value: str) -> None:
    found = reader(text)
    assert found is not None
    assert (found.value, found.check) == (value, CheckDigit.PASS)


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (identifiers.nhs_number, "9449305553"),
        (identifiers.nhs_number, "0000000000"),
        (identifiers.nhs_number, "1111111111"),
        (identifiers.upn, "A201100018042"),
        (identifiers.upn, "T20110001804I"),
        (pnc, "2001/0171310S"),
        (identifiers.cro, "85227/65G"),
        (identifiers.uln, "1000000001"),
    ],
)
def test_a_failed_check_is_flagged_and_kept(reader: Reader, text: str) -> None:
    found = reader(text)
    assert found is not None
    assert found.check is CheckDigit.FAIL


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (identifiers.nhs_number, "this is a test NHS number"),
        (identifiers.nhs_number, "123"),
        (identifiers.upn, "UN1"),
        (identifiers.uln, "9999999999"),
        (pnc, "not known"),
        (identifiers.cro, ""),
        (identifiers.nino, "BG123456A"),
    ],
)
def test_what_has_not_the_shape_is_no_identifier(reader: Reader, text: str) -> None:
    assert reader(text) is None


@given(st.integers(0, 999_999_999))
def test_no_two_last_digits_of_an_nhs_number_pass(stem: int) -> None:
    passing = [d for d in range(10) if _passes(identifiers.nhs_number, f"{stem:09d}{d}")]
    assert len(passing) <= 1


@given(st.integers(0, 10**11 - 1), st.sampled_from([*"0123456789ABCDEFGHJKLMNPQRTUVWXYZ"]))
def test_exactly_one_first_letter_of_a_upn_passes(digits: int, last: str) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert sum(_passes(identifiers.upn, f"{letter}{digits:011d}{last}") for letter in alphabet) == 1


@given(st.integers(1_000_000_00, 999_999_999))
def test_at_most_one_last_digit_of_a_uln_passes(stem: int) -> None:
    assert sum(_passes(identifiers.uln, f"{stem}{d}") for d in range(10)) <= 1


@given(st.text(max_size=30))
def test_no_reader_raises_on_any_text(text: str) -> None:
    for reader in (*identifiers.SCHEMES.values(), pnc):
        reader(text)


def test_a_national_insurance_number_has_no_check_digit() -> None:
    found = identifiers.nino("ab 12 34 56 c")
    assert found == Identifier(scheme="nino", value="AB123456C", check=CheckDigit.UNCHECKED)


def _passes(reader: Reader, text: str) -> bool:
    found = reader(text)
    return found is not None and found.check is CheckDigit.PASS
