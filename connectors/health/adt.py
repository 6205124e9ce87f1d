"""HL7 v2 ADT as canonical records: which event makes which records, under which keys. Segments are read elsewhere.

A message makes up to three records, because parts of it live for different times:

- `person/...`: who the patient is. Every message that carries it replaces it, so an A08 updates and does not add.
- `episode/<PV1-19>/<what>`: an attendance, an admission, a discharge. Told again (A08) it is not counted again.
- `episode/<PV1-19>/reasons`: the codes of reason and diagnosis, which later messages of the episode replace.

A merge has a key of the two ids, whichever goes on: told the other way round later, it replaces the first.
Sources: HL7 v2.4 chapter 3 and HL7 UK A.3.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

from connectors.health import hl7_files, hl7_merge, hl7_person, hl7_types, hl7_visit
from connectors.health.hl7_text import Message
from connectors.kit import people, values
from connectors.kit.api import Context, Native, Reject, Unreadable
from connectors.kit.records import common, no_subject, unmapped
from hub.messages import AgencyRecord
from hub.messages.record import Fact, Identity, Operation, Precision, Role, SameAs, Subject

ADULT_AGE = 18
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
_KINDS = {"A28": "health.adt.person"}
_KNOWN = {
    "PID": hl7_person.PID_KNOWN, "PD1": hl7_person.PD1_KNOWN, "NK1": hl7_person.NK1_KNOWN, "PV1": hl7_visit.PV1_KNOWN,
    "PV2": frozenset({1, 3}), "DG1": frozenset({1, 2, 3, 4}), "MRG": frozenset({1, 7}), "OBX": frozenset(range(1, 7)),
    "AL1": frozenset({1, 3, 5}),
}  # fmt: skip
_TRANSPORT = ("MSH", "EVN", "SFT")
"""Segments about the message, not the patient."""


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
        parts = _Parts(message, event, sent, common(self, native, context, extracted_at=sent))
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


@dataclass
class _Parts:
    """The records that one message can make."""

    message: Message
    event: str
    sent: datetime | None
    base: dict[str, Any]

    def __post_init__(self) -> None:
        """Read what every record needs."""
        evn = self.message.first("EVN")
        self.happened = values.read_moment(evn.text(6)) or values.read_moment(evn.text(2)) or self.sent
        self.recorded = values.read_moment(evn.text(2)) or self.sent
        self.patient = hl7_person.read_patient(self.message)
        self.visit = hl7_visit.read_visit(self.message, self.happened, self.patient.local_person_id)
        if not self.patient.local_person_id and not (self.patient.identity.names or self.patient.identity.birth):
            raise no_subject()

    def person_key(self) -> str:
        """Key of the patient's own record."""
        return f"person/{self.patient.local_person_id or self._message_key()}"

    def told(self) -> list[AgencyRecord]:
        """Records of an event that says something new or again."""
        records = [self._person()]
        if self.visit.episode:
            records += self._visit_records()
        elif self.visit.reasons:
            records.append(self._reasons(f"message/{self._message_key()}"))
        return records

    def merges(self) -> list[AgencyRecord]:
        """The patient that goes on, and one same-as assertion for each pair of ids coupled by authority and type."""
        out = [self._person()]
        prior = [hl7_types.as_alias(n) for mrg in self.message.all("MRG") for n in hl7_types.names(mrg, 7)]
        for going_on, merged in hl7_merge.merged_ids(self.message):
            low, high = sorted((going_on, merged))
            subject = Subject(
                ref="patient", role=self._role(), local_person_id=going_on, identity=Identity(names=prior)
            )
            out.append(
                self._record(
                    f"merge/{low}/{high}", "health.adt.merge", [subject],
                    merges=[SameAs(local_person_id=going_on, merged_person_id=merged)],
                )
            )  # fmt: skip
        return out

    def cancelled(self, what: Iterable[str]) -> list[AgencyRecord]:
        """Withdrawals of records of the episode."""
        if not self.visit.episode:
            raise Unreadable(
                "A cancelled event without an episode id (PV1-19) or time of arrival (PV1-44).",
                "Ask the sender to fill PV1-19.", reason="no-episode",
            )  # fmt: skip
        return [self.withdrawn(f"episode/{self.visit.episode}/{part}") for part in what]

    def withdrawn(self, key: str) -> AgencyRecord:
        """A record taken back."""
        return self._record(key, _KINDS.get(self.event, "health.adt.update"), [], operation=Operation.WITHDRAW)

    def _person(self) -> AgencyRecord:
        patient = self.patient
        subject = Subject(
            ref="patient", role=self._role(), local_person_id=patient.local_person_id, identity=patient.identity,
            facts=patient.facts, restricted=patient.restricted,
        )  # fmt: skip
        subjects, relationships = people.with_relatives(subject, patient.relatives)
        pairs = [*patient.left_over, *self.visit.left_over, *_unknown_fields(self.message)]
        return self._record(
            self.person_key(), _KINDS.get(self.event, "health.adt.update"), subjects, relationships=relationships,
            unmapped=unmapped(pairs),
        )  # fmt: skip

    def _visit_records(self) -> list[AgencyRecord]:
        visit, key = self.visit, f"episode/{self.visit.episode}"
        out = []
        if self.event in ("A01", "A04"):
            if visit.emergency:
                out.append(self._visit(f"{key}/attendance", "health.adt.registration", "ae.attendance", visit.began))
            elif self.event == "A01":
                out.append(self._visit(f"{key}/admission", "health.adt.admission", "admission", visit.began))
        if self.event == "A03":
            left = visit.ended or self.happened
            out.append(self._visit(f"{key}/discharge", "health.adt.discharge", "discharge", left))
        if visit.reasons:
            out.append(self._reasons(f"{key}/reasons"))
        return out

    def _visit(self, key: str, kind: str, code: str, at: datetime | None) -> AgencyRecord:
        return self._record(key, kind, [self._known_patient([Fact(code=code, at=at)])], at=at)

    def _reasons(self, key: str) -> AgencyRecord:
        subject = self._known_patient(self.visit.reasons)
        return self._record(key, "health.adt.update", [subject], at=self.visit.began)

    def _known_patient(self, facts: list[Fact]) -> Subject:
        """The patient where the person's own record says who: known by id alone, or by all there is without one."""
        local = self.patient.local_person_id
        identity = Identity() if local else self.patient.identity
        return Subject(
            ref="patient", role=self._role(), local_person_id=local, identity=identity, facts=facts,
            restricted=self.patient.restricted,
        )  # fmt: skip

    def _record(
        self, key: str, kind: str, subjects: list[Subject], *, at: datetime | None = None, **more: Any
    ) -> AgencyRecord:
        return AgencyRecord(
            **self.base, local_id=key, kind=kind, occurred_at=at or self.happened, occurred_precision=Precision.DAY,
            recorded_at=self.recorded, incident=key.rpartition("/")[0] if key.startswith("episode/") else "",
            subjects=subjects, **more,
        )  # fmt: skip

    def _role(self) -> Role:
        """Child or adult on the day of the event; other where no birth date tells."""
        birth, on = self.patient.identity.birth, self.happened
        if birth is None or on is None or birth.precision is Precision.PLACEHOLDER:
            return Role.OTHER
        month, day = int(birth.value[5:7] or 12), int(birth.value[8:] or 28)
        eighteenth = date(int(birth.value[:4]) + ADULT_AGE, month, min(day, 28))
        return Role.ADULT if on.date() >= eighteenth else Role.CHILD

    def _message_key(self) -> str:
        header = self.message.header
        return f"{header.text(4) or header.text(3)}/{header.raw(10)}"


def _unknown_fields(message: Message) -> Iterator[tuple[str, str]]:
    """Every field that no map reads, Z segments included."""
    for segment in message.segments:
        if segment.name in _TRANSPORT:
            continue
        known = _KNOWN.get(segment.name, frozenset())
        for number, text in enumerate(segment.fields):
            if number and number not in known and text and text != '""':
                yield f"{segment.name}-{number}", text


def _not_one_patient(message: Message) -> Unreadable:
    if message.all("PID"):
        return Unreadable("The message names two patients.", "A person has to look at it.", reason="two-patients")
    return Unreadable("The message has no PID segment.", "Ask the sender for it again.", reason="no-pid")


ADT = HL7ADT()
