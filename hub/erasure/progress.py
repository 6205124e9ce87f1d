"""How far the stages are: whether each has applied its input up to a given end. Reads offsets and nothing else.

A group's committed offset is never ahead of what the stage has applied, so it may be believed.
"""

from __future__ import annotations

from collections.abc import Mapping

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from hub.kafka.clients import Kafka, client_arguments
from hub.kafka.probe import BrokerAway
from hub.topics import topic

FLOW = ("facts", "persons", "checks")
"""Input topics behind identity, in the order in which what was erased passes through them."""

Ends = Mapping[TopicPartition, int]


class Progress:
    """See the module.

    Args:
        kafka: the way to it.
        prefix: first part of topic names.
        groups: consumer group of the worker that reads each topic of `FLOW`.
    """

    def __init__(self, kafka: Kafka, prefix: str, groups: Mapping[str, str]) -> None:
        """See the class."""
        self._names = {name: topic(name).full_name(prefix) for name in FLOW}
        self._groups = groups
        self._consumers = {
            group: KafkaConsumer(**client_arguments(kafka), group_id=group, enable_auto_commit=False)
            for group in sorted(set(groups.values()))
        }

    def ends(self, name: str) -> Ends:
        """Where a topic ends now.

        Raises:
            BrokerAway: Kafka does not answer.
        """
        consumer, full = self._reader(name), self._names[name]
        try:
            places = [TopicPartition(full, number) for number in sorted(consumer.partitions_for_topic(full) or ())]
            found: Ends = consumer.end_offsets(places)
        except KafkaError as error:
            raise _away(error) from error
        return found

    def passed(self, name: str, ends: Ends) -> bool:
        """Whether the stage that reads the topic has applied everything before these ends.

        Raises:
            BrokerAway: Kafka does not answer.
        """
        consumer = self._reader(name)
        try:
            return all((consumer.committed(place) or 0) >= end for place, end in ends.items())
        except KafkaError as error:
            raise _away(error) from error

    def close(self) -> None:
        """Close the connections."""
        for consumer in self._consumers.values():
            consumer.close()

    def _reader(self, name: str) -> KafkaConsumer:
        return self._consumers[self._groups[name]]


def _away(error: KafkaError) -> BrokerAway:
    text = f"How far the stages are cannot be read ({type(error).__name__})."
    return BrokerAway(text, "Check the broker (`mash status`).")
