"""The eraser: no key goes before every stage has let go, none goes twice, and nothing is forgotten by dying."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kafka import TopicPartition
from prometheus_client import REGISTRY

from hub.avro import encode
from hub.erasure.eraser import EXPIRE_SECONDS, Eraser
from hub.erasure.ledger import WorkList
from hub.erasure.progress import FLOW, Ends
from hub.keystore import NOTICE_SECONDS, Erased, SqliteKeyStore
from hub.messages import Erasure
from hub.messages.erasure import ErasureState

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Stages:
    """How far made-up stages are."""

    def __init__(self) -> None:
        self.end = 10
        self.applied = dict.fromkeys(FLOW, 0)

    def ends(self, name: str) -> Ends:
        return {TopicPartition(name, 0): self.end}

    def passed(self, name: str, ends: Ends) -> bool:
        return all(self.applied[name] >= end for end in ends.values())


class Killed(BaseException):
    """As SIGKILL: nothing after it happens."""


class Site:
    """A key store, a list, and erasers that may be killed."""

    def __init__(self, folder: Path) -> None:
        self.seconds = 0.0
        self.wall = NOW.timestamp()
        self.keys = SqliteKeyStore(folder / "keys.sqlite", b"k" * 32, lambda: self.seconds, lambda: self.wall)
        self.topic: list[bytes] = []
        self.stages = Stages()
        self.killed_when_telling = 0
        self.told: list[Erasure] = []

    def ask(self, *names: str, erasure: str = "e1") -> None:
        asked = Erasure(erasure_id=erasure, partnership="p", state=ErasureState.ASKED, keys=list(names), at=NOW)
        self.topic.append(encode(asked))

    def tell(self, erasure: Erasure) -> None:
        if self.killed_when_telling:
            self.killed_when_telling -= 1
            raise Killed
        self.told.append(erasure)
        self.topic.append(encode(erasure))

    def eraser(self) -> Eraser:
        """A process begun anew: it knows what stands on the topic."""
        site = self

        class Listed(WorkList):
            def __init__(self) -> None:
                super().__init__()
                self.read = 0

            def catch_up(self):
                self.take(site.topic[self.read :])
                self.read = len(site.topic)
                return self

        now = lambda: datetime.fromtimestamp(self.wall, UTC)  # noqa: E731
        return Eraser(Listed(), self.stages, self.keys, self.tell, now, lambda: self.seconds)

    def has(self, name: str) -> bool:
        try:
            return bool(self.keys.get(name))
        except Erased:
            return False


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    found = Site(tmp_path)
    yield found
    found.keys.close()


def test_a_key_goes_when_every_stage_has_let_go_in_turn_and_not_before(site: Site) -> None:
    site.keys.ensure(["a", "b"])
    site.ask("a")
    eraser = site.eraser()
    eraser.begin()
    for name in FLOW:
        eraser.step()
        assert site.has("a"), f"before {name} has passed"
        site.stages.end += 10  # more has come meanwhile: it is no part of what is waited for
        site.stages.applied[name] = site.stages.end - 10
    eraser.step()
    assert (site.has("a"), site.has("b")) == (False, True)
    assert site.told == [], "other processes may use it still"
    site.seconds += NOTICE_SECONDS
    eraser.step()
    assert [[key.name for key in told.destroyed] for told in site.told] == [["a"]]
    eraser.step()
    assert len(site.told) == 1


@pytest.mark.parametrize("kills", [1, 3])
def test_killed_between_destroying_and_saying_so_it_goes_on_and_spares_new_keys(site: Site, kills: int) -> None:
    site.keys.ensure(["a"])
    site.ask("a")
    site.stages.applied = dict.fromkeys(FLOW, 10)
    site.killed_when_telling = kills
    for _ in range(kills):
        eraser = site.eraser()
        eraser.begin()
        eraser.step()
        site.seconds += NOTICE_SECONDS
        with pytest.raises(Killed):
            eraser.step()
        site.keys.ensure(["a"])  # somebody spoke of the person anew
    last = site.eraser()
    last.begin()
    last.step()
    site.seconds += NOTICE_SECONDS
    last.step()
    assert site.has("a")
    (told,) = site.told
    assert [key.name for key in told.destroyed] == ["a"], "the list must have the key that is gone"


def test_a_restored_key_store_is_erased_again_at_the_next_start(site: Site, tmp_path: Path) -> None:
    site.keys.ensure(["a", "b"])
    site.keys._db.execute(f"VACUUM INTO '{tmp_path / 'backup.sqlite'}'")
    site.ask("a")
    site.stages.applied = dict.fromkeys(FLOW, 10)
    eraser = site.eraser()
    eraser.begin()
    eraser.step()
    site.seconds += NOTICE_SECONDS
    eraser.step()
    site.keys.close()
    site.keys = SqliteKeyStore(tmp_path / "backup.sqlite", b"k" * 32)
    assert site.has("a")
    assert site.eraser().begin() == 1
    assert (site.has("a"), site.has("b")) == (False, True)


def test_what_is_pending_and_done_is_counted(site: Site) -> None:
    site.ask("a")
    site.wall += 60
    done = REGISTRY.get_sample_value("mash_erasures_done_total") or 0
    eraser = site.eraser()
    eraser.begin()
    assert REGISTRY.get_sample_value("mash_erasures_pending") == 1
    assert REGISTRY.get_sample_value("mash_erasures_oldest_seconds") == 60
    site.stages.applied = dict.fromkeys(FLOW, 10)
    eraser.step()
    site.seconds += NOTICE_SECONDS
    eraser.step()
    eraser.step()
    assert REGISTRY.get_sample_value("mash_erasures_pending") == 0
    assert REGISTRY.get_sample_value("mash_erasures_oldest_seconds") == 0
    assert REGISTRY.get_sample_value("mash_erasures_done_total") == done + 1


def test_keys_of_dead_letters_go_after_ninety_days_and_a_months_key_after_its_last_letter(site: Site) -> None:
    site.keys.ensure(["dead-letter:1", "dead-letters:2026-03", "person"])
    eraser = site.eraser()
    for days, left in ((89, {"dead-letter:1", "dead-letters:2026-03"}), (2, {"dead-letters:2026-03"}), (31, set())):
        site.wall += timedelta(days=days).total_seconds()
        site.seconds += EXPIRE_SECONDS
        eraser.step()
        assert {n for n in ("dead-letter:1", "dead-letters:2026-03") if site.has(n)} == left
    assert site.has("person")


def test_a_strangers_bytes_on_the_list_are_passed_over(site: Site) -> None:
    site.topic += [b"", b"no avro"]
    site.ask("a")
    work = site.eraser()
    work.begin()
    assert REGISTRY.get_sample_value("mash_erasures_pending") == 1
