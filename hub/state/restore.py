"""Brings a partition's cache up to the end of its journal. Reads Kafka and writes the cache; knows no owner, no fence.

An owner does it once, when it opens its partition behind the fence; a standby does it again and again beside a living
owner. What has been committed to the journal is final, so that both come to the same rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from hub.state.journal import JournalReader, fold
from hub.state.lmdb import CacheIdentity, LmdbCache, Saved, boot_id
from hub.state.place import Place
from hub.topics import TOMBSTONE_MS

CACHE_LIFE_SECONDS = TOMBSTONE_MS / 1000 / 2
"""An older cache may have missed a tombstone that is gone from the journal: it is wiped. Half, for slow clocks."""


class Restored(NamedTuple):
    """What came of it."""

    position: bytes
    """The encoded position (`hub.state.journal.Position`) that the rows stand at; empty before the first batch."""
    records: int
    """Offsets of the journal that had to be read: few, where the cache was nearly up to date."""


def open_cache(place: Place, stage: str, partition: int) -> LmdbCache:
    """The cache of a stage's partition in the worker's own folder; what is no cache of this journal is wiped."""
    identity = CacheIdentity(place.cluster_id, place.journal, place.journal_id, partition, boot_id())
    return LmdbCache(place.folder / stage / str(partition), identity)


async def restore(journal: JournalReader, cache: LmdbCache, behind: Callable[[int], object]) -> Restored:
    """Fold what the cache lacks of the journal, as it ends now.

    Args:
        journal: of the partition.
        cache: of the same.
        behind: is told how many of the journal's offsets are still to be read: at the beginning, and as it gets on.

    Raises:
        hub.errors.HubError, aiokafka.errors.KafkaError, TimeoutError: see `JournalReader.read` and `LmdbCache`.
    """
    bounds = await journal.bounds()
    saved = cache.saved()
    if saved is not None and _in_doubt(saved, bounds.start, bounds.end):
        cache.wipe()
        saved = None
    start = bounds.start if saved is None else saved.journal_next
    encoded = b"" if saved is None else saved.position
    behind(bounds.end - start)
    async for records, reached in journal.read(start, bounds.end):
        encoded = fold(records, cache.begin()) or encoded
        cache.commit(Saved(reached, time.time(), encoded))
        behind(max(bounds.end - reached, 0))
    return Restored(encoded, bounds.end - start)


def _in_doubt(saved: Saved, journal_start: int, journal_end: int) -> bool:
    """Whether a cache may differ from the journal's state at its offset."""
    age = time.time() - saved.saved_at
    return not journal_start <= saved.journal_next <= journal_end or not 0 <= age <= CACHE_LIFE_SECONDS
