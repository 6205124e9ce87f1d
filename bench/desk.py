"""How fast the desk's pages are with a long history and many people at work: one desk, real HTTP, a made-up county.

    python -m bench.desk --checks 20000 --people 100

"At work" is what people do: they open a page, look at it for a while, and open the next (`LOOKS`); an open queue renews
itself whenever something happens in the county, and things happen (`CHANGE_SECONDS`). A second figure has everybody
click every two seconds, which nobody does. No Kafka is needed: the view is filled as a year would have filled it.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psutil
import requests
from sqlalchemy import Engine, select

from bench import desk_county as county
from bench.figures import Figures
from hub.kafka.embedded import free_port
from hub.messages import CheckEvent
from hub.settings import Settings, load
from streams.check.state import Check
from triage.access import Visitor
from triage.desk import open_desk
from triage.roles import Role
from triage.sql import tables as t
from triage.sql import view

QUEUE, MINE, CHECK, BOARD, INBOX, REQUEST = "queue", "my queue", "check", "board", "inbox", "request"
LOOKS = {QUEUE: 8.0, MINE: 8.0, CHECK: 40.0, BOARD: 30.0, INBOX: 8.0, REQUEST: 60.0}
"""Seconds that somebody looks at a page before the next click, on average: a list is scanned, a check is read."""
HURRY_SECONDS = 2.0
"""Between everybody's clicks where nobody reads anything: what the desk does at its limit."""
WARM_SECONDS = 8.0
"""Everybody comes in within so long, which no hundred people do; what is counted begins after it."""
CHANGE_SECONDS = 9.0
"""80 new checks a working day of 8 hours, each with some 40 events."""
TRIAGE_WAYS = {QUEUE: 4, MINE: 2, CHECK: 4}
MANAGER_WAYS = {BOARD: 2, QUEUE: 2, CHECK: 1}
AGENCY_WAYS = {INBOX: 3, REQUEST: 3}
AIM_MS = 200
ROUND = 20
"""Of so many people one is a manager, seven are agencies' researchers, the others screen and decide."""
TRIAGE = frozenset({Role.SCREENER, Role.DECISION_MAKER})


@dataclass
class Somebody:
    """One person at work."""

    cookie: str
    ways: Mapping[str, int]
    checks: list[str]
    requests: list[str]
    rng: random.Random

    def next(self) -> tuple[str, str]:
        """The next page: its kind and address."""
        kind = self.rng.choices(list(self.ways), list(self.ways.values()))[0]
        paths = {QUEUE: "/queue", MINE: "/queue?show=mine", BOARD: "/board", INBOX: "/inbox"}
        if kind == CHECK:
            return kind, f"/checks/{self.rng.choice(self.checks)}"
        return kind, f"/requests/{self.rng.choice(self.requests)}" if kind == REQUEST else paths[kind]


@dataclass
class Work:
    """Everybody's clicks for some seconds."""

    url: str
    hurried: bool
    stop_at: float
    count_from: float
    found: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in LOOKS})
    one: threading.Lock = field(default_factory=threading.Lock)

    def do(self, who: Somebody) -> None:
        """One person's."""
        session = requests.Session()
        session.cookies.set("desk", who.cookie)
        time.sleep(who.rng.random() * (HURRY_SECONDS if self.hurried else LOOKS[QUEUE]))
        while time.monotonic() < self.stop_at:
            kind, path = who.next()
            self._ask(session, kind, path)
            until = time.monotonic() + who.rng.expovariate(1 / (HURRY_SECONDS if self.hurried else LOOKS[kind]))
            while kind in {QUEUE, MINE} and not self.hurried and time.monotonic() + CHANGE_SECONDS < until:
                self._sleep(time.monotonic() + CHANGE_SECONDS)
                self._ask(session, kind, path, {"HX-Request": "true"})  # the open page renews itself
            self._sleep(until)

    def _sleep(self, until: float) -> None:
        time.sleep(max(0.0, min(until, self.stop_at) - time.monotonic()))

    def _ask(self, session: requests.Session, kind: str, path: str, headers: Mapping[str, str] | None = None) -> None:
        if time.monotonic() >= self.stop_at:
            return
        begun = time.perf_counter()
        answer = session.get(self.url + path, headers=headers, timeout=60)
        took = time.perf_counter() - begun
        answer.raise_for_status()
        with self.one:
            if time.monotonic() - took >= self.count_from:
                self.found[kind].append(took)


def at_work(url: str, staff: list[Somebody], seconds: float, *, hurried: bool = False) -> dict[str, list[float]]:
    """Everybody at work for so long; kind of page -> seconds that each took."""
    begun = time.monotonic()
    work = Work(url, hurried, begun + WARM_SECONDS + seconds, begun + WARM_SECONDS)
    with ThreadPoolExecutor(len(staff)) as pool:
        list(pool.map(work.do, staff))
    return work.found


@contextmanager
def things_happen(engine: Engine, opened: list[str]) -> Iterator[None]:
    """While the block runs, now and then something happens in an open check, as the desk's projector would note it."""
    stop, rng = threading.Event(), random.Random(2)

    def run() -> None:
        while not stop.wait(CHANGE_SECONDS):
            with engine.begin() as connection:
                doc = connection.scalar(select(t.checks.c.doc).where(t.checks.c.check_id == rng.choice(opened)))
                check = Check.model_validate(doc)
                event = CheckEvent(
                    event_id=f"{check.check_id}-{check.seq + 1}", partnership="demo", check_id=check.check_id,
                    anchor=check.anchor, seq=check.seq + 1, kind="noted", state=check.state, at=county.moment(),
                    cause=f"{check.check_id}-{check.seq + 1}",
                )  # fmt: skip
                view.take(connection, [event])

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def staff_of(settings: Settings, checks: int, count: int, now: datetime) -> tuple[list[Somebody], list[str], Engine]:
    """Fill the desk's database; returns who works there, signed in, the open checks, and the database."""
    desk = open_desk(settings)
    accounts = county.people(count)
    opened = county.fill(desk, checks, accounts, now)
    found = []
    for number, account in enumerate(accounts):
        ways, roles, agency = _job(number)
        cookie = desk.sessions.begin(Visitor(account, f"Person {number}", roles, agency), now)[0]
        mine = [c for place, c in enumerate(opened, 1) if accounts[place % count] == account]
        asked = [
            f"{int(c[-12:], 16):08x}-0000-5000-8000-{county.AGENCIES.index(agency):012x}" for c in opened if agency
        ]
        usable = {kind: weight for kind, weight in ways.items() if kind != CHECK or mine}
        found.append(Somebody(cookie, usable, mine, asked, random.Random(number)))
    return found, opened, desk.engine


def _job(number: int) -> tuple[Mapping[str, int], frozenset[Role], str]:
    place = number % ROUND
    if place == 0:
        return MANAGER_WAYS, frozenset({Role.DUTY_MANAGER}), ""
    if place <= 7:
        return AGENCY_WAYS, frozenset({Role.AGENCY_RESEARCHER}), county.AGENCIES[place % len(county.AGENCIES)]
    return TRIAGE_WAYS, TRIAGE, ""


@contextmanager
def serving(settings: Settings, folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """A desk in a process of its own; its address and its process when it answers."""
    environment = {
        "HUB_DATA_DIR": str(folder), "HUB_BOOTSTRAP": settings.bootstrap, "HUB_DESK_PORT": str(settings.desk_port),
        "HUB_TOPIC_PREFIX": settings.topic_prefix, "HUB_LOG_LEVEL": "error", "PATH": "/usr/bin:/bin",
        "HUB_DESK_REQUESTS_PER_MINUTE": "100000",
    }  # fmt: skip
    server = subprocess.Popen([sys.executable, "-m", "hub.cli.main", "triage", "serve"], env=environment)
    url = f"http://127.0.0.1:{settings.desk_port}"
    try:
        for _ in range(300):
            try:
                requests.get(f"{url}/sign-in", timeout=5)
                break
            except requests.RequestException:
                time.sleep(0.1)
        else:
            raise SystemExit("the desk did not start")
        yield url, psutil.Process(server.pid)
    finally:
        server.terminate()
        server.wait(20)


def measure(figures: Figures, checks: int, count: int, seconds: float) -> None:
    """Fill, serve, and note the figures: as people work, and as nobody does."""
    with tempfile.TemporaryDirectory(prefix="mash-bench-desk-") as name:
        folder = Path(name)
        settings = load(find_running=False, data_dir=folder, bootstrap="127.0.0.1:1", desk_port=free_port())
        staff, opened, engine = staff_of(settings, checks, count, county.moment())
        with serving(settings, folder) as (url, process), things_happen(engine, opened):
            _first(figures, url, staff)
            before = process.cpu_times()
            found = at_work(url, staff, seconds)
            after = process.cpu_times()
            _note(figures, found, f"{count} people at work, {checks:,} checks of history", AIM_MS)
            used = after.user + after.system - before.user - before.system
            figures.add(f"{count} people at work: the desk takes of a core", 100 * used / (WARM_SECONDS + seconds), "%")
            _note(figures, at_work(url, staff, seconds / 2, hurried=True), f"{count} people click every 2 s", 0)
        engine.dispose()


def _first(figures: Figures, url: str, staff: list[Somebody]) -> None:
    """The board of a desk that has just started."""
    begun = time.perf_counter()
    requests.get(f"{url}/board", cookies={"desk": staff[0].cookie}, timeout=60).raise_for_status()
    figures.add(
        "the board of a desk that has just started", 1000 * (time.perf_counter() - begun), "ms", f"under {AIM_MS}"
    )


def _note(figures: Figures, found: Mapping[str, list[float]], how: str, aim_ms: int) -> None:
    aim = f"under {aim_ms}" if aim_ms else ""
    everything = [took for times in found.values() for took in times]
    for kind, times in [("all pages", everything), *found.items()]:
        if len(times) > 1:
            figures.add(f"{how}: {kind}, median of {len(times)}", 1000 * statistics.median(times), "ms")
            figures.add(f"{how}: {kind}, 95th percentile", 1000 * statistics.quantiles(times, n=20)[18], "ms", aim)


def main() -> None:
    """Measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--checks", type=int, default=20_000)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=40.0)
    given = parser.parse_args()
    figures = Figures()
    measure(figures, given.checks, given.people, given.seconds)
    for row in figures.rows:
        print(json.dumps({"figure": row.name, "value": row.value, "unit": row.unit, "aim": row.aim}))


if __name__ == "__main__":
    main()
