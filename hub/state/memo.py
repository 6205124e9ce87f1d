"""What a partition's rows were last read as, kept across batches. No row may be written here.

Cores ask for the same few rows again and again: a person's members, a house's residents. A memo keeps what they parsed
to until the row, or a row under the prefix, is written. It is never ahead of the rows: `BatchStore` forgets in it
whatever it writes or takes back, and nothing else writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol, TypeVar

LIMIT: Final = 100_000
"""Rows remembered before all are forgotten: some 60 MB when parsed, and far more than a batch asks for."""
_MISSING: Final = object()

T = TypeVar("T")


class Readable(Protocol):
    """Ordered bytes -> bytes, to read."""

    def get(self, key: bytes) -> bytes | None:
        """The row's value, or None."""
        ...

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Rows by prefix in key order."""
        ...


class Memo:
    """Parsed rows by key, and parsed lists of rows by prefix."""

    __slots__ = ("_lengths", "_lists", "_rows")

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._rows: dict[bytes, Any] = {}
        self._lists: dict[bytes, tuple[Any, ...]] = {}
        self._lengths: tuple[int, ...] = ()

    def parsed(self, rows: Readable, key: bytes, parse: Callable[[bytes], T]) -> T | None:
        """A row as `parse` reads it; None where there is none. A key is always asked for with the same `parse`."""
        found: T | None = self._rows.get(key, _MISSING)  # type: ignore[assignment]
        if found is _MISSING:
            raw = rows.get(key)
            found = None if raw is None else parse(raw)
            if len(self._rows) >= LIMIT:
                self._rows.clear()
            self._rows[key] = found
        return found

    def listed(self, rows: Readable, prefix: bytes, parse: Callable[[bytes, bytes], T]) -> tuple[T, ...]:
        """Rows by prefix, each as `parse` reads its key and value; always with the same `parse`, as `parsed`."""
        found = self._lists.get(prefix)
        if found is None:
            found = tuple(parse(key, value) for key, value in rows.scan(prefix))
            if len(self._lists) >= LIMIT:
                self._lists.clear()
            self._lists[prefix] = found
            if len(prefix) not in self._lengths:
                self._lengths = (*self._lengths, len(prefix))
        return found

    def keep(self, key: bytes, parsed: object) -> None:
        """Remember what a row just written parses to."""
        self._rows[key] = parsed

    def forget(self, key: bytes) -> None:
        """A row was written or taken back."""
        self._rows.pop(key, None)
        if self._lists:
            for length in self._lengths:
                self._lists.pop(key[:length], None)


class Unremembered:
    """`parsed` and `listed` for rows that nothing is remembered of: read anew each time."""

    def parsed(self: Readable, key: bytes, parse: Callable[[bytes], T]) -> T | None:
        """See `Memo.parsed`."""
        raw = self.get(key)
        return None if raw is None else parse(raw)

    def listed(self: Readable, prefix: bytes, parse: Callable[[bytes, bytes], T]) -> tuple[T, ...]:
        """See `Memo.listed`."""
        return tuple(parse(key, value) for key, value in self.scan(prefix))
