"""What somebody does at the desk, as an event of its topic: in which role, and in whose stead. Sends nothing."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

from hub.messages import DeskEvent
from triage.access import FOR, Visitor
from triage.roles import Role


def event_of(
    visitor: Visitor, kind: str, account: str, at: datetime, *, partnership: str, check_id: str = "",
    codes: Mapping[str, str] | None = None, words: bytes = b"", event_id: str = "",
) -> DeskEvent:  # fmt: skip
    """An event.

    Args:
        visitor: who acts; in the duty manager's part where they have it.
        kind: of the event.
        account: whom it is about.
        at: when.
        partnership: whose desk.
        check_id: of the check that it is about; '' none.
        codes: details, beside in whose stead.
        words: sealed.
        event_id: its number; '' a new one.
    """
    role = Role.DUTY_MANAGER if Role.DUTY_MANAGER in visitor.roles else min(visitor.roles)
    manager = visitor.stands_in_for(role)
    stead = {FOR: manager} if manager else {}
    return DeskEvent(
        event_id=event_id or str(uuid.uuid4()), partnership=partnership, check_id=check_id, kind=kind,
        actor=visitor.account, role=role, account=account, codes={**(codes or {}), **stead},
        words=words, at=at,
    )  # fmt: skip
