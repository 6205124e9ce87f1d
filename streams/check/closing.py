"""From the decision to the end: disseminate, hand over, accept, feed back, close, audit; and opening again."""

from __future__ import annotations

from streams.check import screening
from streams.check.situation import MANAGERS, STOP, Draft, Refusal, Situation
from streams.check.state import DECIDED_STATES, State

REOPENABLE = DECIDED_STATES | {State.DISMISSED, State.DUPLICATE, State.ADVICE}


def disseminate(s: Situation) -> list[Draft]:
    """What was decided goes out as a summary, per recipient: each gets only what it may know."""
    s.same_person()
    recipients = s.several("to", s.signatories())
    if not recipients:
        raise Refusal("missing-code", code="to")
    codes = {"to": " ".join(recipients)}
    return [Draft("disseminated", codes, State.DISSEMINATED, s.command.words, s.command.parts)]


def read_summary(s: Situation) -> list[Draft]:
    """Somebody of a recipient opens what it was told: the receipt. The event comes first, the opening after it."""
    agency = s.command.agency
    if agency not in s.check.told:
        raise Refusal("not-told")
    summary = s.name("summary")
    if not summary:
        raise Refusal("missing-code", code="summary")
    return [Draft("summary_read", {"agency": agency, "summary": summary})]


def hand_over(s: Situation) -> list[Draft]:
    """To the service that the decision names, which must accept by a clock."""
    if not s.desk.config.decisions.decisions[s.check.decision].service:
        raise Refusal("no-service-needed")
    s.same_person()
    services = [c for c, d in s.desk.config.decisions.decisions.items() if d.service and s.check.subject in d.of]
    codes = {"service": s.code("service", services)} | s.desk.due("acceptance", s.now)
    return [Draft("handed_over", codes, State.HANDED_OVER, s.command.words)]


def accept(s: Situation) -> list[Draft]:
    """The service, the worker or the other area takes it: from here on it is theirs."""
    codes = {"due.acceptance": STOP}
    by = s.name("by")
    if by:
        codes["by"] = by
    known = s.desk.config.decisions.decisions.get(s.check.service)
    if s.check.state == State.HANDED_OVER and known and known.assessment:
        codes |= s.desk.due("assessment", s.now)
    return [Draft("accepted", codes, State.ACCEPTED, s.command.words)]


def decline(s: Situation) -> list[Draft]:
    """The service, the worker or the other area gives it back, and says why."""
    if s.check.state == State.TRANSFERRED:
        return screening.given_back(s)
    back = State.DISSEMINATED if s.check.state == State.HANDED_OVER else State.REFERRAL
    return [Draft("declined", {"due.acceptance": STOP}, back, s.need_words())]


def feed_back(s: Situation) -> list[Draft]:
    """The referrer hears the threshold and why. What was not heard at once waits for a receipt."""
    packs = s.desk.config.decisions
    if s.check.state == State.DISSEMINATED and packs.decisions[s.check.decision].service:
        raise Refusal("not-accepted")
    if s.check.state == State.REOPENED and not s.check.decision:
        raise Refusal("not-decided")
    channel = s.code("channel", packs.channels)
    codes = {"channel": channel, "threshold": s.code("threshold", packs.thresholds), "feedback": "sent"}
    if packs.channels[channel].none:
        if s.command.role not in MANAGERS:
            raise Refusal("needs-manager")
        codes["feedback"] = "nobody_to_tell"
    elif packs.channels[channel].spoken:
        codes["feedback"] = "delivered"
    return [Draft("feedback_sent", codes, State.FEEDBACK_SENT, s.need_words())]


def delivered(s: Situation) -> list[Draft]:
    """The feedback's delivery receipt has come."""
    if s.check.feedback != "sent":
        raise Refusal("no-feedback-on-its-way")
    codes = {"feedback": "delivered"}
    receipt = s.name("receipt")
    return [Draft("feedback_delivered", codes | ({"receipt": receipt} if receipt else {}), None, s.command.words)]


def undelivered(s: Situation) -> list[Draft]:
    """The feedback came back: the referrer has not heard, and it has to be said in another way."""
    if s.check.feedback != "sent":
        raise Refusal("no-feedback-on-its-way")
    back = {State.FEEDBACK_SENT: State.ACCEPTED if s.check.worker else _told_from(s)}.get(s.check.state)
    return [Draft("feedback_undelivered", s.desk.due("feedback", s.now), back, s.command.words)]


def _told_from(s: Situation) -> State:
    return State.DISSEMINATED if s.check.decision else State.ADVICE


def close(s: Situation) -> list[Draft]:
    """Only when everything was read, accepted and fed back."""
    check = s.check
    if check.state == State.REOPENED and not check.decision:
        raise Refusal("not-decided")
    s.nothing_unread()
    if not check.feedback:
        raise Refusal("no-feedback")
    if check.feedback == "sent":
        raise Refusal("feedback-not-delivered")
    if check.strategy == "wanted":
        raise Refusal("strategy-wanted")
    if check.danger == "said":
        raise Refusal("danger-unanswered")
    if check.ladder:
        raise Refusal("disagreement-open")
    return [Draft("closed", {}, State.CLOSED, s.command.words)]


def reopen(s: Situation) -> list[Draft]:
    """Again, with its whole history."""
    codes = {"why": "person", "due.acceptance": STOP} | s.desk.due("response", s.now)
    return [Draft("reopened", codes, State.REOPENED, s.need_words())]


def audit(s: Situation) -> list[Draft]:
    """A closed check was looked at for its quality."""
    return [Draft("audited", {"grade": s.code("grade", s.desk.config.decisions.audits)}, None, s.need_words())]
