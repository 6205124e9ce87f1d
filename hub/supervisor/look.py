"""How the hub of this machine is, for `mash status`: the state file, the processes, their /metrics. Changes nothing."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from prometheus_client.parser import text_string_to_metric_families

from hub.supervisor import state as state_files
from hub.supervisor.state import ProcessState

SCRAPE_SECONDS = 2.0
"""A page of /metrics takes milliseconds; a process that hangs must not hang its report."""


@dataclass(frozen=True, slots=True)
class ProcessReport:
    """One process. `memory_bytes` is its resident set; `metrics_port` 0 means that it has no page."""

    name: str
    up: bool
    pid: int | None
    restarts: int
    since: float
    memory_bytes: int
    metrics_port: int
    last_exit: str


@dataclass(frozen=True, slots=True)
class HubReport:
    """The whole hub.

    Attributes:
        lag: messages not yet applied by stage, of the stages whose workers publish it.
        erasures: how many are not done, their keys not yet destroyed; None where no eraser says.
    """

    up: bool
    phase: str
    detail: str
    bootstrap: str
    embedded: bool
    processes: list[ProcessReport] = field(default_factory=list)
    lag: dict[str, int] = field(default_factory=dict)
    erasures: int | None = None


def report(data_dir: Path) -> HubReport:
    """The hub that runs from this folder."""
    state = state_files.read(data_dir)
    if state is None:
        return HubReport(up=False, phase="down", detail="", bootstrap="", embedded=True)
    supervisor = ProcessState("supervisor", state.pid, state.metrics_port, since=state.created)
    processes = [_process(process) for process in [supervisor, *state.processes]]
    pages = [_page(process.metrics_port) for process in state.processes if process.metrics_port and process.pid]
    return HubReport(
        up=state.phase == "up" and all(process.up for process in processes),
        phase=state.phase,
        detail=state.detail,
        bootstrap=state.bootstrap,
        embedded=state.embedded,
        processes=processes,
        lag=lag_by_stage(pages),
        erasures=pending_erasures(pages),
    )


def _process(state: ProcessState) -> ProcessReport:
    memory = _memory(state.pid)
    return ProcessReport(
        name=state.name,
        up=memory > 0,
        pid=state.pid,
        restarts=state.restarts,
        since=state.since,
        memory_bytes=memory,
        metrics_port=state.metrics_port,
        last_exit=state.last_exit,
    )


def _memory(pid: int | None) -> int:
    """Resident set in bytes; 0 where there is no such process."""
    if pid is None:
        return 0
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _page(port: int) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=SCRAPE_SECONDS) as answer:
            return str(answer.read().decode("utf-8"))
    except OSError:
        return ""


def lag_by_stage(pages: Iterable[str]) -> dict[str, int]:
    """The sum of `mash_lag` over partitions, by stage."""
    lag: dict[str, int] = {}
    for page in pages:
        for family in text_string_to_metric_families(page):
            if family.name == "mash_lag":
                for sample in family.samples:
                    stage = sample.labels["stage"]
                    lag[stage] = lag.get(stage, 0) + int(sample.value)
    return lag


def pending_erasures(pages: Iterable[str]) -> int | None:
    """Erasures that are not done, as the eraser's page has them."""
    for page in pages:
        for family in text_string_to_metric_families(page):
            # Every process publishes the metric; only the eraser sets it.
            if family.name == "mash_erasures_pending" and 'process="eraser"' in page:
                return int(family.samples[0].value)
    return None
