"""What the picture stage says: facts put to persons and taken back, digests for the circle, proposals, snapshots for a check."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from hub.messages.base import Message, Moment, Part
from hub.messages.identity import CoSubject, Edge
from hub.messages.record import Operation, Precision, Role, Terms


class _PicturePart(Part):
    namespace: ClassVar[str] = "mash.picture"


class Entry(_PicturePart):
    """One subject of one record in a picture. Sealed parts stay sealed until an open check is read."""

    source_id: str = Field(description="Source identity.")
    record_id: str = Field(description="Record.")
    ref: str = Field(description="Subject reference in the record.")
    role: Role = Field(description="Role in the record.")
    agency: str = Field(description="Agency.")
    system: str = Field(description="System.")
    operation: Operation = Field(description="upsert, or a tombstone: withdraw | erase | restrict.")
    version: int = Field(description="Record version; higher wins.")
    original_hash: bytes = Field(
        default=b"",
        description="As in SealedRecord: of two contents under one version the higher holds, in whatever order they come.",
    )
    kind: str = Field(description="Event kind.")
    occurred_at: Moment | None = Field(default=None, description="When it happened.")
    occurred_precision: Precision = Field(default=Precision.DAY, description="How exact.")
    recorded_at: Moment | None = Field(default=None, description="When the agency wrote it down.")
    received_at: Moment = Field(description="When the hub read it.")
    incident_key: str = Field(default="", description="Originating incident.")
    prompted_by: str = Field(default="", description="Prompting incident: an echo.")
    history: bool = Field(default=False, description="Back-loaded.")
    identity: bytes = Field(default=b"", description="Sealed Identity.")
    content: bytes = Field(default=b"", description="Sealed SubjectContent.")
    record_content: bytes = Field(default=b"", description="Sealed RecordContent.")
    restricted: str = Field(default="", description="Restricted class.")
    terms: Terms = Field(description="On what terms.")
    others: list[CoSubject] = Field(default_factory=list, description="Other subjects of the record.")
    left_out: int = Field(
        default=0,
        description="Other subjects of this version who were erased since: of two states of one version the higher holds.",
    )


class FactPut(Message):
    """A subject's record, put to its person. Topic persons, key person_id."""

    namespace: ClassVar[str] = "mash.picture"

    partnership: str = Field(description="Whose.")
    person_id: str = Field(description="Person.")
    assignment_seq: int = Field(
        description="Assignment under which it is put; a person keeps the highest per source identity."
    )
    held: int = Field(
        default=1,
        description="Records of this source identity, tombstones and this one included, when it was put: a picture with fewer is not settled.",
    )
    entry: Entry = Field(description="The record's subject.")


class FactRetract(Message):
    """All that a source identity put to a person is taken back up to this assignment. Topic persons, key person_id."""

    namespace: ClassVar[str] = "mash.picture"

    partnership: str = Field(description="Whose.")
    person_id: str = Field(description="The person who loses it.")
    source_id: str = Field(description="Source identity.")
    assignment_seq: int = Field(description="The newer assignment, held elsewhere.")


class Indicator(_PicturePart):
    """An indicator in force."""

    rule_id: str = Field(description="Rule of the pack.")
    level: int = Field(description="1 to 4.")
    category: str = Field(description="Category of the pack.")
    agencies: list[str] = Field(
        description="Agencies behind it, one per originating incident, in the order of `incidents`."
    )
    incidents: list[str] = Field(
        description="Originating incidents (incident key, or record_id where none), at most 50."
    )
    records: list[str] = Field(description="record_ids behind it, newest first, at most 50.")
    first_at: Moment = Field(description="Earliest evidence in the window.")
    last_at: Moment = Field(description="Latest evidence.")
    until: Moment | None = Field(default=None, description="When it leaves force if nothing new comes.")
    through: str = Field(default="", description="Person id through whom it counts ('' for own).")
    path: str = Field(
        default="", description="Why that person's indicator counts here: household | mother | parents_partner ..."
    )
    history: bool = Field(default=False, description="All its evidence is back-loaded.")
    echoes: list[str] = Field(
        default_factory=list,
        description="Those of `incidents` of which only an echo (prompted by another agency's notice) is held here.",
    )


class OwnDigest(Message):
    """What a person's own facts mean for those around. Topic persons, key the neighbour's person_id. Never made of context."""

    namespace: ClassVar[str] = "mash.picture"

    partnership: str = Field(description="Whose.")
    person_id: str = Field(description="The neighbour who hears it.")
    about: str = Field(description="The person it is about.")
    seq: int = Field(description="Increases with each change of `about`'s own layer; 0 withdraws it.")
    indicators: list[Indicator] = Field(description="Own indicators of `about` that count for a circle.")
    birth: str = Field(default="", description="Year of birth only, to tell child from adult; '' if unknown.")


class Watch(Message):
    """An open check wants to hear of its anchor's person, and of what changes. Topic facts, key anchor; passed on to persons."""

    namespace: ClassVar[str] = "mash.picture"

    partnership: str = Field(description="Whose.")
    check_id: str = Field(description="Check.")
    anchor: str = Field(description="Source identity that the check is attached to.")
    person_id: str = Field(default="", description="Filled in by facts.")
    state: str = Field(description="proposed | open | closed: what the picture's rules know of it.")
    assignment_seq: int = Field(default=0, description="Filled in by facts: under which assignment it is passed on.")
    seq: int = Field(description="Increases with each change of the check's state.")


class PictureSummary(Message):
    """A person's picture in figures, without personal data. Topic pictures (compacted), key person_id."""

    namespace: ClassVar[str] = "mash.picture"

    partnership: str = Field(description="Whose.")
    person_id: str = Field(description="Person.")
    settled: bool = Field(description="What it holds is what membership expects.")
    entries: int = Field(description="Live entries.")
    sources: int = Field(description="Source identities.")
    agencies: list[str] = Field(description="Agencies that hold something, sorted.")
    indicators: list[str] = Field(description="Rule ids of own indicators in force, sorted.")
    context: list[str] = Field(description="Rule ids in force through the circle, sorted.")
    level: int = Field(description="Highest level in force; 0 none.")
    circle: int = Field(description="Ties to others.")
    last_seen_at: Moment | None = Field(default=None, description="When a professional last saw the person.")
    as_of: Moment = Field(description="Stage time of the evaluation.")


class Fired(_PicturePart):
    """A rule that fired, and why."""

    rule_id: str = Field(description="Rule.")
    level: int = Field(description="1 to 4.")
    text: str = Field(description="The pack's words for people.")
    basis: str = Field(default="", description="The pack's basis in law or guidance, with its evidence grade.")
    records: list[str] = Field(description="record_ids behind it.")
    otherwise: str = Field(default="", description="What would have to be otherwise for it not to fire.")


class Snapshot(_PicturePart):
    """A whole picture, sealed parts closed, as a check receives it."""

    person_id: str = Field(description="Person at that moment.")
    settled: bool = Field(description="Settled.")
    as_of: Moment = Field(description="Stage time.")
    members: list[str] = Field(description="Source identities, most senior first.")
    entries: list[Entry] = Field(description="Newest first; at most what a message holds (see `omitted`).")
    omitted: int = Field(default=0, description="Entries left out for size: the gap is shown, never hidden.")
    indicators: list[Indicator] = Field(description="Own and through the circle.")
    circle: list[Edge] = Field(description="Ties.")
    circle_members: dict[str, str] = Field(
        default_factory=dict, description="person_id of a tie -> its senior source identity, as far as known."
    )
    last_seen_at: Moment | None = Field(default=None, description="When a professional last saw the person.")
    last_seen_record: str = Field(default="", description="record_id that says so: it holds by whom, and alone or not.")


class Proposal(Message):
    """The machine proposes a check; a named person opens, rates or dismisses it. Topic checks, key anchor."""

    namespace: ClassVar[str] = "mash.picture"

    proposal_id: str = Field(
        description="Hash of rule, anchor and earliest evidence in the episode: new facts update it, never repeat it."
    )
    partnership: str = Field(description="Whose.")
    anchor: str = Field(description="Source identity that the check is attached to: the person's senior member.")
    subject: str = Field(description="child | adult | unborn.")
    level: int = Field(description="3 or 4.")
    brag: str = Field(description="RED | AMBER | GREEN | BLUE.")
    fired: list[Fired] = Field(description="Rules, the opening one first.")
    pack: str = Field(description="Rule pack and version.")
    route: bool = Field(default=False, description="Already open to a worker: route, with acceptance by a clock.")
    episode_from: Moment = Field(description="Earliest evidence.")
    snapshot: Snapshot = Field(description="The picture behind it.")
    at: Moment = Field(description="Stage time.")


class PictureUpdate(Message):
    """The picture of a watched person has changed. Topic checks, key anchor."""

    namespace: ClassVar[str] = "mash.picture"

    partnership: str = Field(description="Whose.")
    check_id: str = Field(description="Which check asked.")
    anchor: str = Field(description="Its anchor.")
    seq: int = Field(description="Increases.")
    snapshot: Snapshot = Field(description="The picture now.")
