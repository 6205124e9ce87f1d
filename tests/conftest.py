"""What every test may ask for: the run's one Kafka, a name space of its own in it, and a Kafka to be unkind to."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.kafka.embedded import EmbeddedKafka


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses a broker, so that `-m "not kafka"` leaves nothing that starts one.

    Two processes share the run, a file at a time (`make test`). Files that mostly wait for a broker are spread evenly
    among those that reckon, so that the cores always have work.
    """
    waits: dict[Path, bool] = {}
    for item in items:
        needs_broker = bool({"kafka", "own_kafka"} & set(getattr(item, "fixturenames", ())))
        if needs_broker:
            item.add_marker(pytest.mark.kafka)
        waits[item.path] = waits.get(item.path, False) or needs_broker
    place: dict[Path, float] = {}
    for kind in (True, False):
        files = [path for path, waiting in waits.items() if waiting is kind]
        place |= {path: number / len(files) for number, path in enumerate(files)}
    items.sort(key=lambda item: place[item.path])


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`host:port` of a real Kafka: the one that HUB_BOOTSTRAP names, else one for each process of this run."""
    if configured := os.environ.get("HUB_BOOTSTRAP"):
        yield configured
        return
    with EmbeddedKafka(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker.bootstrap


@pytest.fixture
def topic_prefix() -> str:
    """A prefix for topics, groups and transactional ids that no other test has."""
    return f"t-{uuid.uuid4().hex[:10]}"


@pytest.fixture
def own_kafka(tmp_path: Path) -> Iterator[EmbeddedKafka]:
    """A started broker of this test's own, to kill, stop and start (3 s; otherwise use `kafka`)."""
    with EmbeddedKafka(tmp_path / "kafka") as broker:
        yield broker
