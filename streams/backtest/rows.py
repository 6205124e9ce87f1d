"""Runs one core over rows in a folder of its own: LMDB, as a worker has it, so that a county fits. No Kafka.

The batch code is the worker's (`hub.state.batch`). The folder is thrown away afterwards; sealed parts in it open only
with keys that are elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from hub.state.api import Core, MessageMeta
from hub.state.batch import BEGINNING, Inbound, Outbound, run_batch
from hub.state.lmdb import CacheIdentity, LmdbCache, LmdbRows, Saved, boot_id
from hub.state.memo import Memo
from hub.state.rows import BatchStore

BATCH = 500
"""As a worker's transaction closes at the latest (`HUB_BATCH_RECORDS`)."""


class CoreRunner:
    """See the module.

    Attributes:
        rejects: reason -> how many messages the core set aside.
    """

    def __init__(self, core: Core, folder: Path) -> None:
        """Run `core` over rows in `folder`, which is made."""
        self._core = core
        self._cache = LmdbCache(folder, CacheIdentity("backtest", core.name, core.name, 0, boot_id()))
        self._memo = Memo()
        self._now = BEGINNING
        self._offset = 0
        self.rejects: Counter[str] = Counter()

    def feed(self, values: Sequence[bytes]) -> list[Outbound]:
        """Handle messages in order; what they caused."""
        found: list[Outbound] = []
        for start in range(0, len(values), BATCH):
            found += self._batch(values[start : start + BATCH])
        return found

    def first_row(self, prefix: bytes) -> bytes | None:
        """Key of the first row under a prefix."""
        with self._cache.committed() as rows:
            return next((key for key, _ in rows.scan(prefix)), None)

    def close(self) -> None:
        """Let go of the file."""
        self._cache.close()

    def _batch(self, values: Sequence[bytes]) -> list[Outbound]:
        inbound = []
        for value in values:
            inbound.append(Inbound(MessageMeta(self._core.input_topic, 0, self._offset, self._now), None, value))
            self._offset += 1
        rows: LmdbRows = self._cache.begin()
        result = run_batch(self._core, BatchStore(rows, self._memo), self._now, inbound)
        self._cache.commit(Saved(0, 0.0, b""))
        self._now = result.now
        self.rejects.update(reject.reason for reject in result.rejects)
        return result.outputs
