"""`mash demo`: a synthetic county through the whole hub, ending with a case bundle.

It runs what anybody else would run (`mash up`'s supervisor, `mash connector run`, the scripted screener) as processes
of its own, looks on, and compares the outcome with the county's truth. No record is processed here.
"""

from __future__ import annotations

import shutil
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from bench import demo_screen
from bench.demo_hub import AGENCIES, DemoHub
from bench.processes import Processes
from hub.errors import Fatal
from hub.kafka.embedded import can_bind

DEFAULT_PEOPLE = 3_000
"""Makes some thousands of records: enough for every story among quiet families, little enough for a coffee."""
FIRST_PORT = 9560
"""Of a row of ports for /metrics; beside the default of `mash up`, so that a hub may run on."""
LIMIT_S = 600.0
"""The demonstration takes under 3 minutes on 2 cores; what takes 10 is stuck, and says so."""
LOOK_S = 0.5
LEFT_TO_PEOPLE = 0.7
"""Of the checks, where somebody stays to look: work for them at the desk, and some of each step to see."""

app = typer.Typer(add_completion=False)


@app.callback(invoke_without_command=True, epilog="Example: mash demo --people 10000 --seed 3")
def demo(
    people: Annotated[int, typer.Option(help="People in the county.", min=500, max=1_400_000)] = DEFAULT_PEOPLE,
    seed: Annotated[int, typer.Option(help="Seed of everything that is made up.")] = 7,
    folder: Annotated[Path, typer.Option(help="Where the demonstration keeps its data; emptied first.")] = Path(
        "var/demo"
    ),
    stay: Annotated[
        bool | None, typer.Option("--stay/--leave", help="Stay up at the end. Default: on a terminal.")
    ] = None,
) -> None:
    """Run a synthetic county through the hub: connectors, stages, a scripted screener, one whole case bundle.

    Ends with 0 only if every planted story was proposed and no quiet family was.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # heard even where a shell had it ignored
        signal.signal(number, _interrupt)
    folder = _emptied(folder)
    stays = stay if stay is not None else sys.stdout.isatty()
    with Processes(folder / "logs", environment(folder)) as processes:
        hub = DemoHub(processes, folder, free_ports(), leave=LEFT_TO_PEOPLE if stays else 0.0)
        code = _run(hub, people, seed, stay=stays)
    raise typer.Exit(code)


def _run(hub: DemoHub, people: int, seed: int, *, stay: bool) -> int:
    started = time.monotonic()
    with demo_screen.shown(hub) as screen:
        hub.begin(people, seed)
        while not hub.step():
            screen.update(time.monotonic() - started)
            if time.monotonic() - started > LIMIT_S:
                raise Fatal(f"The demonstration stands at: {hub.phase}.", f"Look into {hub.processes.log_dir}.")
            time.sleep(LOOK_S)
        screen.update(time.monotonic() - started)
    outcome = hub.outcome()
    demo_screen.results(hub, outcome, time.monotonic() - started)
    if stay:
        demo_screen.invitation(hub, hub.open_desk())
        signal.pause()
    return 0 if outcome.holds else 1


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _emptied(folder: Path) -> Path:
    """The folder, empty. Only one that a demonstration made is emptied."""
    folder, mark = folder.resolve(), folder.resolve() / "made-by-mash-demo"
    if folder.exists() and any(folder.iterdir()) and not mark.exists():
        raise Fatal(f"{folder} is not empty and no demonstration made it.", "Choose another --folder.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    mark.touch()
    return folder


def free_ports() -> int:
    """First of a free row of ports: supervisor, clock, stages, eraser, connectors."""
    count = 6 + len(AGENCIES)
    for first in range(FIRST_PORT, FIRST_PORT + 1000, count):
        if all(can_bind(port) for port in range(first, first + count)):
            return first
    raise Fatal(f"No {count} free ports in a row from {FIRST_PORT}.", "Stop what holds them.")


def environment(folder: Path) -> dict[str, str]:
    """Settings of a hub that keeps everything below `folder`."""
    return {
        "HUB_DATA_DIR": str(folder / "hub"),
        "HUB_PARTNERSHIP": "demo",
        "HUB_TOPIC_PREFIX": "demo",
        "HUB_TEST_COUNTY": "1",
        "HUB_LOG_LEVEL": "warning",
        "HUB_DESK_PORT": "0",  # at the end, where somebody stays to look, a desk is started by itself
        "PYTHONWARNINGS": "ignore",
    }
