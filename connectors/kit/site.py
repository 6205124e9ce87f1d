"""This machine's parts for a connector: secrets, key store, checkpoints, outbox, out of the settings. No run here."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.kit.checkpoint import Checkpoints
from connectors.kit.outbox import Outbox
from connectors.kit.publish import Publisher
from hub import avro
from hub.kafka.clients import connection
from hub.sealing import Sealer
from hub.secret_files import key_store, pseudonyms
from hub.settings import Settings
from hub.topics import topic
from hub.worker.preflight import ask


@dataclass(frozen=True, slots=True)
class Site:
    """What a run needs of this machine.

    Attributes:
        publisher: to Kafka.
        checkpoints: positions.
        feed: Kafka's id of the records topic. Positions belong to it: a topic made anew holds nothing of what they say.
    """

    publisher: Publisher
    checkpoints: Checkpoints
    feed: str


def system_time() -> datetime:
    """Wall-clock time, UTC: the clock that a connector passes in."""
    return datetime.now(UTC)


@contextmanager
def opened(settings: Settings, stop: threading.Event) -> Iterator[Site]:
    """Everything open, and closed afterwards.

    Raises:
        hub.errors.Fatal: no Kafka is configured, its topics are missing, or a secret or store can't be opened.
        hub.errors.Retriable: Kafka does not answer.
    """
    kafka = connection(settings)
    records, letters = (topic(name).full_name(settings.topic_prefix) for name in ("records", "dead-letters"))
    cluster = ask(kafka, (records, letters))
    partitions = {name: facts.partitions for name, facts in cluster.topics.items()}
    if settings.schema_registry:
        from hub.registry import HttpRegistry  # noqa: PLC0415 - an HTTP client, which few need, at every start

        avro.use_registry(HttpRegistry(settings.schema_registry))
    with (
        closing(key_store(settings)) as keys,
        Checkpoints(settings.data_dir / "connectors" / "checkpoints.sqlite") as checkpoints,
        closing(Outbox(kafka, settings.topic_prefix, partitions, stop)) as outbox,
    ):
        publisher = Publisher(settings.partnership, pseudonyms(settings), Sealer(keys), outbox, system_time)
        yield Site(publisher, checkpoints, cluster.topics[records].topic_id)
