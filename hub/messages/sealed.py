"""What goes on the records topic: the canonical record with every personal field encrypted by source identity.

Also the clear contents that are sealed inside it, the dead letter and the tick. How sealing works is in `hub.sealing`.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from hub.messages.base import Message, Moment, Part
from hub.messages.record import Fact, Operation, Precision, Relationship, Role, Terms, Unmapped, Whence


class _RecordPart(Part):
    namespace: ClassVar[str] = "mash.record"


class SubjectContent(Message):
    """What is sealed per subject beside the `Identity`: what the record says about the person."""

    namespace: ClassVar[str] = "mash.record"

    local_person_id: str = Field(default="", description="The source system's id of the person.")
    facts: list[Fact] = Field(default_factory=list, description="As in AgencyRecord.")
    narrative: str = Field(default="", description="As in AgencyRecord.")


class RecordContent(Message):
    """What is sealed per record, under the record's own key."""

    namespace: ClassVar[str] = "mash.record"

    local_id: str = Field(description="The source system's id of the record.")
    incident: str = Field(default="", description="Reference of the originating incident, as written.")
    narrative: str = Field(default="", description="Softer information on the whole record.")
    unmapped: list[Unmapped] = Field(default_factory=list, description="Native fields without a map.")


class SealedSubject(_RecordPart):
    """One person in a sealed record."""

    ref: str = Field(description="As in AgencyRecord.")
    role: Role = Field(description="As in AgencyRecord.")
    source_id: str = Field(
        description="Keyed hash of agency, system and local person id: the source identity, and the name of its key."
    )
    identity_hash: bytes = Field(
        description="Keyed hash of the identity's canonical Avro bytes: a known, unchanged identity passes without being opened."
    )
    identity: bytes = Field(description="Identity (Avro single-object), sealed under source_id.")
    content: bytes = Field(description="SubjectContent (Avro single-object), sealed under source_id.")
    restricted: str = Field(default="", description="As in AgencyRecord.")


class SealedSameAs(_RecordPart):
    """An agency merge between two source identities."""

    source_id: str = Field(description="The one that goes on.")
    merged_source_id: str = Field(description="The one merged into it.")
    undone: bool = Field(default=False, description="True where the source takes it back.")


class SealedRecord(Message):
    """AgencyRecord as it travels: keyed by record_id, placed by region (partnership)."""

    namespace: ClassVar[str] = "mash.record"

    partnership: str = Field(description="As in AgencyRecord.")
    record_id: str = Field(description="Keyed hash of partnership, agency, system and local record id.")
    agency: str = Field(description="As in AgencyRecord.")
    system: str = Field(description="As in AgencyRecord.")
    operation: Operation = Field(default=Operation.UPSERT, description="As in AgencyRecord.")
    version: int = Field(default=0, description="As in AgencyRecord.")
    original_hash: bytes = Field(
        description="Keyed hash of the record's content without reading times and position: the same content read again has no new effect."
    )
    kind: str = Field(description="As in AgencyRecord.")
    occurred_at: Moment | None = Field(default=None, description="As in AgencyRecord.")
    occurred_precision: Precision = Field(default=Precision.DAY, description="As in AgencyRecord.")
    recorded_at: Moment | None = Field(default=None, description="As in AgencyRecord.")
    received_at: Moment = Field(description="As in AgencyRecord.")
    incident_key: str = Field(default="", description="Keyed hash of the incident reference; '' if none.")
    prompted_by: str = Field(default="", description="Keyed hash of the prompting incident reference; '' if none.")
    third_party: bool = Field(default=False, description="As in AgencyRecord.")
    subjects: list[SealedSubject] = Field(default_factory=list, description="Persons.")
    relationships: list[Relationship] = Field(default_factory=list, description="As in AgencyRecord, by ref.")
    merges: list[SealedSameAs] = Field(default_factory=list, description="Agency merges.")
    content: bytes = Field(description="RecordContent (Avro single-object), sealed under record_id.")
    reporter: bytes = Field(
        default=b"", description="Reporter (Avro single-object), sealed under 'reporter:' + record_id; empty if none."
    )
    terms: Terms = Field(default_factory=Terms, description="As in AgencyRecord.")
    whence: Whence = Field(description="As in AgencyRecord.")


class Tick(Message):
    """Time, as a message: one to each input partition of each stage, about once a second."""

    namespace: ClassVar[str] = "mash.control"

    at: Moment = Field(description="The ticker's time, UTC. A stage's now is the latest tick in its partition.")


class DeadLetter(Message):
    """What could not be processed, with its original bytes and the reason."""

    namespace: ClassVar[str] = "mash.control"

    letter_id: str = Field(
        description="Derived from stage, source and position, so that a retry makes no second letter."
    )
    partnership: str = Field(default="", description="Where known.")
    stage: str = Field(description="Connector or stage that set it aside.")
    reason: str = Field(
        description="Short stable code: bad-avro, unknown-schema, empty-file, too-large, handler-error ..."
    )
    detail: str = Field(default="", description="What happened, where and what to do next; no personal data.")
    source: str = Field(description="Topic-partition, or connector and keyed hash of the file's name.")
    position: str = Field(description="Offset, line or byte.")
    at: Moment = Field(description="When it was set aside.")
    original: bytes = Field(
        description="The original bytes, cut where a message would not hold them, sealed under key_id."
    )
    key_id: str = Field(description="Name of the key in the key store; dead letters expire with it.")
    original_size: int = Field(description="Bytes of the original, before sealing and cutting.")
    original_hash: bytes = Field(default=b"", description="Keyed hash of the whole original.")
    before: bytes = Field(
        default=b"",
        description="What a replay puts before the original (a CSV's header, an XML's root and header), sealed under key_id; empty if nothing.",
    )
    after: bytes = Field(default=b"", description="What a replay puts after the original, sealed under key_id.")
