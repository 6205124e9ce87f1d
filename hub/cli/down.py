"""`mash down`: stops what `mash up` started."""

from __future__ import annotations

import contextlib
import os
import signal
import time

import psutil
import typer

from hub.settings import Settings, load
from hub.supervisor import state as state_files

STOP_SECONDS = 60.0
"""Workers have 15 s and the broker 20; past a minute the supervisor hangs, and killing it ends its children too."""
POLL_SECONDS = 0.1

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: mash down")
def down() -> None:
    """Stop the hub on this machine: clock and workers first, then Kafka. What is stored stays."""
    settings = load(find_running=False)
    state = state_files.read(settings.data_dir)
    if state is None:
        typer.echo(f"No hub runs from {settings.data_dir}.")
        return
    stop(settings, state.pid)
    typer.echo("The hub is down.")


def stop(settings: Settings, pid: int) -> None:
    """Stop the supervisor with this process id and all its children; return when they are gone."""
    try:
        process = psutil.Process(pid)
        children = process.children(recursive=True)
    except psutil.NoSuchProcess:
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    if not _gone([process], STOP_SECONDS):
        process.kill()
        state_files.remove(settings.data_dir)
    _gone(children, STOP_SECONDS)


def _gone(wanted: list[psutil.Process], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in wanted):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True
