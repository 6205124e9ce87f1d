"""Which clocks have to run on a check as it stands, so that none is forgotten. Starts and stops; rings none.

A clock follows from what is open on the check, not from the step that opened it: whatever the sequence of commands, a
check that waits for somebody has a clock that says so (ADR 0019).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from streams.check.situation import STOP, Desk
from streams.check.state import BEFORE_OPENING, CLOCK_OF, GATHERING, Check, State

_SERIOUS = 4
_OWES_FEEDBACK = frozenset(
    {
        State.ADVICE,
        State.ROUTED,
        State.OTHER_PATHWAY,
        State.TRANSFERRED,
        State.DECIDED,
        State.DISSEMINATED,
        State.HANDED_OVER,
        State.ACCEPTED,
        State.FEEDBACK_SENT,
    }
)
_OPEN_WORK = GATHERING | {State.REFERRAL, State.RATED, State.NOT_AGREED, State.DECIDED, State.DISSEMINATED}
"""Until a service has it, it is for the hub to see that somebody sees the child or adult."""
_KEPT = frozenset(
    {*CLOCK_OF.values(), "page", "danger", "strategy", "ladder", "identity", "late", "delivery", "not_seen", "feedback"}
)
"""Clocks that this module starts and stops; the others run to their end or to the act that they wait for."""


def wanted(check: Check) -> set[str]:
    """Clocks that must run."""
    if check.ended:
        return set()
    names = {CLOCK_OF[check.state]}
    found = {
        "page": check.state in BEFORE_OPENING and check.level >= _SERIOUS,
        "danger": check.danger == "said",
        "strategy": check.strategy == "wanted",
        "ladder": check.ladder > 0,
        "identity": check.identity_pending,
        "late": bool(check.late),
        "feedback": check.state in _OWES_FEEDBACK and not check.feedback,
        "delivery": check.feedback == "sent",
        "complete": bool(check.rating) and check.state in GATHERING | {State.NOT_AGREED, State.TRANSFERRED},
        "not_seen": check.state in _OPEN_WORK | {State.HANDED_OVER} and check.subject != "unborn",
    }
    return names | {name for name, must in found.items() if must}


def settle(desk: Desk, check: Check, now: datetime) -> dict[str, str]:
    """Codes that start what must run and stop what nobody waits for any more.

    Args:
        desk: the partnership's rules.
        check: as it stands after the event in hand.
        now: time of the event.
    """
    if check.ended:
        return {}
    must = wanted(check)
    codes = {f"due.{name}": STOP for name in sorted(_KEPT & check.clocks.keys() - must)}
    for name in sorted(must - check.clocks.keys()):
        codes |= _start(desk, check, name, now)
    return codes


def _start(desk: Desk, check: Check, name: str, now: datetime) -> dict[str, str]:
    if name == "not_seen":
        return {"due.not_seen": not_seen(desk, check, now).isoformat()}
    return desk.due(name, now, rating=check.rating)


def not_seen(desk: Desk, check: Check, now: datetime) -> datetime:
    """When nobody has seen the person for too long: from the last time known, sooner where a plan says so."""
    start = check.last_seen_at or now
    if check.seen_within:
        return max(start + timedelta(days=check.seen_within), now)
    return max(desk.time.due(start, desk.config.clocks.clocks["not_seen"].span()), now)
