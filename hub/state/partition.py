"""One stage's state in one input partition: fence, restore, apply batches, close. The State rule, in one place.

Order is everything here. The fence comes before the journal is read, so that what is read is whole. Kafka's commit
comes before the cache's, so that the cache is never ahead. Whatever raises leaves the next owner to read the
journal, which is right in every case; so the caller ends the process and nothing here repairs anything.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hub import metrics
from hub.errors import Fatal
from hub.kafka.clients import Connection
from hub.state.api import Core, GaugeValues, Gauging
from hub.state.batch import BatchResult, Inbound, run_batch
from hub.state.journal import POSITION_KEY, JournalReader, Position, fold, open_journal
from hub.state.lmdb import CacheIdentity, LmdbCache, Saved, boot_id
from hub.state.memo import Memo
from hub.state.outputs import OutputWriter
from hub.state.rows import BatchStore
from hub.state.transaction import FencedProducer, Send
from hub.topics import TOMBSTONE_MS

CACHE_LIFE_SECONDS = TOMBSTONE_MS / 1000 / 2
"""An older cache may have missed a tombstone that is gone from the journal: it is wiped. Half, for slow clocks."""


TICKS_SECONDS = 10.0
"""How long ticks that change nothing may wait for a transaction: one a tick and partition is half the CPU of an idle
hub. A restart reads at most so many ticks again."""


class InputReplaced(Fatal):
    """The input topic is not the one that the state was made from."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a partition's state lives.

    Attributes:
        kafka: the way to it.
        cluster_id: its id.
        transactional_prefix: first part of transactional ids; no two hubs on one Kafka share it.
        folder: the worker's own folder.
        input_topic: full name.
        input_id: the broker's id of it.
        journal: full name.
        journal_id: the broker's id of it.
    """

    kafka: Connection
    cluster_id: str
    transactional_prefix: str
    folder: Path
    input_topic: str
    input_id: str
    journal: str
    journal_id: str


class StatePartition:
    """See the module. Use: `await open()`, then `await apply(...)` batch by batch, then `await close()`.

    Attributes:
        core: the stage's.
        partition: of its input.
        position: what the journal says; below its offset all is applied for good.
        now: the latest tick, which may be newer.
    """

    def __init__(self, core: Core, partition: int, place: Place, writer: OutputWriter) -> None:
        """Nothing is opened yet."""
        self.core = core
        self.partition = partition
        self.position = Position(place.input_id)
        self.now = self.position.now
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
        await self._producer.open()
        place = self._place
        identity = CacheIdentity(place.cluster_id, place.journal, place.journal_id, self.partition, boot_id())
        self._cache = LmdbCache(place.folder / self.core.name / str(self.partition), identity)
        async with open_journal(place.kafka, place.journal, self.partition) as journal:
            self.position = await self._restore(journal, self._cache)
        self.now = self.position.now
        if self.position.input_id != place.input_id:
            raise InputReplaced(
                f"The state of {self.core.name} partition {self.partition} was made from another topic called "
                f"{place.input_topic}: it was deleted and made anew, and its offsets begin again.",
                "Write the next generation of the stage with `mash repartition`, or delete its journal as well.",
            )
        labels = (self.core.name, str(self.partition))
        metrics.RESTORE_SECONDS.labels(*labels).set(time.monotonic() - started)

    async def _restore(self, journal: JournalReader, cache: LmdbCache) -> Position:
        """Fold what the cache lacks of the journal; returns the position that the rows stand at."""
        bounds = await journal.bounds()
        saved = cache.saved()
        if saved is not None and _in_doubt(saved, bounds.start, bounds.end):
            cache.wipe()
            saved = None
        start = bounds.start if saved is None else saved.journal_next
        encoded = b"" if saved is None else saved.position
        async for records, reached in journal.read(start, bounds.end):
            encoded = fold(records, cache.begin()) or encoded
            cache.commit(Saved(reached, time.time(), encoded))
        return Position.decode(encoded) if encoded else Position(self._place.input_id)

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
        """How the committed state stands, where the core can say."""
        if self._cache is None or not isinstance(self.core, Gauging):
            return {}
        with self._cache.committed() as rows:
            return self.core.gauges(rows, self.now)

    async def close(self) -> None:
        """Close connections and files. An unfinished batch leaves no trace."""
        if self._cache is not None:
            self._cache.close()
            self._cache = None
        await self._producer.close()


def _in_doubt(saved: Saved, journal_start: int, journal_end: int) -> bool:
    """Whether a cache may differ from the journal's state at its offset."""
    age = time.time() - saved.saved_at
    return not journal_start <= saved.journal_next <= journal_end or not 0 <= age <= CACHE_LIFE_SECONDS
