"""A warm copy of a partition that another worker owns: its journal, followed into this worker's cache.

It writes nothing to Kafka and fences nobody. When the owner is gone and the group gives this worker the partition, the
copy is closed and the owner-to-be opens the same file: what it still has to read are the last seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NoReturn

from aiokafka.errors import KafkaError

from hub import metrics
from hub.errors import HubError
from hub.log import get_logger
from hub.state.journal import open_journal
from hub.state.place import Place
from hub.state.restore import open_cache, restore

FOLLOW_SECONDS = 1.0
"""Between two looks at the journal: what a take-over has to read is then some hundred records, and an idle copy costs
two questions to the broker a second."""
AGAIN_SECONDS = 5.0
"""After a fault. Nobody waits for a copy; the worker's own partitions tell of a broker that is gone."""

log = get_logger("standby")


class Standby:
    """See the module. Use: a task of `run()`, cancelled when this worker is to own the partition."""

    def __init__(self, stage: str, partition: int, place: Place) -> None:
        """Nothing is opened yet."""
        self._stage = stage
        self._partition = partition
        self._place = place

    async def run(self) -> NoReturn:
        """Follow until cancelled; the cache is closed then. A fault is logged, and following begins anew."""
        labels = (self._stage, str(self._partition))
        lag = metrics.STANDBY_LAG.labels(*labels)
        try:
            while True:
                try:
                    await self._follow(lag.set)
                except (HubError, KafkaError, OSError) as error:
                    log.warning("standby interrupted", stage=self._stage, partition=self._partition, error=error)
                await asyncio.sleep(AGAIN_SECONDS)
        finally:
            metrics.STANDBY_LAG.remove(*labels)

    async def _follow(self, behind: Callable[[int], object]) -> NoReturn:
        cache = open_cache(self._place, self._stage, self._partition)
        try:
            async with open_journal(self._place.kafka, self._place.journal, self._partition) as journal:
                ready = await restore(journal, cache, behind)
                log.info("standby ready", stage=self._stage, partition=self._partition, restored=ready.records)
                while True:
                    await restore(journal, cache, behind)
                    await asyncio.sleep(FOLLOW_SECONDS)
        finally:
            cache.close()
