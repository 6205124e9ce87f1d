"""The supervisor: broker, topics, processes; keeps them running until told to stop, then stops them in order.

Every child dies with it (`hub.tether`), also on kill -9 and also in the middle of a start, so that no process is
ever left behind. It decides nothing about records, and must never import a stage.
"""

from __future__ import annotations

import contextlib
import fcntl
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType

from hub import metrics, secret_files
from hub.errors import Fatal, HubError
from hub.kafka.admin import admin, apply
from hub.kafka.clients import connection
from hub.kafka.embedded import EmbeddedKafka, can_bind
from hub.log import get_logger
from hub.settings import Settings, SettingWrong
from hub.supervisor import state as state_files
from hub.supervisor.child import Child
from hub.supervisor.plan import DESK, Wanted, environment, log_dir, processes
from hub.supervisor.state import HubState, Phase, ProcessState

LOOK_SECONDS = 0.2
"""Between looks at the processes: a restart is noticed at once, and looking costs nothing."""
HOUSEKEEPING_SECONDS = 30.0
END_SECONDS = 15.0
"""For a worker to finish its batch and leave its group; after a session (10 s) its group has given it up anyway."""
BROKER = "kafka"

log = get_logger("supervisor")


class AlreadyUp(Fatal):
    """A hub runs from this data folder."""


class StopAskedFor(BaseException):
    """SIGTERM, SIGHUP or Ctrl-C: not an `Exception`, so that nothing on the way swallows it."""


class Supervisor:
    """One machine's hub.

    Args:
        settings: with no `bootstrap`, a broker is started.
        stages: names of the stages to run workers for.
        to_files: processes' output goes to files; else where the supervisor's goes.
    """

    def __init__(self, settings: Settings, stages: Sequence[str], *, to_files: bool) -> None:
        """See the class."""
        self.settings = settings
        self._wanted = processes(settings, stages)
        self._to_files = to_files
        self._broker: EmbeddedKafka | None = None
        self._broker_state = ProcessState(BROKER, None, 0)
        self._children: list[Child] = []
        pid, created = state_files.own_identity()
        self._state = HubState(pid, created, embedded=not settings.bootstrap, metrics_port=settings.metrics_port)

    def run(self) -> None:
        """Until told to stop.

        Raises:
            AlreadyUp: another supervisor holds the data folder.
            Fatal: the hub cannot be started.
        """
        with only_one(self.settings.data_dir):
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, _stop)
            try:
                self._start()
                self._keep_running()
            except StopAskedFor:
                log.info("told to stop")
            finally:
                _heed_no_signal()
                self._stop()

    def _start(self) -> None:
        self._say("starting", "looking at this machine")
        for port in self._ports():
            if not can_bind(port):
                raise Fatal(
                    f"Port {port}, for a /metrics page, is taken by another program.",
                    "Stop it, or set HUB_METRICS_PORT to the first of a free row of ports (0 switches them off).",
                )
        if any(wanted.name == DESK for wanted in self._wanted) and not can_bind(self.settings.desk_port):
            raise Fatal(
                f"Port {self.settings.desk_port}, for the triage desk, is taken by another program.",
                "Stop it, or set HUB_DESK_PORT to another (0: no desk).",
            )
        for path in secret_files.make_missing(self.settings):
            log.info("a secret was made", path=path)
        bootstrap = self.settings.bootstrap or self._start_broker()
        self._state.bootstrap = bootstrap
        self._say("starting", "making topics")
        self._make_topics(bootstrap)
        self._say("starting", "starting processes")
        metrics.serve(self.settings.metrics_port, "supervisor", self.settings.metrics_host)
        self._children = [self._child(wanted, bootstrap) for wanted in self._wanted]
        self._look()
        self._say("up", "")

    def _ports(self) -> list[int]:
        first = self.settings.metrics_port
        return [first, *(wanted.metrics_port for wanted in self._wanted)] if first else []

    def _make_topics(self, bootstrap: str) -> None:
        settings = self.settings.model_copy(update={"bootstrap": bootstrap})
        with admin(connection(settings)) as client:
            apply(client, settings.topic_prefix, settings.partitions, copies=settings.replication)

    def _start_broker(self) -> str:
        if self.settings.kafka_security != "PLAINTEXT":
            raise SettingWrong(
                f"HUB_KAFKA_SECURITY is {self.settings.kafka_security}, and HUB_BOOTSTRAP is not set: the embedded "
                "Kafka is neither encrypted nor asks for a password.",
                "Set HUB_BOOTSTRAP to the Kafka that is meant, or unset HUB_KAFKA_SECURITY.",
            )
        self._say("starting", "starting Kafka (the first time, its jars are downloaded: 75 MB)")
        self._broker = EmbeddedKafka(self.settings.data_dir / "kafka", self.settings.kafka_port)
        self._broker.start()
        self._broker_state.pid = self._broker.pid
        self._broker_state.since = time.time()
        return self._broker.bootstrap

    def _child(self, wanted: Wanted, bootstrap: str) -> Child:
        log_file = log_dir(self.settings.data_dir) / f"{wanted.name}.log" if self._to_files else None
        return Child(wanted, environment(self.settings, bootstrap, wanted.metrics_port), log_file)

    def _keep_running(self) -> None:
        housekeeping = time.monotonic() + HOUSEKEEPING_SECONDS
        while True:
            changed = self._look_at_broker() | self._look()
            if changed:
                self._say("up", "")
            if time.monotonic() > housekeeping:
                housekeeping = time.monotonic() + HOUSEKEEPING_SECONDS
                for child in self._children:
                    child.trim_log()
            time.sleep(LOOK_SECONDS)

    def _look(self) -> bool:
        changed = False
        for child in self._children:
            before = child.state.restarts
            if child.look(time.monotonic(), time.time()):
                changed = True
                metrics.PROCESS_UP.labels(child.wanted.name).set(child.running)
            if child.state.restarts > before:
                metrics.PROCESS_RESTARTS.labels(child.wanted.name).inc()
                log.warning("a process ended and will be started again", process=child.wanted.name,
                            restarts=child.state.restarts)  # fmt: skip
        return changed

    def _look_at_broker(self) -> bool:
        """Start the broker again where it ended; its clients wait for it, or end and are started again."""
        if self._broker is None or self._broker.running:
            return False
        self._broker_state.restarts += 1
        metrics.PROCESS_RESTARTS.labels(BROKER).inc()
        log.warning("Kafka ended and is started again", restarts=self._broker_state.restarts)
        self._broker.kill()
        self._broker.start()
        self._broker_state.pid = self._broker.pid
        self._broker_state.since = time.time()
        return True

    def _stop(self) -> None:
        """Clock and workers first, then the broker that they write to."""
        self._say("stopping", "stopping processes")
        for child in self._children:
            child.terminate()
        deadline = time.monotonic() + END_SECONDS
        for child in self._children:
            child.end(max(0.0, deadline - time.monotonic()))
        if self._broker is not None:
            self._say("stopping", "stopping Kafka")
            self._broker.stop()
        state_files.remove(self.settings.data_dir)

    def _say(self, phase: Phase, detail: str) -> None:
        self._state.phase, self._state.detail = phase, detail
        broker = [self._broker_state] if self._broker else []
        self._state.processes = [*broker, *(child.state for child in self._children)]
        state_files.write(self.settings.data_dir, self._state)


@contextlib.contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Hold the data folder; the kernel lets go of it however this process ends.

    Raises:
        AlreadyUp: another supervisor holds it.
    """
    path = state_files.state_file(data_dir).with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AlreadyUp(
                f"A hub already runs from {data_dir}.", "See it with `mash status`, stop it with `mash down`."
            ) from error
        yield


def run(settings: Settings, stages: Sequence[str], *, to_files: bool) -> None:
    """Run a supervisor; where it fails, leave word for whoever started it.

    Raises:
        HubError: as `Supervisor.run`.
    """
    try:
        Supervisor(settings, stages, to_files=to_files).run()
    except HubError as error:
        log.exception("the hub stopped")
        if not isinstance(error, AlreadyUp):
            state_files.write_failure(settings.data_dir, error.what, error.remedy)
        raise


def _stop(number: int, _frame: FrameType | None) -> None:
    _heed_no_signal()
    raise StopAskedFor(number)


def _heed_no_signal() -> None:
    """From the first request to stop on, a second changes nothing: stopping takes its time and then ends."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
