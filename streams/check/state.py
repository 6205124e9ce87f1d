"""What a check is: its states, its requests, its clocks. How it comes to be so stands in `fold`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, Field


class State(StrEnum):
    """Where a check stands (check.md, States)."""

    SCREENING = "screening"
    REFERRAL = "referral"
    ADVICE = "advice"
    ROUTED = "routed"
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
    REOPENED = "reopened"
    CLOSED = "closed"
    DISMISSED = "dismissed"
    DUPLICATE = "duplicate"


ENDED = frozenset({State.CLOSED, State.DISMISSED, State.DUPLICATE})
DECIDED_STATES = frozenset(
    {State.DECIDED, State.DISSEMINATED, State.HANDED_OVER, State.ACCEPTED, State.FEEDBACK_SENT, State.CLOSED}
)
GATHERING = frozenset({State.CHECKS_OPEN, State.BUNDLE_READY, State.DECISION_PENDING})


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
    answer_seq: int = Field(default=0, description="Number of the event that holds the answer's words.")

    @property
    def settled(self) -> bool:
        """Whether the agency has said what it has to say."""
        return self.status in {"answered", "not_known", "refused"}


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
    service: str = ""
    strategy: str = Field(default="", description="'' | wanted | held.")
    ladder: int = Field(default=0, description="Step of a disagreement; 0 none.")
    linked: list[str] = Field(default_factory=list)
    clocks: dict[str, datetime] = Field(default_factory=dict, description="Running clocks -> due.")
    opened_at: datetime | None = None
    decided_at: datetime | None = None
    scripted: bool = Field(default=False, description="A scripted party has acted on it.")

    @property
    def ended(self) -> bool:
        """Whether nothing more is expected of anybody."""
        return self.state in ENDED

    def of_round(self) -> list[Request]:
        """Requests of the round in hand."""
        return [r for r in self.requests.values() if r.round == self.round]
