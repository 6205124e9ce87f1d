"""What a check is: its states, its requests, its clocks. How it comes to be so stands in `fold`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field


class State(StrEnum):
    """Where a check stands (check.md, States). What goes on beside it is no state: see `Check` and ADR 0019."""

    CONTACT = "contact"
    SCREENING = "screening"
    REFERRAL = "referral"
    ADVICE = "advice"
    ROUTED = "routed"
    OTHER_PATHWAY = "other_pathway"
    RATED = "rated"
    NOT_AGREED = "not_agreed"
    CHECKS_OPEN = "checks_open"
    BUNDLE_READY = "bundle_ready"
    DECISION_PENDING = "decision_pending"
    DECIDED = "decided"
    DISSEMINATED = "disseminated"
    HANDED_OVER = "handed_over"
    ACCEPTED = "accepted"
    FEEDBACK_SENT = "feedback_sent"
    TRANSFERRED = "transferred"
    REOPENED = "reopened"
    CLOSED = "closed"
    DISMISSED = "dismissed"
    DUPLICATE = "duplicate"


ENDED = frozenset({State.CLOSED, State.DISMISSED, State.DUPLICATE})
BEFORE_OPENING = frozenset({State.CONTACT, State.SCREENING})
DECIDED_STATES = frozenset(
    {State.DECIDED, State.DISSEMINATED, State.HANDED_OVER, State.ACCEPTED, State.FEEDBACK_SENT, State.CLOSED}
)
GATHERING = frozenset({State.CHECKS_OPEN, State.BUNDLE_READY, State.DECISION_PENDING})
AWAITS_ACCEPTANCE = frozenset({State.ROUTED, State.OTHER_PATHWAY, State.HANDED_OVER, State.TRANSFERRED})
CLOCK_OF: dict[State, str] = {
    State.CONTACT: "response",
    State.SCREENING: "response",
    State.REFERRAL: "response",
    State.REOPENED: "response",
    State.ADVICE: "feedback",
    State.RATED: "complete",
    State.NOT_AGREED: "review",
    State.CHECKS_OPEN: "complete",
    State.BUNDLE_READY: "complete",
    State.DECISION_PENDING: "complete",
    State.DECIDED: "feedback",
    State.DISSEMINATED: "feedback",
    State.ACCEPTED: "feedback",
    State.FEEDBACK_SENT: "closing",
} | dict.fromkeys(AWAITS_ACCEPTANCE, "acceptance")
"""The clock that runs in each state that has not ended: a check can lie nowhere and be forgotten."""
OUTLASTING = ("conference", "assessment", "protection", "action")
"""Clocks that run on after a check has ended: what was agreed is still to be done."""


class Request(BaseModel):
    """What one agency was asked, and how that stands."""

    request_id: str
    agency: str
    round: int
    status: str = Field(description="sent | acknowledged | overdue | escalated | answered | not_known | refused.")
    sent_at: datetime
    due_at: datetime
    question_set: str
    questions: list[str]
    agreement: str
    answered_at: datetime | None = None
    actor: str = ""
    reason: str = ""
    release: str = ""
    late: bool = False
    by: str = Field(default="desk", description="desk | out_of_hours_telephone.")
    delivered_at: datetime | None = None
    drafted: bool = False
    minutes: int = Field(default=0, description="What finding the answer took the agency, as it says.")
    passed_to: str = Field(default="", description="To whom the agency's officer passed it on, in a code: school.")
    via: str = Field(default="", description="Who answered in the agency's stead: school; '' itself.")
    answer_seq: int = Field(default=0, description="Number of the event that holds the answer's words.")

    @property
    def settled(self) -> bool:
        """Whether the agency has said what it has to say."""
        return self.status in {"answered", "not_known", "refused"}


class Held(BaseModel):
    """A contact that came to the check. Who referred is not here: it stays sealed in its event."""

    contact_id: str
    seq: int = Field(description="Number of its event, which holds the words, the reporter and the identity.")
    channel: str
    agency: str = ""
    system: str = ""
    record_id: str = ""
    relation: str = ""
    danger: str = "unknown"
    anonymous: bool = False
    at: datetime
    read: bool = False
    released: bool = Field(default=False, description="A manager let the bundle name the reporter.")


class Task(BaseModel):
    """An agreed action."""

    owner: str
    due: datetime
    seq: int = Field(description="Number of the event that holds its words.")
    part: str = Field(default="", description="Which sealed part of that event; '' its words.")
    done_at: datetime | None = None


class Check(BaseModel):
    """The fold."""

    fold: int = Field(default=0, description="Which kind of fold made this row (`fold.FOLD`).")
    check_id: str
    partnership: str = ""
    anchor: str = ""
    seq: int = 0
    state: State = State.SCREENING
    subject: str = "child"
    level: int = 0
    brag: str = ""
    route: bool = False
    rules: dict[str, int] = Field(default_factory=dict, description="Rules that fired -> level.")
    categories: list[str] = Field(default_factory=list, description="Categories of the concern, as slugs.")
    rating: str = ""
    round: int = 0
    gate: dict[str, str] = Field(default_factory=dict)
    gate_seq: int = Field(default=0, description="Number of the event by which the gate was passed last.")
    requests: dict[str, Request] = Field(default_factory=dict)
    blocked: dict[str, str] = Field(default_factory=dict, description="Agency -> why it could not be asked.")
    past_deadline: bool = False
    bundle: int = Field(default=0, description="Latest version.")
    read: dict[str, int] = Field(default_factory=dict, description="Account -> latest version that it read.")
    unread: dict[str, int] = Field(default_factory=dict, description="Return -> version it came in; 0 not yet in one.")
    late: list[str] = Field(default_factory=list, description="Returns after the decision, not yet accepted.")
    person_id: str = ""
    members: list[str] = Field(default_factory=list)
    identity_pending: bool = Field(default=False, description="The person changed, and nobody has accepted it yet.")
    picture_as_of: datetime | None = None
    decision: str = ""
    decided_by: str = ""
    decided_for: str = Field(default="", description="Account of the duty manager in whose stead; '' nobody.")
    service: str = ""
    strategy: str = Field(default="", description="'' | wanted | held.")
    ladder: int = Field(default=0, description="Step of a disagreement; 0 none.")
    linked: list[str] = Field(default_factory=list)
    clocks: dict[str, datetime] = Field(default_factory=dict, description="Running clocks -> due.")
    opened_at: datetime | None = None
    decided_at: datetime | None = None
    scripted: bool = Field(default=False, description="A scripted party has acted on it.")
    contacts: dict[str, Held] = Field(default_factory=dict)
    concern: list[str] = Field(default_factory=list, description="Categories that a person named, as slugs.")
    danger: str = Field(default="", description="Immediate danger: '' | said | a code of how it was answered.")
    protection_until: datetime | None = Field(default=None, description="End of police protection, while it lasts.")
    last_seen_at: datetime | None = Field(default=None, description="As far as people told the check.")
    seen_within: int = Field(default=0, description="Days that a plan allows between visits; 0 the pack's.")
    worker: str = Field(default="", description="Who accepted it: worker, team or service.")
    back_to: str = Field(default="", description="State to go back to where a transfer is declined.")
    area: str = Field(default="", description="Area that it was passed to.")
    took_part: list[str] = Field(default_factory=list, description="Agencies of the joint decision.")
    dissent: list[str] = Field(default_factory=list, description="Those of them who did not agree.")
    tasks: dict[str, Task] = Field(default_factory=dict, description="Agreed actions by number.")
    feedback: str = Field(default="", description="'' | sent | delivered | nobody_to_tell.")
    threshold: str = Field(default="", description="The threshold that the referrer was told.")
    feedback_at: datetime | None = None
    feedback_due: datetime | None = None
    answered: str = Field(default="", description="Kind of event that answered it: decided, advised, routed ...")
    first_decided_at: datetime | None = None
    reasons: dict[str, str] = Field(default_factory=dict, description="Rule -> why it was set aside at the end.")
    merged: list[str] = Field(default_factory=list, description="Duplicates that were merged into it.")
    links: dict[str, str] = Field(default_factory=dict, description="Linked check -> kind of link.")
    others: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="Linked check -> what it told of itself."
    )
    began_at: datetime | None = Field(default=None, description="First event.")
    ended_at: datetime | None = None
    reopened: int = Field(default=0, description="How often.")
    referred_again: list[datetime] = Field(default_factory=list, description="Contacts that opened it again.")
    previously_ended: list[datetime] = Field(default_factory=list, description="Ends before it was opened again.")
    audit: str = Field(default="", description="Grade of the quality audit.")
    told: dict[str, int] = Field(default_factory=dict, description="Agency -> event by which it got a summary.")

    @property
    def ended(self) -> bool:
        """Whether nothing more is expected of anybody."""
        return self.state in ENDED

    def of_round(self) -> list[Request]:
        """Requests of the round in hand."""
        return [r for r in self.requests.values() if r.round == self.round]
