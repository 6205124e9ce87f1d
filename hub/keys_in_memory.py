"""A key store in memory, for what never leaves the process: stories, trials of a match model, tests. Keeps nothing."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from hub.keystore import KEY_BYTES, Erased


class MemoryKeys:
    """A `hub.keystore.KeyStore`."""

    def __init__(self) -> None:
        """Begin with no key."""
        self._keys: dict[str, bytes] = {}
        self._gone: set[str] = set()

    def ensure(self, names: Iterable[str]) -> dict[str, bytes]:
        """See `KeyStore`."""
        return {n: self._keys.setdefault(n, secrets.token_bytes(KEY_BYTES)) for n in names}

    def get(self, name: str) -> bytes:
        """See `KeyStore`."""
        if name not in self._keys:
            raise Erased("The key of this identity is gone: it was erased.", reason="erased")
        return self._keys[name]

    def erase(self, name: str) -> bool:
        """See `KeyStore`."""
        self._gone.add(name)
        return self._keys.pop(name, None) is not None

    def was_erased(self, name: str) -> bool:
        """See `KeyStore`."""
        return name in self._gone
