"""Screening: open, rate, dismiss, route, advise, set aside as a duplicate, transfer. A named person does each."""

from __future__ import annotations

from collections.abc import Mapping

from streams.check.config import RATINGS
from streams.check.proposing import slug
from streams.check.returns import forward
from streams.check.situation import MANAGERS, STOP, Draft, Refusal, Situation
from streams.check.state import GATHERING, State

_RATED_ANEW = frozenset({State.REFERRAL, State.REOPENED})
_SERIOUS = 4
_CONCERNS = 20


def open_(s: Situation) -> list[Draft]:
    """A contact or proposal becomes a referral; with a rating, it is rated at once."""
    drafts = [Draft("opened", _concern(s), State.REFERRAL, s.command.words)]
    return drafts + _rated(s, State.RATED) if s.command.codes.get("rating") else drafts


def rate(s: Situation) -> list[Draft]:
    """A first rating, or with a rationale another one; waiting agencies' clocks can only become shorter."""
    if s.check.state in _RATED_ANEW:
        return _rated(s, State.RATED)
    if s.check.rating:
        s.need_words()
    return _rated(s, s.check.state) + _sooner(s)


def _concern(s: Situation) -> dict[str, str]:
    """The categories of the concern, where the screener names them: they call for further questions."""
    given = s.command.codes.get("concern", "").split()
    if len(given) > _CONCERNS or any(slug(c) != c for c in given):
        raise Refusal("bad-code", code="concern")
    return {"concern": " ".join(sorted(set(given)))} if given else {}


def _rated(s: Situation, state: State) -> list[Draft]:
    rating = s.code("rating", RATINGS)
    codes = {"rating": rating, **s.desk.due("complete", s.now, rating=rating), **_concern(s)}
    if rating == "red" and s.check.strategy not in {"held", "declined"}:
        codes["strategy"] = "wanted"
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
    if s.check.contacts:
        raise Refusal("contact-not-dismissed")
    if s.check.level >= _SERIOUS and s.command.role not in MANAGERS:
        raise Refusal("needs-manager")
    s.nothing_unread()
    return [Draft("dismissed", s.rule_reasons(), State.DISMISSED, s.need_words())]


def route(s: Situation) -> list[Draft]:
    """To the allocated worker or the team that holds the case, who must accept by a clock."""
    return _on(s, "routed", s.desk.config.decisions.routes, State.ROUTED)


def pathway(s: Situation) -> list[Draft]:
    """To another pathway (LADO, Prevent, MARAC, early help ...), which must accept by a clock."""
    return _on(s, "pathway", s.desk.config.decisions.pathways, State.OTHER_PATHWAY)


def _on(s: Situation, kind: str, places: Mapping[str, str], state: State) -> list[Draft]:
    s.contacts_read()
    s.same_person()
    codes = {"to": s.code("to", places)} | s.desk.due("acceptance", s.now) | s.desk.due("feedback", s.now)
    return [Draft(kind, codes, state, s.command.words)]


def advise(s: Situation) -> list[Draft]:
    """Advice is enough (blue): the referrer still hears back."""
    if s.check.state == State.NOT_AGREED and s.command.role not in MANAGERS:
        raise Refusal("needs-manager")
    s.contacts_read()
    codes = s.rule_reasons() | s.desk.due("feedback", s.now)
    return [Draft("advised", codes, State.ADVICE, s.need_words())]


def duplicate(s: Situation) -> list[Draft]:
    """The same concern has a check already: the only kind that merges. The other takes over what this one owes."""
    s.nothing_unread()
    return [Draft("duplicate", s.other_check() | {"link": "duplicate"}, State.DUPLICATE, s.need_words())]


def transfer(s: Situation) -> list[Draft]:
    """To another area. Until that area has accepted it, it is ours: every clock runs on."""
    area = s.name("area")
    if not area:
        raise Refusal("missing-code", code="area")
    s.contacts_read()
    s.same_person()
    codes = {"area": area, "from": s.check.state.value} | s.desk.due("acceptance", s.now)
    return [Draft("transferred", codes, State.TRANSFERRED, s.need_words())]


def given_back(s: Situation) -> list[Draft]:
    """The other area does not take it: back to where it stood; what came meanwhile is to be read."""
    back = State(s.check.back_to)
    if back is State.DECISION_PENDING:
        back = State.BUNDLE_READY
    draft = Draft("declined", {"due.acceptance": STOP}, back, s.need_words())
    return [draft, *(forward(s.desk, s.check, state=back) if back in GATHERING else [])]
