"""Which of two states of the same record subject holds. Pure comparison: no store, no clock."""

from __future__ import annotations

from datetime import datetime

from hub.messages import SubjectFacts
from hub.messages.picture import Entry
from hub.messages.record import Operation

_SHARED = (
    "source_id", "record_id", "ref", "role", "agency", "system", "operation", "version", "kind", "occurred_at",
    "occurred_precision", "recorded_at", "received_at", "incident_key", "prompted_by", "history", "identity",
    "content", "record_content", "restricted", "terms", "others",
)  # fmt: skip
"""Fields that a SubjectFacts and an Entry have in common."""


def rank(entry: Entry) -> tuple[int, bool, datetime, bytes, bytes]:
    """The higher rank holds: version, then a tombstone over a live record, then the later reading, then the bytes.

    The last two only decide between different things that claim one version, so that every order of arrival gives the
    same winner.
    """
    return (entry.version, is_tombstone(entry), entry.received_at, entry.content, entry.identity)


def is_tombstone(entry: Entry) -> bool:
    """Whether the source has taken the record back (or hides it): kept, so that an older version stays away."""
    return entry.operation is not Operation.UPSERT


def is_visible(entry: Entry) -> bool:
    """Whether the entry counts: live, and not of a restricted class, which must not show even in a count."""
    return entry.operation is Operation.UPSERT and not entry.restricted


def entry_of(facts: SubjectFacts) -> Entry:
    """What a subject's record becomes in a picture."""
    return Entry.model_construct(**{name: getattr(facts, name) for name in _SHARED})
