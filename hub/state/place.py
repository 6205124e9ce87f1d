"""Where the state of one stage in one input partition lives: names and ids, and nothing that is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hub.kafka.clients import Connection


@dataclass(frozen=True, slots=True)
class Place:
    """Where a partition's state lives.

    Attributes:
        kafka: the way to it.
        cluster_id: its id.
        transactional_prefix: first part of transactional ids; no two hubs on one Kafka share it.
        folder: the worker's own folder.
        input_topic: full name.
        input_id: the broker's id of it.
        journal: full name.
        journal_id: the broker's id of it.
    """

    kafka: Connection
    cluster_id: str
    transactional_prefix: str
    folder: Path
    input_topic: str
    input_id: str
    journal: str
    journal_id: str
