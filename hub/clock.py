"""The clock: sends the time, as Tick messages, to every partition of every stage's input topic.

Stages never look at a wall clock: their now is the latest tick in their own partition, so that a replay decides as
the first run did. Two clocks do no harm (the latest counts); no clock stops windows and due times, and is an alert.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

from hub import metrics
from hub.avro import encode
from hub.errors import Retriable
from hub.ids import derived_id
from hub.kafka.clients import Kafka, client_arguments
from hub.kafka.probe import greet
from hub.log import get_logger
from hub.messages import Tick
from hub.state.headers import cloud_event
from hub.topics import CATALOGUE, Topic

SECONDS = 1.0
"""Between ticks. Due times are minutes at the finest; a second keeps `now` close for people who watch."""
CONFIRM_SECONDS = 10.0
"""A tick that is not confirmed by then means that the broker is away: the process ends and is started again."""
LINGER_MS = 10
"""All ticks of a second then go in one request, and reach a reader of several partitions in one answer."""
KEY = b"tick"
"""By which ticks are told from records without decoding them."""

log = get_logger("clock")


class TicksNotTaken(Retriable):
    """The broker does not take ticks."""


def ticked_topics(catalogue: Iterable[Topic] = CATALOGUE) -> list[Topic]:
    """The input topics of stages: those on which a Tick may stand."""
    return [topic for topic in catalogue if Tick in topic.messages]


def system_time() -> datetime:
    """Wall-clock time, UTC: this is the one place where it becomes a message."""
    return datetime.now(UTC)


class Clock:
    """Sends ticks.

    Args:
        kafka: the way to it.
        prefix: first part of topic names.
        now: where the time comes from.
        patience: seconds to wait for the broker.
    """

    def __init__(
        self,
        kafka: Kafka,
        prefix: str,
        now: Callable[[], datetime] = system_time,
        patience: float = CONFIRM_SECONDS,
    ) -> None:
        """See the class.

        Raises:
            hub.kafka.probe.BrokerAway, hub.kafka.probe.NotLetIn: no Kafka, or none that lets us in.
        """
        self._names = [topic.full_name(prefix) for topic in ticked_topics()]
        self._now = now
        self._patience = patience
        greet(kafka)
        self._producer = KafkaProducer(
            **client_arguments(kafka),
            acks="all",
            enable_idempotence=True,
            max_block_ms=int(patience * 1000),
            linger_ms=LINGER_MS,
            client_id="mash-clock",
        )

    def tick(self) -> int:
        """Send one tick to every partition and wait until all are confirmed. Returns how many.

        Raises:
            TicksNotTaken: a topic is missing or the broker does not answer.
        """
        at = self._now()
        value = encode(Tick(at=at))
        time_text = at.isoformat().encode()
        try:
            sent = []
            for name in self._names:
                for partition in self._partitions(name):
                    identifier = derived_id("tick", name, str(partition), at.isoformat())
                    headers = cloud_event(
                        identifier=identifier, source="/clock", kind="mash.control.Tick", time=time_text
                    )
                    future = self._producer.send(name, value, key=KEY, partition=partition, headers=list(headers))
                    sent.append((name, future))
            for name, future in sent:
                future.get(timeout=self._patience)
                metrics.CLOCK_TICKS.labels(name).inc()
        except KafkaError as error:
            raise TicksNotTaken(
                f"Kafka did not take the ticks ({type(error).__name__}).",
                "Check the broker (`mash status`) and its topics (`mash topics apply`).",
            ) from error
        return len(sent)

    def _partitions(self, name: str) -> list[int]:
        # To tick for some stages and not for others would stop those others' windows in silence.
        absent = TicksNotTaken(f"The topic {name} is not there.", "Run `mash topics apply`.")
        try:
            found = self._producer.partitions_for(name)
        except KafkaTimeoutError as error:
            raise absent from error
        if not found:
            raise absent
        return sorted(found)

    def run(self, stop: threading.Event) -> None:
        """Tick every second until told to stop."""
        log.info("the clock ticks", count=self.tick(), seconds=SECONDS)
        due = time.monotonic() + SECONDS
        while not stop.wait(max(0.0, due - time.monotonic())):
            self.tick()
            # After a pause of the machine, go on from now: missed ticks would all say the past.
            due = max(due + SECONDS, time.monotonic())

    def close(self) -> None:
        """Close the connection."""
        self._producer.close(timeout=self._patience)
