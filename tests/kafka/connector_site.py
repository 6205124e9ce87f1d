"""What the connector tests share: a hub's secrets and topics of their own, and what stands on the topics afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from hub.avro import decode, encode
from hub.kafka.admin import admin, apply
from hub.keystore import SqliteKeyStore
from hub.messages import DeadLetter, Receipt, RecordContent, SealedRecord
from hub.sealing import Sealer
from hub.secret_files import key_store
from hub.settings import Settings
from hub.topics import topic

NEEDED = ("records", "dead-letters", "receipts.police")
PARTITIONS = 3
HEADER = "notice_reference,sequence,notice_kind,person_id,role,given_name,surname,date_of_birth,circumstances\n"


def notice(number: int, given: str = "Ilo", note: str = "Made up.") -> str:
    """Two rows: a notice on a child, and a parent."""
    head = f"PPN-{number:06d},1,child"
    return (
        f"{head},N{2 * number},child,{given},Testbrook,2019-04-02,{note}\n"
        f"{head},N{2 * number + 1},parent,Marisol,Testbrook,1988-01-09,\n"
    )


class Site:
    """One connector's machine: a data folder, topics under a prefix, and `mash connector` as a process."""

    def __init__(self, bootstrap: str, prefix: str, folder: Path) -> None:
        self.bootstrap = bootstrap
        self.prefix = prefix
        self.data_dir = folder / "var"
        self.drop = folder / "drop"
        self.drop.mkdir(parents=True)
        self.processes: list[subprocess.Popen[str]] = []
        with admin(bootstrap) as client:
            apply(client, prefix, PARTITIONS, [topic(name) for name in NEEDED])

    @property
    def settings(self) -> Settings:
        return Settings(
            bootstrap=self.bootstrap, topic_prefix=self.prefix, data_dir=self.data_dir, partitions=PARTITIONS
        )

    def write(self, name: str, data: bytes | str) -> Path:
        path = self.drop / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def start(self, *arguments: str, group: str = "connector", **environment: str) -> subprocess.Popen[str]:
        """`mash connector ...` as a process of its own."""
        command = [sys.executable, "-m", "tests.kafka.connector_process", group, *arguments]
        given = {
            "HUB_BOOTSTRAP": self.bootstrap, "HUB_TOPIC_PREFIX": self.prefix, "HUB_DATA_DIR": str(self.data_dir),
            "HUB_PARTITIONS": str(PARTITIONS), "HUB_METRICS_PORT": "0",
        }  # fmt: skip
        process = subprocess.Popen(
            command, env=os.environ | given | environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )  # fmt: skip
        self.processes.append(process)
        return process

    def close(self) -> None:
        """Leave no process behind, however a test ended."""
        for process in self.processes:
            process.kill()
            process.communicate()

    def run(self, *arguments: str, code: int = 0, group: str = "connector", **environment: str) -> dict[str, Any]:
        """The same, to its end; its JSON."""
        process = self.start(*arguments, "--json", group=group, **environment)
        out, err = process.communicate(timeout=120)
        assert process.returncode == code, err
        return json.loads(out) if out else {}

    def records(self) -> list[SealedRecord]:
        return [m for m in self._messages("records") if isinstance(m, SealedRecord)]

    def letters(self) -> list[DeadLetter]:
        return [m for m in self._messages("dead-letters") if isinstance(m, DeadLetter)]

    def receipts(self, agency: str) -> list[Receipt]:
        return [m for m in self._messages(f"receipts.{agency}") if isinstance(m, Receipt)]

    def tell(self, receipt: Receipt) -> None:
        """Say something of a record, as a stage does."""
        producer = KafkaProducer(bootstrap_servers=self.bootstrap)
        key = f"{receipt.agency}/{receipt.system}".encode()
        producer.send(topic(f"receipts.{receipt.agency}").full_name(self.prefix), encode(receipt), key=key).get(30)
        producer.close()

    def raw(self, name: str) -> list[Any]:
        """Every committed Kafka record of a topic, in order of partition and offset."""
        full = topic(name).full_name(self.prefix)
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=None, isolation_level="read_committed")
        try:
            places = [TopicPartition(full, n) for n in sorted(consumer.partitions_for_topic(full) or ())]
            consumer.assign(places)
            consumer.seek_to_beginning(*places)
            ends = consumer.end_offsets(places)
            found: list[Any] = []
            while any(consumer.position(p) < ends[p] for p in places):
                for batch in consumer.poll(timeout_ms=500).values():
                    found += batch
            return found
        finally:
            consumer.close()

    def _messages(self, name: str) -> list[Any]:
        return [decode(record.value) for record in self.raw(name)]

    def keys(self) -> SqliteKeyStore:
        return key_store(self.settings)

    def opened(self, records: list[SealedRecord]) -> list[str]:
        """The local ids sealed in records."""
        keys = self.keys()
        sealer = Sealer(keys)
        try:
            return [sealer.open(r.record_id, r.content, RecordContent).local_id for r in records]
        finally:
            keys.close()
