"""What one agency sees of its own: its requests, what is overdue, what became of them. Nothing of any other agency's.

The same lines stand on the hub's side: what is overdue is visible to both ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from hub.messages import Receipt
from streams.check.state import Check, Request

STAGES = ("received", "duplicate", "withdrawn", "matched", "in_picture", "in_check", "proposed", "seen", "acted_on")
"""Stages of a record's way, in their order."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, as its agency and the hub both see it.

    Attributes:
        status: waiting, overdue, escalated, or how it was answered.
        read: whether a decision maker has read the answer.
        outcome: the decision's code, once there is one.
    """

    check: str
    request: str
    rating: str
    sent_at: datetime
    due_at: datetime
    status: str
    answered_at: datetime | None
    passed_to: str
    read: bool
    outcome: str


def asked(checks: Iterable[Check], agency: str, now: datetime) -> list[Asked]:
    """An agency's requests: what is overdue first, then by due time; answered ones last."""
    lines = [_line(check, r, now) for check in checks for r in check.requests.values() if r.agency == agency]
    return sorted(lines, key=lambda line: (line.answered_at is not None, line.due_at, line.request))


def _line(check: Check, request: Request, now: datetime) -> Asked:
    return Asked(
        check=check.check_id[:8],
        request=request.request_id,
        rating=check.rating,
        sent_at=request.sent_at,
        due_at=request.due_at,
        status=_status(request, now),
        answered_at=request.answered_at,
        passed_to=request.passed_to,
        read=request.settled and not check.unread,
        outcome=check.decision if request.settled else "",
    )


def _status(request: Request, now: datetime) -> str:
    if request.settled or request.status in {"escalated", "undelivered"}:
        return request.status
    return "overdue" if request.due_at <= now else request.status


def records(receipts: Iterable[Receipt], agency: str) -> dict[str, int]:
    """How many of an agency's records have come to each stage, in the order of their way."""
    seen: set[tuple[str, str]] = set()
    for receipt in receipts:
        if receipt.agency == agency:
            seen |= {(receipt.stage, record) for record in receipt.record_ids}
    counts = Counter(stage for stage, _ in seen)
    return {stage: counts[stage] for stage in STAGES if counts[stage]}
