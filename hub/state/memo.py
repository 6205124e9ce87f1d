"""What a partition's rows were last read as, kept across batches. No row may be written here.

Cores ask for the same few rows again and again: a person's members, a house's residents. A memo keeps what they parsed
to until the row, or a row under the prefix, is written. It is never ahead of the rows: `BatchStore` forgets in it
whatever it writes or takes back, and nothing else writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol, TypeVar

LIMIT: Final = 50_000
"""Rows remembered before the earlier ones are forgotten; twice as many at most, some 60 MB when parsed."""
MISSING: Final = object()
"""Nothing is remembered."""

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
    """Parsed rows by key, and parsed lists of rows by prefix.

    Attributes:
        rows: what is remembered of rows (None: there is none), for `BatchStore` to look into.
        lists: as `rows`, by prefix.
    """

    __slots__ = ("_earlier", "_lengths", "lists", "rows")

    def __init__(self) -> None:
        """Remember nothing yet."""
        self.rows: dict[bytes, Any] = {}
        self._earlier: dict[bytes, Any] = {}
        self.lists: dict[bytes, tuple[Any, ...]] = {}
        self._lengths: dict[int, tuple[int, ...]] = {}
        """Lengths of the prefixes that lists were asked for, by their first byte: few tables have any."""

    def read(self, store: Readable, key: bytes, parse: Callable[[bytes], T]) -> T | None:
        """A row as `parse` reads it; None where there is none. A key is always asked for with the same `parse`."""
        found: T | None = self._earlier.get(key, MISSING)
        if found is MISSING:
            raw = store.get(key)
            found = None if raw is None else parse(raw)
        self.keep(key, found)
        return found

    def read_list(self, store: Readable, prefix: bytes, parse: Callable[[bytes, bytes], T]) -> tuple[T, ...]:
        """Rows by prefix, each as `parse` reads its key and value; always with the same `parse`, as `read`."""
        found = tuple(parse(key, value) for key, value in store.scan(prefix))
        if len(self.lists) >= LIMIT:
            self.lists.clear()
        if prefix:  # all rows there are would be forgotten with the next write
            self._note(prefix, found)
        return found

    def begin_list(self, prefix: bytes) -> None:
        """Remember that there are no rows under a prefix."""
        self._note(prefix, ())

    def _note(self, prefix: bytes, found: tuple[Any, ...]) -> None:
        self.lists[prefix] = found
        lengths = self._lengths.get(prefix[0], ())
        if len(prefix) not in lengths:
            self._lengths[prefix[0]] = (*lengths, len(prefix))

    def keep(self, key: bytes, parsed: object) -> None:
        """Remember what a row parses to. What nobody asked for since as many others came is forgotten."""
        if len(self.rows) >= LIMIT:
            self._earlier, self.rows = self.rows, {}
        self.rows[key] = parsed

    def replace(self, key: bytes, parsed: object) -> None:
        """A row was written: remember what its new value parses to."""
        self.keep(key, parsed)  # what was read earlier is never looked for while this is here
        self._forget_lists(key)

    def forget(self, key: bytes) -> None:
        """A row was written, deleted or taken back: nobody has read it yet as it is now."""
        self.rows.pop(key, None)
        self._earlier.pop(key, None)
        for length in self._lengths.get(key[0], ()):
            self.lists.pop(key[:length], None)

    def _forget_lists(self, key: bytes) -> None:
        for length in self._lengths.get(key[0], ()):
            self.lists.pop(key[:length], None)


class Unremembered:
    """`parsed` and `listed` for rows that nothing is remembered of: read anew each time."""

    def parsed(self: Readable, key: bytes, parse: Callable[[bytes], T]) -> T | None:
        """See `hub.state.api.Rows.parsed`."""
        raw = self.get(key)
        return None if raw is None else parse(raw)

    def listed(self: Readable, prefix: bytes, parse: Callable[[bytes, bytes], T]) -> tuple[T, ...]:
        """See `hub.state.api.Rows.listed`."""
        return tuple(parse(key, value) for key, value in self.scan(prefix))

    def begin_list(self, prefix: bytes) -> None:
        """See `hub.state.api.Store.begin_list`."""
