"""Says who is compared again after the match model changed, some at each tick. Compares nobody, forms no person."""

from __future__ import annotations

from typing import Final

import msgspec

from hub.state.api import Store
from streams.identity import rows
from streams.identity.rows import num_at

PER_TICK: Final = 500
"""Source identities at one tick: about a second's work. A million in 8 partitions takes some five minutes."""
_ROW: Final = b"M"


class _Reached(msgspec.Struct, array_like=True):
    """How far: the next number, and the last that was given out when the model changed; both 0 once all were."""

    fingerprint: str
    following: int = 0
    last: int = 0


_decode = msgspec.json.Decoder(_Reached).decode
_encode = msgspec.json.Encoder().encode


def advance(store: Store, fingerprint: str) -> range:
    """The next source identities to compare with this model; empty once everybody was.

    Whoever came after the model changed was compared with it from the first.
    """
    value = store.get(_ROW)
    reached = _decode(value) if value is not None else None
    if reached is None or reached.fingerprint != fingerprint:
        counter = store.get(rows.COUNTER)
        reached = _Reached(fingerprint, 1, num_at(counter, 0)) if counter is not None else _Reached(fingerprint)
    elif not reached.following:
        return range(0)
    some = range(reached.following, min(reached.following + PER_TICK, reached.last + 1)) if reached.last else range(0)
    done = not some or some.stop > reached.last
    store.put(_ROW, _encode(_Reached(fingerprint) if done else _Reached(fingerprint, some.stop, reached.last)))
    return some


def is_done(store: Store, fingerprint: str) -> bool:
    """Whether every link is of this model."""
    return store.get(_ROW) == _encode(_Reached(fingerprint))
