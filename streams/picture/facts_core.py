"""The facts stage: keeps every source identity's records and puts them to the person it is assigned to.

One writer a source identity, so that a move to another person (merge, split) takes every record along, in order. Sealed
parts pass through unopened. No rule and no picture may live here.

Rows: `a/<source>` assignment; `r/<source>/<record>/<ref>` rank and last version of a record, as it was put;
`w/<source>/<check>` watch; `h/<source>` see `erasing`.
"""

from __future__ import annotations

import msgspec
from pydantic import BaseModel

from hub.avro import decode_as, encode
from hub.errors import Skippable
from hub.messages import (
    CoSubjectErased,
    FactPut,
    FactRetract,
    Reassigned,
    SubjectErased,
    SubjectFacts,
    Tick,
    Watch,
)
from hub.state.api import Turn
from streams.picture import erasing
from streams.picture.assignment import PERSONS, Assignment, put_of
from streams.picture.keys import key, quoted
from streams.picture.merge import put_bytes, rank, tie_break


class FactsCore:
    """See the module."""

    name = "facts"
    input_topic = "facts"

    def handle(self, message: BaseModel, turn: Turn) -> None:
        """Take one message.

        Raises:
            Skippable: it is of a type that doesn't belong on this topic.
        """
        match message:
            case SubjectFacts():
                self._subject(message, turn)
            case Reassigned():
                self._reassigned(message, turn)
            case Watch():
                self._watch(message, turn)
            case SubjectErased():
                erasing.erase_subject(message, turn)
            case CoSubjectErased():
                erasing.leave_out(message, turn)
            case Tick():
                pass  # time means nothing to a record's home
            case _:
                what = f"A {type(message).__name__} on the facts topic."
                raise Skippable(what, "Mend the writer.", reason="wrong-type")

    def settle_one(self, key: bytes, turn: Turn) -> None:
        """Nothing is left to the end of a batch."""

    def _subject(self, message: SubjectFacts, turn: Turn) -> None:
        store, source = turn.store, message.source_id
        assignment = Assignment.load(store, source)
        known = (assignment.seq, assignment.rows)
        if message.assignment_seq > assignment.seq:
            self._move(message, assignment, turn)
        row_key = key("r", source, message.record_id, quoted(message.ref))
        before = store.get(row_key)
        if before is None or _holds_over(message, before):
            assignment.rows += before is None
            put = put_bytes(message, turn.value, assignment.person_id, assignment.seq, assignment.rows)
            turn.emit_encoded(PERSONS, assignment.person_id, FactPut, put)
            store.put(row_key, msgspec.json.encode(rank(message)) + b"\n" + put)
        if known != (assignment.seq, assignment.rows):
            assignment.save(store, source)

    def _reassigned(self, message: Reassigned, turn: Turn) -> None:
        assignment = Assignment.load(turn.store, message.source_id)
        if message.assignment_seq > assignment.seq:
            self._move(message, assignment, turn)
            assignment.save(turn.store, message.source_id)

    def _move(self, message: SubjectFacts | Reassigned, assignment: Assignment, turn: Turn) -> None:
        """Take everything back from the old person and put it to the new one, under the new assignment."""
        old = assignment.person_id
        assignment.person_id, assignment.seq = message.person_id, message.assignment_seq
        if old and old != message.person_id:
            retract = FactRetract(
                partnership=message.partnership,
                person_id=old,
                source_id=message.source_id,
                assignment_seq=message.assignment_seq,
            )
            turn.emit(PERSONS, old, retract)
        now_with = {"person_id": assignment.person_id, "assignment_seq": assignment.seq}
        for _, value in turn.store.scan(key("r", message.source_id, "")):
            put = put_of(value).model_copy(update=now_with | {"held": assignment.rows})
            turn.emit(PERSONS, put.person_id, put)
        for _, value in turn.store.scan(key("w", message.source_id, "")):
            watch = decode_as(Watch, value).model_copy(update=now_with)
            turn.emit(PERSONS, watch.person_id, watch)

    def _watch(self, message: Watch, turn: Turn) -> None:
        """Keep the newest word of each check, closed ones too, and pass it to the person of today."""
        row_key = key("w", message.anchor, message.check_id)
        before = turn.store.get(row_key)
        if before is not None and decode_as(Watch, before).seq >= message.seq:
            return
        turn.store.put(row_key, encode(message))
        assignment = Assignment.load(turn.store, message.anchor)
        if assignment.person_id:
            passed_on = {"person_id": assignment.person_id, "assignment_seq": assignment.seq}
            turn.emit(PERSONS, assignment.person_id, message.model_copy(update=passed_on))
        erasing.check_closed(message.anchor, turn)


def _holds_over(message: SubjectFacts, row: bytes) -> bool:
    """Whether a record is newer than what a row holds of it."""
    new, held = rank(message), tuple(msgspec.json.decode(row[: row.index(b"\n")]))
    return new > held or (new == held and tie_break(message) > tie_break(put_of(row).entry))
