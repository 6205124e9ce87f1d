"""Makes the board's figures in a process of its own: a whole history takes seconds, and no page waits for it.

Figures that are a little old are shown at once, while newer ones are made; where there are none yet, the board says so
and comes back. The other process stands back behind those that people wait for, and dies with this one (`hub.tether`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, create_engine, or_, select

from hub.errors import Retriable
from hub.tether import tethered
from streams.check import config
from streams.check.figures import Figure, arrivals, figures
from streams.check.state import Check
from triage.sql import tables as t

USUAL_DAYS = 30
FRESH = timedelta(minutes=2)
"""Nobody decides anything by two minutes of a month's figures; what waits now is counted for each page."""
OLDEST = timedelta(minutes=15)
"""What is older than this is not shown while newer ones are made: somebody may have come in the morning."""
WAIT_SECONDS = 60.0
NICE = 10
"""Behind the processes that people wait for."""


class NoFigures(Retriable):
    """They could not be made in time."""


@dataclass(slots=True)
class Figuring:
    """Makes and keeps figures.

    Attributes:
        url: the desk's database.
        packs: folder of the partnership's packs; None takes those that come with the hub.
    """

    url: str
    packs: Path | None
    _kept: dict[int, tuple[datetime, Sequence[Figure]]] = field(default_factory=dict)
    _coming: dict[int, Future[Sequence[Figure]]] = field(default_factory=dict)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def look(self, days: int, now: datetime) -> tuple[datetime, Sequence[Figure]] | None:
        """Figures of the checks that began within so many days, and of when they are; None while they are made."""
        found = self._kept.get(days)
        if found is None or now - found[0] > FRESH:
            self._start(days, now)
        return found if found is not None and now - found[0] <= OLDEST else None

    def begin(self, caught_up: threading.Event, now: Callable[[], datetime]) -> None:
        """Make the usual figures as soon as the view is there: whoever opens the board in the morning finds them."""

        def run() -> None:
            if caught_up.wait(WAIT_SECONDS):
                self.look(USUAL_DAYS, now())

        threading.Thread(target=run, name="first-figures", daemon=True).start()

    def get(self, days: int, now: datetime) -> tuple[datetime, Sequence[Figure]]:
        """As `look`, for whoever waits.

        Raises:
            NoFigures: they could not be made.
        """
        if (found := self.look(days, now)) is not None:
            return found
        coming = self._start(days, now)
        try:
            return now, coming.result(WAIT_SECONDS)
        except (OSError, ValueError, subprocess.SubprocessError, TimeoutError) as error:
            raise NoFigures("The figures could not be made.", "Try again in a minute.") from error

    def _start(self, days: int, now: datetime) -> Future[Sequence[Figure]]:
        with self._one:
            if (coming := self._coming.get(days)) is not None:
                return coming
            coming = self._coming[days] = Future()
        threading.Thread(target=self._make, args=(days, now, coming), name="figures", daemon=True).start()
        return coming

    def _make(self, days: int, now: datetime, coming: Future[Sequence[Figure]]) -> None:
        asked = {"url": self.url, "packs": str(self.packs or ""), "days": days, "now": now.isoformat()}
        try:
            done = subprocess.run(  # noqa: S603 - our own module; what is secret goes by its input, not its arguments
                tethered([sys.executable, "-m", "triage.figuring"]),
                input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=WAIT_SECONDS,
            )  # fmt: skip
            made = [Figure(**row) for row in json.loads(done.stdout)]
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            coming.set_exception(error)
        else:
            self._kept[days] = (now, made)
            coming.set_result(made)
        finally:
            with self._one:
                self._coming.pop(days, None)


def checks_for(connection: Connection, since: datetime) -> list[Check]:
    """The checks that began since, and earlier ones of the same people: whether somebody was referred again."""
    c = t.checks.c
    people = select(c.person_id).where(c.begun_at >= since, c.person_id != "")
    anchors = select(c.anchor).where(c.begun_at >= since)
    wanted = or_(c.begun_at >= since, c.person_id.in_(people), c.anchor.in_(anchors))
    return [Check.model_validate(doc) for doc in connection.scalars(select(c.doc).where(wanted))]


def main() -> None:
    """The other process: what is wanted comes as JSON, and so do the figures."""
    os.nice(NICE)
    asked = json.load(sys.stdin)
    engine = create_engine(asked["url"])
    now = datetime.fromisoformat(asked["now"])
    since = now - timedelta(days=asked["days"])
    with engine.connect() as connection:
        checks = checks_for(connection, since)
        a = t.arrivals.c
        ages = [
            (r.agency, r.hours) for r in connection.execute(select(a.agency, a.hours).where(a.received_at >= since))
        ]
    engine.dispose()
    packs = config.load(Path(asked["packs"]) if asked["packs"] else None)
    made = [*figures(checks, packs.decisions, now, since), *arrivals(ages)]
    sys.stdout.write(json.dumps([asdict(figure) for figure in made]))


if __name__ == "__main__":
    main()
