"""Looks at everybody again after the rule pack changed, some at each tick. Decides nothing about anybody."""

from __future__ import annotations

from functools import cache
from itertools import islice

import msgspec

from hub.state.api import Store
from streams.picture.keys import key, rows_after

PER_TICK = 2_000
"""Persons at one tick: about a second's work. A county of 700,000 in 8 partitions takes under two minutes."""
_ROW = key("v", "pack")
_HEADS = key("p", "")


def is_due(store: Store, fingerprint: str, person_id: str) -> bool:
    """Whether a person's own layer may still be of another pack."""
    value = store.get(_ROW)
    if value == _done(fingerprint):
        return False
    if value is None:
        return True
    known, reached = msgspec.json.decode(value)
    return bool(known != fingerprint or (reached is not None and person_id > reached))


@cache
def _done(fingerprint: str) -> bytes:
    return msgspec.json.encode([fingerprint, None])


def advance(store: Store, fingerprint: str) -> list[str]:
    """The next persons to look at with this pack, in the order of their ids; empty once everybody was."""
    value = store.get(_ROW)
    known, reached = msgspec.json.decode(value) if value else ("", None)
    if known == fingerprint and reached is None:
        return []
    last = _HEADS + (reached or "").encode() if known == fingerprint else _HEADS
    found = [row_key[len(_HEADS) :].decode() for row_key, _ in islice(rows_after(store, _HEADS, last), PER_TICK)]
    store.put(_ROW, msgspec.json.encode([fingerprint, found[-1] if len(found) == PER_TICK else None]))
    return found
