"""Sends an erasure's messages to Kafka and returns when they are confirmed: the command, and that it is done."""

from __future__ import annotations

from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from kafka import KafkaProducer
from kafka.errors import KafkaError

from hub.avro import encode
from hub.erasure.ledger import item_of
from hub.errors import Retriable
from hub.kafka.clients import Kafka, client_arguments
from hub.kafka.placing import region_partition
from hub.kafka.probe import greet
from hub.messages import EraseCommand, Erasure, Message
from hub.state.headers import cloud_event
from hub.topics import topic

CONFIRM_SECONDS = 30.0


class NotSaid(Retriable):
    """The broker did not confirm: nobody may say that it is saved."""


class Post:
    """A producer for erasures.

    Raises:
        hub.kafka.probe.BrokerAway, hub.kafka.probe.NotLetIn: no Kafka, or none that lets us in.
    """

    def __init__(self, kafka: Kafka, prefix: str) -> None:
        """Connect."""
        greet(kafka)
        self._prefix = prefix
        self._producer = KafkaProducer(
            **client_arguments(kafka),
            acks="all",
            enable_idempotence=True,
            max_block_ms=int(CONFIRM_SECONDS * 1000),
            client_id="mash-eraser",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, command: EraseCommand) -> None:
        """Send a command to where its partnership's records stand.

        Raises:
            NotSaid: it is not saved; it may be sent again.
        """
        self._to_records(command, command.partnership, command.erasure_id)

    def done(self, erasure: Erasure) -> None:
        """Tell identity, then the list: a process that is killed between the two does both again.

        Raises:
            NotSaid: it may not have been heard; say it again.
        """
        self._to_records(erasure, erasure.partnership, erasure.erasure_id)
        self._send(topic("erasures").full_name(self._prefix), erasure, item_of(erasure).name, None)

    def close(self) -> None:
        """Close the connection."""
        self._producer.close(timeout=CONFIRM_SECONDS)

    def _to_records(self, message: Message, partnership: str, key: str) -> None:
        name = topic("records").full_name(self._prefix)
        try:
            count = len(self._producer.partitions_for(name) or ())
        except KafkaError as error:
            raise _not_said(error) from error
        self._send(name, message, key, region_partition(partnership, max(count, 1)))

    def _send(self, name: str, message: Message, key: str, partition: int | None) -> None:
        headers = cloud_event(
            identifier=f"{key}/{name}",
            source="/erasure",
            kind=f"{message.namespace}.{type(message).__name__}",
            time=datetime.now(UTC).isoformat().encode(),
        )
        try:
            sent = self._producer.send(
                name, encode(message), key=key.encode(), headers=list(headers), partition=partition
            )
            sent.get(timeout=CONFIRM_SECONDS)
        except KafkaError as error:
            raise _not_said(error) from error


def _not_said(error: KafkaError) -> NotSaid:
    text = f"Kafka did not take the erasure ({type(error).__name__}): it is not saved."
    return NotSaid(text, "Look at the broker (`mash status`) and its topics (`mash topics apply`); send it again.")
