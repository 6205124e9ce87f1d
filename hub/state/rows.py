"""The store that a core writes through: it can take one message's writes back, and knows what a batch changed.

It stands over any `Rows` (a dict in tests, an open LMDB transaction in a worker). Nothing here knows which,
and nothing here commits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Protocol, TypeVar

from hub.errors import Skippable
from hub.state.memo import MISSING, Memo

ROW_LIMIT: Final = 256_000
"""Bytes of key and value together. A journal row must fit a Kafka message (1 MB) with ease, and a row that grows
past this is an aggregate that should have been rows of its own."""

KEY_LIMIT: Final = 511
"""Bytes of a key: LMDB's limit."""

RESERVED: Final = b"\x00"
"""Keys that begin with this belong to the shell (the applied position), never to a core."""

_ABSENT: Final = object()

T = TypeVar("T")


class RowTooLarge(Skippable):
    """A core tried to write a row over the limit."""


class Rows(Protocol):
    """Ordered bytes -> bytes that can be written in place."""

    def get(self, key: bytes) -> bytes | None:
        """The row's value, or None."""
        ...

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Rows by prefix in key order; each step looks for the next key in the rows as they are then."""
        ...

    def put(self, key: bytes, value: bytes) -> None:
        """Write a row."""
        ...

    def delete(self, key: bytes) -> None:
        """Remove a row, if it is there."""
        ...


class BatchStore:
    """A `hub.state.api.Store` over rows, with one savepoint.

    Reads and writes stay here until a scan of rows of the same kind (the key's first byte) or `flush` needs them
    below: a row that a batch writes five times is written to LMDB once, and read once.

    Args:
        rows: what is written to; nothing else writes to it while the memo lives.
        memo: what the rows were read as by earlier batches.

    Attributes:
        changes: key -> the value it has now (None: deleted), for every row written since the batch began. This is
            what goes to the journal.
    """

    def __init__(self, rows: Rows, memo: Memo | None = None) -> None:
        """See the class."""
        self._rows = rows
        self._memo = memo or Memo()
        self.changes: dict[bytes, bytes | None] = {}
        self._known: dict[bytes, bytes | None] = {}
        """What was read or written in this batch, as it is now."""
        self._pending: dict[int, set[bytes]] = {}
        """Keys by their first byte whose row below is another one than here."""
        self._undo: dict[bytes, tuple[bytes | None, object]] = {}

    def get(self, key: bytes) -> bytes | None:
        """See `Store.get`."""
        value = self._known.get(key, _ABSENT)
        if value is _ABSENT:
            value = self._known[key] = self._rows.get(key)
        return value  # type: ignore[return-value] # `_ABSENT` is no row

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """See `Store.scan`. What is written while a scan goes on is seen if its key is still ahead."""
        self.flush(prefix)
        for row in self._rows.scan(prefix):
            yield row
            if self._pending:
                self.flush(prefix)

    def flush(self, prefix: bytes = b"") -> None:
        """Write to the rows below what waits here, of the kind of this prefix or all; the batch's end needs it."""
        kinds = [prefix[0]] if prefix else list(self._pending)
        for kind in kinds:
            for key in sorted(self._pending.pop(kind, ())):
                value = self._known[key]
                if value is None:
                    self._rows.delete(key)
                else:
                    self._rows.put(key, value)

    def parsed(self, key: bytes, parse: Callable[[bytes], T]) -> T | None:
        """See `Store.parsed`."""
        found: T | None = self._memo.rows.get(key, MISSING)
        return self._memo.read(self, key, parse) if found is MISSING else found

    def listed(self, prefix: bytes, parse: Callable[[bytes, bytes], T]) -> tuple[T, ...]:
        """See `Store.listed`."""
        found = self._memo.lists.get(prefix)
        return self._memo.read_list(self, prefix, parse) if found is None else found

    def begin_list(self, prefix: bytes) -> None:
        """See `Store.begin_list`."""
        self._memo.begin_list(prefix)

    def put(self, key: bytes, value: bytes, parsed: object = None) -> None:
        """See `Store.put`.

        Raises:
            RowTooLarge: key and value together are over `ROW_LIMIT`.
            ValueError: the key is empty, reserved or over `KEY_LIMIT`: a mistake in the core.
        """
        size = len(key)
        if not 0 < size <= KEY_LIMIT or key[0] == 0:
            raise ValueError(f"a row's key has 1 to {KEY_LIMIT} bytes and does not begin with a zero byte")
        if size + len(value) > ROW_LIMIT:
            raise RowTooLarge(
                f"A row of {len(key) + len(value)} bytes, over the {ROW_LIMIT} that a row may have.",
                "Split what it holds into rows of their own.",
                reason="row-too-large",
            )
        before = self._known.get(key, _ABSENT)
        if before is _ABSENT:
            before = self._known[key] = self._rows.get(key)
        if before == value:
            return  # a row that stays the same need not be written to the journal
        self._write(key, before, value)  # type: ignore[arg-type] # `_ABSENT` is no row
        if parsed is None:
            self._memo.forget(key)
        else:
            self._memo.replace(key, parsed)

    def delete(self, key: bytes) -> None:
        """See `Store.delete`."""
        before = self.get(key)
        if before is not None:
            self._write(key, before, None)
            self._memo.forget(key)

    def savepoint(self) -> None:
        """From here on, writes can be taken back together; what came before stays."""
        self._undo.clear()

    def rollback(self) -> None:
        """Take back every write since the savepoint."""
        for key, (value, change) in self._undo.items():
            self._memo.forget(key)
            self._known[key] = value
            self._pending.setdefault(key[0], set()).add(key)
            if change is _ABSENT:
                del self.changes[key]
            else:
                assert change is None or isinstance(change, bytes)
                self.changes[key] = change
        self._undo.clear()

    def _write(self, key: bytes, before: bytes | None, value: bytes | None) -> None:
        changes = self.changes
        if key not in self._undo:
            self._undo[key] = (before, changes.get(key, _ABSENT))
        self._known[key] = changes[key] = value
        try:
            self._pending[key[0]].add(key)
        except KeyError:
            self._pending[key[0]] = {key}
