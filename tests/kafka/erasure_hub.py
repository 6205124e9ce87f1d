"""A hub for the erasure's journey: real workers, clock and eraser as processes; and every sealed part that stands anywhere."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import lmdb

from hub.erasure.ledger import Ledger
from hub.errors import Skippable
from hub.kafka.admin import admin, apply
from hub.kafka.clients import Connection
from hub.keystore import SqliteKeyStore
from hub.messages import PictureSummary
from hub.sealing import Sealer
from hub.secret_files import key_store, key_store_file
from hub.state.read import fold_partition
from hub.tether import tethered
from hub.topics import CATALOGUE, topic
from tests.kafka.connector_site import PARTITIONS, Site

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120.0
LOOK_SECONDS = 0.2
WORKERS = ("identity", "picture", "check")
JOURNALS = tuple(t.name for t in CATALOGUE if not t.messages)
_VARINT_BYTES = 3
"""Lengths of sealed parts up to a megabyte, as Avro writes them (zigzag, seven bits a byte)."""


class ErasureHub(Site):
    """See the module."""

    def __init__(self, bootstrap: str, prefix: str, folder: Path) -> None:
        super().__init__(bootstrap, prefix, folder)
        self.logs = folder / "logs"
        self.logs.mkdir()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        with admin(bootstrap) as client:
            apply(client, prefix, PARTITIONS)

    @property
    def environment(self) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("HUB_")}
        return clean | {
            "HUB_BOOTSTRAP": self.bootstrap, "HUB_TOPIC_PREFIX": self.prefix, "HUB_DATA_DIR": str(self.data_dir),
            "HUB_PARTITIONS": str(PARTITIONS), "HUB_METRICS_PORT": "0", "PYTHONPATH": str(ROOT), "HUB_SESSION_TIMEOUT": "3",
        }  # fmt: skip

    def spawn(self, name: str, *module_and_arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """A process of the hub, its words in a log."""
        command = tethered([sys.executable, "-m", *module_and_arguments])
        with (self.logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, env=self.environment | environment, stdout=log, stderr=log, cwd=ROOT)
        self.running[name] = process
        return process

    def up(self) -> None:
        self.spawn("clock", "hub.cli.main", "clock")
        for name in WORKERS:
            self.spawn(name, "hub.cli.main", "worker", name)

    def kill_workers(self) -> None:
        """SIGKILL every worker, and start it again."""
        for name in WORKERS:
            self.running[name].kill()
            self.running[name].wait()
            self.spawn(name, "hub.cli.main", "worker", name)

    def down(self) -> None:
        """Stop what runs, cleanly: stores are written to the end."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(timeout=PATIENCE_SECONDS)

    def close(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()
        super().close()

    def mash(self, *arguments: str, given: str = "", **environment: str) -> Any:
        """`mash ...` to its end; its JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "hub.cli.main", *arguments, "--json"], env=self.environment | environment, cwd=ROOT,
            input=given, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            ended = {name: p.returncode for name, p in self.running.items() if p.poll() is not None}
            assert not ended, f"ended meanwhile: {ended}; see {self.logs}"
            assert time.monotonic() < deadline, f"it did not come about in time; see {self.logs}"
            time.sleep(LOOK_SECONDS)

    def entries(self) -> Counter[str]:
        """Live entries of each person's settled picture, as last said."""
        last = {m.person_id: m for m in self._messages("pictures") if isinstance(m, PictureSummary)}
        return Counter({person: m.entries for person, m in last.items() if m.settled and m.entries})

    def pending(self) -> int:
        """Erasures that are not done."""
        with Ledger(self.bootstrap, self.prefix) as ledger:
            return len(ledger.catch_up().pending)

    def back_up_keys(self, path: Path) -> None:
        with sqlite3.connect(key_store_file(self.settings)) as db:
            db.execute(f"VACUUM INTO '{path}'")
        db.close()

    def store_at(self, path: Path) -> SqliteKeyStore:
        return key_store(self.settings.model_copy(update={"key_store_file": path}))

    # what stands where

    def values(self, name: str) -> list[bytes]:
        """Every value that stands on a topic, older versions of rows too."""
        return [record.value for record in self.raw(name) if record.value]

    def folded(self, journal: str) -> list[bytes]:
        """The rows of a journal as they are now: what compaction leaves."""
        full = topic(journal).full_name(self.prefix)
        found: list[bytes] = []
        for partition in range(PARTITIONS):
            store = asyncio.run(fold_partition(Connection(self.bootstrap), full, partition)).store
            found += [value for _, value in store.scan(b"")]
        return found

    def local_rows(self) -> list[bytes]:
        """Every value of every worker's local store."""
        found: list[bytes] = []
        for file in sorted((self.data_dir / "workers").rglob("data.mdb")):
            env = lmdb.open(str(file.parent), readonly=True, lock=False, max_dbs=2)
            with env.begin() as txn:
                for name, _ in txn.cursor():
                    db = env.open_db(name, txn=txn, create=False)
                    found += [value for _, value in txn.cursor(db=db)]
            env.close()
        return found


def sealed_parts(value: bytes) -> Iterator[bytes]:
    """Whatever in these bytes may be a sealed part: the whole, and each run that its Avro length stands before."""
    yield value
    at = value.find(b"\x01")
    while at >= 0:
        for size in range(1, min(_VARINT_BYTES, at) + 1):
            length = _length(value[at - size : at])
            if length and at + length <= len(value):
                yield value[at : at + length]
        at = value.find(b"\x01", at + 1)


def _length(varint: bytes) -> int:
    """The length that Avro wrote so; 0 if these bytes are no such number."""
    if varint[-1] & 0x80 or any(not byte & 0x80 for byte in varint[:-1]):
        return 0
    raw = sum((byte & 0x7F) << (7 * place) for place, byte in enumerate(varint))
    return 0 if raw & 1 else raw >> 1


def opened(values: Iterable[bytes], names: Iterable[str], keys: SqliteKeyStore) -> int:
    """How many sealed parts open under the keys of these names."""
    sealer, held = Sealer(keys), []
    for name in names:
        try:
            keys.get(name)
            held.append(name)
        except Skippable:
            continue
    count = 0
    for value in values if held else ():
        for part in sealed_parts(value):
            count += any(_opens(sealer, name, part) for name in held)
    return count


def _opens(sealer: Sealer, name: str, part: bytes) -> bool:
    try:
        sealer.open_bytes(name, part)
    except (Skippable, ValueError):  # too short to be one at all
        return False
    return True
