"""Records that one ADT message can make: the patient's own, the episode's, merges. Not which event makes which.

Keys: `person/...`, `episode/<PV1-19>/attendance|admission|discharge|reasons`, `merge/<one id>/<other id>`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from connectors.health import hl7_merge, hl7_person, hl7_types, hl7_visit
from connectors.health.hl7_rest import unread
from connectors.health.hl7_text import Message
from connectors.kit import people, values
from connectors.kit.api import Unreadable
from connectors.kit.records import no_subject, unmapped
from hub.messages import AgencyRecord
from hub.messages.record import Fact, Identity, Operation, Precision, Role, SameAs, Subject

ADULT_AGE = 18
_VISITS = ("A01", "A03", "A04")
"""Events of which each tells of an arrival or a discharge."""
_KINDS = {"A28": "health.adt.person"}


@dataclass
class Parts:
    """The records that one message can make."""

    message: Message
    event: str
    sent: datetime | None
    base: dict[str, Any]

    def __post_init__(self) -> None:
        """Read what every record needs."""
        evn = self.message.first("EVN")
        self.recorded = values.read_moment(evn.text(2)) or self.sent
        self.happened = values.read_moment(evn.text(6)) or self.recorded
        self.patient = hl7_person.read_patient(self.message)
        self.visit = hl7_visit.read_visit(self.message, self.happened, self.patient.local_person_id)
        self.episode = self.visit.episode or self._nameless_episode()
        if not self.patient.local_person_id and not (self.patient.identity.names or self.patient.identity.birth):
            raise no_subject()

    def person_key(self) -> str:
        """Key of the patient's own record."""
        return f"person/{self.patient.local_person_id or self._message_key()}"

    def told(self) -> list[AgencyRecord]:
        """Records of an event that says something new or again."""
        records = [self._person()]
        if self.episode:
            records += self._visit_records()
        elif self.visit.reasons:
            records.append(self._reasons(f"message/{self._message_key()}"))
        return records

    def merges(self) -> list[AgencyRecord]:
        """The patient that goes on, and one same-as assertion for each pair of ids coupled by authority and type."""
        self.patient.left_over.extend(hl7_merge.other_numbers(self.message, self.patient.identity.identifiers))
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

    def _nameless_episode(self) -> str:
        """An arrival or discharge with neither PV1-19 nor PV1-44 is known by patient and time of the event."""
        if self.event not in _VISITS:
            return ""
        if self.happened is None:
            return f"message/{self._message_key()}"
        return f"{self.patient.local_person_id or self._message_key()}@{self.happened:%Y%m%d%H%M}"

    def _person(self) -> AgencyRecord:
        patient = self.patient
        subject = Subject(
            ref="patient", role=self._role(), local_person_id=patient.local_person_id, identity=patient.identity,
            facts=patient.facts, restricted=patient.restricted,
        )  # fmt: skip
        subjects, relationships = people.with_relatives(subject, patient.relatives)
        pairs = [*patient.left_over, *self.visit.left_over, *unread(self.message)]
        return self._record(
            self.person_key(), _KINDS.get(self.event, "health.adt.update"), subjects, relationships=relationships,
            unmapped=unmapped(pairs),
        )  # fmt: skip

    def _visit_records(self) -> list[AgencyRecord]:
        visit, key = self.visit, f"episode/{self.episode}"
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
