"""What the desk itself has to remember: who is designated to a check, who is kept out of it, who broke the glass.

Accounts of staff only, no personal data of families; what people write travels sealed under the anchor's key.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from hub.messages.base import Message, Moment


class DeskEvent(Message):
    """Somebody's access to a check changes, or was tried; or a manager's part is lent. Topic desk, key check_id."""

    namespace: ClassVar[str] = "mash.desk"

    event_id: str = Field(description="Given by the sender; the same id twice has one effect.")
    partnership: str = Field(description="Whose.")
    check_id: str = Field(description="Check; '' where it concerns the desk as a whole.")
    kind: str = Field(
        description="claimed | handed_over | designated | released | walled | wall_lifted | glass_broken | kept_out | declared | told | audit_head | delegated | delegation_revoked."
    )
    actor: str = Field(description="Account of the person who acts.")
    role: str = Field(description="In which role of the desk.")
    account: str = Field(default="", description="Account that it is about: designated, walled, handed over to.")
    codes: dict[str, str] = Field(
        default_factory=dict,
        description="Coded details: no free text. `for`: account of the duty manager in whose stead the actor acts.",
    )
    words: bytes = Field(
        default=b"",
        description="CheckWords (Avro single-object), sealed under the check's anchor, or under `delegation:<event_id>`; empty if none.",
    )
    at: Moment = Field(description="When the person acted.")
