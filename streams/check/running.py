"""What may be said of a check at any time: danger, strategy discussion, sightings, links, disagreement, notes."""

from __future__ import annotations

from datetime import timedelta

from streams.check.contacts import school_told
from streams.check.situation import MANAGER, STOP, Draft, Refusal, Situation
from streams.check.state import ENDED, State
from streams.check.tasks import agreed

_PROTECTION = timedelta(hours=72)
_CONFERENCE = frozenset({"section_47", "joint"})
_LONGEST_PLAN = 28
_LONGEST_AGO = timedelta(days=18 * 366)
"""A childhood: whoever was last seen longer ago was seen as somebody else, or a year was mistyped."""


def note(s: Situation) -> list[Draft]:
    """Softer information, beside what the systems say."""
    return [Draft("noted", {}, None, s.need_words())]


def acknowledge(s: Situation) -> list[Draft]:
    """The referrer was told that it arrived."""
    return [Draft("referrer_told", {}, None, s.command.words)]


def pass_on(s: Situation) -> list[Draft]:
    """An agency's officer passes the request on, to a school say; the agency still answers."""
    request = s.check.requests.get(s.command.codes.get("request", ""))
    if request is None:
        raise Refusal("unknown-request")
    if request.agency != s.command.agency:
        raise Refusal("wrong-agency")
    to = s.name("to")
    if not to:
        raise Refusal("missing-code", code="to")
    return [Draft("passed_on", {"request": request.request_id, "agency": request.agency, "to": to})]


def strategy_held(s: Situation) -> list[Draft]:
    """The strategy discussion took place, with social care, police and health at least; what was agreed."""
    took_part = s.several("took_part", s.signatories())
    missing = set(s.desk.config.clocks.quorum.must) - set(took_part)
    if missing:
        raise Refusal("strategy-needs", code=" ".join(sorted(missing)))
    outcome = s.code("outcome", s.desk.config.decisions.strategy_outcomes)
    codes = {"took_part": " ".join(took_part), "outcome": outcome} | agreed(s)
    if outcome in _CONFERENCE and s.check.subject != "adult":
        codes |= s.desk.due("conference", s.now)
    return [Draft("strategy_held", codes, None, s.need_words(), s.command.parts)]


def strategy_declined(s: Situation) -> list[Draft]:
    """A manager stands for it that none is held, with a reason."""
    if s.check.strategy != "wanted":
        raise Refusal("no-strategy-wanted")
    reason = s.code("reason", s.desk.config.decisions.no_strategy)
    return [Draft("strategy_declined", {"reason": reason}, None, s.need_words())]


def immediate_safety(s: Situation) -> list[Draft]:
    """Somebody is in danger now (no code: the duty manager is paged; an ended check opens), or how it was answered."""
    answered = s.optional("danger", s.desk.config.decisions.dangers)
    if answered:
        return [Draft("immediate_safety", answered, None, s.need_words())]
    again = Draft("reopened", {"why": "danger"} | s.desk.due("response", s.now), State.REOPENED)
    said = Draft("immediate_safety", {"danger": "said"}, None, s.command.words)
    paged = Draft("paged", {"whom": s.desk.told(MANAGER, s.now), "why": "danger"})
    return [again, said, paged] if s.check.ended else [said, paged]


def protection_taken(s: Situation) -> list[Draft]:
    """Police protection (Children Act 1989 s46), from the time at which it was taken: its end is a clock."""
    taken_at = s.moment("taken_at")
    if s.now - taken_at > _PROTECTION:
        raise Refusal("bad-code", code="taken_at")
    codes = {"taken_at": taken_at.isoformat()} | s.desk.due("protection", taken_at)
    if s.check.state not in ENDED and s.check.strategy == "":
        codes["strategy"] = "wanted"
    return [Draft("protection_taken", codes, None, s.command.words)]


def protection_ended(s: Situation) -> list[Draft]:
    """It ended before its time, or an order took its place."""
    if "protection" not in s.check.clocks:
        raise Refusal("no-protection")
    return [Draft("protection_ended", {"due.protection": STOP}, None, s.need_words())]


def seen(s: Situation) -> list[Draft]:
    """A professional saw the child or adult: by whom, alone or not; a plan may ask for the next visit sooner."""
    at = s.moment("seen_at")
    if at < s.now - _LONGEST_AGO:
        raise Refusal("bad-code", code="seen_at")
    by = s.name("by")
    if not by:
        raise Refusal("missing-code", code="by")
    codes = {"seen_at": at.isoformat(), "by": by, "alone": s.code("alone", ("yes", "no", "unknown"))}
    within = s.command.codes.get("within", "")
    if within:
        if not (within.isdecimal() and within.isascii() and 0 < int(within[:3]) <= _LONGEST_PLAN):
            raise Refusal("bad-code", code="within")
        codes["within"] = within
    if s.check.last_seen_at is None or at > s.check.last_seen_at or within:
        codes["due.not_seen"] = STOP
    return [Draft("seen", codes, None, s.command.words)]


def school_to_tell(s: Situation) -> list[Draft]:
    """A domestic incident happened: the child's school hears of it before the next school day."""
    if s.check.subject != "child":
        raise Refusal("bad-code", code="incident_at")
    codes = school_told(s.desk, s.check.subject, s.moment("incident_at"), s.now)
    if not codes:
        raise Refusal("bad-code", code="incident_at")
    return [Draft("school_to_tell", codes, None, s.command.words)]


def school_was_told(s: Situation) -> list[Draft]:
    """The school knows."""
    if "school" not in s.check.clocks:
        raise Refusal("no-school-to-tell")
    return [Draft("school_told", {"due.school": STOP}, None, s.command.words)]


def conference_held(s: Situation) -> list[Draft]:
    """The child protection conference took place."""
    if "conference" not in s.check.clocks:
        raise Refusal("no-conference")
    return [Draft("conference_held", {"due.conference": STOP}, None, s.command.words)]


def assessed(s: Situation) -> list[Draft]:
    """The service's assessment is complete."""
    if "assessment" not in s.check.clocks:
        raise Refusal("no-assessment")
    return [Draft("assessed", {"due.assessment": STOP}, None, s.command.words)]


def disagree(s: Situation) -> list[Draft]:
    """Somebody challenges how it stands: the first step of a timed ladder. An ended check opens again."""
    if s.check.ladder:
        raise Refusal("already-disagreed")
    codes = {"step": "1", "with": s.desk.config.clocks.ladder[0]} | s.desk.due("ladder", s.now)
    if s.check.state not in ENDED:
        return [Draft("disagreed", codes, None, s.need_words())]
    again = Draft("reopened", {"why": "disagreement"} | s.desk.due("response", s.now), State.REOPENED)
    return [again, Draft("disagreed", codes, None, s.need_words())]


def resolve(s: Situation) -> list[Draft]:
    """The disagreement is settled, and how."""
    if not s.check.ladder:
        raise Refusal("no-disagreement")
    return [Draft("resolved", {"step": "0", "due.ladder": STOP}, None, s.need_words())]
