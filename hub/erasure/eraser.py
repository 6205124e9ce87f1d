"""The last step of an erasure: when every stage has let go of a person, the keys are destroyed, and that is said.

Invariants:
    - nothing is kept here: killed at any point, the next one reads the list again and goes on; two at once do no harm;
    - a key is destroyed once (`SqliteKeyStore.destroy`), however often an item is worked on;
    - `done` is said no sooner than every process has stopped using the key (`NOTICE_SECONDS`): first to identity, which
      sets aside until then what is sealed under it, then on the list.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from hub import metrics
from hub.erasure.ledger import Item, WorkList
from hub.erasure.progress import FLOW, Ends
from hub.keystore import NOTICE_SECONDS, Destroyed, SqliteKeyStore
from hub.log import get_logger
from hub.messages import Erasure
from hub.messages.erasure import DestroyedKey, ErasureState
from hub.topics import topic

STEP_SECONDS = 0.5
EXPIRE_SECONDS = 3600.0
"""How often keys of expired dead letters are looked for: they are kept for 90 days."""
LONGEST_MONTH = timedelta(days=31)
"""A month's key of a stage's dead letters is made with the month's first and needed by its last."""

log = get_logger("eraser")


class Progresses(Protocol):
    """As `hub.erasure.progress.Progress`."""

    def ends(self, name: str) -> Ends:
        """Where a topic ends now."""
        ...

    def passed(self, name: str, ends: Ends) -> bool:
        """Whether its stage has applied everything before these ends."""
        ...


@dataclass(slots=True)
class _Way:
    """How far one item is: past how many topics of `FLOW`, and what it waits for; then what was destroyed, and when."""

    past: int = 0
    ends: Ends | None = None
    gone: list[Destroyed] | None = None
    quiet_at: float = 0.0


class Eraser:
    """Works off the list.

    Args:
        ledger: the list.
        progress: how far the stages are.
        keys: the key store.
        tell: says `done`, durably, to identity and then on the list.
        now: the clock, UTC.
        monotonic: seconds.
    """

    def __init__(
        self,
        ledger: WorkList,
        progress: Progresses,
        keys: SqliteKeyStore,
        tell: Callable[[Erasure], None],
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """See the class."""
        self._ledger = ledger
        self._progress = progress
        self._keys = keys
        self._tell = tell
        self._now = now
        self._monotonic = monotonic
        self._ways: dict[Item, _Way] = {}
        self._expire_at = 0.0

    def begin(self) -> int:
        """Read the list, and destroy again what a restored key store brought back. Returns how many keys."""
        self._ledger.catch_up()
        back = self._keys.reapply(self._ledger.destroyed())
        if back:
            log.warning("keys of erased persons were back in the key store, and are destroyed again", count=back)
        self._show()
        return back

    def step(self) -> None:
        """Look once, and do what is due."""
        self._ledger.catch_up()
        for item in self._ways.keys() - self._ledger.pending.keys():
            del self._ways[item]
        for item, erasure in list(self._ledger.pending.items()):
            self._go_on(item, erasure, self._ways.get(item) or self._begun(item))
        if self._monotonic() >= self._expire_at:
            self._expire_at = self._monotonic() + EXPIRE_SECONDS
            self._expire()
        self._show()

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop."""
        self.begin()
        log.info("the eraser works", count=len(self._ledger.pending))
        while not stop.wait(STEP_SECONDS):
            self.step()

    def _begun(self, item: Item) -> _Way:
        """The beginning; or, where an eraser died after destroying the keys, what is left: to say so."""
        gone = self._keys.destroyed_by(item.name)
        done = _Way(past=len(FLOW), gone=gone, quiet_at=self._monotonic() + NOTICE_SECONDS)
        way = self._ways[item] = _Way() if gone is None else done
        return way

    def _go_on(self, item: Item, erasure: Erasure, way: _Way) -> None:
        """As far as can be gone now."""
        while way.past < len(FLOW):
            name = FLOW[way.past]
            if way.ends is None:
                way.ends = self._progress.ends(name)
            if not self._progress.passed(name, way.ends):
                return
            way.past, way.ends = way.past + 1, None
        if way.gone is None:
            way.gone = self._keys.destroy(item.name, erasure.keys)
            way.quiet_at = self._monotonic() + NOTICE_SECONDS
        if self._monotonic() >= way.quiet_at:
            self._say(erasure, way.gone)

    def _say(self, erasure: Erasure, gone: list[Destroyed]) -> None:
        told = {
            "state": ErasureState.DONE,
            "destroyed": [DestroyedKey(name=key.name, print=key.print) for key in gone],
            "done_at": self._now(),
        }
        self._tell(erasure.model_copy(update=told))
        metrics.ERASURES_DONE.inc()
        log.info("keys were destroyed", code=erasure.erasure_id, count=len(gone), reason=erasure.reason)

    def _expire(self) -> None:
        """Keys of dead letters go when their letters leave the topic."""
        kept = timedelta(milliseconds=topic("dead-letters").retention_ms)
        one_by_one, by_month = self._now() - kept, self._now() - kept - LONGEST_MONTH
        gone = self._keys.expire("dead-letter:", one_by_one.timestamp())
        gone += self._keys.expire("dead-letters:", by_month.timestamp())
        metrics.LETTER_KEYS_EXPIRED.inc(gone)
        if gone:
            log.info("keys of dead letters expired", count=gone)

    def _show(self) -> None:
        pending = self._ledger.pending.values()
        metrics.ERASURES_PENDING.set(len(pending))
        metrics.ERASURES_OLDEST.set(oldest_seconds(self._ledger.pending, self._now()))


def oldest_seconds(pending: Mapping[Item, Erasure], now: datetime) -> float:
    """Age of the oldest erasure that is not done, in seconds; 0 if there is none."""
    return max(((now - erasure.at).total_seconds() for erasure in pending.values()), default=0.0)
