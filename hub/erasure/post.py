"""Sends an erasure's messages to Kafka and returns when they are confirmed: the command, and that it is done."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from kafka.errors import KafkaError

from hub.courier import Courier
from hub.erasure.ledger import item_of
from hub.errors import Retriable
from hub.kafka.clients import Kafka
from hub.kafka.probe import greet
from hub.messages import EraseCommand, Erasure, Message
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
        self._courier = Courier(
            kafka,
            prefix,
            source="/erasure",
            client_id="mash-eraser",
            confirm_seconds=CONFIRM_SECONDS,
            block_seconds=CONFIRM_SECONDS,
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
        self._send("erasures", erasure, item_of(erasure).name)

    def close(self) -> None:
        """Close the connection."""
        self._courier.close(timeout=CONFIRM_SECONDS)

    def _to_records(self, message: Message, partnership: str, key: str) -> None:
        self._send("records", message, key, partnership)

    def _send(self, name: str, message: Message, key: str, region: str = "") -> None:
        identifier = f"{key}/{topic(name).full_name(self._prefix)}"
        try:
            self._courier.carry(name, message, key, identifier, region=region)
        except KafkaError as error:
            raise _not_said(error) from error


def _not_said(error: KafkaError) -> NotSaid:
    text = f"Kafka did not take the erasure ({type(error).__name__}): it is not saved."
    return NotSaid(text, "Look at the broker (`mash status`) and its topics (`mash topics apply`); send it again.")
