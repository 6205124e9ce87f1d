"""Finds files to read: those of folders, and those that are dropped into a folder while it is watched. Reads none.

A dropped file is taken when its size and time were the same at two looks: a writer that pauses longer should write
under another name and rename the file when it is done.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from hub.errors import Fatal

LOOK_SECONDS = 1.0
"""Between two looks: a drop of a second's age is taken within two."""
_UNFINISHED = (".part", ".tmp", ".partial", ".crdownload", ".filepart")
"""What transfer programs call a file that they are still writing."""

_Seen = tuple[int, int, int]
"""Size, and when its bytes and its rights were changed: one that could not be read comes again when it can be."""


def files_of(paths: Iterable[Path]) -> list[Path]:
    """The files named, and those below the folders named, in order of name.

    Raises:
        Fatal: a path is not there.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.is_file() and _wanted(p))
        elif path.is_file():
            found.append(path)
        else:
            raise Fatal("A file or folder that was named is not there.", "Check the path and this user's rights.")
    return found


def dropped(paths: list[Path], stop: threading.Event, seconds: float = LOOK_SECONDS) -> Iterator[Path]:
    """Files as they come to rest, those that are there already first, until told to stop.

    A file that changes afterwards is given again.
    """
    given: dict[Path, _Seen] = {}
    last: dict[Path, _Seen] = {}
    while not stop.is_set():
        now = {path: seen for path in files_of(paths) if (seen := _look(path)) is not None}
        for path, seen in now.items():
            if stop.is_set():
                return
            if last.get(path) == seen and given.get(path) != seen:
                given[path] = seen
                yield path
        given = {path: seen for path, seen in given.items() if path in now}
        last = now
        stop.wait(seconds)


def _look(path: Path) -> _Seen | None:
    try:
        stat = path.stat()
    except FileNotFoundError:  # taken away between the listing and the look
        return None
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns


def _wanted(path: Path) -> bool:
    return not path.name.startswith(".") and path.suffix.lower() not in _UNFINISHED
