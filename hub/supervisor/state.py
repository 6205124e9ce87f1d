"""The supervisor's state file: what runs on this machine, for `mash status`, `mash down` and every other command.

Written by the supervisor alone, whole or not at all. A file whose process is gone (kill -9, power cut) counts as no
hub: the process's start time is compared, for the kernel gives a process id to others later.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import psutil

Phase = Literal["starting", "up", "stopping"]


@dataclass(slots=True)
class ProcessState:
    """One process of the hub."""

    name: str
    pid: int | None
    metrics_port: int
    restarts: int = 0
    since: float = 0.0
    """When it was started, Unix time."""
    last_exit: str = ""
    """How it ended last, in words; empty if it never did."""


@dataclass(slots=True)
class HubState:
    """The whole hub of this machine."""

    pid: int
    created: float
    """The supervisor's start time as the system has it, Unix time: with the pid, its identity."""
    phase: Phase = "starting"
    bootstrap: str = ""
    embedded: bool = True
    metrics_port: int = 0
    detail: str = ""
    """What it is doing, while it starts; why it stopped, where it failed."""
    processes: list[ProcessState] = field(default_factory=list)


def state_file(data_dir: Path) -> Path:
    """Where the state stands."""
    return data_dir / "run" / "hub.json"


def own_identity() -> tuple[int, float]:
    """This process's id and start time."""
    return os.getpid(), psutil.Process().create_time()


def write(data_dir: Path, state: HubState) -> None:
    """Replace the state file."""
    path = state_file(data_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(asdict(state), indent=1), encoding="utf-8")
    scratch.replace(path)


def remove(data_dir: Path) -> None:
    """The hub is down."""
    state_file(data_dir).unlink(missing_ok=True)


def failure_file(data_dir: Path) -> Path:
    """Where a supervisor that could not go on says why."""
    return data_dir / "run" / "failure.json"


def write_failure(data_dir: Path, what: str, remedy: str) -> None:
    """Leave word for whoever started the supervisor, which has no terminal of its own."""
    failure_file(data_dir).write_text(json.dumps({"what": what, "remedy": remedy}), encoding="utf-8")


def take_failure(data_dir: Path) -> tuple[str, str] | None:
    """What the last supervisor left: (what, remedy). Taken once."""
    path = failure_file(data_dir)
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        path.unlink()
        return str(raw["what"]), str(raw["remedy"])
    except (OSError, ValueError, KeyError):
        return None


def read(data_dir: Path) -> HubState | None:
    """The state of the hub that runs from this folder, or None if none does."""
    try:
        raw = json.loads(state_file(data_dir).read_text(encoding="utf-8"))
        state = HubState(**(raw | {"processes": [ProcessState(**p) for p in raw["processes"]]}))
    except (OSError, ValueError, TypeError, KeyError):
        return None  # none, or of another version: its process is looked for below in vain
    return state if is_process(state.pid, state.created) else None


def is_process(pid: int, created: float) -> bool:
    """Whether the process with this id is still the one that started then."""
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and abs(process.create_time() - created) < 1
    except psutil.NoSuchProcess:
        return False


def running_bootstrap(data_dir: Path) -> str:
    """`host:port` of the Kafka that this machine's hub uses; empty where no hub is up."""
    state = read(data_dir)
    return state.bootstrap if state else ""
