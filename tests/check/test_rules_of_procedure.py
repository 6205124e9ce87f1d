"""Who may do what, when: the whole table, and the refusals that protect a child or an adult."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from hub.messages import Identity
from hub.messages.record import Operation
from hub.state.memory import MemoryTurnDriver
from streams.check.actions import ACTIONS
from streams.check.core import CheckCore
from streams.check.fold import fold
from streams.check.refusals import WORDS
from streams.check.state import Check, State
from tests.check.people import ANCHOR, NOW, SOURCES, World

GATE = {"basis": "overridden", "override_reason": "risk_of_harm", "family": "not_safe"}
TO_DECISION = [
    ("open", {"rating": "amber"}),
    ("gate", GATE),
]


class Story:
    """One check and what is said to it."""

    def __init__(self, driver: MemoryTurnDriver, world: World, **proposal) -> None:
        self.driver, self.world = driver, world
        self.proposal = world.proposal(**proposal)
        driver.feed(self.proposal)
        self.check_id = driver.sent("check-events")[0].check_id

    def say(self, action: str, /, **codes) -> list:
        out = self.driver.feed(self.world.command(self.check_id, action, **codes))
        return [o.message for o in out if o.topic == "check-events"]

    def refusal(self, action: str, /, **codes) -> str:
        events = self.say(action, **codes)
        assert [e.kind for e in events] == ["refused"], events
        assert events[0].codes["reason"] in WORDS
        return events[0].codes["reason"]

    def go(self, steps) -> None:
        for action, codes in steps:
            kinds = [e.kind for e in self.say(action, **codes)]
            assert "refused" not in kinds, (action, kinds)

    def answer_all(self, *, but: int = 0) -> None:
        requests = {r.request_id: r for r in self.driver.sent("requests")}.values()
        open_ones = [r for r in requests if not self.check.requests[r.request_id].settled]
        for request in open_ones[: len(open_ones) - but]:
            self.driver.feed(self.world.answer(request))

    def read(self, **who) -> None:
        self.go([("read", {"version": str(self.check.bundle), "reason": "deciding"} | who)])

    def to_decision(self) -> None:
        self.go(TO_DECISION)
        self.answer_all()
        self.read()

    @property
    def check(self) -> Check:
        return fold(e for e in self.driver.sent("check-events") if e.check_id == self.check_id and e.seq)


@pytest.fixture
def story(driver, world):
    return Story(driver, world)


def test_every_action_names_states_and_roles():
    assert all(a.roles and a.states for a in ACTIONS.values())


@pytest.mark.parametrize("action", sorted(a for a, row in ACTIONS.items() if State.SCREENING not in row.states))
def test_a_fresh_proposal_obeys_only_what_belongs_to_screening(action, story):
    assert story.refusal(action, role="duty_manager") in {"wrong-state", "wrong-role"}


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_a_role_that_is_not_in_the_table_is_refused(action, story):
    assert story.refusal(action, role="gardener") == "wrong-role"


def test_what_is_asked_and_how(story):
    assert story.refusal("fly") == "unknown-action"
    assert story.refusal("open", actor="  ") == "no-name"
    assert story.refusal("open", rating="purple") == "bad-code"
    assert story.refusal("open", words=b"x" * 40_000) == "words-too-long"
    out = story.driver.feed(story.world.command("no-such-check", "open"))
    assert [o.message.codes["reason"] for o in out] == ["unknown-check"]
    wrong = story.world.command(story.check_id, "open").model_copy(update={"anchor": "f" * 32})
    assert story.driver.feed(wrong)[0].message.codes["reason"] == "wrong-anchor"
    wrong = story.world.command(story.check_id, "open").model_copy(update={"partnership": "elsewhere"})
    assert story.driver.feed(wrong)[0].message.codes["reason"] == "wrong-partnership"


def test_dismissing_takes_a_reason_for_each_rule(driver, world):
    story = Story(driver, world, rules=("CB02", "DA02"))
    assert story.refusal("dismiss", reason__CB02="explained") == "missing-code"
    assert story.refusal("dismiss", reason__CB02="explained", reason__DA02="dull") == "bad-code"
    assert story.refusal("dismiss", reason__CB02="explained", reason__DA02="explained", words=b"") == "missing-words"
    events = story.say("dismiss", reason__CB02="explained", reason__DA02="already_worked")
    assert [e.kind for e in events] == ["dismissed"]
    assert {r.outcome for r in driver.sent("receipts") if r.stage == "acted_on"} == {"dismissed"}


def test_level_four_is_dismissed_by_a_manager_only(driver, world):
    story = Story(driver, world, level=4)
    assert story.refusal("dismiss", role="screener", reason__CB02="explained") == "needs-manager"
    story.go([("dismiss", {"role": "duty_manager", "reason__CB02": "explained"})])


def test_the_gate(story):
    story.go([("open", {})])
    assert story.refusal("gate", **GATE) == "wrong-state"
    story.go([("rate", {"rating": "green"})])
    assert story.refusal("gate", basis="overridden", family="not_safe") == "missing-code"
    assert story.refusal("gate", **GATE, words=b"") == "missing-words"
    assert story.refusal("gate", basis="statutory", family="informed") == "missing-code"
    story.go([("gate", {"basis": "not_agreed", "family": "informed"})])
    assert not story.driver.sent("requests")
    assert story.refusal("gate", role="screener", **GATE) == "needs-manager"
    story.go([("gate", {"role": "duty_manager"} | GATE)])
    assert story.driver.sent("requests")


def test_an_adult_s_gate_records_the_limbs_wishes_and_capacity(driver, world):
    story = Story(driver, world, subject="adult")
    story.go([("open", {"rating": "amber"})])
    limbs = {"s42_a": "yes", "s42_b": "yes", "s42_c": "unknown"}
    assert story.refusal("gate", **GATE) == "missing-code"
    assert story.refusal("gate", **GATE, **limbs, wishes="recorded") == "missing-code"
    story.go([("gate", GATE | limbs | {"wishes": "recorded", "capacity": "has"})])
    asked = {r.agency for r in driver.sent("requests")}
    assert "education" not in asked
    assert "adult_social_care" in asked
    story.answer_all()
    story.read()
    assert story.refusal("decide", decision="section_47") == "bad-code"
    story.go([("decide", {"decision": "section_42"})])


def test_a_lapsed_agreement_blocks(world, packs):
    lapsed = packs.agreements[0].model_copy(update={"review_by": date(2026, 3, 2)})
    for agreements, reason in (((lapsed,), "agreement-lapsed"), ((), "no-agreement")):
        config = type(packs)(packs.clocks, packs.decisions, packs.questions, agreements)
        driver = MemoryTurnDriver(CheckCore(config, world.sealer))
        driver.tick(NOW)
        story = Story(driver, world)
        story.go([("open", {"rating": "red"})])
        assert story.refusal("gate", **GATE) == reason
        assert not driver.sent("requests")
    # the last day of an agreement is a whole day in London
    config = type(packs)(packs.clocks, packs.decisions, packs.questions, (lapsed,))
    driver = MemoryTurnDriver(CheckCore(config, world.sealer))
    driver.tick(NOW - timedelta(days=1) + timedelta(hours=13, minutes=59))
    story = Story(driver, world)
    story.go([("open", {"rating": "red"}), ("gate", GATE)])


def test_scripted_parties_act_on_made_up_people_only(world, packs):
    real = packs.agreements[0].model_copy(update={"synthetic": False})
    driver = MemoryTurnDriver(
        CheckCore(type(packs)(packs.clocks, packs.decisions, packs.questions, (real,)), world.sealer)
    )
    story = Story(driver, world)
    assert story.refusal("open", role="scripted", actor="scripted screener") == "scripted-not-allowed"


def test_nobody_decides_on_what_they_have_not_read(story):
    story.go(TO_DECISION)
    story.answer_all()
    assert story.refusal("decide", decision="section_17") == "wrong-state"
    story.read()
    assert story.refusal("decide", decision="section_17", actor="s.other") == "newer-bundle"
    assert story.refusal("decide", decision="section_17", words=b"") == "missing-words"
    assert story.refusal("decide", decision="nfa") == "missing-code"
    # a correction from an agency arrives before the decision
    request = story.driver.sent("requests")[0]
    story.driver.feed(story.world.answer(request))
    assert story.check.state is State.BUNDLE_READY
    assert story.refusal("decide", decision="section_17") == "wrong-state"
    story.read()
    story.go([("decide", {"decision": "nfa", "reason__CB02": "below_threshold"})])


def test_a_screener_s_reading_does_not_stand_for_the_decision_maker_s(story):
    story.go(TO_DECISION)
    story.answer_all()
    story.read(role="screener", actor="s.one")
    assert story.check.state is State.BUNDLE_READY
    assert story.check.unread


def test_a_check_ends_only_when_a_service_has_taken_it(story):
    story.to_decision()
    story.go([("decide", {"decision": "section_17"})])
    assert story.refusal("hand_over", service="section_17") == "wrong-state"
    assert story.refusal("disseminate", to="the_press") == "bad-code"
    story.go([("disseminate", {"to": "health"})])
    assert story.refusal("feed_back") == "not-accepted"
    assert story.refusal("hand_over", service="nfa") == "bad-code"
    story.go([("hand_over", {"service": "section_17"})])
    assert story.refusal("close") == "wrong-state"
    assert story.refusal("accept", role="screener") == "wrong-role"
    story.go(
        [("decline", {"role": "service"}), ("hand_over", {"service": "early_help"}), ("accept", {"role": "service"})]
    )
    story.go([("feed_back", {}), ("close", {})])
    assert story.check.state is State.CLOSED


def test_a_late_return_is_never_lost(story):
    story.go(TO_DECISION)
    story.answer_all(but=1)
    story.go([("go_forward", {"role": "duty_manager"})])
    assert story.driver.sent("bundles")[-1].gaps
    story.read()
    story.go([("decide", {"decision": "signposted"}), ("disseminate", {"to": "health"}), ("feed_back", {})])
    story.answer_all()
    assert story.refusal("close") == "unread-return"
    story.read()
    assert story.refusal("close") == "late-return-pending"
    story.go([("accept_late", {}), ("close", {})])


def test_a_return_after_closing_opens_the_check_again(story):
    story.go(TO_DECISION)
    story.answer_all(but=1)
    story.go([("go_forward", {"role": "duty_manager"})])
    story.read()
    story.go(
        [("decide", {"decision": "signposted"}), ("disseminate", {"to": "health"}), ("feed_back", {}), ("close", {})]
    )
    assert story.driver.sent("facts")[-1].state == "closed"
    story.answer_all()
    assert story.check.state is State.REOPENED
    assert story.driver.sent("facts")[-1].state == "open"
    story.read()
    story.go([("accept_late", {}), ("close", {})])


def test_returns_that_are_not_ours(story):
    story.go(TO_DECISION)
    request = story.driver.sent("requests")[0]

    def reason(**changes) -> str:
        answer = story.world.answer(request, "refused", reason="no_basis").model_copy(update=changes)
        out = story.driver.feed(answer)
        assert [o.message.kind for o in out] == ["refused"]
        return out[0].message.codes["reason"]

    assert reason(agency="fire") == "wrong-agency"
    assert reason(request_id="nobody") == "unknown-request"
    assert reason(outcome="shrug") == "bad-outcome"
    assert reason(reason="") == "missing-code"
    assert reason(reason="because") == "bad-code"
    assert reason(release="everybody") == "bad-code"
    assert reason(actor="") == "no-name"
    assert reason(role="screener") == "wrong-role"
    out = story.driver.feed(story.world.answer(request, "acknowledged"))
    assert [o.message.kind for o in out] == ["acknowledged"]
    story.driver.feed(story.world.answer(request, "refused", reason="no_basis"))
    assert f"refused:{request.agency}" in story.driver.sent("bundles")[-1].gaps


def test_the_same_message_twice_has_one_effect(story):
    command = story.world.command(story.check_id, "open", command_id="once")
    assert story.driver.feed(command)
    assert story.driver.feed(command) == []
    story.go([("rate", {"rating": "green"}), ("gate", GATE)])
    answer = story.world.answer(story.driver.sent("requests")[0], return_id="once-too")
    assert story.driver.feed(answer)
    assert story.driver.feed(answer) == []
    assert story.driver.feed(story.proposal) == []


def test_a_split_of_the_person_waits_for_a_person(story):
    story.to_decision()
    fewer = [e for e in story.world.entries() if e.agency != "health"]
    later = story.world.snapshot(entries=fewer, as_of=NOW + timedelta(hours=1))
    story.driver.feed(story.world.update(story.check_id, later))
    assert story.check.identity_pending
    assert "identity-changed:" in story.driver.sent("bundles")[-1].gaps
    story.read()
    assert story.refusal("decide", decision="section_17") == "identity-changed"
    story.go([("accept_identity", {}), ("decide", {"decision": "section_17"})])


def test_an_unsettled_or_older_picture_changes_nothing(story):
    fewer = story.world.entries()[:3]
    unsettled = story.world.snapshot(entries=fewer, as_of=NOW + timedelta(hours=1), settled=False)
    assert story.driver.feed(story.world.update(story.check_id, unsettled)) == []
    story.driver.feed(story.world.update(story.check_id, story.world.snapshot(entries=fewer), seq=5))
    older = story.world.snapshot(as_of=NOW + timedelta(hours=1))
    assert story.driver.feed(story.world.update(story.check_id, older, seq=4)) == []
    stale = story.world.snapshot(entries=fewer[:2], as_of=NOW - timedelta(hours=1))
    assert story.driver.feed(story.world.proposal(snapshot=stale)) == []


def test_two_changes_within_one_tick_both_reach_the_bundle(story):
    for seq, count in enumerate((3, 2), start=1):
        picture = story.world.snapshot(entries=story.world.entries()[:count])
        assert story.driver.feed(story.world.update(story.check_id, picture, seq=seq))
        assert len(story.driver.sent("bundles")[-1].picture.entries) == count
    story.driver.feed(story.world.proposal(snapshot=story.world.snapshot(entries=story.world.entries()[:1])))
    assert len(story.driver.sent("bundles")[-1].picture.entries) == 1


def test_the_same_picture_at_a_later_time_makes_no_version_to_be_read_again(story):
    story.to_decision()
    same = story.proposal.snapshot.model_copy(update={"as_of": NOW + timedelta(hours=1)})
    assert story.driver.feed(story.world.update(story.check_id, same, seq=7)) == []
    older = story.world.snapshot(entries=story.world.entries()[:1], as_of=NOW + timedelta(hours=2))
    assert story.driver.feed(story.world.update(story.check_id, older, seq=6)) == []
    story.go([("decide", {"decision": "section_17"})])


def test_a_proposal_takes_nothing_back_from_the_order_of_pictures(story):
    entries = story.world.entries()
    story.driver.feed(story.world.update(story.check_id, story.world.snapshot(entries=entries[:3]), seq=9))
    story.driver.feed(story.world.proposal(level=4, snapshot=story.world.snapshot(entries=entries[:2])))
    late = story.world.snapshot(as_of=NOW + timedelta(hours=1))
    assert story.driver.feed(story.world.update(story.check_id, late, seq=8)) == []
    stale = story.world.snapshot(as_of=NOW - timedelta(hours=1))
    story.driver.feed(story.world.proposal(level=4, rules=("CB01",), snapshot=stale))
    assert set(story.check.rules) == {"CB01"}
    assert len(story.driver.sent("bundles")[-1].picture.entries) == 2


def test_what_was_dismissed_comes_back_only_if_it_got_worse(story):
    story.go([("dismiss", {"reason__CB02": "explained"})])
    later = story.world.snapshot(as_of=NOW + timedelta(days=1))
    assert story.driver.feed(story.world.proposal(snapshot=later)) == []
    out = story.driver.feed(story.world.proposal(snapshot=later, rules=("CB02", "CB01"), level=4))
    assert [o.message.kind for o in out if o.topic == "check-events"] == [
        "proposal_updated",
        "reopened",
        "paged",
        "bundled",
    ]
    assert story.check.state is State.REOPENED


def test_restricted_records_leave_no_trace(driver, world):
    secret = world.entry(
        "health", "health.adt.admission", 1, [], record_id="5ec4e7".ljust(32, "0"), restricted="adoption"
    )
    hidden = secret.model_copy(
        update={"record_id": "5ec4e8".ljust(32, "0"), "restricted": "", "operation": Operation.RESTRICT}
    )
    snapshot = world.snapshot(entries=[secret, hidden, *world.entries()])
    story = Story(driver, world, snapshot=snapshot)
    story.to_decision()
    story.go([("decide", {"decision": "section_17"})])
    for output in driver.outputs:
        assert "5ec4e" not in str(output.message), output.topic
    for request in driver.sent("requests"):
        assert world.sealer.open(ANCHOR, request.subject, Identity)


def test_an_erased_person_does_not_stop_a_check(driver, world):
    for source in SOURCES.values():
        world.keys.ensure([source])
    story = Story(driver, world)
    for source in SOURCES.values():
        if source != ANCHOR:
            world.keys.erase(source)
    story.to_decision()
    assert driver.rejects == []


def test_a_rating_can_only_hasten_what_was_asked(story):
    story.go([("open", {"rating": "green"}), ("gate", GATE)])
    before = {r.agency: r.due_at for r in story.driver.sent("requests")}
    story.go([("rate", {"rating": "red"})])
    after = {r.agency: r.due_at for r in story.driver.sent("requests")}
    assert set(after.values()) == {NOW + timedelta(hours=2)}
    assert all(after[a] < before[a] for a in before)
    assert "strategy" in story.check.clocks
    story.go([("rate", {"rating": "green"})])
    assert {r.due_at for r in story.check.requests.values()} == {NOW + timedelta(hours=2)}
    assert story.refusal("strategy_held", took_part="health police", outcome="section_47") == "strategy-needs"
    story.go([("strategy_held", {"took_part": "health police social_care", "outcome": "section_47"})])
    assert "conference" in story.check.clocks
    assert "strategy" not in story.check.clocks


def test_a_partnership_may_let_level_4_open_by_itself_but_never_the_gate(world, packs):
    decisions = packs.decisions.model_copy(update={"level_4_opens": True})
    config = type(packs)(packs.clocks, decisions, packs.questions, packs.agreements)
    driver = MemoryTurnDriver(CheckCore(config, world.sealer))
    driver.tick(NOW)
    assert Story(driver, world, level=4).check.state is State.REFERRAL
    assert driver.sent("requests") == []
    grave = Story(driver, world, level=3, proposal_id="another")
    grave.check_id = driver.sent("bundles")[-1].check_id
    assert grave.check.state is State.SCREENING


def test_what_is_done_in_a_managers_stead_bears_both_names(story):
    def say(action: str, acts_for: str, **codes):
        command = story.world.command(story.check_id, action, **codes).model_copy(update={"acts_for": acts_for})
        out = story.driver.feed(command)
        return next(o.message for o in out if o.topic == "check-events")

    for role, manager in (("screener", "d.price"), ("decision_maker", "d.price"), ("duty_manager", "actor")):
        actor = story.world.command(story.check_id, "open").actor
        refused = say("open", actor if manager == "actor" else manager, rating="amber", role=role)
        assert (refused.kind, refused.codes.get("reason")) == ("refused", "not-lent")
    story.to_decision()
    story.answer_all()
    story.read()
    decided = say("decide", "d.price", role="duty_manager", decision="section_17")
    assert (decided.kind, decided.acts_for, story.check.decided_for) == ("decided", "d.price", "d.price")
    assert say("note", "").acts_for == ""
