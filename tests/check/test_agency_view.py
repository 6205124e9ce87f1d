"""What one agency sees of its own, and the hub of it: overdue first, and nothing of any other agency's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from streams.check.agency_view import asked, records
from tests.check.people import NOW
from tests.check.test_rules_of_procedure import TO_DECISION, Story


@pytest.fixture
def story(driver, world):
    story = Story(driver, world)
    story.go(TO_DECISION)
    return story


def test_what_is_overdue_is_visible_to_both_ends(story):
    (line,) = asked([story.check], "health", NOW)
    assert (line.status, line.read, line.outcome) == ("sent", False, "")
    due = line.due_at
    (late,) = asked([story.check], "health", due)
    assert late.status == "overdue", "also before any tick has come"
    story.driver.tick(due + timedelta(days=1))
    assert asked([story.check], "health", due)[0].status == "escalated"


def test_an_answer_is_followed_to_its_reader_and_its_outcome(story):
    story.answer_all()
    assert [(line.status, line.read) for line in asked([story.check], "health", NOW)] == [("answered", False)]
    story.read()
    assert asked([story.check], "health", NOW)[0].read
    story.go([("decide", {"decision": "section_17"})])
    assert asked([story.check], "health", NOW)[0].outcome == "section_17"


def test_records_are_counted_once_a_stage(story):
    story.answer_all()
    story.read()
    receipts = story.driver.sent("receipts")
    found = records([*receipts, *receipts], "police")
    assert list(found) == ["proposed", "seen"]
    assert found["seen"] == 2
    assert records(receipts, "fire") == {}
    assert asked([story.check], "fire", NOW) == []
