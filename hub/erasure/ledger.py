"""The work list of erasures, as it stands on Kafka: what is to be destroyed, what is gone. Destroys nothing itself.

The topic is the list: a process that is killed reads it again from the beginning and goes on. An item is pending until
its `done` stands on the topic, whoever wrote it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import NamedTuple, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from hub.avro import BadAvro, decode_as
from hub.errors import Fatal
from hub.kafka.clients import Kafka, client_arguments
from hub.kafka.probe import BrokerAway, greet
from hub.keystore import Destroyed
from hub.messages import Erasure
from hub.messages.erasure import ErasureState
from hub.topics import topic

POLL_MS = 200
CONNECT_MS = 10_000
PATIENCE_SECONDS = 60.0
"""For a whole reading of the list: a million erasures take about half of it."""


class Item(NamedTuple):
    """Name of one piece of work: an erasure, and which part of its keys."""

    erasure_id: str
    part: int

    @property
    def name(self) -> str:
        """As it stands in the key store, and as Kafka's key."""
        return f"{self.erasure_id}.{self.part}"


def item_of(erasure: Erasure) -> Item:
    """Which piece of work a message speaks of."""
    return Item(erasure.erasure_id, erasure.part)


class WorkList:
    """What the messages of the topic come to.

    Attributes:
        pending: what is to be done, in the order in which it was asked for.
        done: what is gone.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.pending: dict[Item, Erasure] = {}
        self.done: dict[Item, Erasure] = {}

    def catch_up(self) -> Self:
        """Take what has come; here nothing comes by itself."""
        return self

    def take(self, values: Iterable[bytes | None]) -> None:
        """Note what messages say, in order."""
        for value in values:
            try:
                erasure = decode_as(Erasure, value or b"")
            except BadAvro:  # a stranger's bytes on the topic: no erasure
                continue
            item = item_of(erasure)
            if erasure.state is ErasureState.DONE:
                self.pending.pop(item, None)
                self.done[item] = erasure
            elif item not in self.done:
                self.pending.setdefault(item, erasure)

    def destroyed(self) -> Iterator[Destroyed]:
        """Every key that is gone: what a restored key store is held against."""
        for erasure in self.done.values():
            yield from (Destroyed(key.name, key.print) for key in erasure.destroyed)


class Ledger(WorkList):
    """The list as it stands on Kafka, read from its beginning and then on."""

    def __init__(self, kafka: Kafka, prefix: str) -> None:
        """Connect.

        Raises:
            BrokerAway, hub.kafka.probe.NotLetIn: no Kafka, or none that lets us in.
            Fatal: the topic is not there.
        """
        super().__init__()
        name = topic("erasures").full_name(prefix)
        greet(kafka)
        self._consumer = KafkaConsumer(
            **client_arguments(kafka),
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed",
            bootstrap_timeout_ms=CONNECT_MS,
        )
        if not self._consumer.partitions_for_topic(name):
            self._consumer.close()
            raise Fatal(f"There is no topic {name}.", "Run `mash topics apply`, then start again.")
        self._place = TopicPartition(name, 0)
        self._consumer.assign([self._place])
        self._consumer.seek_to_beginning(self._place)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def catch_up(self) -> Self:
        """Read to where the topic ends now.

        Raises:
            BrokerAway: Kafka does not answer.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        try:
            end = self._consumer.end_offsets([self._place])[self._place]
            while self._consumer.position(self._place) < end:
                if time.monotonic() > deadline:
                    raise BrokerAway(
                        "The list of erasures is not read to its end.", "Check the broker (`mash status`)."
                    )
                for found in self._consumer.poll(timeout_ms=POLL_MS).values():
                    self.take(record.value for record in found)
        except KafkaError as error:
            text = f"The list of erasures cannot be read ({type(error).__name__})."
            raise BrokerAway(text, "Check the broker (`mash status`).") from error
        return self

    def close(self) -> None:
        """Close the connection."""
        self._consumer.close()
