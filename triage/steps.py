"""Which commands can be given to a check now, and by whom: a list for people. The check itself has the last word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from streams.check.actions import ACTIONS, SCRIPTED
from streams.check.render.words import plain
from streams.check.state import ENDED, Check, State
from triage.access import Visitor
from triage.forms import spec_of
from triage.roles import WORDS

HIDDEN = frozenset({"read", "pass_on", "read_summary"})
"""Reading is what opening the page does; passing a request on, and the receipt of a summary,
belong to the agency that was asked or told."""
_ANY_TIME = frozenset(State) - ENDED


@dataclass(frozen=True, slots=True)
class Step:
    """A command that can be given now."""

    action: str
    title: str
    main: bool
    """It belongs to how the check stands; others can be given at any time."""
    may: bool
    """Whether one of the visitor's roles may give it."""
    who: str
    """Who may, otherwise."""


def _clock(name: str) -> Callable[[Check], bool]:
    return lambda check: name in check.clocks


ONLY_WHERE: Mapping[str, Callable[[Check], bool]] = {
    "accept_late": lambda check: bool(check.late),
    "accept_identity": lambda check: check.identity_pending,
    "resolve": lambda check: check.ladder > 0,
    "strategy_held": lambda check: check.strategy == "wanted",
    "strategy_declined": lambda check: check.strategy == "wanted",
    "delivered": lambda check: check.feedback == "sent",
    "undelivered": lambda check: check.feedback == "sent",
    "protection_ended": _clock("protection"),
    "school_told": _clock("school"),
    "conference_held": _clock("conference"),
    "assessed": _clock("assessment"),
    "action_done": lambda check: any(task.done_at is None for task in check.tasks.values()),
}
"""Commands that only something in the check calls for: where it does they are as near as those of its state."""
_NOT_WHERE: Mapping[str, Callable[[Check], bool]] = {
    "disagree": lambda check: check.ladder > 0,
    "unlink": lambda check: not check.linked,
    "see_reporter": lambda check: not check.contacts,
    "release_reporter": lambda check: not check.contacts,
    "acknowledge": lambda check: not check.contacts,
    "school_to_tell": lambda check: check.subject != "child",
}


def steps(check: Check, visitor: Visitor) -> list[Step]:
    """What can be done with a check as it stands; first what moves it on."""
    found = []
    for action, rule in ACTIONS.items():
        called_for = action not in ONLY_WHERE or ONLY_WHERE[action](check)
        against = action in _NOT_WHERE and _NOT_WHERE[action](check)
        if action in HIDDEN or check.state not in rule.states or not called_for or against:
            continue
        may = bool({str(role) for role in visitor.roles} & rule.roles)
        main = action in ONLY_WHERE or not rule.states >= _ANY_TIME
        found.append(Step(action, spec_of(action).title, main, may, _who(rule.roles)))
    return found


def _who(roles: frozenset[str]) -> str:
    names = {str(role): words.lower() for role, words in WORDS.items()}
    return ", ".join(names.get(role, plain(role)) for role in sorted(roles - {SCRIPTED}))
