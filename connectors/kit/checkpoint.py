"""How far each source has been read and confirmed by Kafka, durably. No Kafka and no record may be named here.

SQLite with `synchronous=FULL`: a position that `advance` returned from survives a power cut. It may lag behind Kafka
(then records are sent again, and have no second effect), never run ahead of it.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from hub.errors import Fatal

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sources (
    id TEXT PRIMARY KEY,
    taken INTEGER NOT NULL,
    finished INTEGER NOT NULL,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class Position:
    """How far a source has come.

    Attributes:
        taken: native records (and rejects) from its beginning that Kafka has confirmed.
        finished: whether that is all of it.
    """

    taken: int = 0
    finished: bool = False


class Checkpoints:
    """Positions by source id (a keyed hash), in one SQLite file.

    Args:
        path: the file; made if absent.

    Raises:
        Fatal: it can't be opened.
    """

    def __init__(self, path: Path) -> None:
        """See the class."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=30, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute(_SCHEMA)
        except (sqlite3.Error, OSError) as error:
            raise Fatal(
                f"The checkpoints at {path} cannot be opened ({type(error).__name__}).",
                "Check that the folder is writable and the disk has room. Without them files are read anew, which does "
                "no harm: nothing has a second effect.",
            ) from error

    def position(self, source_id: str) -> Position:
        """How far the source has come; the beginning for one not seen before."""
        row = self._db.execute("SELECT taken, finished FROM sources WHERE id = ?", (source_id,)).fetchone()
        return Position(row[0], bool(row[1])) if row else Position()

    def advance(self, source_id: str, position: Position) -> None:
        """Say that all up to here is confirmed. Durable when it returns."""
        self._db.execute(
            "INSERT INTO sources (id, taken, finished) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
            "taken = excluded.taken, finished = excluded.finished, at = strftime('%Y-%m-%dT%H:%M:%SZ', 'now')",
            (source_id, position.taken, position.finished),
        )

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()
