"""What the identity stage hears and says: commands, whose record it is, who belongs together, what a person has to look at."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from hub.messages.base import Message, Moment, Part
from hub.messages.record import Operation, Precision, Role, Terms


class _IdentityPart(Part):
    namespace: ClassVar[str] = "mash.identity"


class IdentityCommand(Message):
    """A person's decision on a pair of source identities; outranks scoring and survives replays."""

    namespace: ClassVar[str] = "mash.identity"

    command_id: str = Field(description="Given by the sender; the same id twice has one effect.")
    partnership: str = Field(description="Whose.")
    source_a: str = Field(description="Source identity.")
    source_b: str = Field(description="Source identity.")
    decision: str = Field(description="same | different | cannot_tell | withdrawn (takes an earlier decision back).")
    actor: str = Field(description="Account of the person who decides; no personal data of families.")
    reason: str = Field(default="", description="Reason code or text without personal data.")
    at: Moment = Field(description="When decided.")
    expires: Moment | None = Field(default=None, description="When the decision must be looked at again.")


class CoSubject(_IdentityPart):
    """Another person in the same record."""

    source_id: str = Field(description="Source identity.")
    role: Role = Field(description="Role in the record.")
    identity: bytes = Field(
        default=b"",
        description="The co-subject's Identity, sealed under its own source_id: who lives there and who else was named, for a reader of an open check.",
    )


class SubjectFacts(Message):
    """One subject of one record, assigned to a person. Topic facts, key source_id. Sealed parts pass through unopened."""

    namespace: ClassVar[str] = "mash.identity"

    partnership: str = Field(description="Whose.")
    source_id: str = Field(description="Source identity of the subject.")
    person_id: str = Field(description="The person it is assigned to now.")
    assignment_seq: int = Field(
        description="Counts the assignments of this source identity, from 1; the highest holds."
    )
    model_version: str = Field(description="Version of the match model behind the assignment.")
    record_id: str = Field(description="As in SealedRecord.")
    ref: str = Field(description="Subject reference in the record.")
    role: Role = Field(description="Role in the record.")
    agency: str = Field(description="As in SealedRecord.")
    system: str = Field(description="As in SealedRecord.")
    operation: Operation = Field(description="upsert | withdraw | erase | restrict.")
    version: int = Field(description="Record version; higher wins.")
    original_hash: bytes = Field(
        default=b"",
        description="As in SealedRecord: of two contents under one version the higher holds, in whatever order they come.",
    )
    kind: str = Field(description="As in SealedRecord.")
    occurred_at: Moment | None = Field(default=None, description="As in SealedRecord.")
    occurred_precision: Precision = Field(default=Precision.DAY, description="As in SealedRecord.")
    recorded_at: Moment | None = Field(default=None, description="As in SealedRecord.")
    received_at: Moment = Field(description="As in SealedRecord.")
    incident_key: str = Field(default="", description="As in SealedRecord.")
    prompted_by: str = Field(default="", description="As in SealedRecord.")
    history: bool = Field(default=False, description="Back-loaded: updates pictures, opens nothing.")
    identity: bytes = Field(description="Sealed Identity; empty for withdraw and erase.")
    content: bytes = Field(description="Sealed SubjectContent; empty for withdraw and erase.")
    record_content: bytes = Field(default=b"", description="Sealed RecordContent, under record_id.")
    restricted: str = Field(default="", description="Restricted class: existence-hidden.")
    terms: Terms = Field(description="As in SealedRecord.")
    others: list[CoSubject] = Field(default_factory=list, description="The other subjects of the record.")


class Reassigned(Message):
    """A source identity now belongs to another person. Topic facts, key source_id."""

    namespace: ClassVar[str] = "mash.identity"

    partnership: str = Field(description="Whose.")
    source_id: str = Field(description="Source identity.")
    person_id: str = Field(description="The person it is assigned to now.")
    assignment_seq: int = Field(description="As in SubjectFacts.")
    model_version: str = Field(description="As in SubjectFacts.")


class Member(_IdentityPart):
    """A source identity within a person."""

    source_id: str = Field(description="Source identity.")
    assignment_seq: int = Field(description="The assignment with which it came here.")


class Membership(Message):
    """Who a person consists of. Topic persons, key person_id. A picture is settled when it holds just this."""

    namespace: ClassVar[str] = "mash.identity"

    partnership: str = Field(description="Whose.")
    person_id: str = Field(description="Birth id of the most senior member.")
    seq: int = Field(description="Increases with each change of this person.")
    members: list[Member] = Field(description="Empty where the person was merged away.")
    merged_into: str = Field(default="", description="Where the person went, if merged away.")


class Edge(_IdentityPart):
    """A tie from one person to another, resolved at both ends."""

    person_id: str = Field(description="The other person.")
    kind: str = Field(description="relationship | household | peer | place | telephone.")
    relation: str = Field(
        description="What the other person is to this one: mother, sibling, parents_partner, household, peer, named_together, telephone, place ..."
    )
    since: str | None = Field(default=None, description="ISO date, if known.")
    until: str | None = Field(default=None, description="ISO date, if known.")
    evidence: list[str] = Field(default_factory=list, description="record_ids behind the tie, at most ten.")
    shared_by: int = Field(
        default=0,
        description="Of a telephone or place: how many people have it, these two among them; 0 where nothing is shared.",
    )


class Circle(Message):
    """A person's ties, whole: each message replaces the one before. Topic persons, key person_id."""

    namespace: ClassVar[str] = "mash.identity"

    partnership: str = Field(description="Whose.")
    person_id: str = Field(description="Whose circle.")
    seq: int = Field(description="Increases with each change.")
    edges: list[Edge] = Field(description="In canonical order (person_id, kind, relation).")
    crowded: bool = Field(
        default=False, description="More than 12 concurrent residents: household ties are replaced by this marker."
    )


class ReviewItem(Message):
    """A link in between: a person has to look. Topic reviews, key review_id. Holds no names; the desk opens both sides inside its gate."""

    namespace: ClassVar[str] = "mash.identity"

    review_id: str = Field(description="Derived from the pair.")
    partnership: str = Field(description="Whose.")
    source_a: str = Field(description="Source identity.")
    source_b: str = Field(description="Source identity.")
    weight: int = Field(description="Match weight in thousandths of a bit.")
    steps: dict[str, int] = Field(description="Waterfall: comparison level -> thousandths of a bit.")
    model_version: str = Field(description="Which model.")
    state: str = Field(description="open | decided | moot.")
    at: Moment = Field(description="Stage time.")
    proposed: str = Field(default="", description="Decision of a first person, which holds once a second takes it.")
    proposed_by: str = Field(default="", description="Account of that first person.")


class Receipt(Message):
    """What became of records, for their senders. Topic receipts.<agency> (receipts where it has none), key agency and system."""

    namespace: ClassVar[str] = "mash.check"

    partnership: str = Field(description="Whose.")
    agency: str = Field(description="Whose records.")
    system: str = Field(description="Which system.")
    stage: str = Field(
        description="sent (says their sender) | received | matched | in_picture | in_check | proposed | seen | acted_on | duplicate | withdrawn."
    )
    record_ids: list[str] = Field(description="Which records.")
    check_id: str = Field(default="", description="Only for in_check, seen and acted_on.")
    outcome: str = Field(
        default="", description="Only for acted_on: the decision's code, as far as the agency may know it."
    )
    at: Moment = Field(description="When.")
