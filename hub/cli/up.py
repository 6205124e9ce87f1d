"""`mash up`: starts the supervisor, waits until the hub is up, and leaves nothing behind when interrupted."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from typing import Annotated

import typer

from hub import log
from hub.cli.down import stop
from hub.cli.output import console
from hub.cli.process import stop_on_signal
from hub.cli.status import EXIT_NOT_UP
from hub.errors import Fatal, HubError
from hub.kafka.probe import listens
from hub.settings import Settings, load
from hub.supervisor import state as state_files
from hub.supervisor.look import ProcessReport, report
from hub.supervisor.plan import log_dir, stage_names
from hub.supervisor.supervisor import run

POLL_SECONDS = 0.1
EXIT_INTERRUPTED = 130
"""As shells say it: 128 + SIGINT."""
ANSWER_SECONDS = 60.0
"""For workers to import Faust and answer: some 3 s each, on two cores that all share."""

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: mash up   (then: mash status, and at the end: mash down)")
def up(
    *,
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay here, logs on this terminal, until Ctrl-C.")
    ] = False,
    stages: Annotated[
        list[str] | None, typer.Option("--stage", help="Run only these stages (repeat it); default: all.")
    ] = None,
    workers: Annotated[bool, typer.Option(help="Without workers: only Kafka, topics and the clock.")] = True,
) -> None:
    """Start the hub on this machine: Kafka (if HUB_BOOTSTRAP names none), topics, workers and the clock."""
    settings = load(find_running=False)
    wanted = chosen(stages) if workers else []
    if foreground:
        log.configure(settings.log_level, process="supervisor")
        run(settings, wanted, to_files=False)
        return
    if state_files.read(settings.data_dir):
        typer.echo("The hub is up already. See `mash status`.")
        return
    asked_to_stop = stop_on_signal()
    process = start_detached(settings, wanted)
    try:
        silent = wait_until_up(settings, process, asked_to_stop)
    except (HubError, typer.Exit):
        stop(settings, process.pid)
        process.wait()
        raise
    process.returncode = 0  # it goes on without us, and must not be reported as a child that was forgotten
    if silent:
        typer.echo(f"The hub is up, but for {', '.join(silent)}: see {log_dir(settings.data_dir)}.", err=True)
        raise typer.Exit(EXIT_NOT_UP)
    typer.echo("The hub is up. See `mash status`; stop it with `mash down`.")


def chosen(stages: list[str] | None) -> list[str]:
    """The stages asked for.

    Raises:
        Fatal: one of them is not registered.
    """
    known = stage_names()
    for stage in stages or ():
        if stage not in known:
            raise Fatal(f"There is no stage {stage!r}.", f"Stages: {', '.join(known)}.")
    return stages or known


def start_detached(settings: Settings, stages: list[str]) -> subprocess.Popen[bytes]:
    """Start a supervisor in a session of its own, its words in a log file."""
    state_files.take_failure(settings.data_dir)  # an old one would be taken for this one's
    log_file = log_dir(settings.data_dir) / "supervisor.log"
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - our own command line
            [sys.executable, "-m", "hub.supervisor", *stages],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def wait_until_up(settings: Settings, process: subprocess.Popen[bytes], asked_to_stop: threading.Event) -> list[str]:
    """Wait for the supervisor to be up and every process to answer. Returns those that do not, after a minute.

    Raises:
        Fatal: the supervisor ended instead.
        typer.Exit: somebody asked us to stop.
    """
    deadline: float | None = None
    with console().status("starting") if sys.stdout.isatty() else nullcontext() as shown:
        while True:
            if asked_to_stop.wait(POLL_SECONDS):
                raise typer.Exit(EXIT_INTERRUPTED)
            if process.poll() is not None:
                raise Fatal(*_why_it_ended(settings))
            state = state_files.read(settings.data_dir)
            if state is None or state.pid != process.pid:
                continue
            if shown is not None:
                shown.update(state.detail or "waiting for the processes")
            if state.phase == "up":
                silent = [entry.name for entry in report(settings.data_dir).processes if not _answers(entry)]
                deadline = deadline or time.monotonic() + ANSWER_SECONDS
                if not silent or time.monotonic() > deadline:
                    return silent


def _answers(process: ProcessReport) -> bool:
    page = not process.metrics_port or listens(f"127.0.0.1:{process.metrics_port}", POLL_SECONDS)
    return process.up and page and not process.last_exit


def _why_it_ended(settings: Settings) -> tuple[str, str]:
    left = state_files.take_failure(settings.data_dir)
    log_file = log_dir(settings.data_dir) / "supervisor.log"
    return left or ("The supervisor ended while it started.", f"See {log_file}.")
