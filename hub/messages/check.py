"""What a check hears and says: commands of people, requests and returns of agencies, events, bundles.

Words of people and agencies are personal data: they travel sealed under the anchor's key (`CheckWords`).
"""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from hub.messages.base import Message, Moment, Part
from hub.messages.picture import Fired, Snapshot


class _CheckPart(Part):
    namespace: ClassVar[str] = "mash.check"


class CheckWords(Message):
    """What people write: sealed under the anchor's key wherever it travels."""

    namespace: ClassVar[str] = "mash.check"

    text: str = Field(default="", description="Reason, rationale, wishes, summary: the action says which.")
    answers: dict[str, str] = Field(default_factory=dict, description="Question id -> answer, for a return.")
    withheld: list[str] = Field(
        default_factory=list, description="Question ids not answered, each with its reason in `answers`."
    )


class CheckCommand(Message):
    """A named person's command to a check. Topic checks, key anchor."""

    namespace: ClassVar[str] = "mash.check"

    command_id: str = Field(description="Given by the sender; the same id twice has one effect.")
    partnership: str = Field(description="Whose.")
    check_id: str = Field(description="Check.")
    anchor: str = Field(description="Its anchor.")
    action: str = Field(
        description="open | dismiss | rate | gate | acknowledge | decide | read | hand_over | accept | feed_back | close | reopen ... (streams/check/actions.py lists them)."
    )
    actor: str = Field(description="Account of the person.")
    role: str = Field(
        description="screener | decision_maker | duty_manager | agency_researcher | service | auditor | scripted (in a demonstration, and it says so)."
    )
    agency: str = Field(default="", description="The person's agency.")
    codes: dict[str, str] = Field(
        default_factory=dict, description="Coded arguments: rating, basis, decision, pathway ...: no free text."
    )
    words: bytes = Field(
        default=b"", description="CheckWords (Avro single-object), sealed under the anchor; empty if none."
    )
    at: Moment = Field(description="When the person acted.")
    parts: dict[str, bytes] = Field(
        default_factory=dict,
        description="Further CheckWords, each sealed under the anchor by itself, so that each goes only where it belongs: ask, ask.<agency>, summary, summary.<agency>, action.<n>, dissent.",
    )
    acts_for: str = Field(
        default="",
        description="Account of the duty manager in whose stead the actor acts, by a delegation of the desk; '' nobody.",
    )


class AgencyRequest(Message):
    """What is asked of one agency. Topic requests, key request_id."""

    namespace: ClassVar[str] = "mash.check"

    request_id: str = Field(description="Derived from check, agency and round.")
    partnership: str = Field(description="Whose.")
    check_id: str = Field(description="Check.")
    anchor: str = Field(description="Its anchor.")
    agency: str = Field(description="Who is asked.")
    rating: str = Field(description="red | amber | green.")
    questions: list[str] = Field(description="Question ids of the set: a baseline and what this concern calls for.")
    question_set: str = Field(description="Set and version.")
    basis: str = Field(description="Basis recorded at the gate: agreed | overridden | statutory, with the provision.")
    agreement: str = Field(description="Sharing agreement and version.")
    sent_at: Moment = Field(description="Start of its clock.")
    due_at: Moment = Field(description="When it is overdue, by the clocks' pack and the agency's cover hours.")
    subject: bytes = Field(
        description="Identity of the subject, sealed under the anchor: what the agency needs to find the person. To an agency that works with alleged perpetrators without an address."
    )
    mother: bytes = Field(
        default=b"", description="Of an unborn child: the mother's Identity, sealed under the anchor; else empty."
    )
    categories: list[str] = Field(default_factory=list, description="The concern, in the categories of the rules.")
    family: str = Field(
        default="",
        description="Consent position: informed | agreed | not_informed | not_safe, as recorded at the gate.",
    )
    ask: bytes = Field(
        default=b"", description="CheckWords: the concern and what to look at in particular, sealed under the anchor."
    )
    by: str = Field(
        default="desk", description="desk | out_of_hours_telephone: nobody covers the agency's desk, somebody rings."
    )
    ring: str = Field(default="", description="Telephone to ring where `by` is out_of_hours_telephone.")


class AgencyReturn(Message):
    """What an agency answers. Topic checks, key anchor. The agency owns it."""

    namespace: ClassVar[str] = "mash.check"

    return_id: str = Field(description="Given by the sender; the same id twice has one effect.")
    partnership: str = Field(description="Whose.")
    request_id: str = Field(description="Which request.")
    check_id: str = Field(description="Check.")
    anchor: str = Field(description="Its anchor.")
    agency: str = Field(description="Who answers.")
    actor: str = Field(description="Account of the person who answers.")
    role: str = Field(
        default="agency_researcher", description="agency_researcher | scripted (in a demonstration, and it says so)."
    )
    outcome: str = Field(
        description="answered | not_known | refused | acknowledged; from a sink: delivered | undelivered."
    )
    reason: str = Field(default="", description="Reason code of a refusal.")
    release: str = Field(
        default="", description="Onward-sharing limit: '' | owner_consent | mash_only | not_to_family | not_to_suspect."
    )
    words: bytes = Field(default=b"", description="CheckWords, sealed under the anchor.")
    at: Moment = Field(description="When the person answered.")
    drafted: bool = Field(default=False, description="True where it began with what the hub holds.")
    minutes: int = Field(default=0, description="Minutes that finding the answer took, as the agency enters them.")
    via: str = Field(
        default="",
        description="Who answered in the agency's stead: school (by a one-time link of its officer, who is the actor); '' nobody.",
    )
    confirmed_by: str = Field(
        default="", description="Account of the person who read the draft and stands for it; a draft unread is refused."
    )


class CheckEvent(Message):
    """What happened in a check. Topic check-events, key anchor. The check is the fold of its events."""

    namespace: ClassVar[str] = "mash.check"

    event_id: str = Field(description="Derived from check and seq.")
    partnership: str = Field(description="Whose.")
    check_id: str = Field(description="Check.")
    anchor: str = Field(description="Its anchor.")
    seq: int = Field(description="From 1, without gaps.")
    kind: str = Field(
        description="proposed | opened | refused | rated | gate_passed | requested | returned | overdue | bundle_ready | decided ..."
    )
    state: str = Field(description="State after it (check.md).")
    at: Moment = Field(description="When, by the clock that caused it; else stage time.")
    actor: str = Field(default="", description="Who; 'clock' or 'machine' where no person.")
    role: str = Field(default="", description="In which role.")
    codes: dict[str, str] = Field(default_factory=dict, description="Coded details.")
    words: bytes = Field(default=b"", description="CheckWords, sealed under the anchor.")
    cause: str = Field(default="", description="Id of the command, return, proposal, contact or clock behind it.")
    parts: dict[str, bytes] = Field(
        default_factory=dict,
        description="Further sealed parts, as in CheckCommand; of a contact also `reporter` and `identity`.",
    )
    acts_for: str = Field(
        default="",
        description="As in CheckCommand: account of the duty manager in whose stead the actor acts, by a delegation of the desk; '' nobody.",
    )


class BundleReturn(_CheckPart):
    """An agency's part of a bundle."""

    agency: str = Field(description="Agency.")
    request_id: str = Field(description="Request.")
    status: str = Field(description="answered | not_known | refused | waiting | overdue | late.")
    asked_at: Moment = Field(description="Request sent.")
    due_at: Moment = Field(description="Due.")
    answered_at: Moment | None = Field(default=None, description="Answer.")
    actor: str = Field(default="", description="Who answered.")
    reason: str = Field(default="", description="Reason of a refusal.")
    release: str = Field(default="", description="Onward-sharing limit.")
    words: bytes = Field(default=b"", description="CheckWords, sealed under the anchor.")
    via: str = Field(default="", description="As in AgencyReturn: school where the school itself answered.")


class BundleCheck(_CheckPart):
    """Another check that belongs to it, and what came of it: earlier ones of the person, siblings, network."""

    check_id: str = Field(description="Check.")
    link: str = Field(default="", description="sibling | household | network | re_referral | same_person | duplicate.")
    began: str = Field(default="", description="Day on which it began (ISO), as far as told.")
    rating: str = Field(default="", description="red | amber | green; '' not rated or not told.")
    outcome: str = Field(default="", description="Decision, or how it ended without one; '' neither yet, or not told.")


class BundleContact(_CheckPart):
    """A contact in a bundle. Who referred stays outside unless a manager released it."""

    contact_id: str = Field(description="Contact.")
    channel: str = Field(description="As in Contact.")
    agency: str = Field(default="", description="Referrer's agency; '' for the public.")
    relation: str = Field(default="", description="What the referrer is to the person or by profession, in a code.")
    danger: str = Field(default="unknown", description="yes | no | unknown.")
    at: Moment = Field(description="When it came.")
    words: bytes = Field(default=b"", description="ContactWords, sealed under the anchor.")
    identity: bytes = Field(default=b"", description="Identity as the referrer gives it, sealed under the anchor.")
    record_id: str = Field(default="", description="Record that carries the reporter's key.")
    reporter: bytes = Field(default=b"", description="Sealed Reporter, only where released.")


class Bundle(Message):
    """A case bundle, one version. Topic bundles, key check_id. Sealed parts are opened only for a reader whom the check admits."""

    namespace: ClassVar[str] = "mash.check"

    bundle_id: str = Field(description="Derived from check and version.")
    partnership: str = Field(description="Whose.")
    check_id: str = Field(description="Check.")
    anchor: str = Field(description="Its anchor.")
    version: int = Field(description="From 1.")
    made_at: Moment = Field(description="Stage time.")
    rating: str = Field(description="red | amber | green.")
    fired: list[Fired] = Field(description="Why the check was proposed.")
    picture: Snapshot = Field(description="The picture.")
    returns: list[BundleReturn] = Field(description="By agency, each answered or a gap.")
    gaps: list[str] = Field(description="Agencies without an answer, and what else is missing, in codes.")
    linked: list[str] = Field(default_factory=list, description="check_ids of linked checks (siblings, network).")
    changed: list[str] = Field(
        default_factory=list, description="What differs from the version before: record_ids and agencies."
    )
    checks: list[BundleCheck] = Field(
        default_factory=list, description="Those of `linked`, with what is known of them."
    )
    contacts: list[BundleContact] = Field(default_factory=list, description="Contacts, earliest first.")


class Summary(Message):
    """What one recipient is told of a decision. Topic summaries, key summary_id. Made for that recipient alone."""

    namespace: ClassVar[str] = "mash.check"

    summary_id: str = Field(description="Derived from check, event and recipient.")
    partnership: str = Field(description="Whose.")
    check_id: str = Field(description="Check.")
    anchor: str = Field(description="Its anchor.")
    recipient: str = Field(description="Agency.")
    decision: str = Field(description="Code of the decision.")
    subject: bytes = Field(description="Identity, sealed under the anchor, without what this recipient may not know.")
    words: bytes = Field(default=b"", description="CheckWords, sealed under the anchor, for this recipient.")
    withheld: list[str] = Field(
        default_factory=list, description="What was kept back, in codes: addresses | return:<agency>."
    )
    at: Moment = Field(description="When.")
