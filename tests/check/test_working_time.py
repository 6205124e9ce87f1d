"""When clocks run out: working days, bank holidays, cover hours, the days on which the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Fatal
from streams.check import config
from streams.check.clocks_pack import Span
from streams.check.working_time import WorkingTime

LONDON = ZoneInfo("Europe/London")
PACK = config.load().clocks
TIME = WorkingTime(PACK)
WORKING_DAY = Span(hours=24, counted="working_days")


def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def due(start: str, span: Span, agency: str = "") -> str:
    return TIME.due(london(start), span, agency).astimezone(LONDON).isoformat(timespec="minutes")[:16]


@pytest.mark.parametrize(
    ("start", "ends"),
    [
        ("2026-03-03T10:00", "2026-03-04T10:00"),  # Tuesday to Wednesday
        ("2026-03-06T15:00", "2026-03-09T15:00"),  # Friday to Monday
        ("2026-03-07T15:00", "2026-03-10T00:00"),  # Saturday: the whole of Monday
        ("2026-04-02T15:00", "2026-04-07T15:00"),  # over Good Friday and Easter Monday
        ("2026-12-24T15:00", "2026-12-29T15:00"),  # Christmas, and Boxing Day observed on the Monday
        ("2026-12-31T15:00", "2027-01-04T15:00"),  # New Year's Day on a Friday
        ("2026-03-27T15:00", "2026-03-30T15:00"),  # over the Sunday on which summer time begins
        ("2026-10-23T15:00", "2026-10-26T15:00"),  # and ends
    ],
)
def test_a_working_day(start, ends):
    assert due(start, WORKING_DAY) == ends


def test_red_runs_day_and_night_through_the_change_of_the_clocks():
    span = Span(hours=4, counted="always")
    assert due("2026-03-28T23:00", span) == "2026-03-29T04:00"  # 02:00 does not exist
    assert due("2026-10-24T23:00", span) == "2026-10-25T02:00"  # 01:00 comes twice
    assert due("2026-12-25T03:00", span) == "2026-12-25T07:00"


def test_cover_hours_are_the_agency_s():
    six = Span(hours=6, counted="cover")
    assert due("2026-03-03T10:00", six, "education") == "2026-03-03T16:00"
    assert due("2026-03-03T14:00", six, "education") == "2026-03-04T12:00"  # 2.5 h today, 3.5 h tomorrow from 08:30
    assert due("2026-03-06T16:00", six, "housing") == "2026-03-09T14:00"  # default cover, over the weekend
    assert due("2026-12-25T03:00", six, "police") == "2026-12-25T09:00"  # day and night, bank holidays too
    assert due("2026-03-28T22:00", six, "police") == "2026-03-29T05:00"


def test_who_is_there():
    assert TIME.covered(london("2026-03-03T09:00"), "education")
    assert not TIME.covered(london("2026-03-03T16:30"), "education")
    assert not TIME.covered(london("2026-03-07T10:00"), "education")
    assert not TIME.covered(london("2026-12-28T10:00"), "health")
    assert TIME.covered(london("2026-12-25T03:00"), "police")
    assert not TIME.is_working_day(date(2026, 5, 4))


def test_the_calendar_s_version_names_pack_and_holidays():
    assert TIME.calendar_version.startswith(f"{PACK.version}+holidays-")


def test_no_hours_at_all_is_a_mistake_in_the_pack():
    calendar = PACK.calendar.model_copy(update={"working_week": ()})
    never = WorkingTime(PACK.model_copy(update={"calendar": calendar}))
    with pytest.raises(Fatal, match="No hours"):
        never.due(london("2026-03-03T10:00"), WORKING_DAY)


moments = st.datetimes(datetime(2025, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds it
agencies = st.sampled_from(["", "police", "education", "health", "housing"])
spans = st.builds(
    Span,
    hours=st.floats(0.5, 100, allow_nan=False),
    counted=st.sampled_from(["always", "working_days", "cover"]),
)


@given(moments, moments, spans, agencies)
def test_a_later_start_is_never_due_earlier(one, other, span, agency):
    first, second = sorted((one, other))
    assert TIME.due(first, span, agency) <= TIME.due(second, span, agency)


@given(moments, spans, agencies)
def test_due_is_after_the_start_by_at_least_the_span(start, span, agency):
    assert TIME.due(start, span, agency) >= start + timedelta(hours=span.hours)


@given(moments, st.integers(1, 40), st.integers(1, 40), agencies)
def test_two_spans_one_after_the_other_are_their_sum(start, one, other, agency):
    def run(begin, hours):
        return TIME.due(begin, Span(hours=hours, counted="cover"), agency)

    assert run(run(start, one), other) == run(start, one + other)
