"""In which of their roles somebody gives a command to a check: their own where that will do, a lent one where it won't.

So a manager is named as the one in whose stead it was done only where the delegation is what allowed it.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from streams.check.actions import ACTIONS
from streams.check.state import Check, State
from triage.access import Visitor
from triage.roles import DECIDERS, Role

_ORDER = (Role.DUTY_MANAGER, Role.DECISION_MAKER, Role.SCREENER, Role.AUDITOR)
"""Somebody with several roles acts in the one that may do most: what they do counts for the most then."""


def role_for(visitor: Visitor, action: str, check: Check) -> Role | None:
    """In which of their roles somebody gives a command to a check as it stands; None where none of them may."""
    own = _first(visitor.own_roles, action)
    if own is None or (own not in DECIDERS and takes_a_decider(action, check)):
        return _first(visitor.roles, action)
    return own


def takes_a_decider(action: str, check: Check) -> bool:
    """Whether a command that others may give as well counts for more from whoever decides, or is refused to others."""
    match action:
        case "gate":
            return check.state == State.NOT_AGREED
        case "read":
            return check.state == State.BUNDLE_READY or any(0 < v <= check.bundle for v in check.unread.values())
        case _:
            return False


def _first(roles: AbstractSet[Role], action: str) -> Role | None:
    may = ACTIONS[action].roles
    return next((role for role in _ORDER if role in roles and role in may), None)
