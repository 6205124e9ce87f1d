"""Every message of the hub, as pydantic models: the one source of the Avro contract in `schemas/`.

Only data lives here: no serialisation, no Kafka, no encryption, no rule. `MESSAGES` is what may stand on a topic or be sealed inside it.
"""

from hub.messages.base import Message, Moment, Part
from hub.messages.check import AgencyRequest, AgencyReturn, Bundle, CheckCommand, CheckEvent, CheckWords
from hub.messages.erasure import CoSubjectErased, EraseCommand, Erasure, SubjectErased
from hub.messages.identity import (
    Circle,
    IdentityCommand,
    Membership,
    Reassigned,
    Receipt,
    ReviewItem,
    SubjectFacts,
)
from hub.messages.picture import (
    FactPut,
    FactRetract,
    OwnDigest,
    PictureSummary,
    PictureUpdate,
    Proposal,
    Watch,
)
from hub.messages.record import AgencyRecord, Identity, Reporter
from hub.messages.sealed import DeadLetter, RecordContent, SealedRecord, SubjectContent, Tick

MESSAGES: tuple[type[Part], ...] = (
    AgencyRecord,
    Identity,
    Reporter,
    SubjectContent,
    RecordContent,
    SealedRecord,
    Tick,
    DeadLetter,
    IdentityCommand,
    SubjectFacts,
    Reassigned,
    Membership,
    Circle,
    ReviewItem,
    Receipt,
    FactPut,
    FactRetract,
    OwnDigest,
    Watch,
    PictureSummary,
    Proposal,
    PictureUpdate,
    CheckCommand,
    CheckWords,
    AgencyRequest,
    AgencyReturn,
    CheckEvent,
    Bundle,
    EraseCommand,
    SubjectErased,
    CoSubjectErased,
    Erasure,
)

__all__ = [
    "MESSAGES",
    "AgencyRecord",
    "AgencyRequest",
    "AgencyReturn",
    "Bundle",
    "CheckCommand",
    "CheckEvent",
    "CheckWords",
    "Circle",
    "CoSubjectErased",
    "DeadLetter",
    "EraseCommand",
    "Erasure",
    "FactPut",
    "FactRetract",
    "Identity",
    "IdentityCommand",
    "Membership",
    "Message",
    "Moment",
    "OwnDigest",
    "Part",
    "PictureSummary",
    "PictureUpdate",
    "Proposal",
    "Reassigned",
    "Receipt",
    "RecordContent",
    "Reporter",
    "ReviewItem",
    "SealedRecord",
    "SubjectContent",
    "SubjectErased",
    "SubjectFacts",
    "Tick",
    "Watch",
]
