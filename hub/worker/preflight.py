"""Asks the broker, once and before anything starts, what a worker must know of its topics: ids and partitions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from hub.errors import Fatal
from hub.kafka.admin import admin
from hub.kafka.clients import Connection


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
        hub.kafka.admin.BrokerAway: the broker does not answer.
        hub.kafka.admin.NotAllowed, hub.kafka.probe.NotLetIn: it refuses.
    """
    wanted = sorted(set(names))
    with admin(kafka) as client:
        cluster_id = client.describe_cluster()["cluster_id"]
        described = client.describe_topics(wanted)
    topics = {
        topic["name"]: TopicFacts(str(topic["topic_id"]), len(topic["partitions"]))
        for topic in described
        if not topic["error_code"]
    }
    if missing := [name for name in wanted if name not in topics]:
        raise TopicsMissing(f"There is no topic {', '.join(missing)}.", "Run `mash topics apply`, then start again.")
    return ClusterFacts(str(cluster_id), topics)
