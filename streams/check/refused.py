"""What was said to no check, or could not be obeyed: the event by which the sender hears of it. Obeys nothing."""

from __future__ import annotations

from hub.ids import derived_id
from hub.messages import AgencyReturn, CheckCommand, CheckEvent, Contact
from hub.state.api import Turn
from streams.check.rows import Rows
from streams.check.situation import Draft, Refusal
from streams.check.state import Check
from streams.check.taking import Cause


def refused(refusal: Refusal, codes: dict[str, str]) -> Draft:
    """A refusal in a check's history."""
    return Draft("refused", {"reason": refusal.reason, **codes, **refusal.codes})


def about_no_check(
    message: CheckCommand | AgencyReturn | Contact, check_id: str, refusal: Refusal, cause: Cause
) -> CheckEvent:
    """A refusal that stands in no check's history: its seq is 0."""
    return CheckEvent(
        event_id=derived_id("refused", check_id, cause.message_id),
        partnership=message.partnership,
        check_id=check_id,
        anchor=message.anchor,
        seq=0,
        kind="refused",
        state="unknown",
        at=cause.at,
        actor=cause.actor,
        role=cause.role,
        codes={"reason": refusal.reason, **refusal.codes},
        cause=cause.message_id,
        acts_for=cause.acts_for,
    )


def addressed(
    message: CheckCommand | AgencyReturn, message_id: str, cause: Cause, rows: Rows, turn: Turn, codes: dict[str, str]
) -> Check | None:
    """The check that a person speaks to; None where that was answered already, or there is none."""
    check = rows.check(message.check_id)
    reason = ""
    if check is None:
        reason = "unknown-check"
    elif rows.is_done(message.check_id, message_id):
        return None
    elif check.partnership != message.partnership:
        reason = "wrong-partnership"
    elif check.anchor != message.anchor:
        reason = "wrong-anchor"
    if check is not None and not reason:
        rows.set_done(message.check_id, message_id)
        return check
    turn.emit(
        "check-events", message.anchor, about_no_check(message, message.check_id, Refusal(reason, **codes), cause)
    )
    return None
