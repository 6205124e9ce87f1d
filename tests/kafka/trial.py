"""A trial: input, workers that mishaps befall and that are started again, and the account of what came of every record."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Self

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from hub import avro
from hub.kafka.admin import admin, apply
from hub.kafka.clients import Connection
from hub.messages import DeadLetter, Watch
from hub.state.headers import PUBLISHED
from hub.state.read import Folded, fold_partition
from hub.tether import tethered
from hub.topics import topic

WORKER = Path(__file__).with_name("stage_worker.py")
NEEDED = ("facts", "facts-journal", "persons", "dead-letters")
SESSION_SECONDS = 3
"""Short, so that a stopped worker is missed soon; the broker of the tests allows down to 1 s."""
POLL_SECONDS = 0.1
PATIENCE_SECONDS = 120.0
ANCHORS = 13


class Trial:
    """One input topic, its workers, and their account."""

    def __init__(self, bootstrap: str, prefix: str, folder: Path, partitions: int = 1, **environment: str) -> None:
        self.bootstrap = bootstrap
        self.prefix = prefix
        self.folder = folder
        self.partitions = partitions
        self.hurts = folder / "hurts"
        self.hurts.mkdir(parents=True)
        self.sent: list[bytes] = []
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.ends: list[tuple[str, int]] = []
        self._environment = environment
        with admin(bootstrap) as client:
            apply(client, prefix, partitions, [topic(name) for name in NEEDED])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.workers.values():
            process.kill()
            process.wait()
        self.hang_up()

    @cached_property
    def _producer(self) -> KafkaProducer:
        return KafkaProducer(bootstrap_servers=self.bootstrap, acks="all", enable_idempotence=True, linger_ms=5)

    @cached_property
    def _reader(self) -> KafkaConsumer:
        return KafkaConsumer(
            bootstrap_servers=self.bootstrap,
            group_id=f"{self.prefix}.facts",
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
        )

    def hang_up(self) -> None:
        """Close the trial's own connections; they are made again when they are needed."""
        for client in ("_producer", "_reader"):
            if opened := self.__dict__.pop(client, None):
                opened.close()

    # what happens

    def name(self, short: str) -> str:
        return topic(short).full_name(self.prefix)

    def send(self, messages: Iterable[Watch | bytes]) -> None:
        """Send messages, one partition after the other."""
        for message in messages:
            value = message if isinstance(message, bytes) else avro.encode(message)
            headers = [(PUBLISHED, b"1767225600000000"), ("traceparent", b"00-%032d-%016d-01" % (len(self.sent), 1))]
            self._producer.send(self.name("facts"), value, partition=len(self.sent) % self.partitions, headers=headers)
            self.sent.append(value)
        self._producer.flush()

    def hurt(self, signal_name: str, place: str, times: int = 1) -> Path:
        """Prepare a mishap; the file is gone when it has happened."""
        path = self.hurts / f"{signal_name}@{place}"
        path.write_text(str(times))
        return path

    def start(self, worker: str) -> subprocess.Popen[bytes]:
        """Start a worker, or start it again."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("HUB_")} | {
            "HUB_BOOTSTRAP": self.bootstrap,
            "HUB_TOPIC_PREFIX": self.prefix,
            "HUB_DATA_DIR": str(self.folder / "data"),
            "HUB_SESSION_TIMEOUT": str(SESSION_SECONDS),
            "HUB_METRICS_PORT": "0",
            "HURTS": str(self.hurts),
            "PYTHONPATH": str(WORKER.parents[2]),
            **self._environment,
        }
        with (self.folder / f"{worker}.log").open("ab") as output:
            self.workers[worker] = subprocess.Popen(
                tethered([sys.executable, str(WORKER)]), env=environment, stdout=output, stderr=output
            )
        return self.workers[worker]

    def until(self, condition: Callable[[], bool], *, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait for a condition, starting again any worker that has ended, as a supervisor would."""
        deadline = time.monotonic() + seconds
        while not condition():
            self.supervise()
            assert time.monotonic() < deadline, (
                f"still waiting after {seconds:.0f} s; workers ended: {self.ends}\n{self.logs()}"
            )
            time.sleep(POLL_SECONDS)

    def supervise(self) -> None:
        """Start again what has ended."""
        for worker, process in list(self.workers.items()):
            if process.poll() is not None:
                self.ends.append((worker, process.returncode))
                self.start(worker)

    def stop(self, worker: str) -> int:
        """Stop one cleanly and forget it; returns its exit code."""
        process = self.workers.pop(worker)
        process.terminate()
        return process.wait(PATIENCE_SECONDS)

    def run_to_the_end(self) -> None:
        """Until the group has committed every input record."""
        self.until(lambda: sum(self.committed()) >= len(self.sent))

    # what came of it

    def committed(self) -> list[int]:
        """What the group has committed, by partition."""
        return [self._reader.committed(TopicPartition(self.name("facts"), p)) or 0 for p in range(self.partitions)]

    def folded(self) -> list[Folded]:
        """The journals, by partition."""

        async def fold_all() -> list[Folded]:
            journal = self.name("facts-journal")
            return await asyncio.gather(
                *(fold_partition(Connection(self.bootstrap), journal, p) for p in range(self.partitions))
            )

        return asyncio.run(fold_all())

    def journal_end(self, partition: int) -> int:
        """The offset after the last record of the journal that was committed."""
        tp = TopicPartition(self.name("facts-journal"), partition)
        end: int = self._reader.end_offsets([tp])[tp]
        return end

    def read(self, short: str) -> list:
        """Every committed record of a topic."""
        partitions = self.partitions if short != "dead-letters" else 1
        tps = [TopicPartition(self.name(short), p) for p in range(partitions)]
        self._reader.assign(tps)
        self._reader.seek_to_beginning(*tps)
        ends = self._reader.end_offsets(tps)
        records = []
        while any(self._reader.position(tp) < ends[tp] for tp in tps):
            for found in self._reader.poll(timeout_ms=200).values():
                records += found
        return records

    def outputs(self) -> list[Watch]:
        return [avro.decode(record.value) for record in self.read("persons")]

    def letters(self) -> list[DeadLetter]:
        return [avro.decode(record.value) for record in self.read("dead-letters")]

    def committed_is_never_ahead(self) -> None:
        """The group's offsets, read first, against the state's, read after."""
        committed = self.committed()
        for offset, folded in zip(committed, self.folded(), strict=True):
            assert offset <= (folded.position.next_offset or 0 if folded.position else 0)

    def logs(self) -> str:
        """The end of every worker's log."""
        return "\n".join(f"--- {p.name}\n{p.read_text()[-3000:]}" for p in sorted(self.folder.glob("*.log")))

    def account(self, bad: Sequence[str] = ()) -> None:
        """Every input is exactly once in outputs or dead letters, and the state is what it should be.

        Args:
            bad: ids of the messages that should have become dead letters.
        """
        messages = [avro.decode(value) for value in self.sent if _is_message(value)]
        good = [m for m in messages if m.check_id not in bad]
        assert Counter(m.check_id for m in self.outputs()) == Counter(m.check_id for m in good)
        assert len(self.letters()) == len(self.sent) - len(good)
        for partition, folded in enumerate(self.folded()):
            mine = [avro.decode(v) for v in self.sent[partition :: self.partitions] if _is_message(v)]
            assert dict(folded.store.scan(b"")) == expected_rows([m for m in mine if m.check_id not in bad])
            assert folded.position is not None
            assert folded.position.next_offset == len(self.sent[partition :: self.partitions])
        self.committed_is_never_ahead()


def watches(first: int, last: int, **fields) -> list[Watch]:
    """Messages number first to last - 1."""
    return [
        Watch(
            **(
                {"partnership": "demo", "check_id": f"c{n}", "anchor": f"a{n % ANCHORS}", "state": "open", "seq": n}
                | fields
            )
        )
        for n in range(first, last)
    ]


def expected_rows(messages: Iterable[Watch]) -> dict[bytes, bytes]:
    """What the core's state is after these."""
    rows: dict[bytes, bytes] = {}
    counts = Counter(m.anchor for m in messages)
    for anchor, count in counts.items():
        rows[b"count/" + anchor.encode()] = rows[b"settled/" + anchor.encode()] = b"%d" % count
    return rows | {b"id/" + m.check_id.encode(): b"%d" % m.seq for m in messages}


def _is_message(value: bytes) -> bool:
    try:
        avro.decode(value)
    except avro.BadAvro:
        return False
    return True
