"""A check as the fold of its events. Nothing here decides: `apply` only takes note of what happened.

Whoever folds the same events holds the same check: the stage, the desk's view and the tests use this one function.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from hub.messages import CheckEvent
from streams.check.state import Check, Request, State

FOLD = 1
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
    check.seq = event.seq
    check.state = State(event.state)
    check.scripted = check.scripted or event.role == "scripted"
    _NOTES.get(event.kind, _nothing)(check, event)
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
        check.clocks.clear()


def _nothing(check: Check, event: CheckEvent) -> None:
    """Events that only stand in the history."""


def _proposed(check: Check, event: CheckEvent) -> None:
    codes = event.codes
    check.subject = codes.get("subject", check.subject)
    check.level, check.brag = int(codes["level"]), codes["brag"]
    check.route = codes.get("route") == "yes"
    check.rules = {name.removeprefix("rule."): int(level) for name, level in codes.items() if name.startswith("rule.")}
    if codes.get("strategy") == "wanted":
        check.strategy = check.strategy or "wanted"
    _picture(check, event)


def _picture(check: Check, event: CheckEvent) -> None:
    codes = event.codes
    if "categories" in codes:
        check.categories = codes["categories"].split()
    if "picture_as_of" in codes:
        check.picture_as_of = datetime.fromisoformat(codes["picture_as_of"])
        check.person_id = codes["person_id"]
        check.members = codes["members"].split()
    if codes.get("identity") == "changed":
        check.identity_pending = True


def _opened(check: Check, event: CheckEvent) -> None:
    check.opened_at = event.at


def _rated(check: Check, event: CheckEvent) -> None:
    check.rating = event.codes["rating"]
    if event.codes.get("strategy") == "wanted" and check.strategy != "held":
        check.strategy = "wanted"


def _gate_passed(check: Check, event: CheckEvent) -> None:
    check.gate = {k: v for k, v in event.codes.items() if not k.startswith("due.")}
    check.round += 1
    check.past_deadline = False
    check.blocked = {}


def _requested(check: Check, event: CheckEvent) -> None:
    codes = event.codes
    check.requests[codes["request"]] = Request(
        request_id=codes["request"],
        agency=codes["agency"],
        round=check.round,
        status="sent",
        sent_at=event.at,
        due_at=datetime.fromisoformat(codes[f"due.return:{codes['request']}"]),
        question_set=codes["question_set"],
        questions=codes["questions"].split(" "),
        agreement=codes["agreement"],
    )


def _blocked(check: Check, event: CheckEvent) -> None:
    check.blocked[event.codes["agency"]] = event.codes["reason"]


def _status(check: Check, event: CheckEvent) -> None:
    request = check.requests.get(event.codes.get("request", ""))
    if request and not request.settled:
        request.status = event.kind


def _overdue(check: Check, event: CheckEvent) -> None:
    if event.codes["clock"] == "complete":
        check.past_deadline = True
    _status(check, event)


def _returned(check: Check, event: CheckEvent) -> None:
    codes = event.codes
    request = check.requests[codes["request"]]
    request.status, request.answered_at, request.actor = codes["outcome"], event.at, event.actor
    request.reason, request.release = codes.get("reason", ""), codes.get("release", "")
    request.late, request.answer_seq = codes["late"] == "yes", event.seq
    check.unread[event.cause] = 0
    if event.kind == "late_return":
        check.late.append(event.cause)


def _bundled(check: Check, event: CheckEvent) -> None:
    check.bundle = int(event.codes["version"])
    check.unread = {return_id: version or check.bundle for return_id, version in check.unread.items()}


def _read(check: Check, event: CheckEvent) -> None:
    version = int(event.codes["version"])
    check.read[event.actor] = max(version, check.read.get(event.actor, 0))
    if event.codes["counts"] == "yes":
        check.unread = {k: v for k, v in check.unread.items() if v == 0 or v > version}


def _decided(check: Check, event: CheckEvent) -> None:
    check.decision, check.decided_by, check.decided_at = event.codes["decision"], event.actor, event.at
    check.service = ""


def _handed_over(check: Check, event: CheckEvent) -> None:
    check.service = event.codes.get("service") or event.codes.get("to", "")


def _late_accepted(check: Check, _event: CheckEvent) -> None:
    check.late = []


def _identity_accepted(check: Check, _event: CheckEvent) -> None:
    check.identity_pending = False


def _linked(check: Check, event: CheckEvent) -> None:
    if event.codes["check"] not in check.linked:
        check.linked.append(event.codes["check"])


def _strategy_held(check: Check, _event: CheckEvent) -> None:
    check.strategy = "held"


def _disagreed(check: Check, event: CheckEvent) -> None:
    check.ladder = int(event.codes["step"])


def _reopened(check: Check, event: CheckEvent) -> None:
    if event.codes.get("why") != "late_return":
        check.late = []
        check.decision = check.decided_by = check.service = ""
        check.decided_at = None


_NOTES = {
    "proposed": _proposed,
    "proposal_updated": _proposed,
    "picture_updated": _picture,
    "opened": _opened,
    "rated": _rated,
    "gate_passed": _gate_passed,
    "requested": _requested,
    "request_blocked": _blocked,
    "acknowledged": _status,
    "overdue": _overdue,
    "escalated": _status,
    "returned": _returned,
    "late_return": _returned,
    "bundled": _bundled,
    "read": _read,
    "decided": _decided,
    "handed_over": _handed_over,
    "routed": _handed_over,
    "late_accepted": _late_accepted,
    "identity_accepted": _identity_accepted,
    "linked": _linked,
    "duplicate": _linked,
    "strategy_held": _strategy_held,
    "disagreed": _disagreed,
    "resolved": _disagreed,
    "reopened": _reopened,
}
