"""What every long-running process of the hub does first: settings, logs, /metrics, and a way to be told to stop."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from pathlib import Path
from typing import Final

from hub import log, metrics
from hub.settings import Settings, load


def begin(name: str) -> Settings:
    """Set this process up under `name` (`clock`, `worker-identity` ...) and return its settings."""
    settings = load()
    log.configure(settings.log_level, process=name)
    metrics.serve(settings.metrics_port, name, settings.metrics_host)
    return settings


_AUTOGROUP: Final = Path("/proc/self/autogroup")
"""Linux shares the cores out by session first, where it groups by session (`sched_autogroup_enabled`; man 7 sched):
niceness only counts within one."""
STAND_BACK: Final = 10
"""Niceness (POSIX `nice`) of a process that reads files: next to a busy worker it gets a tenth of a core."""


def stand_back() -> None:
    """Let every other process go first. Of no effect where the system knows no niceness.

    Who reads a file is never in a hurry, and four of them on two cores kept the stages behind them from working: the
    records only waited in Kafka, and at the end one core stood idle.
    """
    if hasattr(os, "nice"):
        os.nice(STAND_BACK)
        if os.getsid(0) == os.getpid():  # a session of its own, as a service has: nobody else's priority is touched
            with contextlib.suppress(OSError):  # not on Linux, or without it in its kernel
                _AUTOGROUP.write_text(str(STAND_BACK), "ascii")


def stop_on_signal() -> threading.Event:
    """An event that Ctrl-C, SIGTERM or the terminal's end sets: nothing is torn in the middle."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    return stop
