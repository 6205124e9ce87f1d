"""What an erasure says on its way: asked for, applied by each stage, its keys to be destroyed, done. No personal data."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from hub.messages.base import Message, Moment, Part

PERSON_ERASURE = "erasure.person"
"""Kind of an agency's `erase` record that asks for all that its system said of the subjects it names."""


class ErasureState(StrEnum):
    """How far an erasure is."""

    ASKED = "asked"
    DONE = "done"


class DestroyedKey(Part):
    """A key that is gone."""

    namespace: ClassVar[str] = "mash.erasure"

    name: str = Field(description="Its name in the key store.")
    print: str = Field(
        description="Keyed hash by which the same key is known again in a restored backup; says nothing of what it opens."
    )


READ_AGAIN = "read-again"
"""Reason of an erasure of what was erased before and came again: of its new keys alone."""
OPEN_CHECK = "open_check"
"""Why a person's own key is held back."""


class EraseCommand(Message):
    """A person's command to erase a source identity. Topic records, placed by partnership."""

    namespace: ClassVar[str] = "mash.erasure"

    erasure_id: str = Field(description="Given by the sender; the same id twice has one effect.")
    partnership: str = Field(description="Whose.")
    source_id: str = Field(description="Source identity.")
    actor: str = Field(description="Account of the person who answers for it.")
    reason: str = Field(description="Reason code, without personal data.")
    at: Moment = Field(description="When it was asked for.")


class SubjectErased(Message):
    """A source identity is erased: identity holds nothing of it any more. Topic facts, key source_id."""

    namespace: ClassVar[str] = "mash.erasure"

    erasure_id: str = Field(description="Of the command, or derived from the erase record.")
    partnership: str = Field(description="Whose.")
    source_id: str = Field(description="Source identity.")
    actor: str = Field(description="As in EraseCommand; 'source' where the agency's own record asks for it.")
    reason: str = Field(description="Reason code.")
    at: Moment = Field(description="When it was asked for.")


class CoSubjectErased(Message):
    """Another person of the same record was erased: what is this one's stays. Topic facts, key source_id."""

    namespace: ClassVar[str] = "mash.erasure"

    partnership: str = Field(description="Whose.")
    source_id: str = Field(description="Source identity whose entry loses the other.")
    record_id: str = Field(description="The record that named both.")
    erased: str = Field(description="Source identity of the erased person.")


class Erasure(Message):
    """Keys to destroy, and then that they are gone. Topic erasures (compacted), key erasure_id and part; done also on records."""

    namespace: ClassVar[str] = "mash.erasure"

    erasure_id: str = Field(description="As in SubjectErased.")
    part: int = Field(default=0, description="From 0, where one message would not hold all keys.")
    partnership: str = Field(description="Whose.")
    source_id: str = Field(default="", description="Source identity; '' where only a record was erased.")
    state: ErasureState = Field(description="asked | done.")
    keys: list[str] = Field(description="Names of the keys.")
    destroyed: list[DestroyedKey] = Field(
        default_factory=list,
        description="Those that there were, once done: the list that a restored key store is held against.",
    )
    held: str = Field(
        default="",
        description="open_check: the person's own key is not among the keys, because it also seals the words of a check that is not closed; it goes when the check closes.",
    )
    actor: str = Field(default="", description="As in SubjectErased.")
    reason: str = Field(default="", description="Reason code.")
    at: Moment = Field(description="When it was asked for.")
    done_at: Moment | None = Field(default=None, description="When the keys were gone.")
