"""Dates, times, postcodes and codes as agencies write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kit import values
from hub.messages.record import Precision


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2019-04-02", "2019-04-02"),
        ("02/04/2019", "2019-04-02"),
        ("2.4.2019", "2019-04-02"),
        ("02-Apr-2019", "2019-04-02"),
        ("2 April 2019", "2019-04-02"),
        ("2025-Feb-14 00:00:00", "2025-02-14"),
        ("20190402", "2019-04-02"),
        ("201904021530", "2019-04-02"),
        ("2019-04-02T23:30:00Z", "2019-04-02"),
    ],
)
def test_a_day_in_any_of_its_writings(text: str, value: str) -> None:
    assert values.read_date(text) == values.Date(value, Precision.DAY)


@pytest.mark.parametrize(("text", "value"), [("2019-04", "2019-04"), ("04/2019", "2019-04"), ("April 2019", "2019-04")])
def test_a_month_stays_a_month(text: str, value: str) -> None:
    assert values.read_date(text) == values.Date(value, Precision.MONTH)


def test_a_year_stays_a_year_and_a_zero_of_a_spreadsheet_is_a_placeholder() -> None:
    assert values.read_date("2019") == values.Date("2019", Precision.YEAR)
    assert values.birth_date("01/01/1900").precision is Precision.PLACEHOLDER  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["", "31/02/2019", "02/04/19", "tomorrow", "2019-13", "0001-01-01", "1/1/99999"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert values.read_date(text) is None


@given(st.dates(date(1900, 1, 2), date(2199, 12, 31)))
def test_every_day_survives_each_writing(day: date) -> None:
    for text in (f"{day:%d/%m/%Y}", f"{day:%Y-%m-%d}", f"{day:%d-%b-%Y}", f"{day:%Y%m%d}"):
        assert values.iso_date(text) == day.isoformat() or day.isoformat() == "1901-01-01"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-07-01T10:00", datetime(2026, 7, 1, 9, tzinfo=UTC)),  # summer time
        ("2026-01-01T10:00", datetime(2026, 1, 1, 10, tzinfo=UTC)),
        ("2026-10-25T01:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # happens twice: the first is meant
        ("2026-07-01T10:00Z", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("2026-07-01T10:00+01:00", datetime(2026, 7, 1, 9, tzinfo=UTC)),
        ("01/07/2026 7.30pm", datetime(2026, 7, 1, 18, 30, tzinfo=UTC)),
        ("20250121100427+0000", datetime(2025, 1, 21, 10, 4, 27, tzinfo=UTC)),
        ("2025-05-05 23:23:28", datetime(2025, 5, 5, 22, 23, 28, tzinfo=UTC)),
    ],
)
def test_times_without_a_zone_are_londons(text: str, moment: datetime) -> None:
    assert values.read_moment(text) == moment


@given(st.text(max_size=40))
def test_no_reader_raises_on_any_text(text: str) -> None:
    for reader in (
        values.read_date, values.read_moment, values.birth_date, values.expected_date, values.postcode, values.uprn,
        values.telephone, values.email, values.sex, values.yes_no,
    ):  # fmt: skip
        reader(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("zz11aa", "ZZ1 1AA"), ("SW1A 1AA", "SW1A 1AA"), ("zz1 oaa", "ZZ1 0AA"), ("ZZ99 3VZ", ""), ("none", ""), ("", "")],
)
def test_postcodes(text: str, value: str) -> None:
    assert values.postcode(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("01632 960001", "01632960001"),
        ("+44 (0)7700 900123", "07700900123"),
        ("0044 20 7946 0123 ext 12", "02079460123"),
        ("+353 1 496 0000", "+35314960000"),
        ("none", ""),
        ("12", ""),
    ],
)
def test_telephones(text: str, value: str) -> None:
    assert values.telephone(text) == value


def test_codes_of_sex_and_of_yes_and_no() -> None:
    assert [values.sex(t) for t in ("F", "2", "male", "1", "9", "I", "U", "0", "")] == [*"FFMMXX", "", "", ""]
    assert [values.yes_no(t) for t in ("Y", "true", "1", "no", "0", "perhaps", "")] == [True] * 3 + [False] * 2 + [
        None
    ] * 2


def test_a_uprn_loses_its_zeros_and_a_longer_number_is_none() -> None:
    assert values.uprn("000100012345") == "100012345"
    assert values.uprn("1234567890123") == ""
    assert values.uprn("ten") == ""
