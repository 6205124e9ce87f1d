"""What an agency's return does to a check: answered, not known, refused, acknowledged; late; and when all are in."""

from __future__ import annotations

from datetime import datetime

from hub.messages import AgencyReturn
from streams.check.situation import STOP, Desk, Draft, Refusal, only_synthetic
from streams.check.state import DECIDED_STATES, ENDED, Check, Request, State

SETTLING = frozenset({"answered", "not_known", "refused"})
_RELEASES = frozenset({"", "owner_consent", "mash_only", "not_to_family", "not_to_suspect"})
VIA = frozenset({"school"})
"""Who may answer in an agency's stead: its officer passed the request on, and stands for it."""
_SINK = "sink"
_MOST_MINUTES = 10_000
_WAYS = frozenset({"delivered", "undelivered"})
_AFTER = DECIDED_STATES | ENDED | {State.ADVICE, State.ROUTED, State.OTHER_PATHWAY}


def receive(desk: Desk, check: Check, answer: AgencyReturn, now: datetime) -> list[Draft]:
    """Drafts of what a return causes.

    Raises:
        Refusal: it belongs to no request of this check, or says nothing that a return may say.
    """
    request = check.requests.get(answer.request_id)
    if request is None:
        raise Refusal("unknown-request")
    if request.agency != answer.agency:
        raise Refusal("wrong-agency")
    if not answer.actor.strip():
        raise Refusal("no-name")
    if answer.outcome in _WAYS or answer.role == _SINK:
        return _on_the_way(desk, request, answer, now)
    if answer.role == "scripted":
        only_synthetic(desk, check.partnership)
    elif answer.role != "agency_researcher":
        raise Refusal("wrong-role")
    if answer.outcome == "acknowledged":
        return [Draft("acknowledged", {"request": request.request_id, "agency": request.agency})]
    if answer.drafted and answer.confirmed_by != answer.actor:
        raise Refusal("draft-unread")
    codes = _codes(desk, answer, late=now > request.due_at)
    if check.state in _AFTER:
        return _after_decision(desk, check, codes, answer.words, now)
    drafts = [Draft("returned", codes, _unread_again(check), answer.words)]
    return drafts + forward(desk, check, answered=request)


def _on_the_way(desk: Desk, request: Request, answer: AgencyReturn, now: datetime) -> list[Draft]:
    """A sink says whether the request arrived; one that did not is escalated at once: somebody rings."""
    if answer.role != _SINK:
        raise Refusal("wrong-role")
    if answer.outcome not in _WAYS:
        raise Refusal("bad-outcome")
    codes = {"request": request.request_id, "agency": request.agency}
    if answer.outcome == "delivered":
        return [Draft("delivered", codes)]
    clock = desk.config.clocks.clocks["escalate"]
    drafts = [Draft("undelivered", codes)]
    if not request.settled:
        drafts.append(Draft("escalated", codes | {"escalate_to": desk.told(clock.escalate_to, now)}))
    return drafts


def _codes(desk: Desk, answer: AgencyReturn, *, late: bool) -> dict[str, str]:
    if answer.outcome not in SETTLING:
        raise Refusal("bad-outcome")
    if answer.release not in _RELEASES:
        raise Refusal("bad-code", code="release")
    codes = {
        "request": answer.request_id,
        "agency": answer.agency,
        "outcome": answer.outcome,
        "late": "yes" if late else "no",
        f"due.return:{answer.request_id}": STOP,
        f"due.escalate:{answer.request_id}": STOP,
    }
    if answer.drafted:
        codes["drafted"] = "yes"
    if answer.via:
        if answer.via not in VIA:
            raise Refusal("bad-code", code="via")
        codes["via"] = answer.via
    if answer.minutes > 0:
        codes["minutes"] = str(min(answer.minutes, _MOST_MINUTES))
    if answer.release:
        codes["release"] = answer.release
    if answer.outcome == "refused":
        if answer.reason not in desk.config.decisions.refusals:
            raise Refusal("bad-code" if answer.reason else "missing-code", code="reason")
        codes["reason"] = answer.reason
    return codes


def _after_decision(desk: Desk, check: Check, codes: dict[str, str], words: bytes, now: datetime) -> list[Draft]:
    drafts = [Draft("late_return", codes | {"late": "yes"}, None, words)]
    if check.state in ENDED:
        drafts.append(Draft("reopened", {"why": "late_return"} | desk.due("response", now), State.REOPENED))
    return drafts


def _unread_again(check: Check) -> State | None:
    return State.BUNDLE_READY if check.state == State.DECISION_PENDING else None


def forward(desk: Desk, check: Check, *, answered: Request | None = None, state: State | None = None) -> list[Draft]:
    """The bundle goes forward when all are in, or the deadline has passed and the quorum is there.

    Args:
        desk: the partnership's rules.
        check: as it stands before the return in hand is noted.
        answered: the request that the return in hand settles.
        state: where the check will stand, if not where it does.
    """
    if (state or check.state) != State.CHECKS_OPEN:
        return []
    settled = {r.agency for r in check.of_round() if r.settled}
    if answered and answered.round == check.round:
        settled.add(answered.agency)
    asked = {r.agency for r in check.of_round()}
    if settled == asked:
        return [Draft("bundle_ready", {"why": "all_in"}, State.BUNDLE_READY)]
    if check.past_deadline and quorate(desk, asked, settled):
        return [Draft("bundle_ready", {"why": "quorum"}, State.BUNDLE_READY)]
    return []


def quorate(desk: Desk, asked: set[str], settled: set[str]) -> bool:
    """Whether those who must be heard were, and enough of all."""
    quorum = desk.config.clocks.quorum
    return asked & set(quorum.must) <= settled and len(settled) >= quorum.share * len(asked)
