"""A duty manager's part, lent for a bounded time: who may lend it to whom, and when it holds. Pure; no clock.

The manager lends it themself, in words, and it is never lent on. A wall is stronger: it holds for whoever has the part,
and where the manager is behind one nobody takes their part either (`access.beside`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.messages import DeskEvent
from triage.access import FOR, Lent, Visitor
from triage.roles import TRIAGE, Role

LONGEST = timedelta(days=14)
"""A fortnight's leave. Longer absences need another duty manager, not somebody in their stead."""
AHEAD = timedelta(days=90)
"""As far ahead as leave is planned; what lies farther is a slip of the year."""
DELEGATED, REVOKED = "delegated", "delegation_revoked"
_INDEPENDENT = frozenset({Role.AUDITOR, Role.OPERATIONS, Role.AGENCY_RESEARCHER})

WHY_NOT = {
    "not_yours": "Only a duty manager can name somebody to act in their stead, and nobody can pass it on.",
    "oneself": "Nobody acts in their own stead: choose a colleague.",
    "auditor": "An auditor looks at what managers did, and can't be one meanwhile.",
    "researcher": "An agency's researcher answers requests for that agency, and can't decide on the answers.",
    "operations": "Operations keep the desk running and see no check.",
    "not_triage": "Choose somebody of the triage team: a screener or a decision maker.",
    "manager": "They are a duty manager already, and may do all of it in their own name.",
    "backwards": "It has to end after it begins.",
    "over": "It would be over already.",
    "too_long": f"It can hold for {LONGEST.days} days at most.",
    "too_far": f"It can begin within {AHEAD.days} days.",
    "overlaps": "You have named somebody for that time already: take that back first. There is one at a time.",
}


@dataclass(frozen=True, slots=True)
class Delegation:
    """One of them.

    Attributes:
        delegation_id: id of the event that made it.
        by: account of the duty manager, who stays accountable.
        to: account that acts in their stead.
        since: first moment, UTC.
        until: the first moment at which it holds no more.
        revoked_at: when it was taken back; None where it was not.
        revoked_by: by which account.
    """

    delegation_id: str
    by: str
    to: str
    since: datetime
    until: datetime
    revoked_at: datetime | None = None
    revoked_by: str = ""

    def holds(self, at: datetime) -> bool:
        """Whether the part is lent at that moment."""
        return self.since <= at < self.until and self.revoked_at is None


def why_not(
    wanted: Delegation, lender: frozenset[Role], borrower: frozenset[Role], now: datetime, others: Iterable[Delegation]
) -> str:
    """Why it can't be, as a code of `WHY_NOT`; '' where it can.

    Args:
        wanted: what somebody wants to make.
        lender: the manager's own roles: a part that was lent to them is none.
        borrower: the other's own roles.
        now: when.
        others: all of the manager's.
    """
    return _role(wanted, lender, borrower) or _time(wanted, now, others)


def _role(wanted: Delegation, lender: frozenset[Role], borrower: frozenset[Role]) -> str:
    if Role.DUTY_MANAGER not in lender:
        return "not_yours"
    if wanted.by == wanted.to:
        return "oneself"
    if borrower & _INDEPENDENT:
        first = min(borrower & _INDEPENDENT)
        return {Role.AGENCY_RESEARCHER: "researcher", Role.OPERATIONS: "operations"}.get(first, "auditor")
    if not borrower & TRIAGE:
        return "not_triage"
    return "manager" if Role.DUTY_MANAGER in borrower else ""


def _time(wanted: Delegation, now: datetime, others: Iterable[Delegation]) -> str:
    if wanted.until <= wanted.since:
        return "backwards"
    if wanted.until <= now:
        return "over"
    if wanted.until - wanted.since > LONGEST:
        return "too_long"
    if wanted.since - now > AHEAD:
        return "too_far"
    held = (one for one in others if one.by == wanted.by and one.revoked_at is None)
    return "overlaps" if any(one.since < wanted.until and wanted.since < one.until for one in held) else ""


def of_event(event: DeskEvent) -> Delegation | None:
    """What an event asks for; None where it is written in another way."""
    try:
        since, until = (datetime.fromisoformat(event.codes[name]) for name in ("from", "until"))
    except (KeyError, ValueError):
        return None
    if since.tzinfo is None or until.tzinfo is None:
        return None
    return Delegation(event.event_id, event.actor, event.account, since, until)


def made(event: DeskEvent, others: Iterable[Delegation]) -> Delegation | None:
    """The delegation that an event makes; None where it makes none: whoever folds the topic comes to the same."""
    wanted = of_event(event)
    if wanted is None or event.codes.get(FOR):
        return None
    lender = frozenset({Role(event.role)} if event.role in set(Role) else ())
    borrower = frozenset(Role(role) for role in event.codes.get("roles", "").split() if role in set(Role))
    return None if why_not(wanted, lender, borrower, event.at, others) else wanted


def revoked(held: Delegation, event: DeskEvent) -> Delegation | None:
    """As it stands after somebody took it back; None where it is not theirs to take, or over."""
    manager = event.role == Role.DUTY_MANAGER and not event.codes.get(FOR)
    if held.revoked_at is not None or event.at >= held.until or not (event.actor in {held.by, held.to} or manager):
        return None
    return replace(held, revoked_at=event.at, revoked_by=event.actor)


def acting(visitor: Visitor, held: Iterable[tuple[Delegation, str]], now: datetime) -> Visitor:
    """Somebody with the part that is lent to them now; whoever is a duty manager has it already, in their own name.

    Args:
        visitor: with their own roles.
        held: what was lent to them, each with the manager's name.
        now: when.
    """
    if Role.DUTY_MANAGER in visitor.own_roles or not visitor.own_roles & TRIAGE:
        return visitor
    lent = tuple(Lent(d.by, name, d.until) for d, name in held if d.to == visitor.account and d.holds(now))
    return replace(visitor, roles=visitor.own_roles | {Role.DUTY_MANAGER}, lent=lent) if lent else visitor
