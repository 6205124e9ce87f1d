"""From the bundle to the joint decision: read, go forward, decide; late returns and a changed person on the way."""

from __future__ import annotations

from streams.check.situation import MANAGERS, TRIAGE, Draft, Refusal, Situation
from streams.check.state import State
from streams.check.tasks import agreed

_VERSION_DIGITS = 9


def read(s: Situation) -> list[Draft]:
    """A bundle is read. It is written down before anything is opened for the reader."""
    version = _version(s)
    reason = s.code("reason", s.desk.config.decisions.read_reasons)
    decider = s.command.role in MANAGERS
    codes = {"version": str(version), "reason": reason, "counts": "yes" if decider else "no"}
    codes["triage"] = "yes" if decider or s.command.role in TRIAGE else "no"
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
    """A joint decision, written down by a named decision maker who has read all that came in."""
    check = s.check
    decisions = {code: d for code, d in s.desk.config.decisions.decisions.items() if check.subject in d.of}
    decision = s.code("decision", decisions)
    s.same_person()
    if check.unread:
        raise Refusal("unread-return")
    if check.read.get(s.command.actor, 0) < check.bundle:
        raise Refusal("newer-bundle", version=str(check.bundle))
    codes = {"decision": decision, "bundle": str(check.bundle)} | _who_decided(s)
    if decisions[decision].each_rule:
        codes |= s.rule_reasons()
    codes |= agreed(s)
    draft = Draft("decided", codes | s.desk.due("feedback", s.now), State.DECIDED, s.need_words(), s.command.parts)
    return [draft]


def _who_decided(s: Situation) -> dict[str, str]:
    """Agencies that took part, and those of them that did not agree; a red one takes those who must be heard."""
    took_part = s.several("took_part", s.signatories())
    if not took_part:
        raise Refusal("missing-code", code="took_part")
    codes = {"took_part": " ".join(took_part)}
    dissent = s.several("dissent", took_part)
    if dissent:
        codes["dissent"] = " ".join(dissent)
    asked = {r.agency for r in s.check.of_round()}
    missing = asked & set(s.desk.config.clocks.quorum.must) - set(took_part)
    if s.check.rating == "red" and missing:
        codes["without"] = " ".join(sorted(missing))
        codes["why_without"] = s.code("why_without", s.desk.config.decisions.without_quorum)
    return codes


def go_forward(s: Situation) -> list[Draft]:
    """A manager lets a bundle go forward without its quorum; the gaps are shown."""
    return [Draft("bundle_ready", {"why": "manager"}, State.BUNDLE_READY, s.need_words())]


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
