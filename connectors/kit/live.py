"""A progress bar on a terminal while files are read; nothing elsewhere. It never shows a file's name or a record."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self

from connectors.kit.runner import Progress
from connectors.kit.tally import Tally

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID


class Live:
    """Shows how far the file in hand has come.

    Args:
        quiet: show nothing, also on a terminal.
        tally: the run's counts.
    """

    def __init__(self, tally: Tally, *, quiet: bool) -> None:
        """See the class."""
        self._tally = tally
        self._task: TaskID | None = None
        self._bar = _bar() if sys.stdout.isatty() and not quiet else None

    def __enter__(self) -> Self:
        """Begin to show."""
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        if self._bar:
            self._bar.stop()

    def begin(self, path: Path) -> None:
        """A file begins."""
        if self._bar:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task("reading", total=path.stat().st_size)

    def told(self, progress: Progress) -> None:
        """A batch is confirmed."""
        if self._bar and self._task is not None:
            text = f"{self._tally.published} published, {sum(self._tally.rejected.values())} set aside"
            self._bar.update(self._task, completed=progress.done, description=text)


def _bar() -> Bar:
    from rich.progress import (  # noqa: PLC0415 - slow to import, and most runs have no terminal
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeElapsedColumn(), transient=True
    )
