"""What a clock does when it runs out: overdue, escalated, the bundle at its deadline, the next step of the ladder.

Everything here carries the due time, never the time at which somebody noticed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from streams.check.returns import quorate
from streams.check.situation import STOP, Desk, Draft
from streams.check.state import Check, State


def ring(desk: Desk, check: Check, clock: str, due: datetime) -> list[Draft]:
    """Drafts of what the clock (`<kind>[:<request_id>]`) causes; each stops or restarts it."""
    kind, _, request_id = clock.partition(":")
    if kind == "ladder":
        return _climb(desk, check, due)
    if kind == "complete":
        return _deadline(desk, check)
    draft = Draft("overdue", {"clock": kind, "escalate_to": _to(desk, kind), f"due.{clock}": STOP})
    request = check.requests.get(request_id)
    if request is None:
        return [draft]
    about = {**draft.codes, "request": request_id, "agency": request.agency}
    if kind == "escalate":
        return [replace(draft, kind="escalated", codes=about)]
    next_clock = desk.due("escalate", due, rating=check.rating, agency=request.agency, key=request_id)
    return [replace(draft, codes=about | next_clock)]


def _to(desk: Desk, kind: str) -> str:
    return desk.config.clocks.clocks[kind].escalate_to


def _deadline(desk: Desk, check: Check) -> list[Draft]:
    late = Draft("overdue", {"clock": "complete", "escalate_to": _to(desk, "complete"), "due.complete": STOP})
    if check.state != State.CHECKS_OPEN:
        return [late]
    asked = {r.agency for r in check.of_round()}
    if quorate(desk, asked, {r.agency for r in check.of_round() if r.settled}):
        return [Draft("bundle_ready", {"why": "deadline", "due.complete": STOP}, State.BUNDLE_READY)]
    return [late]


def _climb(desk: Desk, check: Check, due: datetime) -> list[Draft]:
    ladder = desk.config.clocks.ladder
    if check.ladder >= len(ladder):
        return [Draft("overdue", {"clock": "ladder", "escalate_to": ladder[-1], "due.ladder": STOP})]
    codes = {"step": str(check.ladder + 1), "with": ladder[check.ladder]} | desk.due("ladder", due)
    return [Draft("disagreed", codes)]
