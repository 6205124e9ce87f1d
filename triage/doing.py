"""What somebody does at the desk, as an event of its topic: in which role, and in whose stead. Sends nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from hub.messages import DeskEvent
from triage.access import FOR, Standing, Visitor, apply
from triage.roles import Role


def event_of(
    visitor: Visitor, kind: str, account: str, at: datetime, *, partnership: str, check_id: str = "",
    standing: Standing | None = None, codes: Mapping[str, str] | None = None, words: bytes = b"", event_id: str = "",
) -> DeskEvent:  # fmt: skip
    """An event: in their own name, and in a manager's stead only where it counts by that and would not without it.

    Args:
        visitor: who acts.
        kind: of the event.
        account: whom it is about.
        at: when.
        partnership: whose desk.
        check_id: of the check that it is about; '' none.
        standing: who stands how to that check.
        codes: details, beside in whose stead.
        words: sealed.
        event_id: its number; '' a new one.
    """
    number = event_id or str(uuid.uuid4())

    def by(who: Visitor) -> DeskEvent:
        role = Role.DUTY_MANAGER if Role.DUTY_MANAGER in who.roles else min(who.roles)
        manager = who.stands_in_for(role)
        stead = {FOR: manager} if manager else {}
        return DeskEvent(
            event_id=number, partnership=partnership, check_id=check_id, kind=kind, actor=who.account, role=role,
            account=account, codes={**(codes or {}), **stead}, words=words, at=at,
        )  # fmt: skip

    own = by(visitor.in_own_name())
    if not visitor.lent or _counts(own, standing):
        return own
    lent = by(visitor)
    return lent if _counts(lent, standing) else own


def _counts(event: DeskEvent, standing: Standing | None) -> bool:
    """Whether it would change who stands how to the check."""
    before = standing or Standing()
    return apply(before, event) != before
