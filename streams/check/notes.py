"""What each kind of event leaves on a check, from arrival to the returns. Nothing is decided here."""

from __future__ import annotations

from datetime import datetime

from hub.messages import CheckEvent
from streams.check.state import Check, Held, Request


def proposed(check: Check, event: CheckEvent) -> None:
    """The machine's proposal, or new facts in it."""
    codes = event.codes
    check.subject = codes.get("subject", check.subject)
    check.level, check.brag = int(codes["level"]), codes["brag"]
    check.route = codes.get("route") == "yes"
    check.rules = {name.removeprefix("rule."): int(level) for name, level in codes.items() if name.startswith("rule.")}
    if codes.get("strategy") == "wanted":
        check.strategy = "wanted"
    picture(check, event)


def contacted(check: Check, event: CheckEvent) -> None:
    """A contact, the first or one that came on top."""
    codes = event.codes
    check.subject = codes.get("subject", check.subject)
    check.contacts[codes["contact"]] = Held(
        contact_id=codes["contact"],
        seq=event.seq,
        channel=codes["channel"],
        agency=codes.get("agency", ""),
        system=codes.get("system", ""),
        record_id=codes.get("record", ""),
        relation=codes.get("relation", ""),
        danger=codes.get("danger", "unknown"),
        anonymous=codes.get("anonymous") == "yes",
        at=event.at,
    )
    check.feedback = ""  # whoever refers is owed an answer
    check.concern = sorted({*check.concern, *codes.get("concern", "").split()})
    if codes.get("danger") == "yes":
        check.danger = "said"
    if codes.get("last_seen_at"):
        _seen_at(check, codes["last_seen_at"])


def picture(check: Check, event: CheckEvent) -> None:
    """A new picture of the person."""
    codes = event.codes
    if "categories" in codes:
        check.categories = codes["categories"].split()
    if "picture_as_of" in codes:
        check.picture_as_of = datetime.fromisoformat(codes["picture_as_of"])
        check.person_id = codes["person_id"]
        check.members = codes["members"].split()
    if codes.get("last_seen_at"):
        _seen_at(check, codes["last_seen_at"])
    if codes.get("identity") == "changed":
        check.identity_pending = True


def opened(check: Check, event: CheckEvent) -> None:
    """A referral now."""
    check.opened_at = event.at
    concern(check, event)


def concern(check: Check, event: CheckEvent) -> None:
    """A person named what the worry is about."""
    if "concern" in event.codes:
        check.concern = event.codes["concern"].split()


def rated(check: Check, event: CheckEvent) -> None:
    """Rated, or rated anew."""
    check.rating = event.codes["rating"]
    concern(check, event)
    if event.codes.get("strategy") == "wanted" and check.strategy != "held":
        check.strategy = "wanted"


def gate_passed(check: Check, event: CheckEvent) -> None:
    """A new round of requests begins."""
    check.gate = {k: v for k, v in event.codes.items() if not k.startswith("due.")}
    check.gate_seq = event.seq
    check.round += 1
    check.past_deadline = False
    check.blocked = {}


def requested(check: Check, event: CheckEvent) -> None:
    """An agency was asked."""
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
        by=codes.get("by", "desk"),
    )


def blocked(check: Check, event: CheckEvent) -> None:
    """An agency could not be asked."""
    check.blocked[event.codes["agency"]] = event.codes["reason"]


def status(check: Check, event: CheckEvent) -> None:
    """A request stands otherwise than before."""
    request = check.requests.get(event.codes.get("request", ""))
    if request is None:
        return
    if event.kind == "delivered":
        request.delivered_at = request.delivered_at or event.at
    if not request.settled and event.kind != "delivered":
        request.status = event.kind


def passed_on(check: Check, event: CheckEvent) -> None:
    """The agency's officer passed the request on."""
    check.requests[event.codes["request"]].passed_to = event.codes["to"]


def overdue(check: Check, event: CheckEvent) -> None:
    """A clock ran out."""
    if event.codes["clock"] == "complete":
        check.past_deadline = True
    if event.codes["clock"] == "protection":
        check.protection_until = None
    status(check, event)


def returned(check: Check, event: CheckEvent) -> None:
    """An agency answered; nobody has read it yet."""
    codes = event.codes
    request = check.requests[codes["request"]]
    request.status, request.answered_at, request.actor = codes["outcome"], event.at, event.actor
    request.reason, request.release = codes.get("reason", ""), codes.get("release", "")
    request.late, request.answer_seq = codes["late"] == "yes", event.seq
    request.minutes = int(codes.get("minutes", "0"))
    request.drafted, request.via = codes.get("drafted") == "yes", codes.get("via", "")
    check.unread[event.cause] = 0
    if event.kind == "late_return":
        check.late.append(event.cause)


def bundled(check: Check, event: CheckEvent) -> None:
    """A version of the bundle."""
    check.bundle = int(event.codes["version"])
    check.unread = {return_id: version or check.bundle for return_id, version in check.unread.items()}


def read(check: Check, event: CheckEvent) -> None:
    """Somebody read a version."""
    version = int(event.codes["version"])
    check.read[event.actor] = max(version, check.read.get(event.actor, 0))
    if version == check.bundle:
        for held in check.contacts.values():
            held.read = held.read or event.codes.get("triage") == "yes"
    if event.codes["counts"] == "yes":
        check.unread = {k: v for k, v in check.unread.items() if v == 0 or v > version}


def seen(check: Check, event: CheckEvent) -> None:
    """A professional saw the person."""
    _seen_at(check, event.codes["seen_at"])
    check.seen_within = int(event.codes.get("within", check.seen_within))


def _seen_at(check: Check, text: str) -> None:
    at = datetime.fromisoformat(text)
    check.last_seen_at = max(at, check.last_seen_at or at)
