"""The front door: a contact is not yet a referral, danger comes first, who referred stays sealed, a receipt comes at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.messages import ContactWords, Identity, Reporter
from streams.check.contacts import check_id_of
from streams.check.fold import fold
from streams.check.state import State
from tests.check.people import ANCHOR, NOW, World
from tests.check.test_rules_of_procedure import GATE, Story


class Call(Story):
    """A check that began with a contact."""

    def __init__(self, driver, world: World, **contact) -> None:
        self.driver, self.world = driver, world
        self.contact = world.contact(**contact)
        self.out = driver.feed(self.contact)
        self.check_id = check_id_of(self.contact.contact_id)


@pytest.fixture
def call(driver, world):
    return Call(driver, world)


def kinds(out) -> list[str]:
    return [o.message.kind for o in out if o.topic == "check-events"]


def test_a_contact_is_received_at_once_and_is_not_yet_a_referral(call):
    assert kinds(call.out) == ["contacted", "bundled"]
    assert call.check.state is State.CONTACT
    assert call.check.clocks["response"] == NOW + timedelta(days=1)
    (receipt,) = [o.message for o in call.out if o.topic == "receipts"]
    assert (receipt.agency, receipt.system, receipt.stage) == ("education", "front_door", "in_check")
    assert receipt.record_ids == [call.contact.record_id]
    assert call.refusal("open") == "wrong-state"
    call.go([("screen", {"role": "screener"}), ("open", {"rating": "amber", "concern": "neglect"})])
    assert call.check.state is State.RATED


def test_nothing_is_answered_before_somebody_read_it(call):
    call.go([("screen", {})])
    assert call.refusal("advise", reason__contact="explained") == "unread-contact"
    assert call.refusal("route", to="team") == "unread-contact"
    assert call.refusal("dismiss", reason__contact="explained") == "contact-not-dismissed"
    call.read(role="screener", actor="s.one")
    assert call.refusal("advise") == "missing-code"
    call.go([("advise", {"reason__contact": "below_threshold"})])
    assert "feedback" in call.check.clocks
    call.go([("feed_back", {"threshold": "level_2"}), ("close", {})])


def test_who_referred_is_nowhere_but_in_a_seal_of_its_own(call, world):
    assert "Quill" not in "".join(str(o.message) for o in call.out if o.topic != "check-events")
    (event,) = [o.message for o in call.out if o.topic == "check-events" and o.message.kind == "contacted"]
    key = f"reporter:{call.contact.record_id}"
    assert world.sealer.open(key, event.parts["reporter"], Reporter).name == "Ms Quill"
    (contact,) = call.driver.sent("bundles")[-1].contacts
    assert contact.reporter == b""
    assert world.sealer.open(ANCHOR, contact.words, ContactWords).worry == "She is hungry"
    assert call.refusal("release_reporter", role="screener", contact="contact-1") == "wrong-role"
    assert call.refusal("release_reporter", contact="contact-1", words=b"") == "missing-words"
    call.go([("release_reporter", {"contact": "contact-1"})])
    assert call.driver.sent("bundles")[-1].contacts[0].reporter == event.parts["reporter"]
    world.keys.erase(key)
    call.go([("screen", {})])


def test_whoever_has_to_reach_the_referrer_looks_them_up_by_name(call):
    assert call.refusal("see_reporter", role="service", contact="contact-1", reason="asking") == "wrong-role"
    assert call.refusal("see_reporter", contact="contact-1", reason="curious") == "bad-code"
    (event,) = call.say("see_reporter", role="screener", actor="s.one", contact="contact-1", reason="feeding_back")
    assert (event.kind, event.actor, event.codes["reason"]) == ("reporter_seen", "s.one", "feeding_back")
    assert call.driver.sent("bundles")[-1].contacts[0].reporter == b"", "the bundle goes on without"


def test_danger_pages_and_rings_until_somebody_has_answered(driver, world):
    call = Call(driver, world, danger="yes")
    assert kinds(call.out) == ["contacted", "paged", "bundled"]
    out = driver.tick(NOW + timedelta(minutes=15))
    assert [(o.message.kind, o.message.codes["clock"]) for o in out] == [("overdue", "danger")]
    assert driver.tick(NOW + timedelta(minutes=75))
    assert call.refusal("immediate_safety", danger="maybe") == "bad-code"
    call.go([("immediate_safety", {"danger": "called_999"})])
    assert "danger" not in call.check.clocks
    call.go([("immediate_safety", {"role": "service"})])
    assert "danger" in call.check.clocks


def test_at_night_the_out_of_hours_team_is_paged(driver, world):
    driver.tick(NOW.replace(hour=23))
    call = Call(driver, world, danger="yes")
    paged = [o.message for o in call.out if o.topic == "check-events" and o.message.kind == "paged"]
    assert [e.codes["whom"] for e in paged] == ["out_of_hours"]


def test_a_check_of_a_contact_asks_with_what_the_referrer_told(call, world):
    call.go([("screen", {}), ("open", {"rating": "amber", "concern": "domestic_abuse"})])
    call.read()
    call.go([("gate", GATE)])
    police = next(r for r in call.driver.sent("requests") if r.agency == "police")
    card = world.sealer.open(ANCHOR, police.subject, Identity)
    assert [n.family for n in card.names] == ["Okoro-Vale", "Vale"], "before any matching"
    assert "police.domestic_abuse" in police.questions
    assert police.categories == ["domestic_abuse"]
    call.answer_all()
    call.read()
    assert call.refusal("decide", decision="nfa") == "missing-code"
    call.go([("decide", {"decision": "nfa", "reason__contact": "below_threshold"})])


def test_the_picture_comes_beside(call, world):
    call.driver.feed(world.update(call.check_id, world.snapshot()))
    assert call.check.person_id == "p-child"
    assert not call.check.identity_pending
    assert call.check.state is State.CONTACT


def test_siblings_of_one_call_are_linked_and_each_has_its_own_check(driver, world):
    other = check_id_of("contact-2")
    one = Call(driver, world, linked=[other])
    two = Call(driver, world, contact_id="contact-2", linked=[one.check_id])
    assert one.check.links == {other: "sibling"}
    assert two.check.links[one.check_id]
    assert {b.check_id for b in driver.sent("bundles")} == {one.check_id, other}


def test_a_further_contact_is_read_and_answered_too(call, world):
    call.read()
    call.driver.feed(world.contact("contact-2", earlier=call.check_id, agency="health"))
    call.go([("screen", {})])
    assert call.refusal("route", to="team") == "unread-contact"
    call.read()
    call.go([("route", {"to": "team"}), ("accept", {"role": "service", "by": "North team"}), ("feed_back", {})])
    assert call.check.worker == "North team"
    call.driver.feed(world.contact("contact-3", earlier=call.check_id))
    assert call.refusal("close") == "unread-contact"
    call.read()
    assert call.refusal("close") == "no-feedback"
    call.go([("feed_back", {}), ("close", {})])
    call.driver.feed(world.contact("contact-4", earlier=call.check_id))
    assert call.check.state is State.REOPENED
    assert "response" in call.check.clocks


def test_a_contact_on_a_check_that_is_not_here_is_not_lost(driver, world):
    call = Call(driver, world, earlier="1" * 8 + "-1111-1111-1111-" + "1" * 12)
    assert call.check.state is State.CONTACT


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"words": b""}, "missing-words"),
        ({"words": b"x" * 40_000}, "words-too-long"),
        ({"reporter": b"x" * 100_000}, "words-too-long"),
        ({"subject": "dog"}, "bad-code"),
        ({"channel": "owl"}, "bad-code"),
        ({"danger": "perhaps"}, "bad-code"),
        ({"relation": "spy"}, "bad-code"),
        ({"categories": ["Tamsin is hungry"]}, "bad-code"),
        ({"agency": "the School"}, "bad-code"),
        ({"linked": ["x"]}, "bad-code"),
    ],
)
def test_a_contact_that_cannot_be_taken_is_answered(driver, world, changes, reason):
    (out,) = driver.feed(world.contact(**changes))
    assert (out.topic, out.message.kind, out.message.seq) == ("check-events", "refused", 0)
    assert out.message.codes["reason"] == reason
    assert driver.feed(world.contact()), "and can be sent again, corrected"


def test_the_same_contact_twice_is_one(call):
    assert call.driver.feed(call.contact) == []


def test_a_domestic_incident_is_told_to_the_school_before_the_next_school_day(driver, world):
    friday = NOW.replace(month=3, day=6, hour=20)
    driver.tick(friday)
    call = Call(driver, world, incident_at=friday - timedelta(hours=1))
    assert call.check.clocks["school"] == friday.replace(day=9, hour=8, minute=30)
    out = driver.tick(friday.replace(day=9, hour=8, minute=30))
    assert [(o.message.kind, o.message.codes["clock"]) for o in out][-1] == ("overdue", "school")
    call.go([("school_told", {"role": "screener"})])
    assert "school" not in call.check.clocks
    assert call.refusal("school_told") == "no-school-to-tell"


def test_an_adult_s_or_an_old_incident_starts_no_such_clock(driver, world):
    assert "school" not in Call(driver, world, subject="adult", incident_at=NOW).check.clocks
    old = NOW - timedelta(days=8)
    assert "school" not in Call(driver, world, contact_id="contact-2", incident_at=old).check.clocks


def test_replay_gives_the_same_check(call, world):
    call.driver.feed(world.contact("contact-2", earlier=call.check_id, danger="yes"))
    stored = [e for e in call.driver.sent("check-events") if e.check_id == call.check_id]
    assert fold(stored) == call.check


def test_a_duplicate_takes_its_referrer_with_it(driver, world):
    """Two people ring about one child: one check, and both hear what came of it."""
    one = Call(driver, world)
    second = world.contact("contact-2", anchor="f" * 32, agency="health", words=b"")
    words = world.sealer.seal("f" * 32, ContactWords(worry="A bruise at the clinic"))
    driver.feed(second.model_copy(update={"words": words}))
    other = check_id_of("contact-2")
    one.go([("screen", {})])
    one.read()

    def say(action: str, **codes: str) -> None:
        command = world.command(other, action, **codes).model_copy(update={"anchor": "f" * 32})
        assert "refused" not in kinds(driver.feed(command))

    say("read", version="1", reason="screening")
    say("duplicate", check=one.check_id, anchor=ANCHOR)
    for output in [o for o in driver.outputs if o.topic == "checks"]:
        driver.feed(output.message)
    bundle = [b for b in driver.sent("bundles") if b.check_id == one.check_id][-1]
    assert [world.sealer.open(ANCHOR, c.words, ContactWords).worry for c in bundle.contacts] == [
        "She is hungry",
        "A bruise at the clinic",
    ]
    assert bundle.contacts[1].agency == "health"
    assert one.refusal("route", to="team") == "unread-contact"
    assert one.check.merged == [other]
