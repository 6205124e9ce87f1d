"""From the decision to the end, and what goes on beside it: who decided, what was agreed, what each recipient gets, who heard."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.messages import CheckWords, Identity
from streams.check.state import State
from tests.check.people import ANCHOR, NOW
from tests.check.test_rules_of_procedure import GATE, TO_DECISION, Story

DAY = timedelta(days=1)


@pytest.fixture
def story(driver, world):
    return Story(driver, world)


def other(driver, world, **proposal) -> Story:
    """A second check of the same record."""
    story = Story(driver, world, proposal_id="another", **proposal)
    story.check_id = driver.sent("bundles")[-1].check_id
    return story


def pass_on(driver) -> None:
    """What checks say to each other, as Kafka brings it back."""
    for output in [o for o in driver.outputs if o.topic == "checks"]:
        driver.feed(output.message)


def to_end(story, decision="signposted", **codes) -> None:
    story.to_decision()
    story.go([("decide", {"decision": decision} | codes), ("disseminate", {"to": "health"})])


# the joint decision


def test_a_decision_says_who_took_part_and_who_did_not_agree(story):
    story.to_decision()
    assert story.refusal("decide", decision="section_17", took_part="") == "missing-code"
    assert story.refusal("decide", decision="section_17", took_part="the_press") == "bad-code"
    assert story.refusal("decide", decision="section_17", took_part="health", dissent="police") == "bad-code"
    story.go([("decide", {"decision": "section_17", "took_part": "health police", "dissent": "police"})])
    assert (story.check.took_part, story.check.dissent) == (["health", "police"], ["police"])


def test_a_red_decision_takes_those_who_must_be_heard_or_a_reason(story):
    story.go([("open", {"rating": "red"}), ("gate", GATE)])
    story.answer_all()
    story.read()
    assert story.refusal("decide", decision="section_47", took_part="health") == "missing-code"
    story.go([("decide", {"decision": "section_47", "took_part": "health", "why_without": "cannot_wait"})])


def test_agreed_actions_have_owner_and_date_and_outlast_the_check(story, driver, world):
    story.to_decision()
    action = {"action__1__owner": "health", "action__1__due": "2026-03-20"}
    assert story.refusal("decide", decision="signposted", action__1__owner="health") == "missing-code"
    assert story.refusal("decide", decision="signposted", **action | {"action__1__due": "2026-03-01"}) == "bad-code"
    parts = {"action.1": world.words("Health visitor goes")}
    driver.feed(world.command(story.check_id, "decide", decision="signposted", parts=parts, **action))
    story.go([("disseminate", {"to": "health"}), ("feed_back", {}), ("close", {})])
    assert set(story.check.clocks) == {"action:1"}
    out = driver.tick(NOW.replace(day=21))
    assert [(o.message.kind, o.message.codes["action"]) for o in out] == [("overdue", "1")]
    story.go([("action_done", {"action": "1", "role": "agency_researcher"})])
    assert story.refusal("action_done", action="1") == "bad-code"
    assert story.check.state is State.CLOSED


# what each recipient gets


def test_the_alleged_perpetrator_s_agency_never_gets_an_address(story, world):
    story.to_decision()
    probation = next(r for r in story.driver.sent("requests") if r.agency == "probation")
    police = next(r for r in story.driver.sent("requests") if r.agency == "police")
    assert world.sealer.open(ANCHOR, probation.subject, Identity).addresses == []
    assert world.sealer.open(ANCHOR, police.subject, Identity).addresses
    story.go([("decide", {"decision": "section_17"})])
    words = world.words("She lives at 14 larkrise  road, zz993wz and is well; not at 1 Hidden Lane.")
    story.go([("disseminate", {"to": "health probation", "words": words})])
    sent = {s.recipient: s for s in story.driver.sent("summaries")}
    text = world.sealer.open(ANCHOR, sent["probation"].words, CheckWords).text
    assert text == "She lives at [address withheld], [address withheld] and is well; not at [address withheld]."
    assert world.sealer.open(ANCHOR, sent["probation"].subject, Identity).addresses == []
    assert sent["probation"].withheld == ["addresses"]
    assert sent["health"].withheld == []
    text = world.sealer.open(ANCHOR, sent["health"].words, CheckWords).text
    assert "larkrise" in text
    assert "Hidden Lane" not in text, "a refuge is told to nobody"


def test_what_to_look_at_tells_no_address_either(story, world):
    parts = {"ask": world.words("Is he still at 14 Larkrise Road, or at 1 Hidden Lane?")}
    story.go([("open", {"rating": "amber"}), ("gate", GATE | {"parts": parts})])
    asks = {r.agency: world.sealer.open(ANCHOR, r.ask, CheckWords).text for r in story.driver.sent("requests")}
    assert asks["probation"] == "Is he still at [address withheld], or at [address withheld]?"
    assert asks["police"] == "Is he still at 14 Larkrise Road, or at [address withheld]?"


def test_new_grave_facts_after_the_end_want_a_strategy_discussion_again(driver, world):
    story = Story(driver, world)
    story.go([("strategy_held", {"took_part": "health police social_care", "outcome": "no_section_47"})])
    story.go([("dismiss", {"reason__CB02": "explained"})])
    later = world.snapshot(as_of=NOW + DAY)
    driver.feed(world.proposal(level=4, rules=("CB02", "CB01"), snapshot=later))
    assert (story.check.state, story.check.strategy) == (State.REOPENED, "wanted")


def test_danger_opens_an_ended_check(story):
    story.go([("dismiss", {"reason__CB02": "explained"}), ("immediate_safety", {"role": "agency_researcher"})])
    assert story.check.state is State.REOPENED
    assert {"danger", "response"} <= set(story.check.clocks)


def test_each_recipient_gets_its_own_words_and_limits_are_kept(story, world):
    story.go(TO_DECISION)
    for request in story.driver.sent("requests"):
        limit = {"police": "mash_only", "housing": "not_to_suspect"}.get(request.agency, "")
        story.driver.feed(world.answer(request, release=limit))
    story.read()
    story.go([("decide", {"decision": "section_17"})])
    parts = {"summary.health": world.words("For health"), "summary": world.words("For all")}
    story.go([("disseminate", {"to": "education health police probation", "parts": parts})])
    sent = {s.recipient: s for s in story.driver.sent("summaries")}
    assert {a: world.sealer.open(ANCHOR, s.words, CheckWords).text for a, s in sent.items()} == {
        "health": "For health", "education": "For all", "police": "For all", "probation": "For all",
    }  # fmt: skip
    assert sent["police"].withheld == []
    assert sent["education"].withheld == ["return:police"]
    assert sent["probation"].withheld == ["addresses", "return:housing", "return:police"]


def test_words_that_cannot_be_read_go_to_no_perpetrator_s_agency(story, world):
    story.to_decision()
    story.go([("decide", {"decision": "section_17"}), ("disseminate", {"to": "probation", "words": b"sealed"})])
    assert story.driver.sent("summaries")[-1].words == b""


# requests


def test_a_request_says_the_concern_the_consent_position_and_what_to_look_at(story, world):
    parts = {"ask": world.words("Look at attendance"), "ask.police": world.words("Look at call-outs")}
    story.go([("open", {"rating": "amber"}), ("gate", GATE | {"parts": parts})])
    asks = {r.agency: world.sealer.open(ANCHOR, r.ask, CheckWords).text for r in story.driver.sent("requests")}
    assert asks["police"] == "Look at call-outs"
    assert asks["education"] == "Look at attendance"
    assert {r.family for r in story.driver.sent("requests")} == {"not_safe"}
    assert "domestic_abuse" in story.driver.sent("requests")[0].categories


def test_what_the_hub_holds_is_never_sent_on_unread(story, world):
    story.go(TO_DECISION)
    answer = world.answer(story.driver.sent("requests")[0]).model_copy(update={"drafted": True})
    assert story.driver.feed(answer)[0].message.codes["reason"] == "draft-unread"
    confirmed = answer.model_copy(update={"return_id": "x", "confirmed_by": answer.actor})
    story.driver.feed(confirmed)
    assert story.check.requests[answer.request_id].drafted


def test_a_request_that_did_not_arrive_is_escalated_at_once(story, world):
    story.go(TO_DECISION)
    request = story.driver.sent("requests")[0]

    def sink(outcome: str, role: str = "sink"):
        answer = world.answer(request, outcome).model_copy(update={"role": role, "words": b""})
        return [o.message for o in story.driver.feed(answer)]

    assert [e.kind for e in sink("delivered")] == ["delivered"]
    assert [e.kind for e in sink("undelivered")] == ["undelivered", "escalated"]
    assert sink("undelivered", "agency_researcher")[0].codes["reason"] == "wrong-role"
    assert sink("answered")[0].codes["reason"] == "bad-outcome"


def test_only_the_agency_itself_passes_its_request_on(story):
    story.go(TO_DECISION)
    request = next(r for r in story.driver.sent("requests") if r.agency == "education")
    who = {"role": "agency_researcher", "request": request.request_id, "to": "school"}
    assert story.refusal("pass_on", agency="health", **who) == "wrong-agency"
    story.go([("pass_on", {"agency": "education"} | who)])
    assert story.check.requests[request.request_id].passed_to == "school"


def test_red_at_night_is_asked_by_telephone(story, driver):
    story.go([("open", {"rating": "red"})])
    driver.tick(NOW.replace(hour=23))
    story.go([("gate", GATE)])
    health = next(r for r in driver.sent("requests") if r.agency == "health")
    assert (health.by, health.ring) == ("out_of_hours_telephone", "01632 960199")
    police = next(r for r in driver.sent("requests") if r.agency == "police")
    assert (police.by, police.ring) == ("desk", "")


# feedback


def test_feedback_counts_when_it_was_received(story):
    to_end(story)
    assert story.refusal("feed_back", channel="pigeon") == "bad-code"
    assert story.refusal("feed_back", threshold="level_9") == "bad-code"
    story.go([("feed_back", {"channel": "letter"})])
    assert story.refusal("close") == "feedback-not-delivered"
    assert {"delivery", "closing"} <= set(story.check.clocks)
    story.go([("undelivered", {})])
    assert story.check.state is State.DISSEMINATED
    assert "feedback" in story.check.clocks
    assert story.refusal("delivered") == "no-feedback-on-its-way"
    story.go([("feed_back", {"channel": "email"}), ("delivered", {"receipt": "mail-17"}), ("close", {})])


def test_that_nobody_can_be_told_takes_a_manager(story):
    to_end(story)
    assert story.refusal("feed_back", role="screener", channel="anonymous") == "needs-manager"
    story.go([("feed_back", {"channel": "anonymous"}), ("close", {})])


# hand-over, routing, transfer


@pytest.mark.parametrize(("action", "to"), [("route", "team"), ("pathway", "lado")])
def test_what_is_routed_has_to_be_accepted_or_rings_again(story, driver, action, to):
    story.go([(action, {"to": to})])
    driver.tick(NOW + timedelta(hours=4))
    assert driver.sent("check-events")[-1].codes["escalate_to"] == "duty_manager"
    driver.tick(NOW + timedelta(hours=4) + 2 * DAY)
    assert [e.codes.get("clock") for e in driver.sent("check-events")].count("acceptance") >= 2
    story.go([("decline", {"role": "service"})])
    assert story.check.state is State.REFERRAL
    assert "response" in story.check.clocks


def test_until_another_area_has_accepted_it_is_ours(story):
    story.go(TO_DECISION)
    assert story.refusal("transfer") == "missing-code"
    story.go([("transfer", {"area": "E99000002"})])
    assert {"complete", "acceptance", "feedback"} <= set(story.check.clocks)
    story.answer_all()
    assert story.check.state is State.TRANSFERRED
    story.go([("decline", {"role": "duty_manager"})])
    assert story.check.state is State.BUNDLE_READY, "what came meanwhile is ready to be read"
    story.go([("transfer", {"area": "E99000002"}), ("accept", {"role": "duty_manager", "by": "Elsewhere MASH"})])
    assert story.check.area == "E99000002"
    assert "complete" not in story.check.clocks
    story.read()
    story.go([("feed_back", {}), ("close", {})])


def test_a_service_s_assessment_has_its_clock(story):
    to_end(story, "section_17")
    story.go([("hand_over", {"service": "section_17"}), ("accept", {"role": "service"})])
    assert story.check.clocks["assessment"].date().isoformat() == "2026-05-08", "45 working days, two of them holidays"
    story.go([("feed_back", {}), ("close", {}), ("assessed", {"role": "service"})])
    assert story.check.clocks == {}


# linked checks


def test_a_duplicate_is_the_only_kind_that_merges(story, driver, world):
    second = other(driver, world, rules=("DA02",))
    second.go([("duplicate", {"check": story.check_id})])
    assert second.check.state is State.DUPLICATE
    pass_on(driver)
    assert story.check.merged == [second.check_id]
    pass_on(driver)
    assert story.check.merged == [second.check_id]
    assert story.refusal("unlink", check=second.check_id) == "merged-stays"
    assert second.refusal("absorb", check=story.check_id) == "unknown-action"


def test_a_link_stands_on_both_sides_until_it_is_taken_back(driver, world, story):
    second = Story(driver, world, proposal_id="elsewhere", anchor="f" * 32)
    second.check_id = driver.sent("bundles")[-1].check_id
    story.go([("link", {"check": second.check_id, "anchor": "f" * 32, "link": "household"})])
    pass_on(driver)
    assert second.check.links == {story.check_id: "household"}
    assert story.refusal("link", check=second.check_id, link="enemies") == "bad-code"
    story.go([("unlink", {"check": second.check_id, "anchor": "f" * 32})])
    pass_on(driver)
    assert second.check.links == {}
    assert story.refusal("unlink", check=second.check_id) == "not-linked"


# beside the check


def test_a_strategy_discussion_is_held_or_a_manager_says_why_not(driver, world):
    story = Story(driver, world, level=4)
    assert story.refusal("strategy_held", took_part="police", outcome="joint") == "strategy-needs"
    driver.tick(NOW + DAY)
    assert "strategy" in [e.codes.get("clock") for e in driver.sent("check-events")]
    to_end(story)
    story.go([("feed_back", {})])
    assert story.refusal("close") == "strategy-wanted"
    assert story.refusal("strategy_declined", role="screener", reason="held_elsewhere") == "wrong-role"
    story.go([("strategy_declined", {"reason": "held_elsewhere"}), ("close", {})])


def test_police_protection_ends_72_hours_after_it_was_taken(story, driver):
    taken = NOW - timedelta(hours=10)
    assert story.refusal("protection_taken", taken_at=(NOW + DAY).isoformat()) == "bad-code"
    assert story.refusal("protection_taken", taken_at="2026-03-01T00:00:00") == "bad-code"
    story.go([("protection_taken", {"taken_at": taken.isoformat()})])
    assert story.check.protection_until == taken + timedelta(hours=72)
    assert "strategy" in story.check.clocks
    driver.tick(taken + timedelta(hours=72))
    assert story.check.protection_until is None
    assert story.refusal("protection_ended") == "no-protection"


def test_nobody_has_seen_the_child(story, driver):
    story.go([("open", {"rating": "green"})])
    assert story.check.clocks["not_seen"] == NOW + 28 * DAY
    assert story.refusal("seen", alone="yes") == "missing-code"
    story.go([("seen", {"by": "J. Moss", "alone": "yes", "within": "10", "seen_at": (NOW - DAY).isoformat()})])
    assert story.check.clocks["not_seen"] == NOW + 9 * DAY
    driver.tick(NOW + 9 * DAY)
    assert "not_seen" in [e.codes.get("clock") for e in driver.sent("check-events")]
    assert story.refusal("seen", by="J. Moss", alone="yes", within="99") == "bad-code"


def test_a_disagreement_climbs_and_opens_what_was_closed(story, driver):
    to_end(story)
    story.go([("feed_back", {}), ("disagree", {"role": "agency_researcher"})])
    assert story.refusal("close") == "disagreement-open"
    assert story.refusal("disagree") == "already-disagreed"
    driver.tick(NOW + 10 * DAY)
    ladder = [e.codes["with"] for e in driver.sent("check-events") if e.kind == "disagreed"]
    assert ladder == ["team_manager", "service_manager", "head_of_service", "partnership"]
    assert "ladder" in story.check.clocks, "and nobody can let it lie at the top"
    story.go([("resolve", {}), ("close", {}), ("disagree", {"role": "agency_researcher"})])
    assert story.check.state is State.REOPENED


def test_a_wrong_person_s_facts_leave_by_no_door(story, world):
    story.go([("open", {"rating": "amber"})])
    fewer = [e for e in world.entries() if e.agency != "health"]
    story.driver.feed(world.update(story.check_id, world.snapshot(entries=fewer)))
    assert story.refusal("gate", **GATE) == "identity-changed"
    assert "identity" in story.check.clocks
    story.go([("accept_identity", {}), ("gate", GATE)])


def test_not_agreed_is_for_a_manager_to_look_at_by_a_clock(story):
    story.go([("open", {"rating": "green"}), ("gate", GATE | {"basis": "not_agreed"})])
    assert {"review", "complete"} <= set(story.check.clocks)
    assert story.refusal("gate", role="screener", **GATE) == "needs-manager"
    assert story.refusal("advise", role="screener", reason__CB02="explained") == "needs-manager"
    story.go([("advise", {"reason__CB02": "explained"})])
    assert "review" not in story.check.clocks


def test_a_basis_must_be_in_force_and_said_why(story):
    story.go([("open", {"rating": "green"})])
    statutory = {"basis": "statutory", "family": "not_safe"}
    assert story.refusal("gate", provision="ca2004_s16LA", **statutory) == "basis-not-in-force"
    assert story.refusal("gate", provision="care_act_s42", **statutory) == "bad-code"
    assert story.refusal("gate", provision="ca1989_s47", words=b"", **statutory) == "missing-words"
    story.go([("gate", statutory | {"provision": "ca1989_s47", "confidentiality": "public_interest"})])


def test_closed_checks_can_be_audited(story):
    to_end(story)
    story.go([("feed_back", {}), ("close", {})])
    assert story.refusal("audit", role="screener", grade="good") == "wrong-role"
    story.go([("audit", {"role": "auditor", "grade": "good"})])
    assert (story.check.audit, story.check.state) == ("good", State.CLOSED)


def test_a_late_return_is_somebody_s_to_answer_by_a_clock(story):
    story.go(TO_DECISION)
    story.answer_all(but=1)
    story.go([("go_forward", {"role": "duty_manager"})])
    story.read()
    story.go([("decide", {"decision": "signposted"})])
    story.answer_all()
    assert "late" in story.check.clocks
    story.read()
    story.go([("accept_late", {})])
    assert "late" not in story.check.clocks
