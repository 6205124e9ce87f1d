"""The check as a machine that people, agencies and time push about: no illegal state, no clock lost, replay equals.

`MASH_SEQUENCES=10000 pytest tests/check/test_machine.py` runs ten thousand sequences; the suite runs a few.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from streams.check.clocks import wanted
from streams.check.fold import fold
from streams.check.refusals import WORDS
from streams.check.state import AWAITS_ACCEPTANCE, ENDED, GATHERING, OUTLASTING, State
from tests.check import test_laws as laws

SEQUENCES = int(os.environ.get("MASH_SEQUENCES", "60"))
STEPS = 15
REPLAYS = 10
"""One sequence in so many is played again from its messages: that costs as much as the sequence did."""
pytestmark = pytest.mark.timeout(300 if SEQUENCES <= 200 else 0)
NEXT: dict[State, set[State]] = {
    State.CONTACT: {State.SCREENING, State.DUPLICATE, State.TRANSFERRED},
    State.SCREENING: {
        State.REFERRAL,
        State.DISMISSED,
        State.ROUTED,
        State.OTHER_PATHWAY,
        State.ADVICE,
        State.DUPLICATE,
        State.TRANSFERRED,
    },
    State.REFERRAL: {
        State.RATED,
        State.DISMISSED,
        State.ROUTED,
        State.OTHER_PATHWAY,
        State.ADVICE,
        State.DUPLICATE,
        State.TRANSFERRED,
    },
    State.RATED: {State.CHECKS_OPEN, State.NOT_AGREED, State.DISMISSED, State.DUPLICATE, State.TRANSFERRED},
    State.NOT_AGREED: {State.CHECKS_OPEN, State.DISMISSED, State.ADVICE, State.TRANSFERRED},
    State.CHECKS_OPEN: {State.BUNDLE_READY, State.TRANSFERRED},
    State.BUNDLE_READY: {State.DECISION_PENDING, State.TRANSFERRED},
    State.DECISION_PENDING: {State.DECIDED, State.BUNDLE_READY, State.TRANSFERRED},
    State.DECIDED: {State.DISSEMINATED, State.REOPENED},
    State.DISSEMINATED: {State.HANDED_OVER, State.FEEDBACK_SENT, State.REOPENED},
    State.HANDED_OVER: {State.ACCEPTED, State.DISSEMINATED, State.REOPENED},
    State.ROUTED: {State.ACCEPTED, State.REFERRAL},
    State.OTHER_PATHWAY: {State.ACCEPTED, State.REFERRAL},
    State.TRANSFERRED: {
        State.ACCEPTED,
        State.CONTACT,
        State.SCREENING,
        State.REFERRAL,
        State.RATED,
        State.NOT_AGREED,
        State.CHECKS_OPEN,
        State.BUNDLE_READY,
        State.REOPENED,
    },
    State.ACCEPTED: {State.FEEDBACK_SENT, State.REOPENED},
    State.ADVICE: {State.FEEDBACK_SENT, State.REOPENED},
    State.FEEDBACK_SENT: {State.CLOSED, State.ACCEPTED, State.DISSEMINATED, State.ADVICE, State.REOPENED},
    State.REOPENED: {State.RATED, State.DISMISSED, State.TRANSFERRED, State.CLOSED, State.FEEDBACK_SENT},
    State.CLOSED: {State.REOPENED},
    State.DISMISSED: {State.REOPENED},
    State.DUPLICATE: {State.REOPENED},
}
"""The only ways from state to state, written down apart from the code that takes them."""
SEEN: Counter[str] = Counter()


class CheckMachine(RuleBasedStateMachine):
    """One check, and whoever does something to it."""

    @initialize(start=laws.starts)
    def begin(self, start: str) -> None:
        self.play = laws.Play((start, []))
        self.number = 0
        self.looked = 0

    def _do(self, step: tuple) -> None:
        self.number += 1
        self.play.do(self.number, step)

    @rule(step=laws.commands)
    def somebody_commands(self, step: tuple) -> None:
        self._do(step)

    @rule(step=laws.forwards)
    def a_manager_goes_on(self, step: tuple) -> None:
        self._do(step)

    @rule(step=laws.forwards)
    def a_manager_goes_further(self, step: tuple) -> None:
        self._do(step)

    @precondition(lambda self: self.play.driver.sent("requests"))
    @rule(step=st.one_of(laws.returns, laws.everybody))
    def an_agency_answers(self, step: tuple) -> None:
        self._do(step)

    @rule(step=laws.times)
    def time_passes(self, step: tuple) -> None:
        self._do(step)

    @rule(step=st.one_of(laws.pictures, laws.proposals))
    def the_picture_changes(self, step: tuple) -> None:
        self._do(step)

    @rule(step=laws.contacted)
    def somebody_refers_again(self, step: tuple) -> None:
        self._do(step)

    @rule(aside=st.sampled_from(["route", "pathway", "advise", "transfer", "duplicate", "dismiss"]))
    def a_manager_turns_aside(self, aside: str) -> None:
        self._do(("aside", aside))

    @invariant()
    def nothing_is_lost(self) -> None:
        """After every step: see each line."""
        if not hasattr(self, "play"):
            return
        check, driver = self.play.check, self.play.driver
        SEEN[check.state] += 1
        events = [e for e in driver.sent("check-events") if e.check_id == self.play.check_id]
        assert [e.seq for e in events] == list(range(1, len(events) + 1))
        for before, after in zip(events[self.looked :], events[self.looked + 1 :], strict=False):
            assert before.state == after.state or State(after.state) in NEXT[State(before.state)], (before, after)
            assert before.at <= after.at
        self.looked = max(len(events) - 1, 0)
        running = {clock.partition(":")[0] for clock in check.clocks}
        assert wanted(check) <= running
        assert check.state in ENDED or running, "whoever waits, waits by a clock"
        assert not check.ended or running <= set(OUTLASTING)
        assert all(due >= self.play.time - timedelta(seconds=1) for due in check.clocks.values()), "none overslept"
        if check.state in AWAITS_ACCEPTANCE:
            assert "acceptance" in running
        if check.state is State.CLOSED:
            assert check.feedback in {"delivered", "nobody_to_tell"}
            assert check.strategy != "wanted"
            assert not (check.unread)
            assert not (check.late)
            assert not (check.identity_pending)
            assert not (check.ladder)
            assert all(held.read for held in check.contacts.values())
        if check.state in GATHERING:
            assert check.gate
        assert {e.codes["reason"] for e in events if e.kind == "refused"} <= WORDS.keys()

    def teardown(self) -> None:
        """Folding the events gives the same check; replaying the messages in other batches gives the same events."""
        if not hasattr(self, "play"):
            return
        play = self.play
        events = [e for e in play.driver.sent("check-events") if e.check_id == play.check_id]
        assert fold(events).model_dump() == play.check.model_dump()
        if len(events) % REPLAYS == 0:
            again = laws.again(play, batch=7)
            assert laws.events(again) == laws.events(play.driver)


TestCheckMachine = CheckMachine.TestCase
TestCheckMachine.settings = settings(
    max_examples=SEQUENCES,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
