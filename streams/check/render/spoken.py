"""Codes of the check's own events that no pack puts in words: states, reasons, whom to tell."""

from __future__ import annotations

from streams.check.refusals import WORDS
from streams.check.render.words import plain

_WHY = {
    "all_in": "every agency has answered",
    "quorum": "the deadline has come, and those who must be heard have answered",
    "deadline": "the deadline has come",
    "manager": "a manager let it go forward, gaps shown",
    "person": "by a decision maker",
    "danger": "somebody may be in danger",
    "disagreement": "somebody disagrees",
    "duplicate": "a duplicate brought something new",
    "late_return": "an agency answered late",
    "new_contact": "somebody referred again",
    "new_evidence": "new evidence",
    "new_picture": "the records tell something new",
    "re_referral": "referred again",
    "no-questions": "its question set asks nothing about such a person",
}
_WHOM = {
    "out_of_hours": "the out-of-hours team",
    "duty_manager": "the duty manager",
    "agency_manager": "the agency's manager",
    "service_manager": "the service manager",
    "team_manager": "the team manager",
    "head_of_service": "the head of service",
    "partnership": "the partnership",
}
_STATES = {
    "contact": "a contact that nobody has screened",
    "screening": "screening",
    "referral": "a referral that is not rated",
    "advice": "answered with advice",
    "routed": "routed, not accepted yet",
    "other_pathway": "on another pathway, not accepted yet",
    "rated": "rated, before the sharing gate",
    "not_agreed": "sharing was not agreed",
    "checks_open": "the agencies are asked",
    "bundle_ready": "the bundle is ready to be read",
    "decision_pending": "read, and not decided",
    "decided": "decided, and nobody told yet",
    "disseminated": "the agencies are told",
    "handed_over": "handed over, not accepted yet",
    "accepted": "accepted",
    "feedback_sent": "the referrer is told",
    "transferred": "passed to another area, not accepted yet",
    "reopened": "opened again, not rated",
    "closed": "closed",
    "dismissed": "set aside",
    "duplicate": "a duplicate",
}


def why(code: str) -> str:
    """Why something came about."""
    return _WHY.get(code, plain(code))


def whom(code: str) -> str:
    """Who is told."""
    return _WHOM.get(code, plain(code))


def refusal(codes: dict[str, str]) -> str:
    """Why a command was not obeyed, and how the check stood."""
    said = WORDS.get(codes["reason"], plain(codes["reason"]))
    state = codes.get("state", "")
    about = f" It stood at: {_STATES.get(state, plain(state))}." if state else ""
    version = f" (version {codes['version']})" if "version" in codes else ""
    return said.rstrip(".") + version + "." + about
