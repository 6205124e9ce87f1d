"""Sends messages to Kafka and returns when every one is confirmed; tries again while the broker is away. Seals nothing.

The producer is idempotent (acks=all, sequence numbers): its own retries make no second copy; a batch that is sent anew
after a lost connection may, which deterministic ids make harmless.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_when_event_set, wait_random_exponential
from tenacity.nap import sleep_using_event

from hub.errors import Fatal, HubError, Retriable
from hub.kafka.clients import Kafka, client_arguments
from hub.kafka.placing import region_partition
from hub.kafka.probe import greet
from hub.log import get_logger
from hub.state.headers import Headers
from hub.topics import LARGEST_MESSAGE, topic

ROOM = LARGEST_MESSAGE - 4096
"""Largest value: the broker's limit counts the batch's frame, the key and the headers too (under 4 kB)."""
DELIVERY_MS = 30_000
"""A batch not confirmed by then is sent anew over a fresh connection."""
CONFIRM_SECONDS = 45.0
"""More than `DELIVERY_MS`, so that the producer itself has said what is wrong by then."""
BLOCK_MS = 10_000
"""How long a send waits for the broker's metadata."""
LINGER_MS = 5
BATCH_BYTES = 256 * 1024
"""A batch of 500 records of 2 kB goes in a few requests."""
LONGEST_WAIT_SECONDS = 10.0

log = get_logger("outbox")


class NotTaken(Retriable):
    """The broker did not confirm."""


class NotAllowed(Fatal):
    """The broker refuses, and would again."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message.

    Attributes:
        topic: the catalogue's short name.
        key: an opaque id.
        value: encoded, at most `ROOM` bytes.
        headers: as Kafka takes them.
        region: partnership by which the partition is chosen, where the catalogue says so; '' goes by the key.
    """

    topic: str
    key: str
    value: bytes
    headers: Headers = ()
    region: str = ""


class Outbox:
    """A producer that can be replaced.

    Args:
        kafka: the way to it.
        prefix: first part of topic names.
        partitions: partitions of each topic, by full name.
        stop: set, it ends the wait for a broker that is away.
        connect: makes the producer (tests make their own).
    """

    def __init__(
        self,
        kafka: Kafka,
        prefix: str,
        partitions: Mapping[str, int],
        stop: threading.Event | None = None,
        connect: Callable[[Kafka], KafkaProducer] | None = None,
    ) -> None:
        """See the class."""
        self._kafka = kafka
        self._prefix = prefix
        self._stop = stop or threading.Event()
        self._connect = connect or _producer
        self._current: KafkaProducer | None = None
        self._partitions = partitions

    def send_all(self, messages: Sequence[Outgoing]) -> None:
        """Send, and return when the broker has confirmed all. Waits for a broker that is away until told to stop.

        Raises:
            NotTaken: told to stop while the broker was away; nothing of this batch counts as sent.
            NotAllowed: the broker refuses for good.
        """
        for attempt in Retrying(
            retry=retry_if_exception(_may_pass),
            wait=wait_random_exponential(multiplier=0.2, max=LONGEST_WAIT_SECONDS),
            stop=stop_when_event_set(self._stop),
            sleep=sleep_using_event(self._stop),
            before_sleep=_tell,
            reraise=True,
        ):
            with attempt:
                self._send_once(messages)

    def close(self) -> None:
        """Close the connection. What was sent is confirmed already."""
        if self._current is not None:
            self._current.close(timeout=1)
            self._current = None

    def _send_once(self, messages: Sequence[Outgoing]) -> None:
        try:
            producer = self._producer()
            sent = [self._send(producer, message) for message in messages]
            producer.flush(timeout=CONFIRM_SECONDS)
            for future in sent:
                future.get(timeout=CONFIRM_SECONDS)
        except KafkaError as error:
            self._drop()
            raise _sorted(error) from error

    def _producer(self) -> KafkaProducer:
        if self._current is None:
            self._current = self._connect(self._kafka)
        return self._current

    def _drop(self) -> None:
        """Forget a producer in an unknown state: a new one gets a new producer id and asks for the cluster afresh."""
        if self._current is not None:
            self._current.close(timeout=0)
            self._current = None

    def _send(self, producer: KafkaProducer, message: Outgoing) -> Any:
        name = topic(message.topic).full_name(self._prefix)
        partition = region_partition(message.region, self._partitions[name]) if message.region else None
        return producer.send(
            name, message.value, key=message.key.encode(), headers=list(message.headers), partition=partition
        )


def _producer(kafka: Kafka) -> KafkaProducer:
    greet(kafka)  # a wrong password must end the run: the producer itself would try it for ever
    return KafkaProducer(
        **client_arguments(kafka),
        client_id="mash-connector",
        acks="all",
        enable_idempotence=True,
        delivery_timeout_ms=DELIVERY_MS,
        request_timeout_ms=DELIVERY_MS // 3,
        bootstrap_timeout_ms=BLOCK_MS,
        max_block_ms=BLOCK_MS,
        linger_ms=LINGER_MS,
        batch_size=BATCH_BYTES,
        max_request_size=LARGEST_MESSAGE,
    )


def _sorted(error: KafkaError) -> HubError:
    """A broker's error by its remedy."""
    name = type(error).__name__
    if getattr(error, "retriable", False) or name in _PASSING:
        return NotTaken(f"Kafka has not confirmed ({name}).", "It is tried again by itself; look at the broker.")
    return NotAllowed(
        f"Kafka refuses ({name}).", "Look at the topic (`mash topics apply`) and at what this user may do."
    )


_PASSING = frozenset({"OutOfOrderSequenceNumberError", "UnknownProducerIdError"})
"""Final for the client, which can't know that the whole batch is sent anew, with deterministic ids."""


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, HubError) and error.retriable


def _tell(state: RetryCallState) -> None:
    log.warning("kafka has not confirmed; trying again", attempt=state.attempt_number)
