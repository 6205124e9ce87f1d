"""The stage as the worker meets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.avro import encode
from hub.errors import Fatal
from hub.sealing import Sealer, seal_record
from hub.secret_files import key_store, pseudonyms
from hub.settings import load
from hub.state.memory import MemoryTurnDriver
from hub.topics import topic
from streams.identity.stage import model_of, stages

from .kit import World, who


def test_the_stage_takes_bytes_from_its_topic_under_the_secrets_of_the_settings(tmp_path: Path) -> None:
    settings = load(find_running=False, data_dir=tmp_path, partnership="testshire")
    (spec,) = stages()
    assert topic(spec.journal_topic).like == spec.input_topic
    driver = MemoryTurnDriver(spec.core_factory(settings, 0))
    sealer = Sealer(key_store(settings))
    plain = World().plain("r1", who("Ada", "Vosper", "2012-05-06"))
    driver.feed(encode(seal_record(plain, pseudonyms(settings), sealer)))
    assert driver.rejects == []
    assert [o.topic for o in driver.outputs] == ["facts", "persons", "receipts", "receipts"]
    assert b"VOSPER" not in b"".join(key + value for key, value in driver.store.scan(b""))


def test_a_partnerships_own_model_is_taken_and_a_broken_one_refused(tmp_path: Path) -> None:
    folder = tmp_path / "packs" / "match"
    folder.mkdir(parents=True)
    (folder / "model-1.yaml").write_text("version: mine\n", "utf-8")
    with pytest.raises(Fatal):
        model_of(load(find_running=False, data_dir=tmp_path, packs_dir=tmp_path / "packs"))


def test_records_of_an_erased_person_do_not_stop_the_others(tmp_path: Path) -> None:
    world = World()
    gone = world.mention("1", who("Ada", "Vosper", "2012-05-06"))
    world.keys.erase(world.source("1"))
    world.sealer.seal_bytes(world.source("1"), b"")  # a new key: what the old one sealed stays shut
    world.keys.erase(world.source("1"))
    world.driver.feed(gone, world.mention("2", who("Peter", "Quinn", "1970-02-03")))
    assert world.partition() >= {frozenset({world.source("2")})}
