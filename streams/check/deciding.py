"""From the bundle to the end: read, decide, disseminate, hand over, accept, feed back, close; and opening again."""

from __future__ import annotations

from streams.check.situation import STOP, Draft, Refusal, Situation
from streams.check.state import DECIDED_STATES, State

_DECIDERS = frozenset({"decision_maker", "duty_manager", "scripted"})
_VERSION_DIGITS = 9


def read(s: Situation) -> list[Draft]:
    """A bundle is read. It is written down before anything is opened for the reader."""
    version = _version(s)
    reason = s.code("reason", s.desk.config.decisions.read_reasons)
    decider = s.command.role in _DECIDERS
    codes = {"version": str(version), "reason": reason, "counts": "yes" if decider else "no"}
    ready = s.check.state == State.BUNDLE_READY and decider and version == s.check.bundle
    return [Draft("read", codes, State.DECISION_PENDING if ready else None)]


def _version(s: Situation) -> int:
    given = s.command.codes.get("version", "")
    if not given:
        raise Refusal("missing-code", code="version")
    if not (given.isdecimal() and given.isascii() and len(given) <= _VERSION_DIGITS):
        raise Refusal("bad-code", code="version")
    if not 0 < int(given) <= s.check.bundle:
        raise Refusal("no-such-version")
    return int(given)


def decide(s: Situation) -> list[Draft]:
    """By a named decision maker who has read all that came in."""
    check = s.check
    decisions = {code: d for code, d in s.desk.config.decisions.decisions.items() if check.subject in d.of}
    decision = s.code("decision", decisions)
    if check.identity_pending:
        raise Refusal("identity-changed")
    if check.unread:
        raise Refusal("unread-return")
    if check.read.get(s.command.actor, 0) < check.bundle:
        raise Refusal("newer-bundle", version=str(check.bundle))
    codes = {"decision": decision, "bundle": str(check.bundle), "due.complete": STOP}
    if decisions[decision].each_rule:
        codes |= s.rule_reasons()
    return [Draft("decided", codes | s.desk.due("feedback", s.now), State.DECIDED, s.need_words())]


def go_forward(s: Situation) -> list[Draft]:
    """A manager lets a bundle go forward without its quorum; the gaps are shown."""
    return [Draft("bundle_ready", {"why": "manager"}, State.BUNDLE_READY, s.need_words())]


def disseminate(s: Situation) -> list[Draft]:
    """What was decided goes out as a summary, per recipient."""
    recipients = s.command.codes.get("to", "").split()
    agreement = s.desk.agreement(s.check)
    if not recipients:
        raise Refusal("missing-code", code="to")
    if agreement is None or not set(recipients) <= agreement.signatories.keys():
        raise Refusal("bad-code", code="to")
    return [Draft("disseminated", {"to": " ".join(sorted(recipients))}, State.DISSEMINATED, s.command.words)]


def hand_over(s: Situation) -> list[Draft]:
    """To the service that the decision names, which must accept by a clock."""
    if not s.desk.config.decisions.decisions[s.check.decision].service:
        raise Refusal("no-service-needed")
    codes = {"service": s.code("service", s.desk.config.decisions.decisions)} | s.desk.due("acceptance", s.now)
    return [Draft("handed_over", codes, State.HANDED_OVER, s.command.words)]


def accept(s: Situation) -> list[Draft]:
    """The service or the worker takes it."""
    return [Draft("accepted", {"due.acceptance": STOP}, State.ACCEPTED, s.command.words)]


def decline(s: Situation) -> list[Draft]:
    """The service or the worker gives it back, and says why."""
    back = State.DISSEMINATED if s.check.state == State.HANDED_OVER else State.REFERRAL
    codes = {"due.acceptance": STOP} | ({"due.feedback": STOP} if back == State.REFERRAL else {})
    return [Draft("declined", codes, back, s.need_words())]


def feed_back(s: Situation) -> list[Draft]:
    """The referrer hears what became of it, the threshold and why."""
    if s.check.state == State.DISSEMINATED and s.desk.config.decisions.decisions[s.check.decision].service:
        raise Refusal("not-accepted")
    return [Draft("feedback_sent", {"due.feedback": STOP}, State.FEEDBACK_SENT, s.need_words())]


def close(s: Situation) -> list[Draft]:
    """Only when everything was read, accepted and fed back."""
    if s.check.state == State.REOPENED and not s.check.decision:
        raise Refusal("not-decided")
    s.nothing_unread()
    return [Draft("closed", {}, State.CLOSED, s.command.words)]


def reopen(s: Situation) -> list[Draft]:
    """Again, with its whole history."""
    codes = {"why": "person", "due.feedback": STOP, "due.acceptance": STOP} | s.desk.due("response", s.now)
    return [Draft("reopened", codes, State.REOPENED, s.need_words())]


def accept_late(s: Situation) -> list[Draft]:
    """The decision maker has read what came late, and stays with the decision."""
    if not s.check.late:
        raise Refusal("nothing-late")
    if s.check.unread:
        raise Refusal("unread-return")
    return [Draft("late_accepted", {}, None, s.need_words())]


def accept_identity(s: Situation) -> list[Draft]:
    """A person has looked at a merge or split of the person behind the check, and goes on."""
    if not s.check.identity_pending:
        raise Refusal("nothing-changed")
    return [Draft("identity_accepted", {}, None, s.need_words())]


REOPENABLE = DECIDED_STATES | {State.DISMISSED, State.DUPLICATE, State.ADVICE}
