"""Who saw the person, when, whether alone: from the picture to the clock and to a decision maker's first look."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.messages.record import Fact
from streams.check.fold import fold
from streams.check.render.build import build
from streams.check.restricted import picture_without
from tests.check.people import NOW

DAYS = timedelta(days=1)


def opened(driver, world, **picture) -> str:
    driver.feed(world.proposal(snapshot=world.snapshot(**picture)))
    check_id = driver.sent("check-events")[0].check_id
    driver.feed(world.command(check_id, "open", rating="amber"))
    return check_id


def now_of(driver):
    return fold(driver.sent("check-events"))


def test_the_clock_begins_when_the_picture_says_that_somebody_saw_the_child(driver, world):
    opened(driver, world, last_seen_at=NOW - 20 * DAYS, last_seen_record="r")
    check = now_of(driver)
    assert check.last_seen_at == NOW - 20 * DAYS
    assert check.clocks["not_seen"] == NOW + 8 * DAYS


def test_without_a_picture_that_knows_it_begins_with_the_check(driver, world):
    opened(driver, world)
    assert now_of(driver).clocks["not_seen"] == NOW + 28 * DAYS


@pytest.mark.parametrize(("ago", "left"), [(2, 26), (25, 8)])
def test_a_later_visit_moves_it_and_an_earlier_one_does_not(driver, world, ago, left):
    check_id = opened(driver, world, last_seen_at=NOW - 20 * DAYS, last_seen_record="r")
    picture = world.snapshot(as_of=NOW + timedelta(hours=1), last_seen_at=NOW - ago * DAYS, last_seen_record="s")
    driver.feed(world.update(check_id, picture))
    assert now_of(driver).clocks["not_seen"] == NOW + left * DAYS


def test_what_a_person_told_the_check_holds_against_an_older_picture(driver, world):
    check_id = opened(driver, world)
    codes = {"seen_at": (NOW - DAYS).isoformat(), "by": "health visitor", "alone": "yes"}
    driver.feed(world.command(check_id, "seen", **codes))
    picture = world.snapshot(as_of=NOW + timedelta(hours=1), last_seen_at=NOW - 9 * DAYS, last_seen_record="s")
    driver.feed(world.update(check_id, picture))
    assert now_of(driver).clocks["not_seen"] == NOW + 27 * DAYS


def test_a_year_that_was_mistyped_is_no_sighting(driver, world):
    check_id = opened(driver, world)
    codes = {"seen_at": NOW.replace(year=1900).isoformat(), "by": "health visitor", "alone": "yes"}
    driver.feed(world.command(check_id, "seen", **codes))
    refused = driver.sent("check-events")[-1]
    assert (refused.kind, refused.codes["code"]) == ("refused", "seen_at")


def test_a_restricted_record_does_not_tell_when_somebody_was_seen(world):
    entries = world.entries()
    hidden = entries[0].model_copy(update={"restricted": "police_sensitive"})
    picture = world.snapshot(entries=[hidden, *entries[1:]], last_seen_at=NOW, last_seen_record=hidden.record_id)
    shown = picture_without(picture)
    assert (shown.last_seen_at, shown.last_seen_record) == (None, "")
    kept = picture.model_copy(update={"last_seen_record": entries[1].record_id})
    assert picture_without(kept).last_seen_at == NOW


def test_by_whom_and_alone_or_not_stand_with_it(driver, world, library):
    visit = Fact(code="seen", value="social_worker", attributes={"alone": "no"})
    attended = Fact(code="ae.attendance")
    bare = Fact(code="seen", value="police")
    entries = [world.entry("health", "health.adt.registration", 2, [attended, visit]), world.entry("police", "police.ppn", 4, [bare])]  # fmt: skip
    check_id = opened(driver, world, entries=entries)
    codes = {"seen_at": (NOW - DAYS).isoformat(), "by": "health visitor", "alone": "yes"}
    driver.feed(world.command(check_id, "seen", **codes))
    events = driver.sent("check-events")
    view = build(driver.sent("bundles")[-1], fold(events), events, library, reader="r")
    told, health, police = view.last_seen
    assert told.what == "2 March 2026 (yesterday): Seen by health visitor, alone"
    assert told.by.startswith("told by r.hale (decision maker)")
    assert health.what.endswith("Seen by a professional (social worker), not alone")
    assert "HEALTH-2" in health.by
    assert police.what.endswith("Seen by a professional (police), whether alone is not said")
