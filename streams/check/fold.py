"""A check as the fold of its events. Nothing here decides: `apply` only takes note of what happened.

Whoever folds the same events holds the same check: the stage, the desk's view and the tests use this one function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from hub.messages import CheckEvent
from streams.check import notes, notes_later
from streams.check.state import OUTLASTING, Check, State

FOLD = 3
"""Increases when `apply` changes its mind: a row folded by an older one is folded again from its events."""


def fold(events: Iterable[CheckEvent]) -> Check | None:
    """The check that these events (in order of seq) make; None of none."""
    check: Check | None = None
    for event in events:
        check = apply(check, event)
    return check


def apply(check: Check | None, event: CheckEvent) -> Check:
    """Take note of one event; changes and returns `check` (a new one for None).

    Codes `due.<clock>` start a clock (ISO time), or stop it (empty).
    """
    check = check or Check(fold=FOLD, check_id=event.check_id, partnership=event.partnership, anchor=event.anchor)
    check.began_at = check.began_at or event.at
    check.seq = event.seq
    check.state = State(event.state)
    check.scripted = check.scripted or event.role == "scripted"
    note = _NOTES.get(event.kind)
    if note is not None:
        note(check, event)
    _run_clocks(check, event.codes)
    return check


def _run_clocks(check: Check, codes: dict[str, str]) -> None:
    for name, value in codes.items():
        if not name.startswith("due."):
            continue
        clock = name.removeprefix("due.")
        if not value:
            check.clocks.pop(clock, None)
            continue
        check.clocks[clock] = datetime.fromisoformat(value)
        kind, _, request_id = clock.partition(":")
        if kind == "return" and request_id in check.requests:
            check.requests[request_id].due_at = check.clocks[clock]
    if check.ended:
        check.clocks = {c: due for c, due in check.clocks.items() if c.partition(":")[0] in OUTLASTING}


_NOTES: dict[str, Callable[[Check, CheckEvent], None]] = {
    "proposed": notes.proposed,
    "proposal_updated": notes.proposed,
    "contacted": notes.contacted,
    "picture_updated": notes.picture,
    "opened": notes.opened,
    "rated": notes.rated,
    "gate_passed": notes.gate_passed,
    "requested": notes.requested,
    "request_blocked": notes.blocked,
    "acknowledged": notes.status,
    "delivered": notes.status,
    "undelivered": notes.status,
    "passed_on": notes.passed_on,
    "overdue": notes.overdue,
    "escalated": notes.status,
    "returned": notes.returned,
    "late_return": notes.returned,
    "bundled": notes.bundled,
    "read": notes.read,
    "seen": notes.seen,
    "decided": notes_later.decided,
    "dismissed": notes_later.ended,
    "advised": notes_later.set_aside,
    "action_added": notes_later.tasks,
    "action_done": notes_later.action_done,
    "disseminated": notes_later.disseminated,
    "handed_over": notes_later.handed_over,
    "routed": notes_later.handed_over,
    "pathway": notes_later.handed_over,
    "accepted": notes_later.accepted,
    "declined": notes_later.declined,
    "transferred": notes_later.transferred,
    "feedback_sent": notes_later.feedback,
    "feedback_delivered": notes_later.feedback,
    "feedback_undelivered": notes_later.undelivered,
    "late_accepted": notes_later.late_accepted,
    "identity_accepted": notes_later.identity_accepted,
    "linked": notes_later.linked,
    "told": notes_later.linked,
    "absorbed": notes_later.linked,
    "unlinked": notes_later.unlinked,
    "duplicate": notes_later.duplicate,
    "strategy_held": notes_later.strategy,
    "strategy_declined": notes_later.strategy,
    "immediate_safety": notes_later.danger,
    "protection_taken": notes_later.protection,
    "protection_ended": notes_later.protection,
    "disagreed": notes_later.disagreed,
    "resolved": notes_later.disagreed,
    "reporter_released": notes_later.released,
    "audited": notes_later.audited,
    "closed": notes_later.ended,
    "reopened": notes_later.reopened,
}
"""Kinds that are not here only stand in the history."""
