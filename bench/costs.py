"""Feeds a county into a hub and says what its records cost in CPU, process by process, from when feeding begins."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.demo_hub import AGENCIES, DemoHub
from hub.supervisor import look

LOOK_S = 1.0
"""Every look makes each process write its whole /metrics page, on the cores that are measured: five a second took a
twentieth of them. A hub that has settled is seen up to so much late, which counts against it."""
STEP_LIMIT_S = 3_600.0
START_RUNS = 3
IDLE_S = 10.0
CONNECTORS = "the connectors"


@dataclass(frozen=True, slots=True)
class Fed:
    """A county that went through.

    Attributes:
        records: canonical records.
        seconds: from when feeding began until the hub was seen to have settled, its wait for that included.
        cpu: seconds by process.
    """

    records: int
    seconds: float
    cpu: dict[str, float]

    @property
    def micros(self) -> dict[str, float]:
        """CPU microseconds a record, by process."""
        return {name: seconds / self.records * 1e6 for name, seconds in self.cpu.items()}


def until(hub: DemoHub, there: Callable[[], bool] = lambda: False) -> None:
    """Look on until the hub has settled, or is `there`.

    Raises:
        TimeoutError: it was neither within an hour.
    """
    deadline = time.monotonic() + STEP_LIMIT_S
    while not hub.step() and not there():
        if time.monotonic() > deadline:
            raise TimeoutError(hub.phase)
        time.sleep(LOOK_S)


def feed(hub: DemoHub, people: int, seed: int) -> Fed:
    """Start a hub and feed it a county."""
    hub.begin(people, seed)
    return _through(hub)


def feed_another(hub: DemoHub, folder: Path, people: int, seed: int) -> Fed:
    """Feed another county into a hub that has settled."""
    hub.make_another(folder, people, seed)
    return _through(hub)


def start_seconds(hub: DemoHub, empty: Path) -> float:
    """CPU that the connectors take to start, and to end again where there is nothing to read."""
    empty.mkdir()
    spent = []
    for _ in range(START_RUNS):
        before = _children()
        hub.processes.start("start", "connector", "run", "auto", str(empty), "--json").wait()
        spent.append(_children() - before)
    return min(spent) * len(AGENCIES)


def idle_rate(hub: DemoHub) -> float:
    """Seconds of CPU a second that a hub takes which has nothing to do."""
    before, began = sum(_cpu(hub).values()), time.monotonic()
    time.sleep(IDLE_S)
    return (sum(_cpu(hub).values()) - before) / (time.monotonic() - began)


def _through(hub: DemoHub) -> Fed:
    until(hub, lambda: hub.phase == "feeding")
    before, began = _cpu(hub), time.monotonic()
    until(hub)
    cpu = {name: seconds - before[name] for name, seconds in _cpu(hub).items()}
    return Fed(hub.records_taken - hub.records_before, time.monotonic() - began, cpu)


def _cpu(hub: DemoHub) -> dict[str, float]:
    """CPU seconds so far, by process. While a hub is fed, its connectors are our only children to end."""
    times = {p.name: psutil.Process(p.pid).cpu_times() for p in look.report(hub.hub_dir).processes}
    return {name: spent.user + spent.system for name, spent in times.items()} | {CONNECTORS: _children()}


def _children() -> float:
    times = os.times()
    return times.children_user + times.children_system
