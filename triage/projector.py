"""Follows the desk's topics and keeps the SQL view up with them. Folds nothing itself, answers no page.

Where it stands in each topic is written in the same transaction as what it read: after any crash it goes on from there.
Of two desks over one database the slower sees that its place has moved, drops its batch and reads on from the new one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from sqlalchemy import Engine, update
from sqlalchemy.exc import SQLAlchemyError

from hub.avro import decode
from hub.errors import HubError, Skippable
from hub.kafka.clients import client_arguments, connection
from hub.kafka.probe import greet
from hub.log import get_logger
from hub.messages import Part
from hub.settings import Settings
from hub.topics import LARGEST_MESSAGE, RECEIPTS, topic
from streams.check.wire import TopicMissing
from triage.sql import view
from triage.sql.database import begin, empty_view, stored_positions
from triage.sql.tables import positions

STORY = ("check-events", "requests", "bundles", "desk", "reviews", "summaries")
"""What people wait for."""
TOPICS = (*STORY, *RECEIPTS)
POLL_MS = 100
"""Event to screen within a second: this, a transaction, and the way to the browser."""
BATCH = 500
FEW = 4
"""Receipts name up to thousands of records each: so few a transaction hold the database's one writer up by parts of a
second, and what people wait for is read beside them."""
RETRY_SECONDS = 1.0
FETCH_BYTES = 8 * LARGEST_MESSAGE

log = get_logger("desk")


class Moved(Exception):  # noqa: N818 - no fault: another desk was faster
    """Another projector over the same database has gone on meanwhile."""


class Projector:
    """Follows the topics.

    Args:
        settings: of the hub.
        engine: the desk's database.
        names: which topics, of the catalogue's.
        batch: messages a transaction, at most.
    """

    def __init__(self, settings: Settings, engine: Engine, names: Sequence[str] = TOPICS, batch: int = BATCH) -> None:
        """See the class."""
        self._names = names
        self._batch = batch
        self._settings = settings
        self._engine = engine
        self._changed = threading.Condition()
        self._version = 0
        self.shown = 0
        """Grows with every batch that changed what an open page shows: receipts and heads of the audit do not."""
        self.caught_up = threading.Event()
        """Set once what stood in the topics at the start is in the view."""
        self.unread = 0
        """Messages since the start that a newer hub wrote and this one cannot read."""
        self.lag = 0
        """Messages that the broker had at its last answer and the view does not hold yet."""
        self.heard_at = time.monotonic()
        """Monotonic time of the last answer from the broker; before the first, of the beginning."""

    @property
    def version(self) -> int:
        """Grows with every batch that changed the view."""
        return self._version

    def wait_for_change(self, version: int, seconds: float) -> int:
        """Wait until the view is newer than `version`, or time is up. Returns the version then."""
        with self._changed:
            self._changed.wait_for(lambda: self._version > version, seconds)
            return self._version

    @property
    def behind_seconds(self) -> float:
        """Since when the broker has not answered; 0 where it just did."""
        return max(0.0, time.monotonic() - self.heard_at - 2 * POLL_MS / 1000)

    def run(self, stop: threading.Event) -> None:
        """Until told to stop; whatever goes wrong with broker or database is tried again."""
        while not stop.is_set():
            try:
                self._follow(stop)
            except Moved:
                self._note(shown=True)
            except (KafkaError, HubError, SQLAlchemyError) as error:
                log.warning("the desk cannot follow its topics", error=type(error).__name__)
                stop.wait(RETRY_SECONDS)

    def rebuild(self) -> int:
        """Empty the view and fill it from the topics' beginning. Returns how many messages that took.

        Raises:
            HubError: no Kafka answers, or it lacks a topic.
        """
        empty_view(self._engine)
        count = 0
        with _Consumer(self._settings, self._engine, self._names, self._batch) as consumer:
            while not consumer.at_end():
                count += self._take(consumer.poll())
        return count

    def _follow(self, stop: threading.Event) -> None:
        with _Consumer(self._settings, self._engine, self._names, self._batch) as consumer:
            while not stop.is_set():
                self._take(consumer.poll())
                self.heard_at, self.lag = time.monotonic(), consumer.lag()
                if not self.caught_up.is_set() and consumer.at_end():
                    self.caught_up.set()

    def _take(self, batch: Batch) -> int:
        if not batch.ends:
            return 0
        with self._engine.begin() as connection:
            for partition, (begun, end) in batch.ends.items():
                key = {"topic": partition.topic, "partition": partition.partition}
                here = [positions.c[name] == value for name, value in key.items()]
                moves = update(positions).where(*here, positions.c.next == begun).values(next=end)
                if not (
                    begin(connection, positions, key | {"next": end})
                    if begun is None
                    else connection.execute(moves).rowcount
                ):
                    raise Moved
            view.take(connection, batch.messages)
        batch.committed()
        self.unread += batch.unread
        self._note(shown=any(isinstance(message, view.SHOWN) for message in batch.messages))
        return len(batch.messages)

    def _note(self, *, shown: bool) -> None:
        """Tell whoever waits that the view has changed, by this desk or by another over the same database."""
        with self._changed:
            self._version += 1
            self.shown += shown
            self._changed.notify_all()


class Batch:
    """Some messages, and how far they bring the desk in each partition."""

    def __init__(self, places: dict[TopicPartition, int]) -> None:
        """Over the places to move once the batch is committed."""
        self._places = places
        self.messages: list[Part] = []
        self.unread = 0
        self.ends: dict[TopicPartition, tuple[int | None, int]] = {}

    def committed(self) -> None:
        """The view holds it."""
        self._places |= {partition: end for partition, (_, end) in self.ends.items()}


class _Consumer:
    """Reads the topics from where the view stands; committed messages only, outside any consumer group."""

    def __init__(self, settings: Settings, engine: Engine, names: Sequence[str], batch: int) -> None:
        kafka = connection(settings)
        greet(kafka)
        self._consumer = KafkaConsumer(
            **client_arguments(kafka), isolation_level="read_committed", enable_auto_commit=False, group_id=None,
            fetch_max_bytes=FETCH_BYTES, max_poll_records=batch, client_id="mash-desk",
        )  # fmt: skip
        with engine.connect() as database:
            stored = stored_positions(database)
        assigned = [p for name in names for p in self._partitions(topic(name).full_name(settings.topic_prefix))]
        self._consumer.assign(assigned)
        self._places: dict[TopicPartition, int] = {}
        for partition in assigned:
            known = stored.get((partition.topic, partition.partition))
            if known is None:
                self._consumer.seek_to_beginning(partition)
            else:
                self._places[partition] = known
                self._consumer.seek(partition, known)

    def _partitions(self, name: str) -> list[TopicPartition]:
        found = self._consumer.partitions_for_topic(name)
        if not found:
            raise TopicMissing(f"Topic {name} is not on the broker.", "Run `mash topics apply`.")
        return [TopicPartition(name, number) for number in sorted(found)]

    def poll(self) -> Batch:
        batch = Batch(self._places)
        for partition, records in self._consumer.poll(timeout_ms=POLL_MS).items():
            batch.ends[partition] = (self._places.get(partition), records[-1].offset + 1)
            for record in records:
                if record.value:
                    found = _read(record.value, partition.topic, record.offset)
                    batch.messages += found
                    batch.unread += not found
        return batch

    def lag(self) -> int:
        """As far as its last answers told: nobody is asked."""
        ends = {partition: self._consumer.highwater(partition) for partition in self._consumer.assignment()}
        return sum(max(0, end - self._consumer.position(partition)) for partition, end in ends.items() if end)

    def at_end(self) -> bool:
        ends = self._consumer.end_offsets(list(self._consumer.assignment()))
        return all(self._consumer.position(partition) >= end for partition, end in ends.items())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._consumer.close()


def _read(value: bytes, name: str, offset: int) -> list[Part]:
    """One message; what a newer hub wrote and this one cannot read is passed over, and said."""
    try:
        return [decode(value)]
    except Skippable as error:
        log.warning("a message cannot be read", topic=name, offset=offset, error=error.reason)
        return []
