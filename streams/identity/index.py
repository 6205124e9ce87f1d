"""The index: who is found under a blocking key, or at a place. Postings only; no features and no weights may live here.

Postings stand in chunks of bounded size; the first chunk says how many there are. A key that thousands share costs
each newcomer a bounded number of chunks now, and the backlog the rest.
"""

from __future__ import annotations

import struct

from hub.state.api import Store
from streams.identity.blocking import HASH_BYTES
from streams.identity.rows import num

CHUNK = 128
"""Numbers a row: 1 kB, so that adding one rewrites little."""
_COUNT = struct.Struct(">H")
_SIZE = 8


def _row(key: bytes, chunk: int) -> bytes:
    return b"b" + key + _COUNT.pack(chunk)


def chunks(store: Store, key: bytes) -> int:
    """How many chunks a key has."""
    first = store.parsed(_row(key, 0), _parse)
    return 0 if first is None else first[0]


def members(store: Store, key: bytes, chunk: int) -> tuple[int, ...]:
    """The numbers in one chunk of a key, in order of arrival."""
    found = store.parsed(_row(key, chunk), _parse)
    return () if found is None else found[1]


def _parse(raw: bytes) -> tuple[int, tuple[int, ...]]:
    """Chunks of the key, if this is its first, and the numbers."""
    body = raw[_COUNT.size :]
    return int(_COUNT.unpack_from(raw)[0]), struct.unpack(f">{len(body) // _SIZE}Q", body)


def add(store: Store, key: bytes, number: int) -> None:
    """Put a number under a key, in its last chunk."""
    first = store.get(_row(key, 0))
    if first is None:
        store.put(_row(key, 0), _COUNT.pack(1) + num(number))
        return
    last = int(_COUNT.unpack_from(first)[0]) - 1
    raw = first if last == 0 else store.get(_row(key, last)) or b"\0\0"
    if len(raw) < _COUNT.size + CHUNK * _SIZE:
        store.put(_row(key, last), raw + num(number))
        return
    store.put(_row(key, last + 1), b"\0\0" + num(number))
    first = store.get(_row(key, 0)) or b""
    store.put(_row(key, 0), _COUNT.pack(last + 2) + first[_COUNT.size :])


def remove(store: Store, key: bytes, number: int) -> None:
    """Take a number from under a key. Emptied chunks stay until the key has nobody left."""
    count = chunks(store, key)
    left = 0
    for chunk in range(count):
        held = list(members(store, key, chunk))
        if number in held:
            held.remove(number)
            head = _COUNT.pack(count if chunk == 0 else 0)
            store.put(_row(key, chunk), head + b"".join(map(num, held)))
        left += len(held)
    if not left:
        for chunk in range(count):
            store.delete(_row(key, chunk))


def held_keys(store: Store, number: int) -> list[bytes]:
    """The keys under which a number stands."""
    raw = store.get(b"k" + num(number)) or b""
    return [raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)]


def move(store: Store, number: int, keys: list[bytes]) -> None:
    """Let a number stand under just these keys."""
    before, after = set(held_keys(store, number)), set(keys)
    for key in sorted(before - after):
        remove(store, key, number)
    for key in sorted(after - before):
        add(store, key, number)
    if keys:
        store.put(b"k" + num(number), b"".join(keys))
    else:
        store.delete(b"k" + num(number))
