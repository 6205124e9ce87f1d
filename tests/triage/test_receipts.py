"""How far records came, on both databases: once, in any order, and what is overdue to the hour."""

from __future__ import annotations

from datetime import timedelta

from hub.messages import Receipt
from streams.check import config
from streams.check.working_time import WorkingTime
from tests.check.people import NOW
from tests.triage.test_view import engine  # noqa: F401 - the fixture, on both databases
from triage import receipts
from triage.sql import queries, view

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def receipt(stage: str, *records: str, at=NOW, agency="police", **more) -> Receipt:
    return Receipt(
        partnership="demo", agency=agency, system="niche", stage=stage, record_ids=list(records), at=at, **more
    )


def take(engine, *messages) -> None:  # noqa: F811
    with engine.begin() as connection:
        view.take(connection, messages)


def rows(engine, agency="police"):  # noqa: F811
    with engine.connect() as connection:
        return {row.record_id: row for row in queries.latest_records(connection, agency, 10)}


def test_what_a_record_came_to_first_counts_and_the_same_again_changes_nothing(engine):  # noqa: F811
    told = [
        receipt("received", "r1", "r2"),
        receipt("matched", "r1", at=NOW + HOUR),
        receipt("proposed", "r1", at=NOW + 2 * HOUR, check_id="check-1"),
        receipt("seen", "r1", at=NOW + 3 * HOUR, check_id="check-1"),
        receipt("seen", "r1", at=NOW + 5 * HOUR, check_id="check-2"),
        receipt("acted_on", "r1", at=NOW + 6 * HOUR, check_id="check-1", outcome="section_17"),
        receipt("duplicate", "r2", at=NOW + DAY),
        receipt("received", "x1", agency="health"),
    ]
    take(engine, *told)
    for message in [*told, *reversed(told)]:
        take(engine, message)
    found = rows(engine)
    assert found.keys() == {"r1", "r2"}
    one = found["r1"]
    assert (one.received_at, one.matched_at, one.checked_at) == (NOW, NOW + HOUR, NOW + 2 * HOUR)
    assert (one.seen_at, one.acted_at, one.outcome, one.check_id) == (
        NOW + 3 * HOUR, NOW + 6 * HOUR, "section_17", "check-1",
    )  # fmt: skip
    assert (found["r2"].matched_at, found["r2"].last_at) == (None, NOW)
    with engine.connect() as connection:
        counted = queries.receipt_counts(connection, NOW - DAY)
        assert list(counted) == ["health", "police"]
        assert queries.receipt_counts(connection, NOW - DAY, "police") == {"niche": counted["police"]}
        assert counted["police"]["received"] == 3 * 2, "counted: the topic's position guards them"
        assert receipts.steps_of({"received": 2, "in_check": 1, "proposed": 3}) == [2, 0, 0, 4, 0, 0]


def test_what_was_sent_and_never_came_is_overdue_after_a_day_whichever_came_first(engine):  # noqa: F811
    take(
        engine,
        receipt("received", "early", at=NOW),
        receipt("sent", "gone", "late", "early", at=NOW - HOUR),
        receipt("sent", "gone", "late", "early", at=NOW - HOUR),
        receipt("sent", "x1", at=NOW, agency="health"),
        receipt("received", "late", at=NOW + HOUR),
    )

    def gone(at):
        with engine.connect() as connection:
            waiting = queries.records_waiting(connection, "police", at - DAY, at - 365 * DAY, at - 365 * DAY)
            return (
                {r.record_id: receipts.why_late(r, at, None) for r in waiting},
                queries.not_arrived(connection, at - receipts.ARRIVES),
            )

    assert gone(NOW + 22 * HOUR) == ({}, {})
    assert gone(NOW + DAY) == ({"gone": receipts.NOT_ARRIVED}, {"police": 1})
    assert gone(NOW + DAY + HOUR)[1] == {"police": 1, "health": 1}
    with engine.connect() as connection:
        assert "sent" not in queries.receipt_counts(connection, NOW - 2 * DAY)["police"], "said twice, counted never"
    take(engine, receipt("received", "gone", at=NOW + DAY))
    assert gone(NOW + DAY + HOUR)[0] == {}


def test_the_view_keeps_them_as_long_as_the_topics_do(engine):  # noqa: F811
    take(engine, receipt("received", "old"))
    take(engine, receipt("received", "new", at=NOW + view.KEPT_RECEIPTS + HOUR))
    assert rows(engine).keys() == {"new"}


def test_overdue_is_what_is_stuck_or_unseen_for_a_working_day_and_nothing_else(engine):  # noqa: F811
    take(
        engine,
        receipt("received", "stuck", "through", "gone", "pictured"),
        receipt("withdrawn", "gone"),
        receipt("matched", "through", "pictured", at=NOW + HOUR / 2),
        receipt("in_picture", "pictured", at=NOW + HOUR / 2),
        receipt("proposed", "unseen", at=NOW),
        receipt("proposed", "seen", at=NOW),
        receipt("seen", "seen", at=NOW),
        receipt("received", "others", agency="health"),
    )
    packs = config.load()
    see_by = WorkingTime(packs.clocks).due(NOW, packs.clocks.clocks["response"].span())

    def late(at) -> dict[str, str]:
        with engine.connect() as connection:
            waiting = queries.records_waiting(
                connection, "police", at - receipts.ARRIVES, at - receipts.STUCK, at - 12 * HOUR
            )
        return {
            r.record_id: why for r in waiting if (why := receipts.why_late(r, at, see_by if r.checked_at else None))
        }

    assert late(NOW + HOUR) == {}
    assert late(NOW + 2 * HOUR) == {
        "stuck": "It was received and not matched",
        "through": "It was matched and is in no picture",
    }
    assert "unseen" not in late(see_by)
    assert late(see_by + timedelta(seconds=1))["unseen"] == "Nobody has seen it in time"
