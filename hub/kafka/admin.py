"""Makes and inspects topics by the catalogue. It never changes a topic that stands: it says how it differs.

The number of partitions places every key: to change it is to split persons in two. So a topic that differs is an
error with a remedy, and a new count takes a new generation of the topic.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient
from kafka.errors import KafkaError, TopicAlreadyExistsError

from hub.errors import Fatal, Retriable
from hub.kafka.probe import listens
from hub.topics import CATALOGUE, Topic

CONNECT_MS = 10_000
"""A broker that is there answers in milliseconds; ten seconds bridge a restart."""
READY_MS = 30_000
"""Until every new partition has its leader: under 1 s on one node, some seconds on a busy cluster."""

State = Literal["missing", "ready", "differs"]


class BrokerAway(Retriable):
    """No broker answers at the address."""


class TopicsDiffer(Fatal):
    """Topics stand on the broker in another shape than the catalogue gives them."""


@dataclass(frozen=True, slots=True)
class Found:
    """A topic as the broker has it."""

    partitions: int
    configs: dict[str, str]


@dataclass(frozen=True, slots=True)
class TopicStatus:
    """A topic of the catalogue, and how the broker's differs."""

    topic: Topic
    name: str
    partitions: int
    state: State
    differences: tuple[str, ...] = ()


@contextmanager
def admin(bootstrap: str) -> Iterator[KafkaAdminClient]:
    """An admin client.

    Raises:
        BrokerAway: nobody answers within ten seconds.
    """
    away = BrokerAway(f"No Kafka answers at {bootstrap}.", "Start it (`mash up`), or correct HUB_BOOTSTRAP.")
    if not listens(bootstrap):
        raise away
    try:
        client = KafkaAdminClient(bootstrap_servers=bootstrap.split(","), bootstrap_timeout_ms=CONNECT_MS)
    except KafkaError as error:
        raise away from error
    try:
        yield client
    finally:
        client.close()


def status(
    client: KafkaAdminClient, prefix: str, partitions: int, catalogue: Sequence[Topic] = CATALOGUE
) -> list[TopicStatus]:
    """Every topic of the catalogue against the broker.

    Args:
        client: an admin client.
        prefix: first part of the names.
        partitions: the hub's default number of partitions.
        catalogue: what there should be.
    """
    found = _describe(client, [topic.full_name(prefix) for topic in catalogue])
    return [
        compare(topic, topic.full_name(prefix), topic.partitions(partitions), found.get(topic.full_name(prefix)))
        for topic in catalogue
    ]


def compare(topic: Topic, name: str, partitions: int, found: Found | None) -> TopicStatus:
    """One topic as it should be against what was found (None: it is not there)."""
    if found is None:
        return TopicStatus(topic, name, partitions, "missing")
    differences = []
    if found.partitions != partitions:
        differences.append(f"{found.partitions} partitions instead of {partitions}")
    for key, value in topic.configs().items():
        if (actual := found.configs.get(key)) != value:
            differences.append(f"{key} is {actual or 'unset'} instead of {value}")
    return TopicStatus(topic, name, partitions, "differs" if differences else "ready", tuple(differences))


def apply(client: KafkaAdminClient, prefix: str, partitions: int, catalogue: Sequence[Topic] = CATALOGUE) -> list[str]:
    """Make what is missing, wait until it can be written to, and return the names made.

    Running it again does nothing; two at once do no harm.

    Raises:
        TopicsDiffer: a topic stands in another shape; nothing was made then.
        BrokerAway: the broker went away meanwhile.
    """
    now = status(client, prefix, partitions, catalogue)
    if differing := [found for found in now if found.state == "differs"]:
        raise TopicsDiffer(_tell(differing), _remedy(differing))
    missing = [found for found in now if found.state == "missing"]
    try:
        made = [found.name for found in missing if _create(client, found)]
        client.wait_for_topics([found.name for found in missing], timeout_ms=READY_MS)
    except KafkaError as error:
        raise BrokerAway(
            f"Topics could not be made ({type(error).__name__}).",
            "Run `mash topics apply` again; the broker's log says more.",
        ) from error
    return made


def _create(client: KafkaAdminClient, wanted: TopicStatus) -> bool:
    # replication_factor -1 is the broker's own default: 1 for the embedded one, what its owners chose on a cluster.
    shape = {
        "num_partitions": wanted.partitions,
        "replication_factor": -1,
        "configs": wanted.topic.configs(),
    }
    try:
        client.create_topics({wanted.name: shape})
    except TopicAlreadyExistsError:
        return False
    return True


def _describe(client: KafkaAdminClient, names: Sequence[str]) -> dict[str, Found]:
    standing = set(client.list_topics()) & set(names)
    if not standing:
        return {}
    described = client.describe_topics(sorted(standing))
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in sorted(standing)]
    configs = client.describe_configs(resources, config_filter="all")
    return {t["name"]: Found(len(t["partitions"]), _values(configs, t["name"])) for t in described}


def _values(configs: Any, name: str) -> dict[str, str]:
    return {key: str(entry["value"]) for key, entry in configs["topic"][name].items()}


def _tell(differing: Sequence[TopicStatus]) -> str:
    return " ".join(f"Topic {found.name} has {', '.join(found.differences)}." for found in differing)


def _remedy(differing: Sequence[TopicStatus]) -> str:
    if any("partitions instead" in difference for found in differing for difference in found.differences):
        return (
            "A topic's number of partitions is never changed: set HUB_PARTITIONS to what stands, give this hub "
            "another HUB_TOPIC_PREFIX, or raise the generation in the catalogue and load it anew."
        )
    return "Set these with Kafka's own kafka-configs tool, then run `mash topics apply` again."
