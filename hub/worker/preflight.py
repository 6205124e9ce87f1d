"""Asks the broker, once and before anything starts, what a worker must know of its topics: ids and partitions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from hub.errors import Fatal, Retriable
from hub.kafka.clients import Connection, client_arguments

ASK_MS = 15_000
"""An answer takes milliseconds; a broker that is starting takes seconds. After this the supervisor tries again."""


class TopicsMissing(Fatal):
    """Topics that a stage needs are not there, or not as the catalogue says."""


class TopicFacts(NamedTuple):
    """What the broker says of a topic."""

    topic_id: str
    partitions: int


class ClusterFacts(NamedTuple):
    """What the broker says of itself and of the topics asked for."""

    cluster_id: str
    topics: dict[str, TopicFacts]


def ask(kafka: Connection, names: Iterable[str]) -> ClusterFacts:
    """Ids and partition counts.

    Args:
        kafka: the way to it.
        names: full topic names.

    Raises:
        TopicsMissing: some are not there.
        Retriable: the broker does not answer.
    """
    wanted = sorted(set(names))
    try:
        client = KafkaAdminClient(**client_arguments(kafka), bootstrap_timeout_ms=ASK_MS)
        try:
            cluster_id = client.describe_cluster()["cluster_id"]
            described = client.describe_topics(wanted)
        finally:
            client.close()
    except KafkaError as error:
        raise Retriable(
            f"The Kafka at {kafka.bootstrap} does not answer ({type(error).__name__}).",
            "Check that it runs and that HUB_BOOTSTRAP is right; the worker is started again by its supervisor.",
        ) from error
    topics = {
        topic["name"]: TopicFacts(str(topic["topic_id"]), len(topic["partitions"]))
        for topic in described
        if not topic["error_code"]
    }
    if missing := [name for name in wanted if name not in topics]:
        raise TopicsMissing(f"There is no topic {', '.join(missing)}.", "Run `mash topics apply`, then start again.")
    return ClusterFacts(str(cluster_id), topics)
