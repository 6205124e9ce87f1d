"""Which command is obeyed from whom, in which state. A table: what is not in it is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from streams.check import deciding, gate, running, screening
from streams.check.situation import Draft, Refusal, Situation, only_synthetic
from streams.check.state import ENDED, GATHERING, State

SCREENER, DECIDER, MANAGER = "screener", "decision_maker", "duty_manager"
RESEARCHER, SERVICE, SCRIPTED, AUDITOR = "agency_researcher", "service", "scripted", "auditor"
_TRIAGE = frozenset({SCREENER, DECIDER, MANAGER})
_DECIDERS = frozenset({DECIDER, MANAGER})
_ANYBODY = _TRIAGE | {RESEARCHER, SERVICE}
_NOT_ENDED = frozenset(State) - ENDED


@dataclass(frozen=True, slots=True)
class Action:
    """One command: who may give it, where it may be given, what comes of it."""

    roles: frozenset[str]
    states: frozenset[State]
    act: Callable[[Situation], list[Draft]]


ACTIONS: dict[str, Action] = {
    "open": Action(_TRIAGE, frozenset({State.SCREENING}), screening.open_),
    "rate": Action(
        _TRIAGE, frozenset({State.REFERRAL, State.RATED, State.NOT_AGREED, State.REOPENED}) | GATHERING, screening.rate
    ),
    "dismiss": Action(
        _TRIAGE,
        frozenset({State.SCREENING, State.REFERRAL, State.RATED, State.NOT_AGREED, State.REOPENED}),
        screening.dismiss,
    ),
    "route": Action(_TRIAGE, frozenset({State.SCREENING, State.REFERRAL}), screening.route),
    "advise": Action(_TRIAGE, frozenset({State.SCREENING, State.REFERRAL}), screening.advise),
    "duplicate": Action(_TRIAGE, frozenset({State.SCREENING, State.REFERRAL, State.RATED}), screening.duplicate),
    "gate": Action(_TRIAGE, frozenset({State.RATED, State.NOT_AGREED}), gate.gate),
    "read": Action(_TRIAGE | {AUDITOR}, frozenset(State), deciding.read),
    "go_forward": Action(_DECIDERS, frozenset({State.CHECKS_OPEN}), deciding.go_forward),
    "decide": Action(_DECIDERS, frozenset({State.DECISION_PENDING}), deciding.decide),
    "disseminate": Action(_TRIAGE, frozenset({State.DECIDED}), deciding.disseminate),
    "hand_over": Action(_TRIAGE, frozenset({State.DISSEMINATED}), deciding.hand_over),
    "accept": Action(frozenset({SERVICE, MANAGER}), frozenset({State.HANDED_OVER, State.ROUTED}), deciding.accept),
    "decline": Action(frozenset({SERVICE, MANAGER}), frozenset({State.HANDED_OVER, State.ROUTED}), deciding.decline),
    "feed_back": Action(_TRIAGE, frozenset({State.ACCEPTED, State.ADVICE, State.DISSEMINATED}), deciding.feed_back),
    "close": Action(_TRIAGE, frozenset({State.FEEDBACK_SENT, State.REOPENED}), deciding.close),
    "reopen": Action(_DECIDERS, frozenset(deciding.REOPENABLE), deciding.reopen),
    "accept_late": Action(_DECIDERS, frozenset(State), deciding.accept_late),
    "accept_identity": Action(_DECIDERS, frozenset(State), deciding.accept_identity),
    "note": Action(_ANYBODY, _NOT_ENDED, running.note),
    "acknowledge": Action(_TRIAGE, _NOT_ENDED, running.acknowledge),
    "link": Action(_TRIAGE, _NOT_ENDED, running.link),
    "strategy_held": Action(_DECIDERS, _NOT_ENDED, running.strategy_held),
    "immediate_safety": Action(_ANYBODY, _NOT_ENDED, running.immediate_safety),
    "protection_taken": Action(_TRIAGE, _NOT_ENDED, running.protection_taken),
    "disagree": Action(_ANYBODY, _NOT_ENDED, running.disagree),
    "resolve": Action(_DECIDERS, _NOT_ENDED, running.resolve),
}


def obey(s: Situation) -> list[Draft]:
    """What comes of a command.

    Raises:
        Refusal: it is not obeyed, and why.
    """
    command = s.command
    action = ACTIONS.get(command.action)
    if action is None:
        raise Refusal("unknown-action")
    if not command.actor.strip():
        raise Refusal("no-name")
    if command.role == SCRIPTED:
        only_synthetic(s.desk, s.check)
    elif command.role not in action.roles:
        raise Refusal("wrong-role")
    if s.check.state not in action.states:
        raise Refusal("wrong-state", state=s.check.state)
    return action.act(s)
