"""Makes the board's figures in a process of its own: a whole history takes seconds, and pages must not wait for it.

Figures that are a little old are shown at once, while newer ones are made. Only the first who asks waits for them. The
other process dies with this one, however it ends (`hub.tether`).
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, select

from hub.errors import Retriable
from hub.tether import tethered
from streams.check import config
from streams.check.figures import Figure, figures
from streams.check.state import Check
from triage.sql import tables as t

FRESH = timedelta(seconds=30)
"""Nobody decides anything by half a minute."""
OLDEST = timedelta(minutes=15)
"""What is older than this is not shown while newer ones are made: somebody may have come in the morning."""
WAIT_SECONDS = 60.0


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

    def get(self, days: int, now: datetime) -> tuple[datetime, Sequence[Figure]]:
        """Figures of the checks that began within so many days, and of when they are.

        Raises:
            NoFigures: they could not be made.
        """
        made_at, kept = self._kept.get(days, (datetime.min.replace(tzinfo=now.tzinfo), ()))
        if now - made_at <= FRESH:
            return made_at, kept
        coming = self._start(days, now)
        if now - made_at <= OLDEST:
            return made_at, kept
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


def main() -> None:
    """The other process: what is wanted comes as JSON, and so do the figures."""
    asked = json.load(sys.stdin)
    engine = create_engine(asked["url"])
    with engine.connect() as connection:
        docs = connection.scalars(select(t.checks.c.doc)).all()
    engine.dispose()
    now = datetime.fromisoformat(asked["now"])
    packs = config.load(Path(asked["packs"]) if asked["packs"] else None)
    checks = [Check.model_validate(doc) for doc in docs]
    made = figures(checks, packs.decisions, now, now - timedelta(days=asked["days"]))
    sys.stdout.write(json.dumps([asdict(figure) for figure in made]))


if __name__ == "__main__":
    main()
