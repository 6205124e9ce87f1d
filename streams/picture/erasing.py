"""Erasure in the facts stage: what an erased person's records become, and what those who share a record keep.

This stage has every record of a source identity under one key, withdrawn ones too: so it says which keys have to go.
An erased record leaves a tombstone of ids and version, which keeps older versions away, and nothing that was in it.

Row: `h/<source>` an erasure whose last key waits until a check is closed.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hub.avro import decode_as, encode
from hub.ids import derived_id
from hub.messages import CoSubjectErased, Erasure, FactPut, SubjectErased, Watch
from hub.messages.erasure import OPEN_CHECK, READ_AGAIN, ErasureState
from hub.messages.picture import Entry
from hub.messages.record import Operation, Terms
from hub.sealing import reporter_key
from hub.state.api import Turn
from streams.picture.assignment import PERSONS, Assignment, put_of
from streams.picture.keys import key
from streams.picture.merge import is_tombstone, rank
from streams.picture.watches import CLOSED

KEYS_A_PART = 4_000
"""Names of 32 to 41 characters: some 150 kB a message."""


def erase_subject(message: SubjectErased, turn: Turn) -> None:
    """Leave tombstones where a source identity's records were, and ask for its keys and theirs to be destroyed."""
    source = message.source_id
    assignment = Assignment.load(turn.store, source)
    held = has_open_check(turn, source)
    names = [] if held else [source]
    again = message.reason == READ_AGAIN  # what was erased came again: its records' keys may be of newer versions
    for row_key, row in list(turn.store.scan(key("r", source, ""))):
        entry = put_of(row).entry
        if not again:
            names.append(entry.record_id)
        if not is_tombstone(entry) and not entry.others:
            names.append(reporter_key(entry.record_id))
        if entry.operation is not Operation.ERASE:
            _put(turn, row_key, assignment, message.partnership, _tombstone(entry))
    if held:
        turn.store.put(key("h", source), encode(message))
    _ask(turn, message, list(dict.fromkeys(names)), OPEN_CHECK if held else "")


def has_open_check(turn: Turn, source_id: str) -> bool:
    """Whether a check is attached to this source identity, whose key seals what people write in it."""
    watches = (decode_as(Watch, row) for _, row in turn.store.scan(key("w", source_id, "")))
    return any(watch.state != CLOSED for watch in watches)


def check_closed(source_id: str, turn: Turn) -> None:
    """Ask for the key that was held back, unless another check is open or the source has spoken of the person anew."""
    row = turn.store.get(key("h", source_id))
    if row is None or has_open_check(turn, source_id):
        return
    turn.store.delete(key("h", source_id))
    if all(is_tombstone(put_of(r).entry) for _, r in turn.store.scan(key("r", source_id, ""))):
        held = decode_as(SubjectErased, row)
        later = {"erasure_id": derived_id("erasure", held.erasure_id, CLOSED)}
        _ask(turn, held.model_copy(update=later), [source_id], "")


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


def _ask(turn: Turn, message: SubjectErased, names: Sequence[str], held: str) -> None:
    for part, start in enumerate(range(0, max(len(names), 1), KEYS_A_PART)):
        asked = Erasure(
            erasure_id=message.erasure_id,
            part=part,
            partnership=message.partnership,
            source_id=message.source_id,
            state=ErasureState.ASKED,
            keys=list(names[start : start + KEYS_A_PART]),
            held=held,
            actor=message.actor,
            reason=message.reason,
            at=message.at,
        )
        turn.emit("erasures", f"{asked.erasure_id}.{part}", asked)
