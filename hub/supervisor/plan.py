"""Which processes the hub of one machine has. Starts none."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

from hub.settings import Settings
from hub.worker.spec import ENTRY_POINTS

DESK = "desk"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A process that should run."""

    name: str
    command: tuple[str, ...]
    metrics_port: int
    """0: none."""


def stage_names() -> list[str]:
    """The registered stages."""
    return sorted({found.name for found in entry_points(group=ENTRY_POINTS)})


def mash(*arguments: str) -> tuple[str, ...]:
    """The command line of one of the hub's own commands, with this very Python."""
    return (sys.executable, "-m", "hub.cli.main", *arguments)


def processes(settings: Settings, stages: Sequence[str]) -> list[Wanted]:
    """The clock, one worker a stage, the eraser, the desk. The supervisor has the first port of /metrics."""
    named = [("clock", mash("clock")), *((f"worker-{stage}", mash("worker", stage)) for stage in stages)]
    named += [("eraser", mash("eraser"))] if stages else []
    named += [(DESK, mash("triage", "serve"))] if stages and settings.desk_port else []
    return [
        Wanted(name, command, settings.metrics_port + number if settings.metrics_port else 0)
        for number, (name, command) in enumerate(named, start=1)
    ]


def environment(settings: Settings, bootstrap: str, metrics_port: int) -> dict[str, str]:
    """What a process of the hub is told by its environment: ours, and where Kafka and its /metrics are."""
    return os.environ | {
        "HUB_BOOTSTRAP": bootstrap,
        "HUB_DATA_DIR": str(settings.data_dir),
        "HUB_METRICS_PORT": str(metrics_port),
    }


def log_dir(data_dir: Path) -> Path:
    """Where the processes' logs stand, one file each."""
    return data_dir / "logs"
