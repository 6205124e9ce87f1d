"""A file as a source: called by a hash of its name, recognised by a hash of its content. No record is read here.

A file's name may hold a person's name, and its content does: both go by keyed hashes, in positions, checkpoints, logs.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hub.errors import Fatal, Retriable
from hub.ids import Pseudonyms

CHUNK = 1 << 20
_SHORT = 12
"""Hexadecimal digits of a name's hash in positions: 48 bits tell the files of a source apart."""


class SourceChanged(Retriable):
    """The file was written to while it was read."""


class SourceUnreadable(Fatal):
    """This one file can't be read; others may be.

    Attributes:
        source: keyed hash of its name.
    """

    def __init__(self, source: str, kind: str) -> None:
        """See the class; `kind` is the class of the fault."""
        super().__init__(f"File {source} cannot be read ({kind}).", "Check that it exists and that you may read it.")
        self.source = source


@dataclass(frozen=True, slots=True)
class Source:
    """One file as it stood when it was looked at.

    Attributes:
        path: where it is.
        name: keyed hash of its name, short.
        content: keyed hash of all its bytes.
        size: bytes.
        modified_at: its time, UTC.
    """

    path: Path
    name: str
    content: bytes
    size: int
    modified_at: datetime

    def check_unchanged(self) -> None:
        """Make sure that what was read is what was hashed.

        Raises:
            SourceChanged: the file has another size or time now.
        """
        stat = self.path.stat()
        if (stat.st_size, _when(stat.st_mtime)) != (self.size, self.modified_at):
            raise SourceChanged(
                f"File {self.name} changed while it was read.",
                "It is read again when it has come to rest; write files under another name and rename them when done.",
            )


def look_at(path: Path, pseudonyms: Pseudonyms) -> Source:
    """Hash a file, a megabyte at a time.

    Raises:
        SourceUnreadable: it can't be read, or is not there any more.
    """
    digest = hmac.new(pseudonyms.secret, b"source-content", hashlib.sha256)
    name = pseudonyms.name("file", path.name)[:_SHORT]
    try:
        stat = path.stat()
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise SourceUnreadable(name, type(error).__name__) from error
    return Source(path, name, digest.digest()[:16], stat.st_size, _when(stat.st_mtime))


def _when(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)
