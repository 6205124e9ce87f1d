"""A folder that one process holds alone, for as long as it lives. Nothing about what is kept in it.

A worker takes the first free slot of its app: restarted, it finds its cache again; beside a stopped or slow
predecessor, which still holds its own, it takes another. Two processes never share one.
"""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import IO

from hub.errors import Fatal

MOST_SLOTS = 256
"""Processes of one app on one machine; more is a mistake in whatever starts them."""


class Slot:
    """A folder held until `release`, or until the process ends in whatever way.

    Attributes:
        folder: the folder.
    """

    def __init__(self, folder: Path, lock: IO[bytes]) -> None:
        """See `take_slot`."""
        self.folder = folder
        self._lock = lock

    def release(self) -> None:
        """Let others have it."""
        self._lock.close()


def take_slot(parent: Path) -> Slot:
    """The first slot (`0`, `1`, ...) of `parent` that nobody holds.

    Raises:
        Fatal: every slot is held.
    """
    for number in range(MOST_SLOTS):
        folder = parent / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "in-use.lock").open("wb")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        return Slot(folder, lock)
    raise Fatal(f"All {MOST_SLOTS} slots of {parent} are held by other processes.", "Stop some (`mash status`).")
