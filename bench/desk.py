"""How fast the desk's pages are with a long history and many people: one process, real HTTP, a view of made-up checks.

    python -m bench.desk --checks 20000 --people 100

Prints, for each page, the median and the 95th percentile as its readers see them. No Kafka is needed: the view is
filled with checks of a year, made up, of which some hundred are still open.
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
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
from sqlalchemy import insert

from hub.kafka.embedded import free_port
from hub.settings import load
from streams.check.state import Check, State
from triage.access import Visitor
from triage.desk import Desk, open_desk
from triage.roles import Role
from triage.sql import tables as t

OPEN_SHARE = 0.015
"""Of 20,000 checks of history some 300 are open at once in a big county."""
THINK_SECONDS = 5.0
"""Between a person's clicks; a hundred people then ask for twenty pages a second."""
PAGES = ("/queue", "/queue?show=mine", "/board", "/inbox")
BATCH = 2_000


def fill(desk: Desk, count: int, now: datetime) -> None:
    """Checks of a year, the last ones still open."""
    rng = random.Random(1)
    rows, standings = [], []
    for number in range(count):
        is_open = number >= count * (1 - OPEN_SHARE)
        begun = now - timedelta(days=365 * (1 - number / count))
        state = rng.choice([State.SCREENING, State.RATED, State.CHECKS_OPEN]) if is_open else State.CLOSED
        check = Check(
            check_id=f"{rng.getrandbits(32):08x}-0000-5000-8000-{number:012x}", partnership="demo",
            anchor=f"{number:032x}",
            person_id=f"p-{number}", seq=20, state=state, level=3 + (rng.random() < 0.2),
            rules={rng.choice(["DA04", "HE02", "ED02", "CB02"]): 3}, rating=rng.choice(["", "red", "amber", "green"]),
            began_at=begun, first_decided_at=None if is_open else begun + timedelta(hours=rng.random() * 48),
            decision="" if is_open else rng.choice(["section_17", "nfa", "early_help"]), bundle=3,
            clocks={"complete": now + timedelta(hours=rng.random() * 20)} if is_open else {},
        )  # fmt: skip
        rows.append(
            {"check_id": check.check_id, "partnership": "demo", "anchor": check.anchor, "person_id": check.person_id,
             "seq": 20, "state": str(state), "open": is_open, "subject": "child", "rating": check.rating,
             "brag": "AMBER", "level": check.level, "decision": check.decision, "begun_at": begun,
             "changed_at": begun, "rated_at": None, "decided_at": check.first_decided_at, "ended_at": None,
             "next_due": None, "doc": check.model_dump(mode="json")}
        )  # fmt: skip
        if is_open:
            doc = {"designated": [f"person.{number % 100}"], "walled": [], "glass": {}}
            standings.append({"check_id": check.check_id, "owner": f"person.{number % 100}", "doc": doc})
    with desk.engine.begin() as connection:
        for begin in range(0, count, BATCH):
            connection.execute(insert(t.checks), rows[begin : begin + BATCH])
        connection.execute(insert(t.standings), standings)


def measure(url: str, cookies: list[str], seconds: float) -> dict[str, list[float]]:
    """Everybody clicks, thinks and clicks again; page -> seconds."""
    found: dict[str, list[float]] = {page: [] for page in PAGES}
    stop, lock = time.monotonic() + seconds, threading.Lock()

    def person(number: int) -> None:
        rng, session = random.Random(number), requests.Session()
        session.cookies.set("desk", cookies[number])
        time.sleep(rng.random() * THINK_SECONDS)
        while time.monotonic() < stop:
            page = rng.choice(PAGES)
            begun = time.perf_counter()
            answer = session.get(url + page, timeout=60)
            took = time.perf_counter() - begun
            answer.raise_for_status()
            with lock:
                found[page].append(took)
            time.sleep(rng.expovariate(1 / THINK_SECONDS))

    with ThreadPoolExecutor(len(cookies)) as pool:
        list(pool.map(person, range(len(cookies))))
    return found


def main() -> None:
    """Fill, serve, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--checks", type=int, default=20_000)
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=30.0)
    given = parser.parse_args()
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        settings = load(find_running=False, data_dir=Path(folder), bootstrap="127.0.0.1:1", desk_port=free_port())
        desk = open_desk(settings)
        fill(desk, given.checks, now)
        roles = frozenset({Role.SCREENER, Role.DUTY_MANAGER, Role.AGENCY_RESEARCHER})
        people = [Visitor(f"person.{n}", f"Person {n}", roles, "police") for n in range(given.people)]
        cookies = [desk.sessions.begin(person, now)[0] for person in people]
        desk.close()
        environment = {
            "HUB_DATA_DIR": folder, "HUB_BOOTSTRAP": "127.0.0.1:1", "HUB_DESK_PORT": str(settings.desk_port),
            "HUB_LOG_LEVEL": "error", "PATH": "/usr/bin:/bin",
        }  # fmt: skip
        server = subprocess.Popen([sys.executable, "-m", "hub.cli.main", "triage", "serve"], env=environment)
        try:
            url = f"http://127.0.0.1:{settings.desk_port}"
            _until_it_answers(url)
            found = measure(url, cookies, given.seconds)
        finally:
            server.terminate()
            server.wait(20)
    for page, times in found.items():
        in_ms = {"median": 1000 * statistics.median(times), "95th": 1000 * statistics.quantiles(times, n=20)[18]}
        print(json.dumps({"page": page, "asked": len(times)} | {name: round(ms, 1) for name, ms in in_ms.items()}))


def _until_it_answers(url: str) -> None:
    for _ in range(200):
        try:
            requests.get(f"{url}/sign-in", timeout=5)
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the desk did not start")


if __name__ == "__main__":
    main()
