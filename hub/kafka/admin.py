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
from kafka.errors import AuthorizationError, InvalidReplicationFactorError, KafkaError, TopicAlreadyExistsError

from hub.errors import Fatal
from hub.kafka.clients import Kafka, client_arguments, way_to
from hub.kafka.probe import BrokerAway, greet
from hub.topics import CATALOGUE, Topic

CONNECT_MS = 10_000
"""A broker that is there answers in milliseconds; ten seconds bridge a restart."""
READY_MS = 30_000
"""Until every new partition has its leader: under 1 s on one node, some seconds on a busy cluster."""

COPIES = 3
"""Of a topic, where there are as many brokers: one may be down for its upgrade while another fails."""
IN_SYNC = 2
"""Copies that must have a record before it counts as taken, where there are `COPIES`: then no one disk can lose it."""

State = Literal["missing", "ready", "differs"]

__all__ = [
    "BrokerAway",
    "Found",
    "NotAllowed",
    "TooFewBrokers",
    "TopicStatus",
    "TopicsDiffer",
    "admin",
    "apply",
    "compare",
    "status",
]


class NotAllowed(Fatal):
    """The broker knows the user, who may not do this."""


class TooFewBrokers(Fatal):
    """A topic should have more copies than there are brokers."""


class TopicsDiffer(Fatal):
    """Topics stand on the broker in another shape than the catalogue gives them."""


@dataclass(frozen=True, slots=True)
class Found:
    """A topic as the broker has it."""

    partitions: int
    configs: dict[str, str]
    copies: int = 1


@dataclass(frozen=True, slots=True)
class TopicStatus:
    """A topic of the catalogue, and how the broker's differs."""

    topic: Topic
    name: str
    partitions: int
    state: State
    differences: tuple[str, ...] = ()


@contextmanager
def admin(kafka: Kafka) -> Iterator[KafkaAdminClient]:
    """An admin client.

    Raises:
        BrokerAway: nobody answers within ten seconds, or goes away meanwhile.
        NotAllowed: the user may not do what was asked for.
        hub.kafka.probe.NotLetIn: certificate or password are not accepted.
    """
    greet(kafka)
    try:
        client = KafkaAdminClient(**client_arguments(kafka), bootstrap_timeout_ms=CONNECT_MS)
    except KafkaError as error:
        raise _away(kafka, error) from error
    try:
        yield client
    except AuthorizationError as error:
        raise NotAllowed(
            f"The user {way_to(kafka).user!r} may not do this on the Kafka at {kafka} ({type(error).__name__}).",
            "Have its owner give the user the rights listed under 'A Kafka of your own' in the operations guide.",
        ) from error
    except KafkaError as error:
        raise _away(kafka, error) from error
    finally:
        client.close()


def _away(kafka: Kafka, error: KafkaError) -> BrokerAway:
    return BrokerAway(
        f"The Kafka at {kafka} does not answer ({type(error).__name__}).",
        "Check that it runs, then try again; its log says more.",
    )


def status(
    client: KafkaAdminClient,
    prefix: str,
    partitions: int,
    catalogue: Sequence[Topic] = CATALOGUE,
    copies: int | None = None,
) -> list[TopicStatus]:
    """Every topic of the catalogue against the broker.

    Args:
        client: an admin client.
        prefix: first part of the names.
        partitions: the hub's default number of partitions.
        catalogue: what there should be.
        copies: of each topic, at least; None holds nobody to a number.
    """
    found = _describe(client, [topic.full_name(prefix) for topic in catalogue])
    return [
        compare(
            topic, topic.full_name(prefix), topic.partitions(partitions), found.get(topic.full_name(prefix)), copies
        )
        for topic in catalogue
    ]


def compare(topic: Topic, name: str, partitions: int, found: Found | None, copies: int | None = None) -> TopicStatus:
    """One topic as it should be against what was found (None: it is not there)."""
    if found is None:
        return TopicStatus(topic, name, partitions, "missing")
    differences = []
    if found.partitions != partitions:
        differences.append(f"{found.partitions} partitions instead of {partitions}")
    if copies and found.copies < copies:
        differences.append(f"{found.copies} copies instead of {copies}")
    for key, value in (topic.configs() | (durability(copies) if copies else {})).items():
        if (actual := found.configs.get(key)) != value:
            differences.append(f"{key} is {actual or 'unset'} instead of {value}")
    return TopicStatus(topic, name, partitions, "differs" if differences else "ready", tuple(differences))


def durability(copies: int) -> dict[str, str]:
    """What a topic of so many copies is told about how many of them must have a record before it counts as taken."""
    return {"min.insync.replicas": str(IN_SYNC if copies >= COPIES else 1)}


def apply(
    client: KafkaAdminClient,
    prefix: str,
    partitions: int,
    catalogue: Sequence[Topic] = CATALOGUE,
    copies: int | None = None,
) -> list[str]:
    """Make what is missing, wait until it can be written to, and return the names made.

    Running it again does nothing; two at once do no harm.

    Args:
        client: an admin client.
        prefix: first part of the names.
        partitions: the hub's default number of partitions.
        catalogue: what there should be.
        copies: of each topic; by default three, or as many as there are brokers.

    Raises:
        TopicsDiffer: a topic stands in another shape; nothing was made then.
        NotAllowed: the user may not make topics.
        TooFewBrokers: fewer than the copies asked for.
        BrokerAway: the broker went away meanwhile.
    """
    now = status(client, prefix, partitions, catalogue, copies)
    if differing := [found for found in now if found.state == "differs"]:
        raise TopicsDiffer(_tell(differing), _remedy(differing))
    missing = [found for found in now if found.state == "missing"]
    if not missing:
        return []
    copies = copies or min(COPIES, len(client.describe_cluster()["brokers"]))
    try:
        made = [found.name for found in missing if _create(client, found, copies)]
        client.wait_for_topics([found.name for found in missing], timeout_ms=READY_MS)
    except AuthorizationError:
        raise  # `admin` knows the user
    except InvalidReplicationFactorError as error:
        raise TooFewBrokers(
            f"Kafka cannot keep {copies} copies of a topic: it has too few brokers now.",
            "Start the others, or set HUB_REPLICATION to what it has; one copy is lost with its disk.",
        ) from error
    except KafkaError as error:
        raise BrokerAway(
            f"Topics could not be made ({type(error).__name__}).",
            "Run `mash topics apply` again; the broker's log says more.",
        ) from error
    return made


def _create(client: KafkaAdminClient, wanted: TopicStatus, copies: int) -> bool:
    shape = {
        "num_partitions": wanted.partitions,
        "replication_factor": copies,
        "configs": wanted.topic.configs() | durability(copies),
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
    return {t["name"]: Found(len(t["partitions"]), _values(configs, t["name"]), _copies(t)) for t in described}


def _copies(described: Any) -> int:
    return min(len(partition["replica_nodes"]) for partition in described["partitions"])


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
    if any("copies instead" in difference for found in differing for difference in found.differences):
        return (
            "Give the topics more copies with Kafka's own kafka-reassign-partitions tool, or set HUB_REPLICATION to "
            "what stands."
        )
    return "Set these with Kafka's own kafka-configs tool, then run `mash topics apply` again."
