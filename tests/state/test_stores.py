"""The law of both stores: over any sequence of writes, scans, savepoints and rollbacks they behave as a dict does."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from hub.state import memo
from hub.state.lmdb import ROOM_BYTES, CacheIdentity, LmdbCache, Saved, StoreBroken
from hub.state.memo import Memo
from hub.state.memory import MemoryStore
from hub.state.rows import KEY_LIMIT, ROW_LIMIT, BatchStore, RowTooLarge

KEYS = st.binary(min_size=1, max_size=3).map(lambda k: b"k" + k)
VALUES = st.binary(max_size=4)
IDENTITY = CacheIdentity("cluster", "journal", "journal-id", 0, "boot")


class StoreMachine(RuleBasedStateMachine):
    """A `BatchStore` beside the dict that says what it should hold."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.model: dict[bytes, bytes] = {}
        self.at_savepoint: dict[bytes, bytes] = {}
        self.committed: dict[bytes, bytes] = {}

    def teardown(self):
        if hasattr(self, "cache"):
            self.cache.close()
        shutil.rmtree(self.folder)

    @initialize(lmdb=st.booleans())
    def begin(self, lmdb):
        self.memory = MemoryStore()
        self.memo = Memo()
        if lmdb:
            self.cache = LmdbCache(self.folder / "cache", IDENTITY)
        self.next_batch()

    def next_batch(self):
        rows = self.cache.begin() if hasattr(self, "cache") else self.memory
        self.store = BatchStore(rows, self.memo)
        self.committed = dict(self.model)
        self.at_savepoint = dict(self.model)

    @rule(key=KEYS, value=VALUES)
    def put(self, key, value):
        self.store.put(key, value)
        self.model[key] = value

    @rule(key=KEYS)
    def delete(self, key):
        self.store.delete(key)
        self.model.pop(key, None)

    @rule(key=KEYS)
    def get(self, key):
        assert self.store.get(key) == self.model.get(key)

    @rule(key=KEYS)
    def parsed(self, key):
        expected = self.model.get(key)
        assert self.store.parsed(key, bytes.hex) == (None if expected is None else expected.hex())

    @rule(key=KEYS, value=VALUES)
    def put_parsed(self, key, value):
        self.store.put(key, value, value.hex())
        self.model[key] = value

    @rule(prefix=st.binary(max_size=2))
    def listed(self, prefix):
        found = self.store.listed(prefix, lambda key, value: (key, value))
        assert found == tuple(sorted((k, v) for k, v in self.model.items() if k.startswith(prefix)))

    @rule(prefix=st.binary(max_size=2))
    def scan(self, prefix):
        assert list(self.store.scan(prefix)) == sorted((k, v) for k, v in self.model.items() if k.startswith(prefix))

    @rule(delete=KEYS, put=KEYS)
    def scan_and_write(self, delete, put):
        """Each step of a scan finds the next key in the rows as they are then."""
        seen, expected, last = [], [], b""
        for step, (key, _) in enumerate(self.store.scan(b"k")):
            assert key == min(k for k in self.model if k > last), "the next key"
            last = key
            seen.append(key)
            if step == 0:
                self.delete(delete)
                self.put(put, b"new")
        expected = [k for k in self.model if k > last]
        assert expected == []
        assert seen == sorted(seen)

    @rule()
    def savepoint(self):
        self.store.savepoint()
        self.at_savepoint = dict(self.model)

    @rule()
    def rollback(self):
        self.store.rollback()
        self.model = dict(self.at_savepoint)

    @rule()
    def commit(self):
        self.store.flush()
        if hasattr(self, "cache"):
            self.cache.commit(Saved(1, 2.5, b"position"))
            self.cache.close()
            self.cache = LmdbCache(self.folder / "cache", IDENTITY)
            assert self.cache.saved() == Saved(1, 2.5, b"position")
        self.next_batch()

    @invariant()
    def changes_lead_from_the_batch_before_to_now(self):
        folded = dict(self.committed)
        for key, value in self.store.changes.items() if hasattr(self, "store") else ():
            if value is None:
                folded.pop(key, None)
            else:
                folded[key] = value
        assert folded == self.model


@pytest.mark.parametrize("remembered", [memo.LIMIT, 2], ids=["all remembered", "little remembered"])
def test_stores_behave_as_a_dict(monkeypatch, remembered):
    monkeypatch.setattr(memo, "LIMIT", remembered)
    run_state_machine_as_test(StoreMachine, settings=settings(max_examples=60, stateful_step_count=40, deadline=None))


def test_a_dropped_batch_leaves_nothing(tmp_path):
    cache = LmdbCache(tmp_path / "c", IDENTITY)
    cache.begin().put(b"k", b"kept")
    cache.commit(Saved(7, 1.0, b"p"))
    cache.begin().put(b"k", b"dropped")
    cache.close()
    again = LmdbCache(tmp_path / "c", IDENTITY)
    assert again.begin().get(b"k") == b"kept"
    assert again.saved() == Saved(7, 1.0, b"p")
    again.close()


@pytest.mark.parametrize(
    "other",
    [
        CacheIdentity("another cluster", "journal", "journal-id", 0, "boot"),
        CacheIdentity("cluster", "journal", "another id", 0, "boot"),
        CacheIdentity("cluster", "journal", "journal-id", 1, "boot"),
        CacheIdentity("cluster", "journal", "journal-id", 0, "after a crash of the system"),
        CacheIdentity("cluster", "journal", "journal-id", 0, "boot", format=99),
    ],
)
def test_a_cache_of_something_else_is_wiped(tmp_path, other):
    cache = LmdbCache(tmp_path / "c", IDENTITY)
    cache.begin().put(b"k", b"v")
    cache.commit(Saved(7, 1.0, b"p"))
    cache.close()
    wiped = LmdbCache(tmp_path / "c", other)
    assert wiped.saved() is None
    assert list(wiped.begin().scan(b"")) == []
    wiped.close()


def test_a_damaged_file_is_wiped(tmp_path):
    cache = LmdbCache(tmp_path / "c", IDENTITY)
    cache.begin().put(b"k", b"v")
    cache.commit(Saved(7, 1.0, b"p"))
    cache.close()
    (tmp_path / "c" / "data.mdb").write_bytes(b"\xff" * 8192)
    wiped = LmdbCache(tmp_path / "c", IDENTITY)
    assert wiped.saved() is None
    wiped.close()


def test_no_batch_begins_on_a_disk_that_is_nearly_full(tmp_path, monkeypatch):
    cache = LmdbCache(tmp_path / "c", IDENTITY)
    real = os.statvfs(tmp_path)
    free = [ROOM_BYTES // real.f_frsize - 1 if at == 4 else value for at, value in enumerate(real)]  # f_bavail
    monkeypatch.setattr(os, "statvfs", lambda _path: os.statvfs_result([*free, real.f_fsid]))
    with pytest.raises(StoreBroken, match="has less than 256 MB left"):
        cache.begin()
    monkeypatch.undo()
    cache.begin()
    cache.close()


def test_a_row_over_the_limit_is_refused():
    store = BatchStore(MemoryStore())
    with pytest.raises(RowTooLarge) as refused:
        store.put(b"k", b"x" * ROW_LIMIT)
    assert refused.value.reason == "row-too-large"
    store.put(b"k", b"x" * (ROW_LIMIT - 1))
    assert store.changes.keys() == {b"k"}


@pytest.mark.parametrize("key", [b"", b"\x00position", b"k" * (KEY_LIMIT + 1)])
def test_a_key_that_is_not_the_cores_is_a_mistake(key):
    with pytest.raises(ValueError, match="row's key"):
        BatchStore(MemoryStore()).put(key, b"v")


def test_a_row_that_stays_the_same_is_no_change():
    store = BatchStore(MemoryStore([(b"k", b"v")]))
    store.put(b"k", b"v")
    store.delete(b"absent")
    assert store.changes == {}
