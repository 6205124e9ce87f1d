"""A system's list of what it sent: each row a dispatch or a reason, and what is missing a day later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kit.api import Unreadable
from connectors.kit.dispatches import Dispatch, Unread, Whose, missing, read_list, receipts
from hub.ids import Pseudonyms
from hub.receipting import MOST_IDS

NOW = datetime(2026, 7, 15, 12, tzinfo=UTC)
POLICE = Whose("police", "notices")
NAMES = Pseudonyms(b"secret", "demo")


def read(text: str) -> list[Dispatch | Unread]:
    return list(read_list(BytesIO(text.encode()), POLICE, NAMES, NOW))


def test_a_row_is_the_record_that_the_connector_sends_under_that_id() -> None:
    (one,) = read("record,sent_at\nPPN-1,2026-07-14 09:30\n")
    assert isinstance(one, Dispatch)
    assert one.record_id == NAMES.record_id("police", "notices", "PPN-1")
    assert one.at == datetime(2026, 7, 14, 8, 30, tzinfo=UTC), "without a zone it is London's summer time"


def test_other_columns_and_capitals_are_no_obstacle() -> None:
    (one,) = read("\ufeffSent_At;kind;Record\n14/07/2026 09:30;child;PPN-1\n")
    assert isinstance(one, Dispatch)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (",2026-07-14", "names no record"),
        ("PPN-1,soon", "no date"),
        ("PPN-1,", "no date"),
        ("PPN-1,2026-07-16", "future"),
        ("PPN-1", "1 columns"),
    ],
)
def test_a_row_that_cannot_be_read_is_told_with_its_line_and_harms_no_other(row: str, why: str) -> None:
    bad, good = read(f"record,sent_at\n{row}\nPPN-2,2026-07-14\n")
    assert isinstance(bad, Unread)
    assert (bad.line, why in bad.why) == ("line 2", True)
    assert "PPN-1" not in bad.why
    assert isinstance(good, Dispatch)


def test_a_day_without_a_time_is_over_at_its_end_and_never_later_than_now() -> None:
    whole, today = read("record,sent_at\nPPN-1,2026-07-14\nPPN-2,2026-07-15\n")
    assert isinstance(whole, Dispatch)
    assert isinstance(today, Dispatch)
    assert whole.at == datetime(2026, 7, 14, 22, 59, tzinfo=UTC)
    assert today.at == NOW


@pytest.mark.parametrize("text", ["", "record\nPPN-1\n", "reference,sent_at\nPPN-1,2026-07-14\n"])
def test_another_kind_of_file_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read(text)


sent = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 300)), max_size=40)


@given(sent)
def test_receipts_hold_each_record_at_the_minute_it_was_sent_and_once(rows: list[tuple[int, int]]) -> None:
    found = [Dispatch(f"line {n}", f"r{n}", NOW - timedelta(seconds=s)) for n, s in rows]
    made = receipts(found, POLICE, "demo")
    told = [(r.at, record) for r in made for record in r.record_ids]
    assert len(told) == len(set(told))
    assert set(told) == {(d.at.replace(second=0, microsecond=0), d.record_id) for d in found}
    assert all((r.stage, r.agency, r.system) == ("sent", "police", "notices") for r in made)


def test_a_long_list_goes_in_several_messages() -> None:
    found = [Dispatch(f"line {n}", f"r{n}", NOW) for n in range(MOST_IDS + 1)]
    assert [len(r.record_ids) for r in receipts(found, POLICE, "demo")] == [MOST_IDS, 1]


def test_missing_is_what_was_sent_in_good_time_and_is_not_there() -> None:
    found = [Dispatch("a", "r1", NOW - timedelta(days=2)), Dispatch("b", "r2", NOW - timedelta(days=2)),
             Dispatch("c", "r3", NOW)]  # fmt: skip
    assert [one.line for one in missing(found, {"r1"}, NOW - timedelta(days=1))] == ["b"]
