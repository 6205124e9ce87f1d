"""Which command is obeyed from whom, in which state. A table: what is not in it is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from streams.check import closing, contacts, deciding, gate, linking, running, screening, tasks
from streams.check.situation import (
    AUDITOR,
    DECIDER,
    MACHINE,
    MANAGER,
    RESEARCHER,
    SCREENER,
    SCRIPTED,
    SERVICE,
    TRIAGE,
    Draft,
    Refusal,
    Situation,
    only_synthetic,
)
from streams.check.state import AWAITS_ACCEPTANCE, ENDED, GATHERING, State

_DECIDERS = frozenset({DECIDER, MANAGER})
_ANYBODY = TRIAGE | {RESEARCHER, SERVICE}
_ALL = frozenset(State)
_NOT_ENDED = _ALL - ENDED
_UNRATED = frozenset({State.SCREENING, State.REFERRAL})
_BEFORE_GATE = frozenset({State.REFERRAL, State.RATED, State.NOT_AGREED, State.REOPENED})
_FEEDS_BACK = frozenset({State.ACCEPTED, State.ADVICE, State.DISSEMINATED, State.FEEDBACK_SENT, State.REOPENED})
_DUPLICATE_OF = frozenset({State.CONTACT, State.SCREENING, State.REFERRAL, State.RATED})


@dataclass(frozen=True, slots=True)
class Action:
    """One command: who may give it, where it may be given, what comes of it."""

    roles: frozenset[str]
    states: frozenset[State]
    act: Callable[[Situation], list[Draft]]


ACTIONS: dict[str, Action] = {
    # screening
    "screen": Action(TRIAGE, frozenset({State.CONTACT}), contacts.screen),
    "open": Action(TRIAGE, frozenset({State.SCREENING}), screening.open_),
    "rate": Action(TRIAGE, _BEFORE_GATE | GATHERING, screening.rate),
    "dismiss": Action(TRIAGE, _BEFORE_GATE | {State.SCREENING}, screening.dismiss),
    "route": Action(TRIAGE, _UNRATED, screening.route),
    "pathway": Action(TRIAGE, _UNRATED, screening.pathway),
    "advise": Action(TRIAGE, _UNRATED | {State.NOT_AGREED}, screening.advise),
    "duplicate": Action(TRIAGE, _DUPLICATE_OF, screening.duplicate),
    "transfer": Action(TRIAGE, _BEFORE_GATE | GATHERING | {State.CONTACT, State.SCREENING}, screening.transfer),
    # gate, bundle, decision
    "gate": Action(TRIAGE, frozenset({State.RATED, State.NOT_AGREED}), gate.gate),
    "read": Action(TRIAGE | {AUDITOR}, _ALL, deciding.read),
    "go_forward": Action(_DECIDERS, frozenset({State.CHECKS_OPEN}), deciding.go_forward),
    "decide": Action(_DECIDERS, frozenset({State.DECISION_PENDING}), deciding.decide),
    "accept_late": Action(_DECIDERS, _ALL, deciding.accept_late),
    "accept_identity": Action(_DECIDERS, _ALL, deciding.accept_identity),
    # after it
    "disseminate": Action(TRIAGE, frozenset({State.DECIDED}), closing.disseminate),
    "hand_over": Action(TRIAGE, frozenset({State.DISSEMINATED}), closing.hand_over),
    "accept": Action(frozenset({SERVICE, MANAGER}), AWAITS_ACCEPTANCE, closing.accept),
    "decline": Action(frozenset({SERVICE, MANAGER}), AWAITS_ACCEPTANCE, closing.decline),
    "feed_back": Action(TRIAGE, _FEEDS_BACK, closing.feed_back),
    "delivered": Action(TRIAGE, _NOT_ENDED, closing.delivered),
    "undelivered": Action(TRIAGE, _NOT_ENDED, closing.undelivered),
    "close": Action(TRIAGE, frozenset({State.FEEDBACK_SENT, State.REOPENED}), closing.close),
    "read_summary": Action(frozenset({RESEARCHER}), _ALL, closing.read_summary),
    "reopen": Action(_DECIDERS, closing.REOPENABLE, closing.reopen),
    "audit": Action(frozenset({AUDITOR, MANAGER}), ENDED, closing.audit),
    # at any time
    "note": Action(_ANYBODY, _NOT_ENDED, running.note),
    "acknowledge": Action(TRIAGE, _NOT_ENDED, running.acknowledge),
    "link": Action(TRIAGE, _ALL, linking.link),
    "unlink": Action(TRIAGE, _ALL, linking.unlink),
    "pass_on": Action(frozenset({RESEARCHER}), _NOT_ENDED, running.pass_on),
    "see_reporter": Action(TRIAGE, _ALL, contacts.see_reporter),
    "release_reporter": Action(_DECIDERS, _ALL, contacts.release_reporter),
    "strategy_held": Action(_DECIDERS, _NOT_ENDED, running.strategy_held),
    "strategy_declined": Action(_DECIDERS, _NOT_ENDED, running.strategy_declined),
    "immediate_safety": Action(_ANYBODY, _ALL, running.immediate_safety),
    "protection_taken": Action(TRIAGE, _NOT_ENDED, running.protection_taken),
    "protection_ended": Action(TRIAGE, _ALL, running.protection_ended),
    "seen": Action(_ANYBODY, _NOT_ENDED, running.seen),
    "school_to_tell": Action(TRIAGE, _NOT_ENDED, running.school_to_tell),
    "school_told": Action(TRIAGE | {RESEARCHER}, _NOT_ENDED, running.school_was_told),
    "conference_held": Action(TRIAGE | {SERVICE}, _ALL, running.conference_held),
    "assessed": Action(TRIAGE | {SERVICE}, _ALL, running.assessed),
    "add_action": Action(_DECIDERS, _NOT_ENDED, tasks.add_action),
    "action_done": Action(_ANYBODY, _ALL, tasks.action_done),
    "disagree": Action(_ANYBODY, _ALL, running.disagree),
    "resolve": Action(_DECIDERS, _NOT_ENDED, running.resolve),
}
_MACHINE = frozenset({MACHINE})
BETWEEN_CHECKS: dict[str, Action] = {
    "link": Action(_MACHINE, _ALL, linking.link),
    "unlink": Action(_MACHINE, _ALL, linking.unlink),
    "absorb": Action(_MACHINE, _ALL, linking.absorb),
}
"""What one check says to another (`linking`): no person gives these."""


def obey(s: Situation) -> list[Draft]:
    """What comes of a command.

    Raises:
        Refusal: it is not obeyed, and why.
    """
    command = s.command
    action = (BETWEEN_CHECKS if command.role == MACHINE else ACTIONS).get(command.action)
    if action is None:
        raise Refusal("unknown-action")
    if not command.actor.strip():
        raise Refusal("no-name")
    if command.role == SCRIPTED:
        only_synthetic(s.desk, s.check.partnership)
    elif command.role not in action.roles:
        raise Refusal("wrong-role")
    if s.check.state not in action.states:
        raise Refusal("wrong-state", state=s.check.state)
    return action.act(s)


__all__ = [
    "ACTIONS",
    "AUDITOR",
    "BETWEEN_CHECKS",
    "DECIDER",
    "MANAGER",
    "RESEARCHER",
    "SCREENER",
    "SCRIPTED",
    "SERVICE",
    "Action",
    "obey",
]
