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
        description="Identity of the subject, sealed under the anchor: what the agency needs to find the person."
    )


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
    outcome: str = Field(description="answered | not_known | refused | acknowledged.")
    reason: str = Field(default="", description="Reason code of a refusal.")
    release: str = Field(
        default="", description="Onward-sharing limit: '' | owner_consent | mash_only | not_to_family | not_to_suspect."
    )
    words: bytes = Field(default=b"", description="CheckWords, sealed under the anchor.")
    at: Moment = Field(description="When the person answered.")


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
    cause: str = Field(default="", description="Id of the command, return, proposal or clock behind it.")


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
