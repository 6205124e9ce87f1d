"""The topic catalogue: what each topic is called, holds, keeps, and who writes and reads it. No client may live here.

Names on the broker are `<prefix>.<name>.v<generation>`. Partition counts never change within a generation.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.messages import (
    AgencyRequest,
    AgencyReturn,
    Bundle,
    CheckCommand,
    CheckEvent,
    Circle,
    Contact,
    CoSubjectErased,
    DeadLetter,
    DeskEvent,
    EraseCommand,
    Erasure,
    FactPut,
    FactRetract,
    IdentityCommand,
    Known,
    LookUp,
    Membership,
    OwnDigest,
    Part,
    PictureSummary,
    PictureUpdate,
    Proposal,
    Reassigned,
    Receipt,
    ReviewItem,
    SealedRecord,
    SubjectErased,
    SubjectFacts,
    Summary,
    Tick,
    Watch,
)

DAY_MS = 24 * 60 * 60 * 1000
FOREVER = -1
COMPACTION_LAG_MS = DAY_MS
"""`max.compaction.lag.ms`: what is erased leaves the disk within about a day of its tombstone."""
TOMBSTONE_MS = 14 * DAY_MS
"""`delete.retention.ms`: a local store older than half of it may have missed a tombstone and is wiped."""
LARGEST_MESSAGE = 1_048_576
"""1 MB, the broker's default `message.max.bytes`, said here so that every part agrees."""

GENERATION = 1


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic.

    Attributes:
        name: short name.
        what: one sentence for people.
        messages: types that may stand on it; empty for journals (raw rows).
        key: what the Kafka key is.
        writers: who writes.
        readers: who reads.
        compacted: whether only the latest value of a key is kept.
        retention_ms: how long, where not compacted; FOREVER is whole.
        like: name of the topic whose partition count this one shares (a journal and its stage's input).
        single: True for topics of one partition.
    """

    name: str
    what: str
    messages: tuple[type[Part], ...]
    key: str
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    compacted: bool = False
    retention_ms: int = FOREVER
    like: str = ""
    single: bool = False
    generation: int = field(default=GENERATION)

    def full_name(self, prefix: str) -> str:
        """Name on the broker."""
        return f"{prefix}.{self.name}.v{self.generation}"

    def partitions(self, default: int) -> int:
        """Number of partitions, where a hub's default is `default`."""
        return 1 if self.single else default

    def configs(self) -> dict[str, str]:
        """Topic configuration on the broker."""
        base = {"max.message.bytes": str(LARGEST_MESSAGE), "message.timestamp.type": "CreateTime"}
        if self.compacted:
            return base | {
                "cleanup.policy": "compact",
                "max.compaction.lag.ms": str(COMPACTION_LAG_MS),
                "delete.retention.ms": str(TOMBSTONE_MS),
            }
        return base | {"cleanup.policy": "delete", "retention.ms": str(self.retention_ms)}


def _journal(stage: str, like: str) -> Topic:
    return Topic(
        name=f"{stage}-journal",
        what=f"The {stage} stage's state, row by row, with the applied input offset.",
        messages=(),
        key="row",
        writers=(stage,),
        readers=(stage,),
        compacted=True,
        like=like,
    )


RECEIVING = (
    "police",
    "health",
    "education",
    "social_care",
    "early_help",
    "probation",
    "housing",
    "youth",
    "fire",
    "adult_social_care",
)
"""Agencies with a topic of their own for receipts: a broker's access list can let each read its own and no other's."""


def _receipts(name: str, whose: str) -> Topic:
    return Topic(
        name,
        f"What became of {whose}, for their senders; and which they say they sent.",
        (Receipt,),
        "agency and system",
        ("connectors", "identity", "person", "check"),
        ("desk", "sinks"),
        retention_ms=90 * DAY_MS,
        single=name != "receipts",
    )


CATALOGUE: tuple[Topic, ...] = (
    Topic(
        "records",
        "Agencies' records, whole and sealed; also people's decisions on identity, and erasures.",
        (SealedRecord, IdentityCommand, EraseCommand, Erasure, Tick),
        "record_id; placed by partnership",
        ("connectors", "desk", "eraser", "clock"),
        ("identity",),
    ),
    _journal("identity", "records"),
    Topic(
        "facts",
        "Subjects of records, each assigned to a person.",
        (SubjectFacts, Reassigned, Watch, SubjectErased, CoSubjectErased, Tick),
        "source_id",
        ("identity", "check", "clock"),
        ("facts",),
        retention_ms=30 * DAY_MS,
    ),
    _journal("facts", "facts"),
    Topic(
        "persons",
        "What a person's picture is made of.",
        (FactPut, FactRetract, Membership, Circle, OwnDigest, Watch, Tick),
        "person_id",
        ("facts", "identity", "person", "clock"),
        ("person",),
        retention_ms=30 * DAY_MS,
    ),
    _journal("person", "persons"),
    Topic(
        "pictures",
        "Each person's picture in figures, without personal data.",
        (PictureSummary,),
        "person_id",
        ("person",),
        ("desk",),
        compacted=True,
    ),
    Topic(
        "checks",
        "Contacts, proposals, pictures, commands and returns of checks; look-ups.",
        (Proposal, PictureUpdate, Contact, CheckCommand, AgencyReturn, LookUp, Known, Tick),
        "anchor; of look-ups the keyed hash of the details",
        ("person", "desk", "sources", "check", "clock"),
        ("check",),
    ),
    _journal("check", "checks"),
    Topic("check-events", "What happened in every check.", (CheckEvent,), "anchor", ("check",), ("desk",)),
    Topic(
        "requests",
        "What is asked of agencies.",
        (AgencyRequest,),
        "request_id",
        ("check",),
        ("desk", "sinks"),
    ),
    Topic(
        "summaries",
        "What each recipient is told of a decision, made for it alone.",
        (Summary,),
        "summary_id",
        ("check",),
        ("desk", "sinks"),
    ),
    Topic("bundles", "Case bundles, every version.", (Bundle,), "check_id", ("check",), ("desk",)),
    Topic(
        "desk",
        "Who may see which check at the desk: claims, designations, walls, broken glass.",
        (DeskEvent,),
        "check_id",
        ("desk",),
        ("desk",),
        single=True,
    ),
    Topic(
        "reviews",
        "Links that a person has to look at.",
        (ReviewItem,),
        "review_id",
        ("identity",),
        ("desk",),
        compacted=True,
    ),
    _receipts("receipts", "records of the public and of agencies without a topic of their own"),
    *(_receipts(f"receipts.{agency}", f"records of {agency.replace('_', ' ')}") for agency in RECEIVING),
    Topic(
        "erasures",
        "Keys to destroy, and which are gone: the list that a restored key store is held against.",
        (Erasure,),
        "erasure_id and part",
        ("identity", "facts", "eraser"),
        ("eraser", "desk"),
        compacted=True,
        single=True,
    ),
    Topic(
        "dead-letters",
        "What could not be processed, sealed, with its reason.",
        (DeadLetter,),
        "letter_id",
        ("connectors", "identity", "facts", "person", "check"),
        ("desk",),
        retention_ms=90 * DAY_MS,
        single=True,
    ),
)
# Clean-up by time on facts and persons is safe: their stages' journals hold what came of them.


RECEIPTS = ("receipts", *(f"receipts.{agency}" for agency in RECEIVING))
"""Every topic that receipts stand on."""


def topic_for(name: str, key: str) -> str:
    """The short name of the topic that an output goes to: a receipt to its agency's own, all else where it says.

    Args:
        name: as a stage names it.
        key: of the message; of a receipt agency and system, with a slash between.
    """
    own = f"{name}.{key.partition('/')[0]}"
    return own if name == "receipts" and own in _BY_NAME else name


def topic(name: str) -> Topic:
    """A topic by its short name.

    Raises:
        KeyError: there is none.
    """
    return _BY_NAME[name]


_BY_NAME = {t.name: t for t in CATALOGUE}
