"""The fenced writer of one (stage, input partition): a transactional producer, one transaction a batch.

Opening it fences whoever wrote before under the same transactional id and ends their open transaction, so a journal
read afterwards cannot grow behind the reader's back (Kafka KIP-98). Any error here means that the process
must end: nothing is retried above Kafka's own retries.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple

from aiokafka import AIOKafkaProducer
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
        producer = self._producer
        await producer.begin_transaction()
        futures = [
            await producer.send(s.topic, s.value, s.key, partition=s.partition, headers=list(s.headers))
            for s in (*outputs, *journal)
        ]
        # aiokafka commits even if a record was refused: only what has arrived may be committed.
        arrived: list[RecordMetadata] = []
        for answer in await asyncio.gather(*futures, return_exceptions=True):
            if isinstance(answer, BaseException):
                raise answer
            arrived.append(answer)
        await producer.commit_transaction()
        last: int = max(metadata.offset for metadata in arrived[len(outputs) :])
        if last < 0:
            # "Duplicate sequence": a retry of what had arrived. It is committed, but where it stands is unknown.
            raise ValueError("the broker did not say where the journal rows stand")
        return last + 1

    async def close(self) -> None:
        """Close the connections; an open transaction is left for the next owner to end."""
        if self._producer is not None:
            await self._producer.stop()
            self._producer = None
