"""A key per source identity, wrapped by a master key; deleting it erases the person. No record may pass through here.

SQLite on one machine: `secure_delete` overwrites what is deleted (LMDB would leave it in freed pages), WAL lets
every worker read while a connector writes. NIST SP 800-38F / RFC 3394 (AES key wrap) protects keys at rest; a KMS takes
the same protocol.
"""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from hub.errors import Fatal, Skippable

KEY_BYTES = 32
"""AES-256."""
_CACHE_KEYS = 200_000
"""About 30 MB of unwrapped keys: a county's busy identities."""
_SQL_CHUNK = 500
"""Below SQLite's limit of bound variables (999 in old builds)."""


class Erased(Skippable):
    """The key is gone: the person was erased, and what was sealed under it can't be read any more."""


class KeyStore(Protocol):
    """Where keys live."""

    def ensure(self, names: Iterable[str]) -> dict[str, bytes]:
        """Keys by name, made where new. Durable before it returns."""
        ...

    def get(self, name: str) -> bytes:
        """A key.

        Raises:
            Erased: there is none.
        """
        ...

    def erase(self, name: str) -> bool:
        """Delete a key for good; False if there was none."""
        ...


class SqliteKeyStore:
    """Keys in one SQLite file, wrapped by the master key.

    Args:
        path: the file; made if absent.
        master: 32 bytes.

    Raises:
        Fatal: the file can't be opened, or its keys were wrapped by another master key.
    """

    def __init__(self, path: Path, master: bytes) -> None:
        """See the class."""
        self._master = master
        self._cache: dict[str, bytes] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # One statement at a time and no Python threads share it; other processes wait for 30 s.
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA secure_delete=ON")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS keys (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID"
            )
        except (sqlite3.Error, OSError) as error:
            text = f"The key store at {path} cannot be opened ({type(error).__name__})."
            raise Fatal(text, "Check that the folder is writable and the disk has room.") from error

    def close(self) -> None:
        """Close the file and forget the keys in memory."""
        self._cache.clear()
        self._db.close()

    def ensure(self, names: Iterable[str]) -> dict[str, bytes]:
        """See `KeyStore`."""
        wanted = set(names)
        found = {n: self._cache[n] for n in wanted if n in self._cache}
        missing = sorted(wanted - found.keys())
        if missing:
            found |= self._read(missing)
            new = [n for n in missing if n not in found]
            if new:
                found |= self._make(new)
        return found

    def get(self, name: str) -> bytes:
        """See `KeyStore`."""
        key = self._cache.get(name) or self._read([name]).get(name)
        if key is None:
            raise Erased("The key of this identity is gone: it was erased.", reason="erased")
        return key

    def erase(self, name: str) -> bool:
        """See `KeyStore`."""
        self._cache.pop(name, None)
        gone = self._db.execute("DELETE FROM keys WHERE name = ?", (name,)).rowcount > 0
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    def forget(self, name: str) -> None:
        """Drop a key from this process's memory, where another process erased it."""
        self._cache.pop(name, None)

    def _read(self, names: list[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for start in range(0, len(names), _SQL_CHUNK):
            chunk = names[start : start + _SQL_CHUNK]
            marks = ",".join("?" * len(chunk))
            for name, wrapped in self._db.execute(f"SELECT name, wrapped FROM keys WHERE name IN ({marks})", chunk):  # noqa: S608 - only question marks
                found[name] = self._unwrap(wrapped)
        self._remember(found)
        return found

    def _make(self, names: list[str]) -> dict[str, bytes]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have made the same key a moment earlier: what is stored holds. Now nobody can.
            found = self._read(names)
            fresh = {n: secrets.token_bytes(KEY_BYTES) for n in names if n not in found}
            wrapped = [(n, aes_key_wrap(self._master, key)) for n, key in fresh.items()]
            self._db.executemany("INSERT INTO keys VALUES (?, ?)", wrapped)
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._remember(fresh)
        return found | fresh

    def _unwrap(self, wrapped: bytes) -> bytes:
        try:
            return aes_key_unwrap(self._master, wrapped)
        except InvalidUnwrap as error:
            raise Fatal(
                "The key store's keys were wrapped by another master key.",
                "Set HUB_MASTER_KEY_FILE to the key file that belongs to this key store.",
            ) from error

    def _remember(self, keys: dict[str, bytes]) -> None:
        if len(self._cache) + len(keys) > _CACHE_KEYS:
            self._cache.clear()
        self._cache |= keys
