"""The whole hub under faults: the same final pictures as an undisturbed run, byte for byte.

A small county goes through real processes twice: once in peace, once with a connector killed in mid-file, the broker
killed, and a worker of each app killed, all by SIGKILL.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from bench.demo import free_ports
from bench.demo_hub import AGENCIES, DemoHub
from bench.processes import Processes
from hub.supervisor import look
from hub.supervisor.plan import mash

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(420)]
PEOPLE, SEED = 1000, 3
LIMIT_S = 180.0
LOOK_S = 0.2
AS_OF = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT00:00:00}"
"""A moment for both dumps to be taken at: the midnight to come."""
SECRET = "5a" * 32


def _until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(LOOK_S)


def _pictures(folder: Path, disturb: Callable[[DemoHub], None]) -> bytes:
    environment = {
        "HUB_DATA_DIR": str(folder / "hub"), "HUB_PARTNERSHIP": "demo", "HUB_TEST_COUNTY": "1",
        "HUB_PSEUDONYM_KEY": SECRET, "HUB_LOG_LEVEL": "warning", "HUB_BOOTSTRAP": "", "HUB_DESK_PORT": "0",
        "HUB_SESSION_TIMEOUT": "3",  # of a killed worker nobody waits for longer
    }  # fmt: skip
    with Processes(folder / "logs", environment) as processes:
        hub = DemoHub(processes, folder, free_ports(), screener=False)
        hub.begin(PEOPLE, SEED)
        _until(lambda: hub.step() or hub.phase == "feeding")
        disturb(hub)
        _until(lambda: _step(hub))
        command = mash("picture", "dump", "--at", AS_OF)
        done = subprocess.run(
            command, env=os.environ | dict(processes.environment), capture_output=True, check=False, timeout=LIMIT_S
        )
        assert done.returncode == 0, done.stderr.decode()
        (folder / "pictures.jsonl").write_bytes(done.stdout)
        return done.stdout


def _step(hub: DemoHub) -> bool:
    """Look; a connector that gave up on an absent broker is started again, as a service manager would."""
    for agency in AGENCIES:
        if hub.processes.failed(agency):
            hub.start_connector(agency)
    return hub.step()


def _nothing(_hub: DemoHub) -> None:
    pass


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    _until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def _pid(hub: DemoHub, name: str) -> int:
    pid = next((p.pid for p in look.report(hub.hub_dir).processes if p.name == name), None)
    assert pid is not None, f"{name} does not run"
    return pid


def _read_by(hub: DemoHub, agency: str) -> float:
    _step(hub)
    page = hub.by_port.get(hub.first_port + 5 + AGENCIES.index(agency))
    return page.total("mash_records_in_total") if page else 0.0


def _kill_everything_once(hub: DemoHub) -> None:
    _until(lambda: _read_by(hub, "health") > 0)
    _kill(hub.processes.running["health"].pid)
    hub.start_connector("health")
    _until(lambda: hub.samples.total("mash_outputs_total", stage="identity") > 0 or not _step(hub))
    for worker in ("worker-identity", "worker-picture"):
        _kill(_pid(hub, worker))
    old = _pid(hub, "kafka")
    _kill(old)
    _until(lambda: look.report(hub.hub_dir).up and _pid(hub, "kafka") != old)


@pytest.mark.skipif(sys.platform != "linux", reason="kills by process id")
def test_killed_and_restarted_it_ends_with_the_same_pictures(tmp_path: Path) -> None:
    peaceful = _pictures(tmp_path / "peaceful", _nothing)
    disturbed = _pictures(tmp_path / "disturbed", _kill_everything_once)
    assert peaceful.count(b"\n") > PEOPLE // 2
    other = set(disturbed.splitlines()) ^ set(peaceful.splitlines())
    assert disturbed == peaceful, f"{len(other)} lines differ: compare pictures.jsonl below {tmp_path}"
