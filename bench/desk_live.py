"""How long an event takes to people's screens, and a red check's requests to their agencies, while everybody works.

    python -m bench.desk_live --checks 20000 --people 100

A real broker, a real check worker, a desk with a year behind it and people at work (`bench.desk`). A probe proposes
checks and acts on them through the topics, and looks on as a browser and an agency's system would.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import requests
from kafka import KafkaConsumer

from bench import desk_county as county
from bench.desk import Somebody, at_work, serving, staff_of
from bench.figures import Figures
from bench.processes import Processes
from hub.avro import decode
from hub.courier import Courier
from hub.kafka.admin import admin, apply
from hub.kafka.clients import client_arguments, connection
from hub.kafka.embedded import EmbeddedKafka, free_port
from hub.messages import AgencyRequest, CheckCommand, CheckWords, DeskEvent, Proposal
from hub.sealing import Sealer
from hub.secret_files import key_store
from hub.settings import Settings, load
from hub.topics import topic
from streams.check.state import Check
from triage.access import Visitor
from triage.roles import Role
from triage.sessions import Sessions
from triage.sql.database import open_database

PROBES = 12
PREFIX = "bench"
PROBE = "probe"
LOOK_SECONDS = 0.02
LONGEST_SECONDS = 60.0


class Probe:
    """Acts through the topics, and looks on."""

    def __init__(self, settings: Settings, url: str, cookie: str) -> None:
        """Connect."""
        kafka = connection(settings)
        self._courier = Courier(kafka, PREFIX, source="/bench", client_id="bench", confirm_seconds=30.0)
        self._sealer = Sealer(key_store(settings))
        self._session = requests.Session()
        self._session.cookies.set("desk", cookie)
        self._url = url
        name = topic("requests").full_name(PREFIX)
        self._agency = KafkaConsumer(name, **client_arguments(kafka), isolation_level="read_committed",
                                     auto_offset_reset="earliest", group_id=None)  # fmt: skip
        self.changed = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        """As an open page does: told that something has changed, it asks what."""
        with self._session.get(f"{self._url}/changes", stream=True, timeout=600) as stream:
            for line in stream.iter_lines(chunk_size=1):
                if line.startswith(b"event: changed"):
                    self.changed.set()

    def propose(self, number: int) -> tuple[str, str]:
        """A check of its own; returns anchor and number when the queue shows it."""
        now = county.moment()
        anchor = f"{number + 10**9:032x}"
        made = Check(check_id=str(uuid.uuid4()), partnership="demo", anchor=anchor, person_id=f"probe-{number}",
                     rules={"DA04": 3})  # fmt: skip
        bundle = county.bundle_of(self._sealer, made, now, county.VERSION)
        before = self._references()
        self._courier.carry("checks", Proposal(
            proposal_id=f"probe-{number}", partnership="demo", anchor=anchor, subject="child", level=3, brag="AMBER",
            fired=bundle.fired, pack="made/1", episode_from=now - timedelta(days=9), snapshot=bundle.picture, at=now,
        ), anchor, f"probe-{number}")  # fmt: skip
        check_id = _until(lambda: next(iter(self._references() - before), ""))
        return anchor, check_id

    def _references(self) -> set[str]:
        """Checks that nobody has, as the queue's buttons name them."""
        text = self._session.get(f"{self._url}/queue", timeout=60).text
        return {part.partition("/claim")[0] for part in text.split('action="/checks/')[1:]}

    def claim(self, check_id: str) -> float:
        """An event on its way to a screen: seconds from its sending to the page that shows it."""
        self.changed.clear()
        event_id, begun = str(uuid.uuid4()), time.perf_counter()
        event = DeskEvent(event_id=event_id, partnership="demo", check_id=check_id, kind="claimed", actor=PROBE,
                          role="screener", account=PROBE, at=county.moment())  # fmt: skip
        self._courier.carry("desk", event, check_id, event_id)
        while True:
            self.changed.wait(LONGEST_SECONDS)
            self.changed.clear()
            if check_id in self._session.get(f"{self._url}/queue?show=mine", timeout=60).text:
                return time.perf_counter() - begun

    def gate(self, anchor: str, check_id: str) -> float:
        """Open it as red and pass the gate: seconds from that command to the last agency's request."""
        self._command(anchor, check_id, "open", rating="red")
        begun = time.perf_counter()
        self._command(anchor, check_id, "gate", basis="statutory", provision="ca1989_s47", family="not_safe")
        asked: set[str] = set()
        last = 0.0
        while not asked or time.perf_counter() - last < 1.0:  # all of them are committed together
            for records in self._agency.poll(timeout_ms=20).values():
                for record in records:
                    message = decode(record.value) if record.value else None
                    if isinstance(message, AgencyRequest) and message.check_id == check_id:
                        asked.add(message.agency)
                        last = time.perf_counter()
            if time.perf_counter() - begun > LONGEST_SECONDS:
                raise SystemExit("no request came")
        return last - begun

    def _command(self, anchor: str, check_id: str, action: str, **codes: str) -> None:
        words = self._sealer.seal(anchor, CheckWords(text="for the bench"))
        command_id = str(uuid.uuid4())
        command = CheckCommand(command_id=command_id, partnership="demo", check_id=check_id, anchor=anchor,
                               action=action, actor=PROBE, role=Role.SCREENER, codes=codes, words=words,
                               at=county.moment())  # fmt: skip
        self._courier.carry("checks", command, anchor, command_id)


def measure(figures: Figures, checks: int, count: int) -> None:
    """Note the figures."""
    with tempfile.TemporaryDirectory(prefix="mash-bench-live-") as name:
        folder = Path(name)
        with EmbeddedKafka(folder / "kafka") as kafka:
            settings = load(find_running=False, data_dir=folder, bootstrap=kafka.bootstrap, topic_prefix=PREFIX,
                            desk_port=free_port())  # fmt: skip
            with admin(kafka.bootstrap) as client:
                apply(client, PREFIX, settings.partitions)
            staff, _, engine = staff_of(settings, checks, count, county.moment())
            engine.dispose()
            environment = {"HUB_BOOTSTRAP": kafka.bootstrap, "HUB_TOPIC_PREFIX": PREFIX, "HUB_DATA_DIR": str(folder),
                           "HUB_METRICS_PORT": "0", "HUB_LOG_LEVEL": "error"}  # fmt: skip
            with Processes(folder / "logs", environment) as processes, serving(settings, folder) as (url, _):
                processes.start("check", "worker", "check")
                processes.start("clock", "clock")
                _probe(figures, settings, url, staff)


def _probe(figures: Figures, settings: Settings, url: str, staff: list[Somebody]) -> None:
    visitor = Visitor(PROBE, "Probe", frozenset({Role.SCREENER}))
    engine = open_database(settings)
    cookie = Sessions(engine, timedelta(hours=1)).begin(visitor, county.moment())[0]
    engine.dispose()
    probe = Probe(settings, url, cookie)
    probe.gate(*probe.propose(0))  # the first of everything is no figure
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            at_work(url, staff, 5.0)

    everybody = threading.Thread(target=work, daemon=True)
    everybody.start()
    screens, gates = [], []
    for number in range(1, PROBES + 1):
        anchor, check_id = probe.propose(number)
        screens.append(probe.claim(check_id))
        gates.append(probe.gate(anchor, check_id))
    stop.set()
    everybody.join(60)
    how = f"{len(staff)} people at work"
    figures.add(f"{how}: from an event to a screen, median of {PROBES}", statistics.median(screens), "s")
    figures.add(f"{how}: from an event to a screen, the slowest of {PROBES}", max(screens), "s", "under 1")
    figures.add(f"{how}: a red check's requests are out after the gate within", max(gates), "s", "under 5")


def _until(look: Callable[[], str]) -> str:
    deadline = time.monotonic() + LONGEST_SECONDS
    while not (found := look()):
        if time.monotonic() > deadline:
            raise SystemExit("it did not come about")
        time.sleep(LOOK_SECONDS)
    return found


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--checks", type=int, default=20_000)
    parser.add_argument("--people", type=int, default=100)
    given = parser.parse_args()
    figures = Figures()
    measure(figures, given.checks, given.people)
    for row in figures.rows:
        print(json.dumps({"figure": row.name, "value": row.value, "unit": row.unit, "aim": row.aim}))


if __name__ == "__main__":
    main()
