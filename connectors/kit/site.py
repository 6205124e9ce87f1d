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
from hub.registry import HttpRegistry
from hub.sealing import Sealer
from hub.secret_files import key_store, pseudonyms
from hub.settings import Settings


@dataclass(frozen=True, slots=True)
class Site:
    """What a run needs of this machine."""

    publisher: Publisher
    checkpoints: Checkpoints


def system_time() -> datetime:
    """Wall-clock time, UTC: the clock that a connector passes in."""
    return datetime.now(UTC)


@contextmanager
def opened(settings: Settings, stop: threading.Event) -> Iterator[Site]:
    """Everything open, and closed afterwards.

    Raises:
        hub.errors.Fatal: no Kafka is configured, or a secret or store can't be opened; the text says which.
    """
    bootstrap = settings.require_bootstrap()
    if settings.schema_registry:
        avro.use_registry(HttpRegistry(settings.schema_registry))
    with (
        closing(key_store(settings)) as keys,
        Checkpoints(settings.data_dir / "connectors" / "checkpoints.sqlite") as checkpoints,
        closing(Outbox(bootstrap, settings.topic_prefix, stop)) as outbox,
    ):
        publisher = Publisher(settings.partnership, pseudonyms(settings), Sealer(keys), outbox, system_time)
        yield Site(publisher, checkpoints)
