"""Kafka for people's side of a check: sends a command and waits for its event, reads topics. Decides nothing.

A command counts as saved only when the event that it caused has come back: a broker that took the command is not
enough, for the check may have refused it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from hub.avro import decode
from hub.courier import Courier
from hub.errors import Retriable
from hub.kafka.clients import client_arguments, connection
from hub.kafka.probe import BrokerAway, greet
from hub.messages import AgencyReturn, CheckCommand, CheckEvent, Contact, LookUp, Message, Part, SealedRecord
from hub.settings import Settings
from hub.topics import LARGEST_MESSAGE, topic

ToCheck = CheckCommand | AgencyReturn | Contact | LookUp
"""What people send to the check stage."""
ANSWER_SECONDS = 20.0
"""A check answers within a transaction (50 ms); this bridges a worker's restart (15 s) and no more."""
_POLL_MS = 200
_READ_MS = 60_000
_FETCH_BYTES = 8 * LARGEST_MESSAGE


class NotConfirmed(Retriable):
    """Sent, and no event has come back: nobody may say that it is saved."""


class TopicMissing(Retriable):
    """The topic is not on the broker."""


class TopicReader:
    """Reads whole topics, committed messages only, outside any consumer group."""

    def __init__(self, settings: Settings, names: Sequence[str], *, from_end: bool = False) -> None:
        """Of the catalogue's topics `names`; `from_end` skips what stands there already.

        Raises:
            BrokerAway: no Kafka answers.
            hub.kafka.probe.NotLetIn: it does not let us in.
            TopicMissing: a topic is not there.
        """
        kafka = connection(settings)
        greet(kafka)
        self._consumer = KafkaConsumer(
            **client_arguments(kafka),
            isolation_level="read_committed",
            enable_auto_commit=False,
            group_id=None,
            fetch_max_bytes=_FETCH_BYTES,
            client_id="mash-check",
        )
        partitions = [p for name in names for p in self._partitions(topic(name).full_name(settings.topic_prefix))]
        self._consumer.assign(partitions)
        if from_end:
            self._consumer.seek_to_end(*partitions)
            for partition in partitions:
                self._consumer.position(partition)  # a seek is lazy: this makes "the end" mean now
        else:
            self._consumer.seek_to_beginning(*partitions)

    def _partitions(self, name: str) -> list[TopicPartition]:
        found = self._consumer.partitions_for_topic(name)
        if not found:
            raise TopicMissing(f"Topic {name} is not on the broker.", "Run `mash topics apply`.")
        return [TopicPartition(name, number) for number in sorted(found)]

    def poll(self, timeout_ms: int = _POLL_MS) -> list[Part]:
        """What has come since; empty where nothing did in time."""
        batches = self._consumer.poll(timeout_ms=timeout_ms)
        return [decode(record.value) for records in batches.values() for record in records if record.value]

    def to_end(self) -> Iterator[Part]:
        """Everything up to what was the end when this was called.

        Raises:
            Retriable: the broker stops answering on the way.
        """
        ends = self._consumer.end_offsets(list(self._consumer.assignment()))
        deadline = time.monotonic() + _READ_MS / 1000
        while any(self._consumer.position(partition) < end for partition, end in ends.items()):
            messages = self.poll()
            if messages:
                deadline = time.monotonic() + _READ_MS / 1000
            elif time.monotonic() > deadline:
                raise BrokerAway("The broker stopped answering in the middle of a topic.", "Try again.")
            yield from messages

    def close(self) -> None:
        """Let go of the broker."""
        self._consumer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Sender:
    """Sends commands and returns to checks."""

    def __init__(self, settings: Settings) -> None:
        """Over the broker of `settings`."""
        self._courier = Courier(
            connection(settings),
            settings.topic_prefix,
            source="/check/desk",
            client_id="mash-check",
            confirm_seconds=ANSWER_SECONDS,
        )

    def send(self, message: ToCheck) -> None:
        """Send, and return when the broker has it for good.

        Raises:
            NotConfirmed: the broker did not confirm.
        """
        key = message.key if isinstance(message, LookUp) else message.anchor
        self._send("checks", message, key, message_id(message))

    def send_record(self, record: SealedRecord) -> None:
        """Send a contact's record to be matched: beside its screening, never before it.

        Raises:
            NotConfirmed: the broker did not confirm.
        """
        self._send("records", record, record.record_id, record.record_id, record.partnership)

    def _send(self, name: str, message: Message, key: str, identifier: str, region: str = "") -> None:
        try:
            self._courier.carry(name, message, key, identifier, region=region)
        except KafkaError as error:
            raise NotConfirmed(
                f"Kafka did not take it ({type(error).__name__}): it is not saved.",
                "Look at the broker; send it again.",
            ) from error

    def close(self) -> None:
        """Let go of the broker."""
        self._courier.close()


def say(settings: Settings, message: ToCheck, *records: SealedRecord) -> list[CheckEvent]:
    """Send one message, and give back the events that it caused: they are committed together.

    Args:
        settings: of the hub.
        message: a command, a return, a contact or a look-up.
        records: records that go to be matched, sent before it.

    Raises:
        NotConfirmed: no event came back in time; the same message may be sent again, it has one effect.
    """
    with TopicReader(settings, ["check-events"], from_end=True) as reader:
        sender = Sender(settings)
        try:
            for record in records:
                sender.send_record(record)
            sender.send(message)
        finally:
            sender.close()
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            caused = [e for e in reader.poll() if isinstance(e, CheckEvent) and e.cause == message_id(message)]
            if caused:
                return caused
    raise NotConfirmed(
        f"No event came back within {ANSWER_SECONDS:.0f} s: nobody can say that it is saved.",
        "See with `mash status` whether the check worker runs, and with `mash check list` how the check stands.",
    )


def message_id(message: ToCheck) -> str:
    """The id by which its events name it."""
    match message:
        case CheckCommand():
            return message.command_id
        case AgencyReturn():
            return message.return_id
        case Contact():
            return message.contact_id
        case LookUp():
            return message.look_up_id
