"""A key per source identity, wrapped by a master key; deleting it erases the person. No record may pass through here.

SQLite on one machine: `secure_delete` overwrites what is deleted (LMDB would leave it in freed pages), WAL lets
every worker read while a connector writes. NIST SP 800-38F / RFC 3394 (AES key wrap) protects keys at rest; a KMS takes
the same protocol.

Invariants:
    - a key that one process destroyed is used by no other longer than `NOTICE_SECONDS`: every store looks for notices
      before it answers from memory;
    - a name that was erased gets another key when it is needed again, and what the old one sealed stays shut;
    - an erasure, named by its id, destroys the keys it finds once: done again it harms no key made since.
"""

from __future__ import annotations

import hmac
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from hub.errors import Fatal, Skippable

KEY_BYTES = 32
"""AES-256."""
_CACHE_KEYS = 200_000
"""About 30 MB of unwrapped keys: a county's busy identities."""
_SQL_CHUNK = 500
"""Below SQLite's limit of bound variables (999 in old builds)."""
NOTICE_SECONDS = 1.0
"""The longest that a process goes on using a key which another has destroyed. Looking costs some 5 us; asking the time
at each use, 0.05 us."""
_PRINT_BYTES = 16
_EXPIRING = "dead-letter"
"""Beginning of the names of keys that are only kept for a time: when they were made is written down."""

_TABLES = (
    "CREATE TABLE IF NOT EXISTS keys (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID",
    # AUTOINCREMENT: a number is never given twice, so that `seq > ?` finds every notice.
    """CREATE TABLE IF NOT EXISTS erased
       (seq INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, print TEXT NOT NULL, erasure TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS erased_by_name ON erased (name)",
    "CREATE TABLE IF NOT EXISTS applied (erasure TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS expiring (name TEXT PRIMARY KEY, made INTEGER NOT NULL) WITHOUT ROWID",
)


class Erased(Skippable):
    """The key is gone: the person was erased, and what was sealed under it can't be read any more."""


class Destroyed(NamedTuple):
    """A key that is gone: its name, and a print by which the same key is known again in a restored backup."""

    name: str
    print: str


@lru_cache(maxsize=65_536)
def cipher_of(key: bytes) -> AESGCM:
    """The cipher of a key, kept in memory until any key is destroyed."""
    return AESGCM(key)


def print_of(key: bytes) -> str:
    """A keyed hash of nothing but a constant: tells one key from another and says nothing of either."""
    return hmac.digest(key, b"mash key print", "sha256")[:_PRINT_BYTES].hex()


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

    def was_erased(self, name: str) -> bool:
        """Whether a key of this name was ever erased: then what does not open may have been sealed under that one."""
        ...


class SqliteKeyStore:
    """Keys in one SQLite file, wrapped by the master key.

    Args:
        path: the file; made if absent.
        master: 32 bytes.
        monotonic: seconds, for the bound on what is kept in memory.
        wall: seconds since 1970, for keys that expire.

    Raises:
        Fatal: the file can't be opened, or its keys were wrapped by another master key.
    """

    def __init__(
        self,
        path: Path,
        master: bytes,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """See the class."""
        self._master = master
        self._monotonic = monotonic
        self._wall = wall
        self._look_at = 0.0
        self._cache: dict[str, bytes] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # One statement at a time and no Python threads share it; other processes wait for 30 s.
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA secure_delete=ON")
            for table in _TABLES:
                self._db.execute(table)
            self._seen: int = self._db.execute("SELECT coalesce(max(seq), 0) FROM erased").fetchone()[0]
        except (sqlite3.Error, OSError) as error:
            text = f"The key store at {path} cannot be opened ({type(error).__name__})."
            raise Fatal(text, "Check that the folder is writable and the disk has room.") from error

    def close(self) -> None:
        """Close the file and forget the keys in memory."""
        self._cache.clear()
        self._db.close()

    def ensure(self, names: Iterable[str]) -> dict[str, bytes]:
        """See `KeyStore`."""
        if self._monotonic() >= self._look_at:
            self._keep_up()
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
        if self._monotonic() >= self._look_at:
            self._keep_up()
        key = self._cache.get(name) or self._read([name]).get(name)
        if key is None:
            raise Erased("The key of this identity is gone: it was erased.", reason="erased")
        return key

    def erase(self, name: str) -> bool:
        """See `KeyStore`."""
        return bool(self.destroy("", (name,)))

    def was_erased(self, name: str) -> bool:
        """See `KeyStore`."""
        return self._db.execute("SELECT 1 FROM erased WHERE name = ? LIMIT 1", (name,)).fetchone() is not None

    def destroy(self, erasure: str, names: Iterable[str]) -> list[Destroyed]:
        """Destroy keys, whole or not at all, and write down which. Durable before it returns.

        Args:
            erasure: id of the erasure: done again, it destroys nothing and says what it destroyed. '' has no memory.
            names: of the keys; a name without a key is no error.
        """
        wanted = sorted(set(names))
        with self._writing():
            done = self.destroyed_by(erasure)
            gone = self._take_out(wanted, erasure) if done is None else done
            if erasure and done is None:
                self._db.execute("INSERT INTO applied VALUES (?)", (erasure,))
        self._wipe(wanted)
        return gone

    def destroyed_by(self, erasure: str) -> list[Destroyed] | None:
        """What an erasure destroyed, by its id; None if it has not been carried out."""
        if not self._db.execute("SELECT 1 FROM applied WHERE erasure = ?", (erasure,)).fetchone():
            return None
        rows = self._db.execute("SELECT name, print FROM erased WHERE erasure = ? ORDER BY seq", (erasure,))
        return [Destroyed(*row) for row in rows]

    def reapply(self, gone: Iterable[Destroyed]) -> int:
        """Destroy again those of these very keys that are here: a backup brought them back. Returns how many.

        A key that was made since under the same name has another print, and stays.
        """
        listed = list(gone)
        with self._writing():
            back = self._back(listed)
            known = "SELECT ?, ?, '' WHERE NOT EXISTS (SELECT 1 FROM erased WHERE name = ? AND print = ?)"
            self._db.executemany(f"INSERT INTO erased (name, print, erasure) {known}", [(*d, *d) for d in listed])
            self._db.executemany("DELETE FROM keys WHERE name = ?", [(name,) for name in back])
        self._wipe([d.name for d in listed])
        return len(back)

    def returned(self, gone: Iterable[Destroyed]) -> int:
        """How many of these very keys are here, though they were destroyed. Changes nothing."""
        return len(self._back(list(gone)))

    def expire(self, prefix: str, before: float) -> int:
        """Remove keys of dead letters that were made before a time (seconds since 1970). Returns how many.

        Args:
            prefix: beginning of their names.
            before: the time. A key of which nobody knows when it was made counts as made now.
        """
        like, now = f"{prefix}*", int(self._wall())
        unknown = "SELECT name, ? FROM keys WHERE name GLOB ? AND name NOT IN (SELECT name FROM expiring)"
        with self._writing():
            self._db.execute(f"INSERT INTO expiring {unknown}", (now, like))
            due = self._db.execute("SELECT name FROM expiring WHERE name GLOB ? AND made < ?", (like, int(before)))
            names = [name for (name,) in due]
            self._take_out(names, "")
            self._db.executemany("DELETE FROM expiring WHERE name = ?", [(n,) for n in names])
        if names:
            self._wipe(names)
        return len(names)

    def _back(self, listed: list[Destroyed]) -> list[str]:
        here = {name: print_of(key) for name, key in self._read([d.name for d in listed]).items()}
        return [d.name for d in listed if here.get(d.name) == d.print]

    def _keep_up(self) -> None:
        """Forget what other processes have destroyed since the last look."""
        self._look_at = self._monotonic() + NOTICE_SECONDS
        notices = self._db.execute("SELECT seq, name FROM erased WHERE seq > ? ORDER BY seq", (self._seen,)).fetchall()
        if notices:
            self._seen = notices[-1][0]
            self._forget([name for _, name in notices])

    def _forget(self, names: Iterable[str]) -> None:
        for name in names:
            self._cache.pop(name, None)
        cipher_of.cache_clear()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction, and no other process's meanwhile."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    def _take_out(self, names: list[str], erasure: str) -> list[Destroyed]:
        """Delete the keys that there are, and leave a notice of each for the other processes."""
        gone = [Destroyed(name, print_of(key)) for name, key in sorted(self._read(names).items())]
        self._db.executemany("DELETE FROM keys WHERE name = ?", [(d.name,) for d in gone])
        rows = [(d.name, d.print, erasure) for d in gone]
        self._db.executemany("INSERT INTO erased (name, print, erasure) VALUES (?, ?, ?)", rows)
        return gone

    def _wipe(self, names: Iterable[str]) -> None:
        """Leave nothing of them in memory, nor in the write-ahead log."""
        self._forget(names)
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

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
        with self._writing():
            # Another process may have made the same key a moment earlier: what is stored holds. Now nobody can.
            found = self._read(names)
            fresh = {n: secrets.token_bytes(KEY_BYTES) for n in names if n not in found}
            wrapped = [(n, aes_key_wrap(self._master, key)) for n, key in fresh.items()]
            self._db.executemany("INSERT INTO keys VALUES (?, ?)", wrapped)
            made = [(n, int(self._wall())) for n in fresh if n.startswith(_EXPIRING)]
            self._db.executemany("INSERT OR REPLACE INTO expiring VALUES (?, ?)", made)
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
