"""The demonstration's course: start, feed, settle; and what came of it, against the truth. Shows nothing."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bench.demo_outcome import Outcome, read
from bench.processes import Processes
from bench.scrape import Samples, scrape
from hub.errors import Fatal
from hub.kafka.embedded import free_port
from hub.kafka.probe import listens
from hub.supervisor import look

AGENCIES = ("police", "health", "education", "social_care")
SCREENER = "screener"
HUB, COUNTY, DESK = "hub", "county", "desk"
LOOK_S = 0.2
DESK_S = 120.0
"""For the desk to fetch what its pages are drawn with, the first time, over a slow line."""
QUIET_S = 4.0
"""Nothing new for so long, with nothing waiting: the hub has settled. Longer than a tick (1 s) and a batch (50 ms)."""
STAGES = ("identity", "facts", "person", "check")


@dataclass
class DemoHub:
    """What runs, and how far it is."""

    processes: Processes
    folder: Path
    first_port: int
    screener: bool = True
    """Whether the scripted screener works on what is proposed."""
    leave: float = 0.0
    """Share of the checks that the scripted screener leaves to people."""
    phase: str = "starting"
    samples: Samples = field(default_factory=Samples)
    by_port: dict[int, Samples] = field(default_factory=dict)
    live: dict[int, Samples] = field(default_factory=dict)
    """Pages that answered at the last look."""
    before: dict[int, Samples] = field(default_factory=dict)
    """What the pages said when feeding began: starting up is no cost of a record."""
    settled_as: tuple[float, ...] = ()
    settled_at: float = 0.0
    fed_s: float = 0.0
    """How long it took from the first record published to the last one settled."""
    records_before: int = 0
    """Canonical records that were through when feeding began."""
    _fed_from: float = 0.0
    _county: Path | None = None

    @property
    def hub_dir(self) -> Path:
        """The hub's data folder."""
        return self.folder / "hub"

    @property
    def county_dir(self) -> Path:
        """The county's folder."""
        return self._county or self.folder / "county"

    @property
    def records_taken(self) -> int:
        """Canonical records that identity has taken so far."""
        return int(self.samples.total("mash_records_in_total", stage="identity"))

    @property
    def ports(self) -> range:
        """All /metrics pages."""
        return range(self.first_port, self.first_port + 6 + len(AGENCIES))

    def begin(self, people: int, seed: int) -> None:
        """Start the hub, and make the county meanwhile."""
        self.processes.environment = {**self.processes.environment, "HUB_METRICS_PORT": str(self.first_port)}
        self.processes.start(HUB, "up", "--foreground")
        self._make_county(people, seed)

    def make_another(self, folder: Path, people: int, seed: int) -> None:
        """Make another county, which `step` then feeds into the same hub."""
        for port in self.ports[-len(AGENCIES) :]:
            self.by_port.pop(port, None)  # the pages of connectors that are gone
        self._county, self.phase, self.settled_as = folder, "making", ()
        self._make_county(people, seed)

    def _make_county(self, people: int, seed: int) -> None:
        as_of = f"{datetime.now(UTC):%Y-%m-%d}"
        county = (sys.executable, "-m", "bench.county", str(self.county_dir), "--as-of", as_of)
        self.processes.start_command(COUNTY, (*county, "--people", str(people), "--seed", str(seed)))

    def step(self) -> bool:
        """Look, and go on where it is time. True when all is settled.

        Raises:
            Fatal: a process ended with an error; the text names its log.
        """
        for name in self.processes.running:
            if self.processes.failed(name):
                text = f"The demonstration's {name} ended with an error."
                raise Fatal(text, f"Its last words are in {self.processes.log_path(name)}.")
        # A connector that is done has taken its page with it: what it last said stands.
        self.live = {port: found for port in self.ports if (found := scrape([port])).rows}
        self.by_port |= self.live
        self.samples = Samples([row for page in self.by_port.values() for row in page.rows])
        if self.phase in {"starting", "making"}:
            self._feed_when_ready()
        elif self.phase == "feeding" and self.processes.ended(*AGENCIES):
            self.phase = "settling"
        return self.phase == "settling" and self._settled()

    def outcome(self) -> Outcome:
        """What came of it."""
        return read(dict(self.processes.environment), self.county_dir)

    def _feed_when_ready(self) -> None:
        report = look.report(self.hub_dir)
        answering = all(self.samples.total("mash_last_progress_timestamp_seconds", stage=s) for s in STAGES)
        if not (report.up and answering and self.processes.ended(COUNTY)):
            return
        self.processes.environment = {**self.processes.environment, "HUB_BOOTSTRAP": report.bootstrap}
        self._fed_from, self.before, self.records_before = time.monotonic(), dict(self.by_port), self.records_taken
        for agency in AGENCIES:
            self.start_connector(agency)
        if self.screener:
            self.processes.start(SCREENER, "check", "script", "--leave", str(self.leave))
        self.phase = "feeding"

    def open_desk(self) -> str:
        """Start the triage desk over all that happened; returns its address when it answers.

        Raises:
            Fatal: it ended, or does not answer; the text names its log.
        """
        port = free_port()
        self.processes.environment = {**self.processes.environment, "HUB_DESK_PORT": str(port), "HUB_METRICS_PORT": "0"}
        self.processes.start(DESK, "triage", "serve")
        deadline = time.monotonic() + DESK_S
        while not listens(f"127.0.0.1:{port}", LOOK_S):
            if self.processes.ended(DESK) or time.monotonic() > deadline:
                text = "The triage desk did not open."
                raise Fatal(text, f"Its last words are in {self.processes.log_path(DESK)}.")
            time.sleep(LOOK_S)
        return f"http://127.0.0.1:{port}"

    def start_connector(self, agency: str) -> None:
        """Run an agency's files in, from where they were left."""
        port = str(self.first_port + 6 + AGENCIES.index(agency))
        self.processes.start(
            agency, "connector", "run", "auto", str(self.county_dir / agency), "--metrics-port", port, "--json"
        )

    def _settled(self) -> bool:
        live = Samples([row for page in self.live.values() for row in page.rows])
        outputs = tuple(live.total("mash_outputs_total", stage=s) for s in STAGES)
        if outputs != self.settled_as or any(_waits(live, s) for s in STAGES):
            self.settled_as, self.settled_at = outputs, time.monotonic()
        self.fed_s = self.settled_at - self._fed_from
        return time.monotonic() - self.settled_at >= QUIET_S


def _waits(live: Samples, stage: str) -> bool:
    """Whether records wait for a stage, or nobody can say. A tick on its way in each partition is no record."""
    lags = [value for name, have, value in live.rows if name == "mash_lag" and have.get("stage") == stage]
    return not lags or sum(lags) > 2 * len(lags)
