"""Screening: open, rate, dismiss, route, advise, set aside as a duplicate. A named person does each."""

from __future__ import annotations

from streams.check.config import RATINGS
from streams.check.situation import STOP, Draft, Refusal, Situation
from streams.check.state import State

STOP_SCREENING = {"due.response": STOP, "due.page": STOP}
_RATED_ANEW = frozenset({State.REFERRAL, State.REOPENED})
_SERIOUS = 4
_MANAGERS = frozenset({"decision_maker", "duty_manager", "scripted"})


def open_(s: Situation) -> list[Draft]:
    """A contact becomes a referral; with a rating, it is rated at once."""
    drafts = [Draft("opened", STOP_SCREENING, State.REFERRAL, s.command.words)]
    return drafts + _rated(s, State.RATED) if s.command.codes.get("rating") else drafts


def rate(s: Situation) -> list[Draft]:
    """A first rating, or with a rationale another one; waiting agencies' clocks can only become shorter."""
    if s.check.state in _RATED_ANEW:
        return _rated(s, State.RATED)
    if s.check.rating:
        s.need_words()
    return _rated(s, s.check.state) + _sooner(s)


def _rated(s: Situation, state: State) -> list[Draft]:
    rating = s.code("rating", RATINGS)
    codes = STOP_SCREENING | {"rating": rating, **s.desk.due("complete", s.now, rating=rating)}
    if rating == "red" and s.check.strategy != "held":
        codes["strategy"] = "wanted"
        if "strategy" not in s.check.clocks:
            codes |= s.desk.due("strategy", s.now)
    return [Draft("rated", codes, state, s.command.words)]


def _sooner(s: Situation) -> list[Draft]:
    drafts = []
    for request in s.check.of_round():
        if request.settled or f"return:{request.request_id}" not in s.check.clocks:
            continue
        rating = s.command.codes["rating"]
        due = s.desk.due("return", s.now, rating=rating, agency=request.agency, key=request.request_id)
        if min(due.values()) < request.due_at.isoformat():
            codes = {"request": request.request_id, "agency": request.agency, "rating": rating}
            drafts.append(Draft("hastened", codes | due))
    return drafts


def dismiss(s: Situation) -> list[Draft]:
    """Set a proposal aside, with a reason against each rule that fired. Level 4 takes a manager."""
    if s.check.level >= _SERIOUS and s.command.role not in _MANAGERS:
        raise Refusal("needs-manager")
    s.nothing_unread()
    return [Draft("dismissed", s.rule_reasons(), State.DISMISSED, s.need_words())]


def route(s: Situation) -> list[Draft]:
    """To the allocated worker, a team or another pathway, who must accept by a clock."""
    to = s.code("to", s.desk.config.decisions.routes)
    codes = {"to": to} | STOP_SCREENING | s.desk.due("acceptance", s.now) | s.desk.due("feedback", s.now)
    return [Draft("routed", codes, State.ROUTED, s.command.words)]


def advise(s: Situation) -> list[Draft]:
    """Advice is enough (blue): the referrer still hears back."""
    codes = STOP_SCREENING | s.rule_reasons() | s.desk.due("feedback", s.now)
    return [Draft("advised", codes, State.ADVICE, s.need_words())]


def duplicate(s: Situation) -> list[Draft]:
    """The same concern has a check already: the only kind that merges."""
    s.nothing_unread()
    return [Draft("duplicate", {"check": s.other_check()}, State.DUPLICATE, s.need_words())]
