"""What comes to the front door and what may be asked there: contacts, and whether a person is known. No rule lives here.

A contact is not yet a referral. Who referred is sealed in a block of its own and is never a subject.
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from hub.messages.base import Message, Moment, Part


class Attachment(Part):
    """A file that came with a contact; its bytes stand in the desk's sealed store."""

    namespace: ClassVar[str] = "mash.check"

    name: str = Field(description="File name, as sent.")
    media_type: str = Field(description="Media type, as found in the bytes.")
    size: int = Field(description="Bytes.")
    digest: str = Field(description="SHA-256 of the bytes, hexadecimal: also their name in the store.")


class ContactWords(Message):
    """What a referrer says: sealed under the anchor's key. Only the worry must be there; the rest can be asked for."""

    namespace: ClassVar[str] = "mash.check"

    worry: str = Field(description="What the referrer is worried about.")
    seen: str = Field(default="", description="Evidence: what was seen or heard, by whom, when.")
    opinion: str = Field(default="", description="What the referrer makes of it; kept apart from the evidence.")
    own_words: str = Field(default="", description="The child's or adult's own words.")
    wishes: str = Field(default="", description="What the child or adult wants to happen.")
    last_seen: str = Field(default="", description="Last seen: when, by whom, alone or not.")
    tried: str = Field(default="", description="What has been tried.")
    family: str = Field(default="", description="What the family was told and said, or why it was not told.")
    safe_contact: str = Field(default="", description="How to make contact safely.")
    not_to_be_told: str = Field(default="", description="What must not be said to whom.")
    communication: str = Field(default="", description="Interpreter, sign language, easy read ...")
    household: str = Field(default="", description="Each child and adult of the household, as far as known.")
    attachments: list[Attachment] = Field(default_factory=list, description="Files that came with it.")


class Contact(Message):
    """Somebody is worried about a person. Topic checks, key anchor. The record of it goes to `records` beside."""

    namespace: ClassVar[str] = "mash.check"

    contact_id: str = Field(description="Given by the sender; the same id twice has one effect.")
    partnership: str = Field(description="Whose.")
    anchor: str = Field(description="Source identity of the person in the contact's record.")
    record_id: str = Field(description="The contact's record on `records`: its receipt, its reporter's key.")
    subject: str = Field(description="child | adult | unborn.")
    channel: str = Field(description="professional_form | public_form | telephone | document | system | manual.")
    danger: str = Field(default="unknown", description="Immediate danger: yes | no | unknown.")
    agency: str = Field(default="", description="Referrer's agency; '' for the public.")
    system: str = Field(default="front_door", description="System of the record, where its receipts go.")
    relation: str = Field(default="", description="Code of what the referrer is: packs/decisions.yaml, referrers.")
    anonymous: bool = Field(default=False, description="True where they asked not to be named.")
    actor: str = Field(default="", description="Account of who wrote it down; '' where the public did.")
    role: str = Field(default="", description="In which role; `scripted` in a demonstration.")
    earlier: str = Field(default="", description="check_id on which it comes, where the front door knows; else ''.")
    linked: list[str] = Field(default_factory=list, description="check_ids of the siblings' contacts of the same call.")
    categories: list[str] = Field(default_factory=list, description="The concern, in the categories of the rules.")
    incident_at: Moment | None = Field(default=None, description="When a domestic incident happened, if it was one.")
    last_seen_at: Moment | None = Field(default=None, description="When a professional last saw the person, if known.")
    words: bytes = Field(description="ContactWords, sealed under the anchor.")
    identity: bytes = Field(default=b"", description="Identity as the referrer gives it, sealed under the anchor.")
    mother: bytes = Field(
        default=b"", description="Of an unborn child: the mother's Identity, sealed under the child's anchor."
    )
    reporter: bytes = Field(default=b"", description="Reporter, sealed under the key reporter:<record_id>.")
    at: Moment = Field(description="When it was received.")


class LookUp(Message):
    """A professional asks whether a person is known. Topic checks, key `key`. The answer is a CheckEvent `looked_up`."""

    namespace: ClassVar[str] = "mash.check"

    look_up_id: str = Field(description="Given by the sender; the same id twice has one effect.")
    partnership: str = Field(description="Whose.")
    key: str = Field(description="Keyed hash of exact details: full name and birth date, or a number and birth date.")
    actor: str = Field(description="Account of the person who asks.")
    role: str = Field(description="In which role.")
    agency: str = Field(default="", description="The person's agency.")
    reason: str = Field(description="Code: packs/decisions.yaml, look_up_reasons.")
    at: Moment = Field(description="When.")


class Known(Message):
    """A check answers to these details. Topic checks, key `key`. Written by the check stage for its own look-ups."""

    namespace: ClassVar[str] = "mash.check"

    key: str = Field(description="As in LookUp.")
    partnership: str = Field(description="Whose.")
    check_id: str = Field(description="Check.")
    seq: int = Field(description="The check's event behind it: an older word changes nothing.")
    state: str = Field(description="open | closed | gone: gone where the details are no longer the person's.")
    area: str = Field(default="", description="Responsible area, as far as known.")
    worker: str = Field(default="", description="Allocated worker or team, as far as known.")
    anchor: str = Field(default="", description="The check's anchor.")
    began_at: Moment | None = Field(default=None, description="First event of the check.")
    rating: str = Field(default="", description="red | amber | green; '' not rated.")
    outcome: str = Field(default="", description="Decision, or how it ended without one; '' neither yet.")
    same_person: bool = Field(
        default=False, description="True where `key` stands for the person: checks that share it are linked."
    )
