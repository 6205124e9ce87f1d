"""A worker process with a small but real core, for the tests: what it may do wrong is said by its environment.

Run as `python stage_worker.py`. The core (`CountingCore`) writes one row and sends one output a message, and settles each
touched anchor once a batch.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from hub import log
from hub.errors import Skippable
from hub.messages import Tick, Watch
from hub.settings import Settings, load
from hub.state.api import Turn
from hub.worker.main import run_stages
from hub.worker.spec import StageSpec

FAILS, SKIPS, KILLS = "fails", "skips", "kills"
"""States of a `Watch` that make the core raise, set the message aside, or kill the process."""


class CountingCore:
    """Keeps one row an id and a count an anchor; passes every message on."""

    name = "facts"
    input_topic = "facts"

    def handle(self, message, turn: Turn) -> None:
        if isinstance(message, Tick):
            return
        assert isinstance(message, Watch)
        anchor = message.anchor.encode()
        count = int(turn.store.get(b"count/" + anchor) or 0)
        turn.store.put(b"count/" + anchor, b"%d" % (count + 1))
        turn.store.put(b"id/" + message.check_id.encode(), b"%d" % message.seq)
        turn.emit("persons", message.anchor, message)
        turn.touch(anchor)
        if message.state == FAILS:
            raise ZeroDivisionError(message.check_id)
        if message.state == SKIPS:
            raise Skippable("A message that is to be skipped.", reason="asked-for")
        if message.state == KILLS and not Path(os.environ["KILL_ONCE"]).exists():
            _kill_once()

    def settle_one(self, key: bytes, turn: Turn) -> None:
        turn.store.put(b"settled/" + key, turn.store.get(b"count/" + key) or b"0")


def _kill_once() -> None:
    Path(os.environ["KILL_ONCE"]).touch()
    os.kill(os.getpid(), signal.SIGKILL)


def stages() -> list[StageSpec]:
    def core(_settings: Settings, _partition: int) -> CountingCore:
        return CountingCore()

    return [StageSpec(core, "facts", "facts-journal")]


def main() -> None:
    settings = load()
    log.configure("info", process="worker-facts", json=True)
    run_stages("facts", stages(), settings)


if __name__ == "__main__":
    sys.exit(main())
