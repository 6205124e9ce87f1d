"""Erasure in the facts stage: what an erased person's records become, and what those who share a record keep.

This stage has every record of a source identity under one key, withdrawn ones too: so it says which keys have to go.
An erased record leaves a tombstone of ids and version, which keeps older versions away, and nothing that was in it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hub.messages import CoSubjectErased, Erasure, FactPut, SubjectErased
from hub.messages.erasure import ErasureState
from hub.messages.picture import Entry
from hub.messages.record import Operation, Terms
from hub.sealing import reporter_key
from hub.state.api import Turn
from streams.picture.assignment import PERSONS, Assignment, put_of
from streams.picture.keys import key
from streams.picture.merge import is_tombstone, rank

KEYS_A_PART = 4_000
"""Names of 32 to 41 characters: some 150 kB a message."""


def erase_subject(message: SubjectErased, turn: Turn) -> None:
    """Leave tombstones where a source identity's records were, and ask for its keys and theirs to be destroyed."""
    source = message.source_id
    assignment = Assignment.load(turn.store, source)
    names = [source]
    for row_key, row in list(turn.store.scan(key("r", source, ""))):
        entry = put_of(row).entry
        names.append(entry.record_id)
        if not is_tombstone(entry) and not entry.others:
            names.append(reporter_key(entry.record_id))
        if entry.operation is not Operation.ERASE:
            _put(turn, row_key, assignment, message.partnership, _tombstone(entry))
    _ask(turn, message, list(dict.fromkeys(names)))


def leave_out(message: CoSubjectErased, turn: Turn) -> None:
    """Take another person out of the entries of a record: the rest is theirs and stays."""
    assignment = Assignment.load(turn.store, message.source_id)
    for row_key, row in list(turn.store.scan(key("r", message.source_id, message.record_id, ""))):
        entry = put_of(row).entry
        if is_tombstone(entry):
            continue
        others = [o for o in entry.others if o.source_id != message.erased]
        less = {"others": others, "record_content": b"", "left_out": entry.left_out + 1}
        _put(turn, row_key, assignment, message.partnership, entry.model_copy(update=less))


def _tombstone(entry: Entry) -> Entry:
    return Entry(
        source_id=entry.source_id,
        record_id=entry.record_id,
        ref=entry.ref,
        role=entry.role,
        agency=entry.agency,
        system=entry.system,
        operation=Operation.ERASE,
        version=entry.version,
        original_hash=entry.original_hash,
        kind="",
        received_at=entry.received_at,
        terms=Terms(),
    )


def _put(turn: Turn, row_key: bytes, assignment: Assignment, partnership: str, entry: Entry) -> None:
    put = FactPut(
        partnership=partnership,
        person_id=assignment.person_id,
        assignment_seq=assignment.seq,
        held=assignment.rows,
        entry=entry,
    )
    sent = turn.emit(PERSONS, put.person_id, put)
    turn.store.put(row_key, msgspec.json.encode(rank(entry)) + b"\n" + sent)


def _ask(turn: Turn, message: SubjectErased, names: Sequence[str]) -> None:
    for part, start in enumerate(range(0, len(names), KEYS_A_PART)):
        asked = Erasure(
            erasure_id=message.erasure_id,
            part=part,
            partnership=message.partnership,
            source_id=message.source_id,
            state=ErasureState.ASKED,
            keys=list(names[start : start + KEYS_A_PART]),
            actor=message.actor,
            reason=message.reason,
            at=message.at,
        )
        turn.emit("erasures", f"{asked.erasure_id}.{part}", asked)
