"""What every long-running process of the hub does first: settings, logs, /metrics, and a way to be told to stop."""

from __future__ import annotations

import signal
import threading

from hub import log, metrics
from hub.settings import Settings, load


def begin(name: str) -> Settings:
    """Set this process up under `name` (`clock`, `worker-identity` ...) and return its settings."""
    settings = load()
    log.configure(settings.log_level, process=name)
    metrics.serve(settings.metrics_port, name, settings.metrics_host)
    return settings


def stop_on_signal() -> threading.Event:
    """An event that Ctrl-C, SIGTERM or the terminal's end sets: nothing is torn in the middle."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    return stop
