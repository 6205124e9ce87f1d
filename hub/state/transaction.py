"""The fenced writer of one (stage, input partition): a transactional producer, one transaction a batch.

Opening it fences whoever wrote before under the same transactional id and ends their open transaction, so a journal
read afterwards cannot grow behind the reader's back (Kafka KIP-98). Any error here means that the process
must end: nothing is retried above Kafka's own retries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata

from hub.errors import Retriable
from hub.kafka.clients import Connection, client_arguments
from hub.state.batch import where
from hub.state.headers import Headers
from hub.topics import LARGEST_MESSAGE

TRANSACTION_TIMEOUT_MS: Final = 30_000
"""After this the broker ends a transaction that its owner left open. Longer than a slow broker's bad moment, short
enough that readers, who wait for open transactions, don't fall far behind after a kill."""
GIVE_UP_SECONDS: Final = 40.0
"""After this the process ends rather than wait on: the broker has by then ended the transaction itself."""
OPEN_SECONDS: Final = 60.0
"""Fencing waits for the earlier owner's open transaction, at most `TRANSACTION_TIMEOUT_MS`."""
BATCH_BYTES: Final = 262_144
"""A quarter of the largest message: 500 records of a usual stage go in one request."""


_KEYS: Final = 65_536
"""Keys whose hash is remembered: some 10 MB. A person's messages of a batch have one key, and hashing it takes 5 us."""

T = TypeVar("T")


@lru_cache(maxsize=_KEYS)
def _hash(key: bytes) -> int:
    """murmur2 without its sign, by which every writer of the hub places a key."""
    hashed: int = murmur2(key) & 0x7FFFFFFF
    return hashed


class TransactionFailed(Retriable):
    """A transaction did not commit, or nobody can say whether it did. The journal knows; the process must end."""


class Send(NamedTuple):
    """One Kafka record to send. Topic is the full name; partition None goes by the key (murmur2)."""

    topic: str
    partition: int | None
    key: bytes
    value: bytes | None
    headers: Headers = ()


class FencedProducer:
    """A transactional producer of one owner."""

    def __init__(self, kafka: Connection, transactional_id: str) -> None:
        """Nothing is opened yet."""
        self.transactional_id = transactional_id
        self._kafka = kafka
        self._producer: AIOKafkaProducer | None = None

    async def open(self) -> None:
        """Connect and fence the earlier owner.

        Raises:
            aiokafka.errors.KafkaError, TimeoutError: the broker is away, or refuses.
        """
        producer = AIOKafkaProducer(
            **client_arguments(self._kafka),
            transactional_id=self.transactional_id,
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            max_batch_size=BATCH_BYTES,
            max_request_size=LARGEST_MESSAGE,
            linger_ms=0,
        )
        self._producer = producer
        async with asyncio.timeout(OPEN_SECONDS):
            await producer.start()

    async def commit(self, journal: Sequence[Send], outputs: Sequence[Send]) -> int:
        """Send a batch in one transaction and commit it.

        Args:
            journal: rows of this partition's journal; at least one.
            outputs: everything else, in the order in which each partition is to have it.

        Returns:
            The journal offset after the last of the rows.

        Raises:
            TransactionFailed: the process must end.
        """
        try:
            async with asyncio.timeout(GIVE_UP_SECONDS):
                return await self._commit(journal, outputs)
        except (Exception, asyncio.CancelledError) as error:
            raise TransactionFailed(
                f"The transaction of {self.transactional_id} did not commit ({where(error)}).",
                "The process ends and its successor reads the journal. If this repeats, look at the broker's log.",
            ) from error

    async def _commit(self, journal: Sequence[Send], outputs: Sequence[Send]) -> int:
        assert self._producer is not None
        await self._producer.begin_transaction()
        groups = await self._by_partition((*outputs, *journal))
        # aiokafka commits even if a record was refused: only what has arrived may be committed.
        arrived = dict(zip(groups, await _all_or_raise([self._send(*g) for g in groups.items()]), strict=True))
        await self._producer.commit_transaction()
        return arrived[journal[0].topic, journal[0].partition or 0]

    async def _by_partition(self, sends: Sequence[Send]) -> dict[tuple[str, int], list[Send]]:
        """Records by where they go, in order within each."""
        assert self._producer is not None
        counts = {name: sorted(await self._producer.partitions_for(name)) for name in {s.topic for s in sends}}
        groups: dict[tuple[str, int], list[Send]] = {}
        for send in sends:
            known = counts[send.topic]
            partition = known[_hash(send.key) % len(known)] if send.partition is None else send.partition
            groups.setdefault((send.topic, partition), []).append(send)
        return groups

    async def _send(self, place: tuple[str, int], sends: Sequence[Send]) -> int:
        """Send one partition's records; returns the offset after the last, once all have arrived.

        Whole batches at a time: a record costs some 3 us so, and 20 us with a future and a lock of its own.
        """
        assert self._producer is not None
        sent: list[tuple[int, Awaitable[RecordMetadata]]] = []
        batch, count = self._producer.create_batch(), 0
        for send in sends:
            record = {"key": send.key, "value": send.value, "timestamp": None, "headers": list(send.headers)}
            if batch.append(**record) is None:
                sent.append((count, await self._submit(batch, place)))
                batch, count = self._producer.create_batch(), 0
                batch.append(**record)  # an empty batch takes any record; the broker has the last word on size
            count += 1
        sent.append((count, await self._submit(batch, place)))
        ends: list[int] = [metadata.offset + size for size, metadata in await _with_sizes(sent)]
        if min(ends) <= 0:
            # "Duplicate sequence" (offset -1): a retry of what had arrived. It is there, but nobody says where.
            raise ValueError("the broker did not say where the records stand")
        return max(ends)

    async def _submit(self, batch: BatchBuilder, place: tuple[str, int]) -> Awaitable[RecordMetadata]:
        assert self._producer is not None
        batch.close()
        arriving: asyncio.Future[RecordMetadata] = await self._producer.send_batch(batch, place[0], partition=place[1])
        # If a later batch can't even be handed over, nobody waits for this one: its error is then the same.
        arriving.add_done_callback(_looked_at)
        return arriving

    async def close(self) -> None:
        """Close the connections; an open transaction is left for the next owner to end."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None


def _looked_at(arriving: asyncio.Future[RecordMetadata]) -> None:
    """Take note of an error, so that asyncio does not report it as overlooked."""
    if not arriving.cancelled():
        arriving.exception()


async def _with_sizes(sent: Sequence[tuple[int, Awaitable[RecordMetadata]]]) -> list[tuple[int, RecordMetadata]]:
    arrived = await _all_or_raise([future for _, future in sent])
    return [(size, metadata) for (size, _), metadata in zip(sent, arrived, strict=True)]


async def _all_or_raise(awaited: Sequence[Awaitable[T]]) -> list[T]:
    """All results, having waited for every one; else the first error. None is left that nobody looked at."""
    results: list[T] = []
    for answer in await asyncio.gather(*awaited, return_exceptions=True):
        if isinstance(answer, BaseException):
            raise answer
        results.append(answer)
    return results
