"""Erasure: who is being erased, who was, and what the other stages and the key store hear of it. No matching here.

Rows: `E key` holds the erasure that destroys the key of this name (a source identity or a record), and whether it has;
`F due key` a key whose person or record was erased and has been read again.

Invariants:
    - what names somebody whose key is about to be destroyed is set aside, with a reason: sealed under that key, it
      would be lost in silence;
    - what was erased does not come back by being read again: its new keys are destroyed too;
    - what a source says anew of an erased person is taken like anything new (docs/adr/0013).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import takewhile
from typing import NamedTuple

from hub.errors import Skippable
from hub.ids import derived_id
from hub.messages import CoSubjectErased, EraseCommand, Erasure, SealedRecord, SubjectErased
from hub.messages.erasure import READ_AGAIN, ErasureState
from hub.messages.record import Operation, Role, Whence
from hub.messages.sealed import SealedSubject
from hub.sealing import reporter_key
from hub.state.api import Rows, Store, Turn
from hub.state.headers import micros
from streams.identity.rows import HeldSubject, text_key

BY_SOURCE = "source"
"""The actor where an agency's own record asks for it."""
ERASE_RECORD = "erase-record"
UNDER_WAY, DEAD_KEY, LEGAL_HOLD = "erasure-under-way", "erased-key", "legal-hold"


QUIET = timedelta(minutes=1)
"""How long after it was read again something erased is erased again: by then the rest of its file has been read, which
may speak of the person anew."""
_DUE = struct.Struct(">Q")


class Mark(NamedTuple):
    """What is known of a key's erasure."""

    erasure_id: str
    done: bool


class Why(NamedTuple):
    """Which erasure, and who answers for it."""

    erasure_id: str
    partnership: str
    actor: str
    reason: str
    at: datetime


def of_command(command: EraseCommand) -> Why:
    """The erasure that a person asks for."""
    return Why(command.erasure_id, command.partnership, command.actor, command.reason, command.at)


def of_record(record: SealedRecord, reason: str, *more: str) -> Why:
    """The erasure that a record of an agency leads to; its id is the same however often it is computed."""
    name = (reason, record.record_id, str(record.version), record.original_hash.hex(), *more)
    return Why(derived_id("erasure", *name), record.partnership, BY_SOURCE, reason, record.received_at)


def mark_of(store: Rows, name: str) -> Mark | None:
    """The latest erasure of the key of this name; None if there was none."""
    raw = store.get(text_key(b"E", name))
    if raw is None:
        return None
    erasure_id, _, state = raw.decode().partition(" ")
    return Mark(erasure_id, state == ErasureState.DONE)


def put_mark(store: Store, name: str, mark: Mark) -> None:
    """Write the row."""
    state = ErasureState.DONE if mark.done else ErasureState.ASKED
    store.put(text_key(b"E", name), f"{mark.erasure_id} {state}".encode())


def erase_subject(turn: Turn, source_id: str, why: Why) -> None:
    """Tell the stages that hold something of a source identity, whose key goes at the end."""
    put_mark(turn.store, source_id, Mark(why.erasure_id, done=False))
    turn.emit("facts", source_id, SubjectErased(source_id=source_id, **why._asdict()))


def erase_record_keys(turn: Turn, record_id: str, why: Why, *, shared: bool = False) -> None:
    """Have a record's own keys destroyed: of its narrative and local id, and of its reporter unless others share it."""
    put_mark(turn.store, record_id, Mark(why.erasure_id, done=False))
    keys = [record_id] if shared else [record_id, reporter_key(record_id)]
    turn.emit("erasures", f"{why.erasure_id}.0", Erasure(state=ErasureState.ASKED, keys=keys, **why._asdict()))


def record_without(record_id: str, why: Why, left: Iterable[tuple[HeldSubject, str]]) -> SealedRecord:
    """A held record as it would have come without the erased person: only what taking it in anew asks for."""
    subjects = [
        SealedSubject(
            ref=s.ref,
            role=Role(s.role),
            source_id=source_id,
            identity_hash=bytes.fromhex(s.identity_hash),
            identity=b"",
            content=b"",
            restricted=s.restricted,
        )
        for s, source_id in left
    ]
    return SealedRecord(
        partnership=why.partnership,
        record_id=record_id,
        agency="",
        system="",
        operation=Operation.ERASE,
        original_hash=b"",
        kind="",
        received_at=why.at,
        subjects=subjects,
        content=b"",
        whence=Whence(connector="", position=""),
    )


def leave_out(turn: Turn, record_id: str, erased: str, of: Iterable[str], why: Why) -> None:
    """Tell those who share a record with an erased person; its narrative, which may name that person, goes."""
    put_mark(turn.store, record_id, Mark(why.erasure_id, done=False))
    for source_id in sorted(set(of)):
        message = CoSubjectErased(partnership=why.partnership, source_id=source_id, record_id=record_id, erased=erased)
        turn.emit("facts", source_id, message)


def put_off(turn: Turn, name: str, partnership: str, content: str) -> None:
    """Something erased was read again, sealed under a new key of this name.

    Args:
        turn: of the reading.
        name: of the key.
        partnership: whose.
        content: what is held of the record: where it is another when the time comes, the key is needed.
    """
    due = micros(turn.now + QUIET)
    turn.store.put(b"F" + _DUE.pack(due) + name.encode(), f"{partnership}\x1f{content}".encode())


def due(turn: Turn) -> Iterator[tuple[str, str, Why]]:
    """The keys of what was read again, now due: name, content held then, and the erasure of each."""
    now = micros(turn.now)
    for row, value in list(takewhile(lambda r: _DUE.unpack_from(r[0], 1)[0] <= now, turn.store.scan(b"F"))):
        turn.store.delete(row)
        name = row[1 + _DUE.size :].decode()
        partnership, content = value.decode().split("\x1f")
        erasure_id = derived_id("erasure", READ_AGAIN, name, str(now))
        yield name, content, Why(erasure_id, partnership, BY_SOURCE, READ_AGAIN, turn.now)


def note_done(store: Store, erasure: Erasure) -> None:
    """The keys are gone: what is sealed from now on is sealed under others.

    Not so a key that is held back while a check is open: what is said anew of the person meanwhile is taken under it.
    """
    for name in (*erasure.keys, *((erasure.source_id,) if erasure.held else ())):
        mark = mark_of(store, name)
        if mark is None or mark.erasure_id != erasure.erasure_id:
            continue
        if name == erasure.source_id:
            put_mark(store, name, mark._replace(done=True))
        else:
            store.delete(text_key(b"E", name))


def refuse_under_way(mark: Mark | None) -> None:
    """Nothing may be taken under a key that is about to go.

    Raises:
        Skippable: `erasure-under-way`.
    """
    if mark is not None and not mark.done:
        raise Skippable(
            "The record names somebody who is being erased at this moment.",
            "Send it again from its source when `mash keys erasures` shows nothing pending.",
            reason=UNDER_WAY,
        )


def dead_key() -> Skippable:
    """What to raise for something sealed under a key that was erased before it arrived."""
    return Skippable(
        "The record is sealed under a key that was erased while it was on its way.",
        "Send it again from its source (`mash connector run --again`): it is sealed under a new key then.",
        reason=DEAD_KEY,
    )


def refuse_held(record: SealedRecord) -> None:
    """An erasure that says itself that the law forbids it is a mistake.

    Raises:
        Skippable: `legal-hold`.
    """
    if record.terms.legal_hold:
        raise Skippable(
            "The erase record says that its record is under legal hold.",
            "The controller releases the hold first, and sends the erasure without it.",
            reason=LEGAL_HOLD,
        )
