"""Carries one message at a time to Kafka, for whoever waits until it is confirmed. Waits for no effect of it.

Connectors send by the batch (`connectors.kit.outbox`) and stages in transactions (`hub.state.transaction`); what people
and single processes say goes this way. What an error means to them, they say themselves.
"""

from __future__ import annotations

from datetime import UTC, datetime

from kafka import KafkaProducer

from hub.avro import encode
from hub.kafka.clients import Kafka, client_arguments
from hub.kafka.placing import region_partition
from hub.messages import Message
from hub.state.headers import cloud_event
from hub.topics import LARGEST_MESSAGE, topic

BLOCK_SECONDS = 60.0
"""How long a send waits for the broker's metadata, unless told otherwise: the client's own default."""


class Courier:
    """A producer of single messages: idempotent, acks=all.

    Args:
        kafka: the way to it.
        prefix: first part of topic names.
        source: CloudEvents' source of what it carries, as `/erasure`.
        client_id: as the broker's log names it.
        confirm_seconds: how long the broker may take to confirm one message.
        block_seconds: how long a send waits for the broker's metadata.

    Raises:
        KafkaError: no broker answers.
    """

    def __init__(
        self,
        kafka: Kafka,
        prefix: str,
        *,
        source: str,
        client_id: str,
        confirm_seconds: float,
        block_seconds: float = BLOCK_SECONDS,
    ) -> None:
        """Connect."""
        self._prefix = prefix
        self._source = source
        self._confirm_seconds = confirm_seconds
        self._producer = KafkaProducer(
            **client_arguments(kafka),
            acks="all",
            enable_idempotence=True,
            max_request_size=LARGEST_MESSAGE,
            max_block_ms=int(block_seconds * 1000),
            client_id=client_id,
        )

    def carry(
        self, name: str, message: Message, key: str, identifier: str, *, region: str = "", partition: int | None = None
    ) -> None:
        """Send, and return when the broker has it for good.

        Args:
            name: the topic's short name.
            message: what is said.
            key: of the Kafka record.
            identifier: CloudEvents' id: the same for what is sent again.
            region: partnership by which the partition is chosen, where the catalogue says so.
            partition: or this one; without either it goes by the key.

        Raises:
            KafkaError: the broker did not confirm; nobody may say that it is saved.
        """
        full = topic(name).full_name(self._prefix)
        if region:
            partition = region_partition(region, max(len(self._producer.partitions_for(full) or ()), 1))
        headers = cloud_event(
            identifier=identifier,
            source=self._source,
            kind=f"{message.namespace}.{type(message).__name__}",
            time=datetime.now(UTC).isoformat().encode(),
        )
        sent = self._producer.send(full, encode(message), key=key.encode(), headers=list(headers), partition=partition)
        sent.get(timeout=self._confirm_seconds)

    def close(self, timeout: float | None = None) -> None:
        """Let go of the broker."""
        self._producer.close(timeout=timeout)
