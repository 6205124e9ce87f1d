"""A worker process with a small but real core, and mishaps that happen to it where a test wants them.

Run as a program. The core writes two rows and sends one output a message, and settles each touched anchor once a batch.
A mishap is a file `<signal>@<place>` in the folder `HURTS`, holding how many times the place is passed before the
process sends itself the signal; it happens once, whichever process gets there.
"""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

from aiokafka import AIOKafkaProducer

from hub import log
from hub.errors import Skippable
from hub.messages import Tick, Watch
from hub.settings import Settings, load
from hub.state import transaction
from hub.state.api import Turn
from hub.state.lmdb import LmdbCache
from hub.worker.main import run_stages
from hub.worker.spec import StageSpec

FAILS, SKIPS = "fails", "skips"
"""States of a `Watch` that make the core raise, or set the message aside, after it has written, sent and touched."""
IN_BATCH, BEFORE_COMMIT, AFTER_COMMIT, AFTER_CACHE = "in-batch", "before-commit", "after-commit", "after-cache"
"""Places: in a handler; all sent, transaction open; committed, cache not written; cache written, offset not committed."""


class CountingCore:
    """Keeps one row an id and a count an anchor; passes every message on."""

    name = "facts"
    input_topic = "facts"

    def handle(self, message, turn: Turn) -> None:
        if isinstance(message, Tick):
            turn.store.put(b"now", turn.now.isoformat().encode())
            return
        assert isinstance(message, Watch)
        anchor = message.anchor.encode()
        count = int(turn.store.get(b"count/" + anchor) or 0)
        turn.store.put(b"count/" + anchor, b"%d" % (count + 1))
        turn.store.put(b"id/" + message.check_id.encode(), b"%d" % message.seq)
        turn.emit("persons", message.anchor, message, partition=turn.meta.partition)
        turn.touch(anchor)
        if message.state == FAILS:
            raise ZeroDivisionError(message.check_id)
        if message.state == SKIPS:
            raise Skippable("A message that is to be skipped.", reason="asked-for")
        pass_by(IN_BATCH)

    def settle_one(self, key: bytes, turn: Turn) -> None:
        turn.store.put(b"settled/" + key, turn.store.get(b"count/" + key) or b"0")


def pass_by(place: str) -> None:
    """Let the mishap that is prepared for this place happen, when it is time."""
    for hurt in Path(os.environ["HURTS"]).glob(f"*@{place}"):
        with contextlib.suppress(FileNotFoundError):
            left = int(hurt.read_text()) - 1
            hurt.write_text(str(left))
            if left == 0:
                hurt.unlink()
                os.kill(os.getpid(), getattr(signal, hurt.name.partition("@")[0]))


def prepare_mishaps() -> None:
    commit_transaction, commit_cache = AIOKafkaProducer.commit_transaction, LmdbCache.commit

    async def commit_to_kafka(self):
        pass_by(BEFORE_COMMIT)
        await commit_transaction(self)

    def commit_to_cache(self, saved):
        pass_by(AFTER_COMMIT)
        commit_cache(self, saved)
        pass_by(AFTER_CACHE)

    AIOKafkaProducer.commit_transaction = commit_to_kafka
    LmdbCache.commit = commit_to_cache
    if seconds := os.environ.get("GIVE_UP_SECONDS"):
        transaction.GIVE_UP_SECONDS = float(seconds)


def stages() -> list[StageSpec]:
    def core(_settings: Settings, _partition: int) -> CountingCore:
        return CountingCore()

    return [StageSpec("facts", core, "facts", "facts-journal")]


def main() -> None:
    settings = load(find_running=False)
    log.configure("info", process="worker-facts", json=True)
    prepare_mishaps()
    run_stages("facts", stages(), settings)


if __name__ == "__main__":
    main()
