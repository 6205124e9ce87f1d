"""HL7 v2 ADT as canonical records: which event makes which records, under which keys. Segments are read elsewhere.

A message makes up to three records, because parts of it live for different times:

- `person/...`: who the patient is. Every message that carries it replaces it, so an A08 updates and does not add.
- `episode/<PV1-19>/<what>`: an attendance, an admission, a discharge. Told again (A08) it is not counted again.
- `episode/<PV1-19>/reasons`: the codes of reason and diagnosis, which later messages of the episode replace.

A merge has a key of the two ids, whichever goes on: told the other way round later, it replaces the first.
Sources: HL7 v2.4 chapter 3 and HL7 UK A.3.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from connectors.health import hl7_files
from connectors.health.adt_records import Parts
from connectors.health.hl7_text import Message
from connectors.kit import values
from connectors.kit.api import Context, Native, Reject, Unreadable
from connectors.kit.records import common
from hub.messages import AgencyRecord

MERGES = frozenset({"A18", "A30", "A34", "A36", "A39", "A40", "A46", "A47"})
"""Events that name a patient that goes on (PID) and one merged into it (MRG)."""
CANCELS = {"A11": ("admission", "attendance"), "A13": ("discharge",)}
"""Events that take a record of the episode back."""
DELETES = frozenset({"A23", "A29"})
_REFUSED = {
    "A17": "two patients swap beds", "A19": "a query", "A20": "a bed, not a patient", "A24": "two patients linked",
    "A35": "accounts merged", "A37": "two patients unlinked", "A41": "accounts merged", "A42": "visits merged",
    "A43": "ids moved between patients", "A44": "accounts moved", "A45": "visits moved", "A48": "id changed",
    "A49": "account changed", "A50": "visit number changed", "A51": "visit id changed",
}  # fmt: skip
"""Events about other things than one patient's details: a person has to look at them."""


class HL7ADT:
    """HL7 v2 ADT messages: patients, attendances, admissions, merges (see the module)."""

    name = "health.hl7v2.adt"
    agency = "health"
    system = "patient_administration"

    def sniff(self, head: bytes, file_name: str) -> bool:  # noqa: ARG002 - the content decides
        """Whether it begins as HL7 v2 does."""
        return hl7_files.looks_like(head)

    def read(self, source: BinaryIO) -> Iterator[Native | Reject]:
        """Messages of a file: see `hl7_files.read_messages`."""
        return hl7_files.read_messages(source)

    def translate(self, native: Native, context: Context) -> list[AgencyRecord]:
        """Records of one message.

        Raises:
            Unreadable: `not-adt`, `unsupported-event`, `no-pid`, `two-patients`, `no-merge-id`, `no-subject`.
        """
        message: Message = native.value
        event = event_of(message)
        if len(message.all("PID")) != 1:
            raise _not_one_patient(message)
        sent = values.read_moment(message.header.text(7))
        parts = Parts(message, event, sent, common(self, native, context, extracted_at=sent))
        if event in MERGES:
            return parts.merges()
        if event in CANCELS:
            return parts.cancelled(CANCELS[event])
        if event in DELETES:
            return [parts.withdrawn(parts.person_key())]
        return parts.told()


def event_of(message: Message) -> str:
    """The trigger event of an ADT message.

    Raises:
        Unreadable: `not-adt`, `unsupported-event`.
    """
    kind, event = message.header.text(9).upper(), message.header.text(9, 2).upper()
    event = event or message.first("EVN").text(1).upper()
    if kind != "ADT":
        raise Unreadable(
            "The message is no ADT message (MSH-9).", "Send only ADT here: results and orders are not asked for.",
            reason="not-adt",
        )  # fmt: skip
    if not (len(event) == 3 and event[0] == "A" and event[1:].isdecimal()) or event in _REFUSED:  # noqa: PLR2004 - as A08
        about = _REFUSED.get(event, "none that HL7 knows")
        raise Unreadable(f"ADT event {event[:3]}: {about}.", "A person has to look at it.", reason="unsupported-event")
    return event


def _not_one_patient(message: Message) -> Unreadable:
    if message.all("PID"):
        return Unreadable("The message names two patients.", "A person has to look at it.", reason="two-patients")
    return Unreadable("The message has no PID segment.", "Ask the sender for it again.", reason="no-pid")


ADT = HL7ADT()
