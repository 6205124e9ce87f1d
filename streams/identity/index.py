"""The index: who is found under a blocking key, or at a place. Postings only; no features and no weights may live here.

Postings stand in chunks of bounded size; the first chunk says how many there are. A key that thousands share costs
each newcomer a bounded number of chunks now, and the backlog the rest.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from hub.state.api import Store
from streams.identity.blocking import HASH_BYTES
from streams.identity.rows import num

CHUNK = 128
"""Numbers a row: 1 kB, so that adding one rewrites little."""
_COUNT = struct.Struct(">H")
_SIZE = 8


_FIRST = _COUNT.pack(0)


def _row(key: bytes, chunk: int) -> bytes:
    return b"b" + key + (_COUNT.pack(chunk) if chunk else _FIRST)


class Chunk(NamedTuple):
    """One row of a key.

    Attributes:
        chunks: how many the key has, in its first row; 0 in the others.
        numbers: in order of arrival.
    """

    chunks: int
    numbers: tuple[int, ...]


def _parse(raw: bytes) -> Chunk:
    chunks, *numbers = struct.unpack(f">H{len(raw) // _SIZE}Q", raw)
    return Chunk(chunks, tuple(numbers))


_EMPTY = Chunk(0, ())


def _read(store: Store, key: bytes, chunk: int) -> Chunk:
    return store.parsed(_row(key, chunk), _parse) or _EMPTY


def _write(store: Store, key: bytes, chunk: int, new: Chunk) -> None:
    raw = struct.pack(f">H{len(new.numbers)}Q", new.chunks, *new.numbers)
    store.put(_row(key, chunk), raw, new)


def first(store: Store, key: bytes) -> Chunk:
    """The first chunk of a key, which for most keys is the only one; empty if nobody stands under it."""
    return _read(store, key, 0)


def members(store: Store, key: bytes, chunk: int) -> tuple[int, ...]:
    """The numbers in one chunk of a key, in order of arrival."""
    return _read(store, key, chunk).numbers


def postings(store: Store, key: bytes) -> Iterable[tuple[int, tuple[int, ...]]]:
    """Chunk by chunk, the oldest first: its place, and the numbers in it. Later ones are read when it is their turn."""
    oldest = first(store, key)
    begun = ((0, oldest.numbers),) if oldest.chunks else ()
    if oldest.chunks <= 1:
        return begun
    return chain(begun, ((at, members(store, key, at)) for at in range(1, oldest.chunks)))


def add(store: Store, key: bytes, number: int) -> None:
    """Put a number under a key, in its last chunk."""
    oldest = first(store, key)
    if not oldest.chunks:
        _write(store, key, 0, Chunk(1, (number,)))
        return
    at = oldest.chunks - 1
    last = oldest if at == 0 else _read(store, key, at)
    if len(last.numbers) < CHUNK:
        _write(store, key, at, Chunk(last.chunks, (*last.numbers, number)))
    else:
        _write(store, key, at + 1, Chunk(0, (number,)))
        _write(store, key, 0, oldest._replace(chunks=at + 2))


def remove(store: Store, key: bytes, number: int) -> None:
    """Take a number from under a key. Emptied chunks stay until the key has nobody left."""
    count = first(store, key).chunks
    left = 0
    for chunk in range(count):
        held = list(members(store, key, chunk))
        if number in held:
            held.remove(number)
            _write(store, key, chunk, Chunk(count if chunk == 0 else 0, tuple(held)))
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
    held = held_keys(store, number)
    if held == keys:
        return
    before, after = set(held), set(keys)
    for key in sorted(before - after):
        remove(store, key, number)
    for key in sorted(after - before):
        add(store, key, number)
    if keys:
        store.put(b"k" + num(number), b"".join(keys))
    else:
        store.delete(b"k" + num(number))
