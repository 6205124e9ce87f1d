"""One stage's state in one input partition: fence, restore, apply batches, close. The State rule, in one place.

Order is everything here. The fence comes before the journal is read, so that what is read is whole. Kafka's commit
comes before the cache's, so that the cache is never ahead. Whatever raises leaves the next owner to read the
journal, which is right in every case; so the caller ends the process and nothing here repairs anything.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from hub import metrics
from hub.errors import Fatal
from hub.state.api import Core, GaugeValues, Gauging
from hub.state.batch import BatchResult, Inbound, run_batch
from hub.state.journal import POSITION_KEY, Position, open_journal
from hub.state.lmdb import LmdbCache, Saved
from hub.state.memo import Memo
from hub.state.outputs import OutputWriter
from hub.state.place import Place
from hub.state.restore import open_cache, restore
from hub.state.rows import BatchStore
from hub.state.transaction import FencedProducer, Send

TICKS_SECONDS = 10.0
"""How long ticks that change nothing may wait for a transaction: one a tick and partition is half the CPU of an idle
hub. A restart reads at most so many ticks again."""


class InputReplaced(Fatal):
    """The input topic is not the one that the state was made from."""


class StatePartition:
    """See the module. Use: `await open()`, then `await apply(...)` batch by batch, then `await close()`.

    Attributes:
        core: the stage's.
        partition: of its input.
        position: what the journal says; below its offset all is applied for good.
        now: the latest tick, which may be newer.
        restored: journal records that the opening had to read.
    """

    def __init__(self, core: Core, partition: int, place: Place, writer: OutputWriter) -> None:
        """Nothing is opened yet."""
        self.core = core
        self.partition = partition
        self.position = Position(place.input_id)
        self.now = self.position.now
        self.restored = 0
        self._place = place
        self._writer = writer
        self._producer = FencedProducer(place.kafka, f"{place.transactional_prefix}.{core.name}.{partition}")
        self._cache: LmdbCache | None = None
        self._saved = -math.inf
        self._memo = Memo()

    async def open(self) -> None:
        """Fence the earlier owner, then bring the cache up to the journal's end.

        Raises:
            InputReplaced: the journal belongs to another input topic of that name.
            hub.errors.HubError, aiokafka.errors.KafkaError, TimeoutError: the process must end.
        """
        started = time.monotonic()
        labels = (self.core.name, str(self.partition))
        await self._producer.open()
        place = self._place
        self._cache = open_cache(place, self.core.name, self.partition)
        async with open_journal(place.kafka, place.journal, self.partition) as journal:
            restored = await restore(journal, self._cache, metrics.RESTORE_LEFT.labels(*labels).set)
        self.position = Position.decode(restored.position) if restored.position else Position(place.input_id)
        self.now = self.position.now
        if self.position.input_id != place.input_id:
            raise InputReplaced(
                f"The state of {self.core.name} partition {self.partition} was made from another topic called "
                f"{place.input_topic}: it was deleted and made anew, and its offsets begin again.",
                "Write the next generation of the stage with `mash repartition`, or delete its journal as well.",
            )
        self.restored = restored.records
        metrics.RESTORED_RECORDS.labels(*labels).set(self.restored)
        metrics.RESTORE_SECONDS.labels(*labels).set(time.monotonic() - started)

    async def apply(self, inbound: Sequence[Inbound], next_offset: int) -> BatchResult:
        """Handle records that are not applied yet, and commit all that comes of them.

        Args:
            inbound: records in offset order; those below the position are redelivered and skipped.
            next_offset: where reading goes on after them; at least the last offset + 1.

        Raises:
            hub.errors.HubError, OSError, MemoryError: nothing was committed, or nobody can say; the process must end.
        """
        assert self._cache is not None, "open() first"
        done = self.position.next_offset or 0
        fresh = [record for record in inbound if record.meta.offset >= done]
        if not fresh:
            return BatchResult(self.now)
        store = BatchStore(self._cache.begin(), self._memo)
        result = run_batch(self.core, store, self.now, fresh)
        if self._may_wait(store, result):
            self._cache.abort()
            self.now = result.now
            return result
        position = Position(self.position.input_id, next_offset, result.now)
        journal_next = await self._producer.commit(self._rows(store, position), self._writer.sends(result))
        self._cache.commit(Saved(journal_next, time.time(), position.encode()))
        self.position, self.now, self._saved = position, result.now, time.monotonic()
        return result

    def _may_wait(self, store: BatchStore, result: BatchResult) -> bool:
        """Whether a batch was ticks that changed nothing: whoever reads them again comes to the same (ADR 0012)."""
        changed = store.changes or result.outputs or result.rejects or result.records
        return not changed and time.monotonic() - self._saved < TICKS_SECONDS

    def _rows(self, store: BatchStore, position: Position) -> list[Send]:
        journal = self._place.journal
        rows = [Send(journal, self.partition, key, value) for key, value in store.changes.items()]
        rows.append(Send(journal, self.partition, POSITION_KEY, position.encode()))
        return rows

    def gauges(self) -> GaugeValues:
        """How the committed state stands: its rows, and what the core can say of them."""
        if self._cache is None:
            return {}
        with self._cache.committed() as rows:
            said = dict(self.core.gauges(rows, self.now)) if isinstance(self.core, Gauging) else {}
            return said | {("state_rows", self.core.name): rows.count()}

    async def close(self) -> None:
        """Close connections and files. An unfinished batch leaves no trace."""
        if self._cache is not None:
            self._cache.close()
            self._cache = None
        await self._producer.close()
