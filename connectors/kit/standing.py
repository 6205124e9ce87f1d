"""Reads what stands on topics now: committed values only, outside any consumer group. Decodes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from hub.kafka.clients import Kafka, client_arguments
from hub.kafka.probe import BrokerAway, greet

POLL_MS = 500


def values(kafka: Kafka, names: Sequence[str]) -> Iterator[bytes]:
    """Every value up to what was the end when it was asked for, oldest first within a partition.

    Args:
        kafka: the way to it.
        names: full names of topics; one that is not there holds nothing.

    Raises:
        BrokerAway: Kafka does not answer.
        hub.kafka.probe.NotLetIn: it does not let us in.
    """
    try:
        yield from _values(kafka, names)
    except KafkaError as error:
        raise BrokerAway(
            f"{', '.join(names)} cannot be read ({type(error).__name__}).", "Check the broker (`mash status`)."
        ) from error


def _values(kafka: Kafka, names: Sequence[str]) -> Iterator[bytes]:
    greet(kafka)
    consumer = KafkaConsumer(
        **client_arguments(kafka),
        group_id=None,
        enable_auto_commit=False,
        isolation_level="read_committed",
        bootstrap_timeout_ms=10_000,
    )
    try:
        places = [TopicPartition(n, p) for n in names for p in sorted(consumer.partitions_for_topic(n) or ())]
        if not places:
            return
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        ends = consumer.end_offsets(places)
        while any(consumer.position(place) < ends[place] for place in places):
            for found in consumer.poll(timeout_ms=POLL_MS).values():
                yield from (record.value for record in found if record.value is not None)
    finally:
        consumer.close()
