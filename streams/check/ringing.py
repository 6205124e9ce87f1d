"""What a clock does when it runs out: overdue, escalated, the bundle at its deadline, the next step of the ladder.

Everything here carries the due time, never the time at which somebody noticed.
"""

from __future__ import annotations

from datetime import datetime

from streams.check.returns import quorate
from streams.check.situation import STOP, Desk, Draft
from streams.check.state import Check, State

_ONCE = frozenset({"protection", "conference", "assessment", "action"})
"""What has ended, or is the service's to see to: said once."""


def ring(desk: Desk, check: Check, clock: str, due: datetime) -> list[Draft]:
    """Drafts of what the clock (`<kind>[:<request or action>]`) causes; each stops or restarts it."""
    kind, _, about = clock.partition(":")
    if kind == "ladder":
        return _climb(desk, check, due)
    if kind == "complete":
        return _deadline(desk, check, due)
    codes = {"clock": kind, "escalate_to": _to(desk, kind, due), f"due.{clock}": STOP}
    if kind == "action":
        return [Draft("overdue", codes | {"action": about})]
    request = check.requests.get(about)
    if request is None:
        return [Draft("overdue", codes if kind in _ONCE else codes | desk.again(kind, due))]
    codes |= {"request": about, "agency": request.agency}
    if kind == "escalate":
        return [Draft("escalated", codes)]
    return [Draft("overdue", codes | desk.due("escalate", due, rating=check.rating, agency=request.agency, key=about))]


def _to(desk: Desk, kind: str, due: datetime) -> str:
    return desk.told(desk.config.clocks.clocks[kind].escalate_to, due)


def _deadline(desk: Desk, check: Check, due: datetime) -> list[Draft]:
    again = desk.again("complete", due)
    late = Draft("overdue", {"clock": "complete", "escalate_to": _to(desk, "complete", due)} | again)
    if check.state != State.CHECKS_OPEN:
        return [late]
    asked = {r.agency for r in check.of_round()}
    if quorate(desk, asked, {r.agency for r in check.of_round() if r.settled}):
        return [Draft("bundle_ready", {"why": "deadline"} | again, State.BUNDLE_READY)]
    return [late]


def _climb(desk: Desk, check: Check, due: datetime) -> list[Draft]:
    ladder = desk.config.clocks.ladder
    if check.ladder >= len(ladder):
        codes = {"clock": "ladder", "escalate_to": ladder[-1]} | desk.again("ladder", due)
        return [Draft("overdue", codes)]
    codes = {"step": str(check.ladder + 1), "with": ladder[check.ladder]} | desk.due("ladder", due)
    return [Draft("disagreed", codes)]
