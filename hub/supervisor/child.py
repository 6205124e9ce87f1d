"""One process that is kept running: started, looked at, started again after a pause that grows. Knows no Kafka."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from hub.supervisor.plan import Wanted
from hub.supervisor.state import ProcessState
from hub.tether import tethered

FIRST_PAUSE = 0.5
"""Seconds before the first restart: a worker that lost its broker for a moment is back at once."""
LONGEST_PAUSE = 30.0
"""Seconds: what is broken for good is tried twice a minute, and shows in `mash status`."""
HEALTHY_AFTER = 60.0
"""Seconds after which a process counts as well: the next pause is the first again."""
LOG_BYTES = 20_000_000
"""A log that grows past this is moved aside; one older is kept."""


class Child:
    """One process.

    Args:
        wanted: what to run.
        environment: its environment.
        log_file: where its output goes; None lets it write where the supervisor does.
    """

    def __init__(self, wanted: Wanted, environment: Mapping[str, str], log_file: Path | None) -> None:
        """See the class."""
        self.wanted = wanted
        self.state = ProcessState(wanted.name, None, wanted.metrics_port)
        self._environment = environment
        self._log_file = log_file
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._pause = FIRST_PAUSE
        self._due = 0.0

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def look(self, monotonic: float, unix: float) -> bool:
        """Start it if it is due; note if it has ended. Returns whether anything changed.

        Args:
            monotonic: seconds of a clock that never goes back.
            unix: wall-clock time, for people.
        """
        if self._process is None:
            if monotonic < self._due:
                return False
            self._start(monotonic, unix)
            return True
        code = self._process.poll()
        if code is None:
            return False
        self._process = None
        if monotonic - self._started >= HEALTHY_AFTER:
            self._pause = FIRST_PAUSE
        self._due = monotonic + self._pause
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self.state.pid = None
        self.state.restarts += 1
        self.state.last_exit = in_words(code)
        return True

    def terminate(self) -> None:
        """Ask it to end."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()

    def end(self, seconds: float) -> None:
        """Wait until it has ended; after so many seconds, kill it."""
        if self._process is None:
            return
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self.state.pid = None

    def trim_log(self) -> None:
        """Move a log that has grown too long aside, under the process that writes it (it appends)."""
        path = self._log_file
        if path is not None and path.exists() and path.stat().st_size > LOG_BYTES:
            shutil.copyfile(path, path.with_suffix(".log.1"))
            with path.open("r+b") as file:
                file.truncate(0)

    def _start(self, monotonic: float, unix: float) -> None:
        with contextlib.ExitStack() as open_files:
            output: IO[bytes] | None = None
            if self._log_file is not None:
                self._log_file.parent.mkdir(parents=True, exist_ok=True)
                output = open_files.enter_context(self._log_file.open("ab"))
            self._process = subprocess.Popen(  # noqa: S603 - our own command line
                tethered(self.wanted.command),
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # a Ctrl-C is the supervisor's, which stops all in order
            )
        self._started = monotonic
        self.state.pid = self._process.pid
        self.state.since = unix


MEANINGS = {75: "to be started again", 78: "a person has to mend something: see its log"}
"""EX_TEMPFAIL and EX_CONFIG of BSD's sysexits.h, as workers end with them."""


def in_words(code: int) -> str:
    """How a process ended, from its return code."""
    if code >= 0:
        return f"ended with code {code}" + (f" ({MEANINGS[code]})" if code in MEANINGS else "")
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
