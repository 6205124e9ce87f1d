"""Two versions of a bundle side by side: what came, what went, what changed, and nothing that may not be told now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.messages.record import Fact, Operation
from streams.check.fold import fold
from streams.check.render import page
from streams.check.render.build import view_of
from streams.check.render.differences import CHANGED, GONE, NEW, differences
from streams.check.render.opening import open_bundle
from tests.check.people import HOME


@pytest.fixture
def versions(driver, world, library):
    """A first version, and a way to make the next one of other entries."""
    driver.feed(world.proposal(level=4))
    check_id = driver.sent("check-events")[0].check_id
    driver.feed(world.command(check_id, "open", rating="red"))
    first = driver.sent("bundles")[-1]

    def compare(entries=None, **changes):
        picture = first.picture if entries is None else first.picture.model_copy(update={"entries": entries})
        later = first.model_copy(update={"version": first.version + 1, "picture": picture} | changes)
        events = driver.sent("check-events")
        opener, now = open_bundle(later, library.sealer)
        old, before = open_bundle(first, library.sealer)
        old.also_withhold(opener)
        views = [view_of(b, o, e, fold(events), events, library, reader="r") for b, o, e in ((first, old, before), (later, opener, now))]  # fmt: skip
        return differences(*views), views[1]

    return first, compare


def only(found, section):
    return [(d.how, d.what, d.before) for d in found if d.section == section]


def test_the_same_is_no_difference(versions):
    _, compare = versions
    assert compare()[0] == []


def test_a_record_that_came_one_that_went_and_one_that_changed(versions, world):
    first, compare = versions
    came = world.entry("health", "health.adt.registration", 1, [Fact(code="ae.attendance")], record_id="f" * 32)
    changed = world.entry("education", "education.sessions", 5, [Fact(code="seen")], version=2)
    rest = [e for e in first.picture.entries if e.agency == "police"]
    found, _ = compare([came, *rest[:-1], changed, *[e for e in first.picture.entries if e.agency == "health"]])
    records = {d.how: d for d in found if d.section == "Records"}
    assert records.keys() == {NEW, CHANGED, GONE}
    assert "Health" in records[NEW].by
    assert "HEALTH-1" in records[NEW].by
    assert "31" in records[CHANGED].before or "absence" in records[CHANGED].before.lower()
    assert "POLICE-30" in records[GONE].by


def test_of_a_record_that_was_taken_back_the_words_are_not_told_again(versions):
    first, compare = versions
    told = first.picture.entries[0]
    withdrawn = told.model_copy(update={"operation": Operation.WITHDRAW, "version": 2, "content": b"", "record_content": b""})  # fmt: skip
    for entries in ([withdrawn, *first.picture.entries[1:]], first.picture.entries[1:]):
        found, _ = compare(entries)
        records = [d for d in found if d.section == "Records"]
        assert [d.how for d in records] == [CHANGED if entries[0] is withdrawn else GONE]
        assert "omestic abuse" not in records[0].before + records[0].what.partition(": ")[2].partition(": ")[2]
        assert "Shouting" not in repr(found)


def test_an_address_that_became_confidential_stands_in_no_difference(versions, world):
    first, compare = versions
    assert HOME.lines[0] in repr(compare()[1].subject)
    hidden = HOME.model_copy(update={"confidential": True})
    entries = []
    for entry in first.picture.entries:
        identity = world.identity(entry.agency)
        identity = identity.model_copy(update={"addresses": [hidden if a == HOME else a for a in identity.addresses]})
        entries.append(entry.model_copy(update={"identity": world.sealer.seal(entry.source_id, identity)}))
    found, view = compare(entries)
    assert HOME.lines[0] not in repr(view.subject)
    assert HOME.lines[0] not in repr(found)
    assert HOME.postcode not in repr(found)


def test_a_tie_a_sign_and_a_gap(versions):
    first, compare = versions
    picture = first.picture.model_copy(update={"circle": first.picture.circle[:1], "indicators": []})
    found, _ = compare(picture=picture, gaps=[*first.gaps, "no-answer:health"])
    assert [how for how, *_ in only(found, "Circle")] == [GONE]
    assert {how for how, *_ in only(found, "Signs in force")} == {GONE}
    assert only(found, "Gaps and doubts") == [(NEW, "No answer yet from Health", "")]


def test_the_page_to_keep_says_what_is_new(versions):
    first, compare = versions
    found, view = compare(first.picture.entries[1:])
    text = page.html(replace(view, since=first.version, differences=found))
    assert f"What is new since version {first.version}" in text
    assert "No longer there" in text
    assert "What is new" not in page.html(view)


def test_who_says_it_counts_and_not_in_which_order(versions):
    first, compare = versions
    assert only(compare(list(reversed(first.picture.entries)))[0], "Who") == []
    found = only(compare([e for e in first.picture.entries if e.agency != "education"])[0], "Who")
    assert found
    assert {how for how, *_ in found} == {CHANGED}
    assert all("Education" in before for *_, before in found)


def test_what_nobody_has_answered_yet_is_missing_and_no_news(driver, world, library):
    driver.feed(world.proposal(level=3))
    check_id = driver.sent("check-events")[0].check_id
    driver.feed(world.command(check_id, "open", rating="amber"))
    before = driver.sent("bundles")[-1]
    driver.feed(world.command(check_id, "gate", basis="statutory", provision="ca1989_s17", family="informed"))
    now = driver.sent("bundles")[-1]
    events = driver.sent("check-events")
    views = []
    for bundle in (before, now):
        opener, entries = open_bundle(bundle, library.sealer)
        views.append(view_of(bundle, opener, entries, fold(events), events, library, reader="r"))
    assert any(not part.answered for part in views[1].returns)
    assert [d for d in differences(*views) if d.section == "Returns"] == []
