"""Rows in a hash table, for a trial: as fast for a million as for one. Nothing is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from hub.state.memory import MemoryStore

_ENTITY: Final = 9
"""Bytes of a key that name its table and entity: what nearly every scan asks for."""


class HashedRows(MemoryStore):
    """Rows whose cost does not grow with their number: the keys of one entity stand together, and are sorted on demand.

    A scan of a whole table looks at that table's entities.
    """

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._rows: dict[bytes, bytes] = {}
        self._near: defaultdict[bytes, defaultdict[bytes, list[bytes]]] = defaultdict(lambda: defaultdict(list))

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: bytes) -> bytes | None:
        """See `Store.get`."""
        return self._rows.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """See `Store.scan`."""
        for key in self._keys_from(prefix):
            if key in self._rows:
                yield key, self._rows[key]

    def _keys_from(self, prefix: bytes) -> list[bytes]:
        tables = [prefix[:1]] if prefix else sorted(self._near)
        entities = [self._near[t] for t in tables if t in self._near]
        if len(prefix) >= _ENTITY:
            near = entities[0].get(prefix[:_ENTITY], ()) if entities else ()
            return sorted(k for k in near if k.startswith(prefix))
        return sorted(
            k for some in entities for name, keys in some.items() if name[: len(prefix)] == prefix for k in keys
        )

    def put(self, key: bytes, value: bytes, parsed: object = None) -> None:  # noqa: ARG002 - nothing is remembered
        """See `Store.put`."""
        if key not in self._rows:
            self._near[key[:1]][key[:_ENTITY]].append(key)
        self._rows[key] = value

    def delete(self, key: bytes) -> None:
        """See `Store.delete`."""
        if self._rows.pop(key, None) is None:
            return
        table = self._near[key[:1]]
        near = table[key[:_ENTITY]]
        near.remove(key)
        if not near:
            del table[key[:_ENTITY]]
