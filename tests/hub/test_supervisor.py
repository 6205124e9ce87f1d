"""The supervisor on a real machine: what it starts, what it starts again, and that nothing is ever left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request

import psutil
import pytest
from kafka import KafkaConsumer, TopicPartition

from hub.avro import decode
from hub.kafka.embedded import can_bind, free_port
from hub.kafka.probe import cluster_id
from hub.messages import Tick
from hub.supervisor import state as state_files
from hub.supervisor.child import FIRST_PAUSE, LONGEST_PAUSE, Child, in_words
from hub.supervisor.look import lag_by_stage, pending_erasures
from hub.supervisor.plan import Wanted, processes
from hub.topics import CATALOGUE


def wait_until(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, "the condition never became true"
        time.sleep(0.05)
    return result


class Machine:
    """One data folder's hub, driven by the command line."""

    def __init__(self, folder, **environment):
        self.folder = folder
        clean = {k: v for k, v in os.environ.items() if not k.startswith("HUB_")}
        self.environment = clean | {"HUB_DATA_DIR": str(folder), "HUB_METRICS_PORT": "0"} | environment

    def start(self, *arguments):
        return subprocess.Popen(
            [sys.executable, "-m", "hub.cli.main", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def mash(self, *arguments):
        done = self.start(*arguments)
        text, _ = done.communicate(timeout=150)
        return done.returncode, text

    def status(self):
        return json.loads(self.mash("status", "--json")[1])

    def process(self, name):
        state = state_files.read(self.folder)
        return next((p for p in state.processes if p.name == name), None) if state else None

    def left(self):
        """Every process that was started for this folder and lives."""
        found = []
        for process in psutil.process_iter():
            try:
                mine = process.environ().get("HUB_DATA_DIR") == str(self.folder)
                if mine and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found


@pytest.fixture
def machine(tmp_path):
    machine = Machine(tmp_path)
    yield machine
    for process in machine.left():
        process.kill()


def ticks(bootstrap, topic, partition):
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, consumer_timeout_ms=15_000)
    try:
        consumer.assign([TopicPartition(topic, partition)])
        consumer.seek_to_beginning()
        return [decode(next(consumer).value), decode(next(consumer).value)]
    finally:
        consumer.close()


def free_row(count):
    """First of a free row of ports, below those that the system gives to whoever asks for any."""
    begin = 20_000 + os.getpid() * count % 10_000
    return next(p for p in range(begin, 32_000, count) if all(can_bind(port) for port in range(p, p + count)))


@pytest.mark.kafka
def test_up_runs_everything_again_that_ends_and_down_ends_it(tmp_path):
    first = free_row(8)
    machine = Machine(tmp_path, HUB_METRICS_PORT=str(first), HUB_PARTITIONS="2")
    try:
        code, text = machine.mash("up", "--no-workers")
        assert code == 0, text
        status = machine.status()
        assert status["up"]
        assert [p["name"] for p in status["processes"]] == ["supervisor", "kafka", "clock"]
        assert all(p["memory_bytes"] > 1_000_000 and p["restarts"] == 0 for p in status["processes"])
        assert machine.mash("up", "--no-workers")[1].startswith("The hub is up already")

        # time flows into every partition of every stage's input
        for topic in (t for t in CATALOGUE if Tick in t.messages):
            earlier, later = ticks(status["bootstrap"], topic.full_name("mash"), 1)
            assert earlier.at < later.at
        with urllib.request.urlopen(f"http://127.0.0.1:{first + 1}/metrics", timeout=10) as page:
            assert 'mash_clock_ticks_total{topic="mash.records.v1"}' in page.read().decode()

        os.kill(machine.process("clock").pid, signal.SIGKILL)
        wait_until(lambda: (clock := machine.process("clock")).restarts >= 1 and clock.pid)
        assert machine.process("clock").last_exit == "killed by SIGKILL"

        os.kill(machine.process("kafka").pid, signal.SIGKILL)
        wait_until(lambda: machine.process("kafka").restarts == 1)
        assert state_files.running_bootstrap(tmp_path) == status["bootstrap"]
        wait_until(lambda: cluster_id(status["bootstrap"]))

        code, text = machine.mash("doctor", "--json")
        found = {finding["what"]: finding for finding in json.loads(text)}
        assert {found[what]["state"] for what in ("Kafka", "Topics", "Secrets", "Java", "Ports")} == {"ok"}

        assert machine.mash("down") == (0, "The hub is down.\n")
        assert machine.left() == []
        assert state_files.read(tmp_path) is None
    finally:
        for process in machine.left():
            process.kill()


@pytest.mark.kafka
def test_kill_9_of_the_supervisor_leaves_nothing_and_the_next_start_goes_on(machine):
    assert machine.mash("up", "--no-workers")[0] == 0
    os.kill(state_files.read(machine.folder).pid, signal.SIGKILL)
    wait_until(lambda: machine.left() == [])
    assert machine.mash("status")[0] == 3
    assert machine.mash("up", "--no-workers")[0] == 0
    assert machine.mash("down")[0] == 0
    assert machine.left() == []


def has_java(machine):
    return any("java" in process.name() for process in machine.left())


MOMENTS = {
    "the supervisor is forked": lambda machine: len(machine.left()) > 1,
    "its state is written": lambda machine: state_files.read(machine.folder),
    "Java runs": has_java,
    "the broker is up": lambda machine: state_files.running_bootstrap(machine.folder),
    "the clock runs": lambda machine: machine.process("clock"),
}


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("moment", "how"), [*((moment, signal.SIGINT) for moment in MOMENTS), ("Java runs", signal.SIGTERM)]
)
def test_an_interruption_at_any_moment_of_the_start_leaves_nothing(machine, moment, how):
    starting = machine.start("up", "--no-workers")
    wait_until(lambda: MOMENTS[moment](machine) or starting.poll() is not None)
    starting.send_signal(how)
    text, _ = starting.communicate(timeout=90)
    if "The hub is up" in text:  # before the signal came, which may have met Python's own end: it stays until told
        assert machine.mash("down")[0] == 0
    else:
        assert starting.returncode in {130, -how}
    wait_until(lambda: machine.left() == [])


@pytest.mark.kafka
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_in_the_foreground_a_signal_stops_all(machine, how):
    running = machine.start("up", "--no-workers", "--foreground")
    wait_until(lambda: machine.process("clock"))
    running.send_signal(how)
    text, _ = running.communicate(timeout=90)
    assert running.returncode == 0, text
    assert machine.left() == []


def test_two_supervisors_on_one_folder_are_one_too_many(machine):
    with state_files_lock(machine.folder):
        code, text = machine.mash("up", "--no-workers", "--foreground")
    assert code == 1
    assert "already runs" in text
    assert machine.left() == []


def state_files_lock(folder):
    from hub.supervisor.supervisor import only_one

    return only_one(folder)


def test_what_keeps_it_from_starting_is_told(machine, tmp_path):
    code, text = Machine(tmp_path, HUB_BOOTSTRAP=f"127.0.0.1:{free_port()}").mash("up", "--no-workers")
    assert code == 1
    assert "No Kafka answers at" in text
    assert machine.left() == []


def test_a_stage_that_is_not_registered_is_named(machine):
    code, text = machine.mash("up", "--stage", "no-such-stage")
    assert code == 1
    assert "no-such-stage" in text


@pytest.fixture
def child(tmp_path):
    made = []

    def make(*command):
        made.append(Child(Wanted("test", command, 0), dict(os.environ), tmp_path / "test.log"))
        return made[-1]

    yield make
    for one in made:
        one.end(0)


def test_the_pause_before_a_restart_grows_to_a_limit_and_is_forgotten_after_health(child):
    failing = child(sys.executable, "-c", "raise SystemExit(3)")
    now, pauses = 1000.0, []
    for _ in range(9):
        assert failing.look(now, now)
        wait_until(lambda: not failing.running)
        assert failing.look(now + 1, now)
        ended = now + 1
        assert not failing.look(ended + failing._due - ended - 0.01, now)
        pauses.append(failing._due - ended)
        now = failing._due
    assert pauses[:4] == [FIRST_PAUSE, 1.0, 2.0, 4.0]
    assert pauses[-1] == LONGEST_PAUSE
    assert failing.state.restarts == 9
    assert failing.state.last_exit == "ended with code 3"

    assert failing.look(now, now)
    wait_until(lambda: not failing.running)
    assert failing.look(now + 61, now)
    assert failing._due - (now + 61) == FIRST_PAUSE


def test_a_child_that_will_not_end_is_killed(child):
    deaf = child(
        sys.executable,
        "-c",
        "import signal,time; signal.signal(15, signal.SIG_IGN); print(1, flush=True); time.sleep(60)",
    )
    deaf.look(0, 0)
    wait_until(lambda: deaf._log_file.read_text() == "1\n")
    deaf.terminate()
    started = time.monotonic()
    deaf.end(0.2)
    assert not deaf.running
    assert time.monotonic() - started < 5


def test_a_log_that_grew_is_moved_aside_under_its_writer(child, monkeypatch):
    monkeypatch.setattr("hub.supervisor.child.LOG_BYTES", 10)
    writer = child(
        sys.executable, "-c", "import sys; print('x' * 20, flush=True); input_ = sys.stdin.read(); print('after')"
    )
    writer.look(0, 0)
    wait_until(lambda: not writer.running)
    writer.trim_log()
    assert writer._log_file.read_text() == ""
    assert writer._log_file.with_suffix(".log.1").read_text().startswith("xxxx")


def test_how_a_process_ended_is_told_in_words():
    assert in_words(0) == "ended with code 0"
    assert in_words(78) == "ended with code 78 (a person has to mend something: see its log)"
    assert in_words(-9) == "killed by SIGKILL"
    assert in_words(-250) == "killed by signal 250"


def test_ports_are_given_out_in_a_row_or_not_at_all():
    from hub.settings import load

    wanted = processes(load(metrics_port=9000), ["a", "b"])
    assert [(p.name, p.metrics_port) for p in wanted][2:] == [("worker-b", 9003), ("eraser", 9004), ("desk", 9005)]
    assert [p.metrics_port for p in processes(load(metrics_port=9000, desk_port=0), ["a"])] == [9001, 9002, 9003]
    assert [p.name for p in processes(load(), [])] == ["clock"]
    assert {p.metrics_port for p in processes(load(metrics_port=0), ["a", "b"])} == {0}


def test_lag_is_summed_by_stage():
    page = '# TYPE mash_lag gauge\nmash_lag{{stage="{}",topic="t",partition="{}"}} {}\n'
    pages = [page.format("facts", 0, 3), page.format("facts", 1, 4), page.format("person", 0, 5), ""]
    assert lag_by_stage(pages) == {"facts": 7, "person": 5}


def test_pending_erasures_are_those_that_the_eraser_says():
    page = "# TYPE mash_erasures_pending gauge\nmash_erasures_pending {}\n# TYPE mash_build_info gauge\n"
    page += 'mash_build_info{{process="{}",python="3",version="1"}} 1\n'
    assert pending_erasures([page.format(0, "clock"), page.format(3, "eraser"), ""]) == 3
    assert pending_erasures([page.format(0, "clock")]) is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', '{"pid":1,"created":0,"processes":[{"x":1}]}'])
def test_a_damaged_state_file_counts_as_no_hub(tmp_path, content):
    state_files.state_file(tmp_path).parent.mkdir()
    state_files.state_file(tmp_path).write_text(content)
    assert state_files.read(tmp_path) is None


def test_a_process_id_given_to_another_is_not_taken_for_ours(tmp_path):
    pid, created = state_files.own_identity()
    state_files.write(tmp_path, state_files.HubState(pid, created))
    assert state_files.read(tmp_path)
    state_files.write(tmp_path, state_files.HubState(pid, created - 100))
    assert state_files.read(tmp_path) is None
