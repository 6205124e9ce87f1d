"""The cache of one partition's journal, in LMDB. It may be thrown away at any time, and is never ahead of the journal.

A batch writes into one open LMDB transaction, which gives it its own writes to read in key order. That transaction
is committed only after Kafka's was, together with the journal offset that it stands at; until then a kill leaves
nothing behind. In doubt the cache is wiped and the journal read from its beginning.

LMDB syncs nothing to disk here: after a kill of the process the operating system still writes what it was given, and
after a crash of the operating system the boot id differs and the cache is wiped.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import lmdb
import psutil

from hub.errors import Fatal
from hub.state.memo import Unremembered

FORMAT: Final = 1
"""Of the rows in the file; another format is wiped."""
MAP_BYTES: Final = 64 << 30
"""Address space, not disk: about ten times a region of 4 million identities. The file has that length from the
beginning, and takes room on the disk only as it is written (a sparse file)."""
ROOM_BYTES: Final = 256 << 20
"""Free space below which no batch begins: a batch writes some 10 MB, and other programs write too."""
_IDENTITY: Final = b"identity"
_STATE: Final = b"state"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class StoreBroken(Fatal):
    """LMDB refused: the disk is full, or the file is damaged."""


@dataclass(frozen=True, slots=True)
class CacheIdentity:
    """Of which journal a file is the cache. Any difference, and the file is wiped."""

    cluster_id: str
    journal: str
    journal_topic_id: str
    partition: int
    boot_id: str
    format: int = FORMAT


class Saved(NamedTuple):
    """How far a cache reaches."""

    journal_next: int
    """The first journal offset that is not in it."""
    saved_at: float
    """Wall clock of its last write, seconds since 1970."""
    position: bytes
    """The encoded position (`hub.state.journal.Position`); empty before the first batch."""


def boot_id() -> str:
    """What changes when the operating system starts anew."""
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return f"boot-{psutil.boot_time():.0f}"


class LmdbRows(Unremembered):
    """Rows of an open LMDB transaction; a `hub.state.rows.Rows`."""

    def __init__(self, transaction: Any, database: Any) -> None:
        """See the class."""
        self._txn = transaction  # opened without `buffers`: it gives bytes, where lmdb's types allow for views as well
        self._db = database
        self._mutations = 0

    def get(self, key: bytes) -> bytes | None:
        """See `Rows.get`."""
        try:
            value: bytes | None = self._txn.get(key, db=self._db)
        except lmdb.Error as error:
            raise _broken("read", error) from error
        return value

    def count(self) -> int:
        """How many rows there are; LMDB keeps the number."""
        return int(self._txn.stat(self._db)["entries"])

    def put(self, key: bytes, value: bytes) -> None:
        """See `Rows.put`."""
        self._mutations += 1
        try:
            self._txn.put(key, value, db=self._db)
        except lmdb.Error as error:
            raise _broken("write", error) from error

    def delete(self, key: bytes) -> None:
        """See `Rows.delete`."""
        self._mutations += 1
        try:
            self._txn.delete(key, db=self._db)
        except lmdb.Error as error:
            raise _broken("delete", error) from error

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """See `Rows.scan`."""
        try:
            cursor = self._txn.cursor(db=self._db)
            found = cursor.set_range(prefix)
            while found:
                key, value = cursor.item()
                if not key.startswith(prefix):
                    return
                seen = self._mutations
                yield key, value
                # After a write the cursor may stand anywhere near: look the next key up afresh.
                found = cursor.next() if seen == self._mutations else cursor.set_range(key + b"\x00")
        except lmdb.Error as error:
            raise _broken("scan", error) from error


def _broken(what: str, error: lmdb.Error | OSError) -> StoreBroken:
    return StoreBroken(
        f"The local store failed to {what} ({type(error).__name__}).",
        "Check the disk's free space; delete the folder state/ of this worker and start again: it is only a cache.",
    )


class LmdbCache:
    """The cache file of one (stage, partition) in one worker's folder, which the worker holds alone.

    Args:
        folder: the file's own folder; made if absent.
        identity: which journal it caches.
    """

    def __init__(self, folder: Path, identity: CacheIdentity) -> None:
        """Open the file; a damaged or foreign one is wiped."""
        self._folder = folder
        self._identity = json.dumps(asdict(identity), sort_keys=True).encode()
        self._txn: lmdb.Transaction | None = None
        try:
            self._open()
            known = self._read(_IDENTITY) == self._identity
        except lmdb.Error:
            known = False
        if not known:
            self.wipe()

    def saved(self) -> Saved | None:
        """How far it reaches; None if it is empty."""
        state = self._read(_STATE)
        if state is None:
            return None
        head, _, position = state.partition(b"\n")
        journal_next, saved_at = head.split()
        return Saved(int(journal_next), float(saved_at), position)

    def wipe(self) -> None:
        """Throw everything away and begin empty."""
        self.close()
        try:
            shutil.rmtree(self._folder)
            self._open()
            with self._env.begin(write=True) as txn:
                txn.put(_IDENTITY, self._identity, db=self._meta)
        except (lmdb.Error, OSError) as error:
            raise _broken("begin afresh", error) from error

    def begin(self) -> LmdbRows:
        """Open the batch's transaction. One at a time."""
        assert self._txn is None, "the last batch was neither committed nor aborted"
        self._has_room()
        self._txn = self._env.begin(write=True)
        return LmdbRows(self._txn, self._rows)

    def _has_room(self) -> None:
        """A full disk would end the process without a word: what is written to a map has nobody to refuse it."""
        disk = os.statvfs(self._folder)
        if disk.f_bavail * disk.f_frsize < ROOM_BYTES:
            raise StoreBroken(
                f"The disk of the local store {self._folder} has less than {ROOM_BYTES >> 20} MB left.",
                "Make room, or set HUB_DATA_DIR to a larger disk; the store is only a cache and is made again.",
            )

    @contextmanager
    def committed(self) -> Iterator[LmdbRows]:
        """The rows as they were last committed, to read only; a batch may be open beside it."""
        with self._env.begin() as txn:
            yield LmdbRows(txn, self._rows)

    def commit(self, saved: Saved) -> None:
        """Keep the batch's writes, and how far the cache now reaches, in one write."""
        assert self._txn is not None
        head = b"%d %r\n" % (saved.journal_next, saved.saved_at)
        try:
            self._txn.put(_STATE, head + saved.position, db=self._meta)
            self._txn.commit()
        except lmdb.Error as error:
            raise _broken("commit", error) from error
        finally:
            self._txn = None

    def abort(self) -> None:
        """Drop the open batch, if there is one."""
        if self._txn is not None:
            self._txn.abort()
            self._txn = None

    def close(self) -> None:
        """Close the file, dropping an open batch."""
        self.abort()
        if hasattr(self, "_env"):
            self._env.close()

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        # A row written to the map itself costs half of one that is written to the file: 2.5 us instead of 5.5 at
        # two million rows, since each of a batch's rows lies on a page of its own.
        self._env = lmdb.open(
            str(self._folder),
            map_size=MAP_BYTES,
            max_dbs=2,
            sync=False,
            metasync=False,
            writemap=True,
            map_async=True,
            max_readers=8,
        )
        self._meta = self._env.open_db(b"meta")
        self._rows = self._env.open_db(b"rows")

    def _read(self, key: bytes) -> bytes | None:
        with self._env.begin() as txn:
            value = txn.get(key, db=self._meta)
            return None if value is None else bytes(value)
