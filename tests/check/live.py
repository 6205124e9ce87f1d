"""A check worker in a process of its own, on the run's Kafka, for the tests of what concerns Kafka."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from kafka import KafkaProducer

from hub.avro import encode
from hub.kafka.admin import admin, apply
from hub.messages import Part, Tick
from hub.settings import Settings, load
from hub.tether import tethered
from hub.topics import topic

PARTITIONS = 2


class Live:
    """What a test says to a live check stage."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._name = topic("checks").full_name(settings.topic_prefix)
        self._producer = KafkaProducer(bootstrap_servers=settings.bootstrap, acks="all", enable_idempotence=True)

    def send(self, anchor: str, *messages: Part) -> None:
        for message in messages:
            self._producer.send(self._name, encode(message), key=anchor.encode())
        self._producer.flush()

    def tick(self, at: datetime) -> None:
        for partition in range(PARTITIONS):
            self._producer.send(self._name, encode(Tick(at=at)), partition=partition)
        self._producer.flush()

    def close(self) -> None:
        self._producer.close()


def environment(settings: Settings) -> dict[str, str]:
    """Variables that make another process read the same settings."""
    return {k: v for k, v in os.environ.items() if not k.startswith("HUB_")} | {
        "HUB_BOOTSTRAP": settings.bootstrap,
        "HUB_TOPIC_PREFIX": settings.topic_prefix,
        "HUB_DATA_DIR": str(settings.data_dir),
        "HUB_METRICS_PORT": "0",
    }


def start_worker(settings: Settings) -> subprocess.Popen[bytes]:
    program = [sys.executable, "-c", "from hub.worker.main import run; run('check')"]
    with (settings.data_dir / "worker.log").open("ab") as log:
        return subprocess.Popen(tethered(program), env=environment(settings), stdout=log, stderr=log)


@contextmanager
def live(bootstrap: str, prefix: str, folder: Path) -> Iterator[Live]:
    """Topics, a worker and something to speak to it with."""
    settings = load(
        find_running=False, bootstrap=bootstrap, topic_prefix=prefix, data_dir=folder, partitions=PARTITIONS
    )
    with admin(bootstrap) as client:
        apply(client, prefix, PARTITIONS)
    worker = start_worker(settings)
    hub = Live(settings)
    try:
        yield hub
    finally:
        hub.close()
        worker.terminate()
        worker.wait(30)
