"""What a subject's record becomes in a picture, and which of two states of it holds. No store, no clock."""

from __future__ import annotations

from operator import attrgetter
from typing import ClassVar

from pydantic import Field

from hub.avro import bytes_from, encode, encode_body, framed
from hub.messages import FactPut, Part, SubjectFacts
from hub.messages.picture import Entry
from hub.messages.record import Operation

_SHARED = tuple(name for name in Entry.model_fields if name in SubjectFacts.model_fields)
"""Fields that a SubjectFacts and an Entry have in common: all of an Entry's but what erasing adds."""
_shared = attrgetter(*_SHARED)


Rank = tuple[int, bool, str]
"""Version, tombstone, content hash in hexadecimal; behind it, if any, how many of its subjects were erased since."""


def rank(entry: Entry | SubjectFacts) -> Rank:
    """The higher rank holds: version, then a tombstone over a live record, then the higher content hash.

    The same order as identity's, so that both keep the same of two contents under one version, and none by chance;
    last, the state in which more of the record's other subjects were erased since.

    A row keeps it beside the entry, so that most comparisons need no decoding; `tie_break` decides between equals.
    """
    content = entry.original_hash.hex()
    if isinstance(entry, Entry) and entry.left_out:
        content += f"+{entry.left_out:03d}"  # above the same content with more of its people, below no other
    return (entry.version, is_tombstone(entry), content)


def tie_break(entry: Entry | SubjectFacts) -> tuple[bytes, bytes]:
    """Of different things that claim one rank the higher bytes hold, so that every order of arrival gives the same."""
    return (entry.content, entry.identity)


def is_tombstone(entry: Entry | SubjectFacts) -> bool:
    """Whether the source has taken the record back (or hides it): kept, so that an older version stays away."""
    return entry.operation is not Operation.UPSERT


def is_visible(entry: Entry) -> bool:
    """Whether the entry counts: live, and not of a restricted class, which must not show even in a count."""
    return entry.operation is Operation.UPSERT and not entry.restricted


class _Begins(Part):
    """What stands in a FactPut before what its entry has in common with a SubjectFacts."""

    namespace: ClassVar[str] = "mash.picture"

    partnership: str = Field(description="As in FactPut.")
    person_id: str = Field(description="As in FactPut.")
    assignment_seq: int = Field(description="As in FactPut.")
    held: int = Field(description="As in FactPut.")
    source_id: str = Field(description="As in Entry.")


_COMMON_FROM = "record_id"
"""From here on the two have the same fields in the same order; an Entry has one more at its end."""
_NOBODY_LEFT_OUT = b"\0"


def put_bytes(facts: SubjectFacts, value: bytes, person_id: str, assignment_seq: int, held: int) -> bytes:
    """A subject's record put to a person, encoded: what both messages have in common passes through as it is.

    Args:
        facts: the record's subject.
        value: the same, encoded.
        person_id: to whom.
        assignment_seq: under which assignment.
        held: records of this source identity.
    """
    common = bytes_from(SubjectFacts, _COMMON_FROM, value)
    where = {"partnership": facts.partnership, "person_id": person_id, "assignment_seq": assignment_seq, "held": held}
    if common is None:
        return encode(FactPut.of_valid(where | {"entry": entry_of(facts)}))
    begins = _Begins.of_valid(where | {"source_id": facts.source_id})
    return framed(FactPut, encode_body(begins) + common + _NOBODY_LEFT_OUT)


def entry_of(facts: SubjectFacts) -> Entry:
    """What a subject's record becomes in a picture."""
    return Entry.of_valid({**dict(zip(_SHARED, _shared(facts), strict=True)), "left_out": 0})
