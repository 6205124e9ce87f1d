"""Child processes of a demonstration or benchmark: started tethered, looked at, ended in order. Knows no Kafka."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from hub.supervisor.plan import mash
from hub.tether import tethered

END_SECONDS = 25.0
"""For a supervisor to end its workers (15 s) and its broker."""


@dataclass
class Processes:
    """Children that end with this process, however it ends. Use as a context manager, from the main thread."""

    log_dir: Path
    environment: Mapping[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.log_dir.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Run `mash ARGUMENTS`; its output goes to `<log_dir>/<name>.log`."""
        return self.start_command(name, mash(*arguments))

    def start_command(self, name: str, command: Sequence[str]) -> subprocess.Popen[bytes]:
        """Run any command, likewise. One of that name that ended before is let go of."""
        if name in self.running:
            self._end_one(self.running[name])
        with self.log_path(name).open("wb") as log:
            child = subprocess.Popen(  # noqa: S603 - our own command line
                tethered(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | dict(self.environment),
                # A group of its own: Ctrl-C reaches us alone, and we end the children in order.
                start_new_session=True,
            )
        self.running[name] = child
        return child

    def log_path(self, name: str) -> Path:
        """Where a child's output is."""
        return self.log_dir / f"{name}.log"

    def failed(self, name: str) -> bool:
        """Whether a child has ended with an error."""
        return bool(self.running[name].poll())

    def ended(self, *names: str) -> bool:
        """Whether these children have ended."""
        return all(self.running[n].poll() is not None for n in names)

    def end(self) -> None:
        """End all, the last started first; kill what does not end. No signal interrupts this."""
        before = {s: signal.signal(s, signal.SIG_IGN) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            for child in reversed(self.running.values()):
                self._end_one(child)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @staticmethod
    def _end_one(child: subprocess.Popen[bytes]) -> None:
        """Ended already or not: it is waited for."""
        if child.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
            try:
                child.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
