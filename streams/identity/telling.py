"""Telling: what is held of a record, as facts to each person whom it names. Decides nothing and writes no row but seq.

Messages are made of a valid record's own fields, so they are not checked a second time.
"""

from __future__ import annotations

from typing import Final

from hub.messages import SealedRecord, SubjectFacts
from hub.messages.identity import CoSubject
from hub.messages.record import Operation, Role
from hub.messages.sealed import SealedSubject
from hub.state.api import Turn
from streams.identity.persons import Persons
from streams.identity.rows import HeldRecord, HeldSubject

MOST_NAMED: Final = 12
"""Other subjects whose identity travels with a subject's facts: a household. Of a list of hundreds, each message
would hold all of them, and the messages together their square."""


class Telling:
    """Sends facts to the topic of that name.

    Args:
        persons: who has which assignment.
        version: of the match model behind them.
    """

    def __init__(self, persons: Persons, version: str) -> None:
        """See the class."""
        self._persons = persons
        self._version = version

    def pass_on(self, turn: Turn, record: SealedRecord, before: tuple[HeldSubject, ...], new: HeldRecord) -> None:
        """Facts of what is held now, and a withdrawal of what an earlier version had and this one has not."""
        if not new.live:
            return
        kept = {(s.ref, s.number) for s in new.subjects}
        self.withdraw(turn, record, tuple(s for s in before if (s.ref, s.number) not in kept))
        named = [
            CoSubject.of_valid({"source_id": s.source_id, "role": s.role, "identity": s.identity})
            for s in record.subjects
            if not s.restricted
        ]
        for subject, held in zip(record.subjects, new.subjects, strict=True):
            self._emit(turn, record, held, subject, _others(subject, named))

    def withdraw(self, turn: Turn, record: SealedRecord, subjects: tuple[HeldSubject, ...]) -> None:
        """Tell the person who holds it, before anybody moves."""
        for held in subjects:
            self._emit(turn, record, held, None, [])

    def _emit(
        self,
        turn: Turn,
        record: SealedRecord,
        held: HeldSubject,
        subject: SealedSubject | None,
        others: list[CoSubject],
    ) -> None:
        operation = record.operation
        if subject is None and operation is Operation.UPSERT:
            operation = Operation.WITHDRAW
        node = self._persons.admit(turn, held.number)
        facts = SubjectFacts.of_valid(
            {
                "partnership": record.partnership,
                "source_id": node.source_id,
                "person_id": self._persons.person_id(turn.store, node.person),
                "assignment_seq": node.seq,
                "model_version": self._version,
                "record_id": record.record_id,
                "ref": held.ref,
                "role": Role(held.role),
                "agency": record.agency,
                "system": record.system,
                "operation": operation,
                "version": record.version,
                "original_hash": record.original_hash,
                "kind": record.kind,
                "occurred_at": record.occurred_at,
                "occurred_precision": record.occurred_precision,
                "recorded_at": record.recorded_at,
                "received_at": record.received_at,
                "incident_key": record.incident_key,
                "prompted_by": record.prompted_by,
                "history": record.whence.history,
                "identity": subject.identity if subject else b"",
                "content": subject.content if subject else b"",
                "record_content": record.content if subject else b"",
                "restricted": held.restricted,
                "terms": record.terms,
                "others": others,
            }
        )
        turn.emit("facts", node.source_id, facts)


def _others(subject: SealedSubject, named: list[CoSubject]) -> list[CoSubject]:
    """The record's other subjects, the first few with what the record says of who they are."""
    rest = [s for s in named if s.source_id != subject.source_id]
    return rest[:MOST_NAMED] + [s.model_copy(update={"identity": b""}) for s in rest[MOST_NAMED:]]
