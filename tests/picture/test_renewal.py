"""Another rule pack takes effect on everybody, some at each tick, also on those of whom nothing new is heard."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.messages import PictureSummary
from hub.state.memory import MemoryStore, MemoryTurnDriver
from streams.picture import renewal
from streams.picture.evidence import EvidenceBox
from streams.picture.keys import rows_after
from streams.picture.person_core import PersonCore
from streams.picture.rules.engine import Engine, engine_of
from streams.picture.stories import box_in_memory
from tests.picture.build import NOW, entry, members, put

SOURCE = "a" * 32


def without(engine: Engine, rule: str) -> Engine:
    """The pack before a rule was added to it."""
    kept = [i for i in engine.pack.indicators if i.id != rule]
    return engine_of(engine.pack.model_copy(update={"indicators": kept, "combinations": []}))


def fill(driver: MemoryTurnDriver, box: EvidenceBox, people: list[str]) -> None:
    for person in people:
        driver.feed(members(person, SOURCE), put(person, entry(box, SOURCE, f"r-{person}", "injury.suspected_nai")))


def in_force(driver: MemoryTurnDriver) -> dict[str, list[str]]:
    summaries = [m for m in driver.sent("pictures") if isinstance(m, PictureSummary)]
    return {m.person_id: m.indicators for m in summaries}


def test_a_new_rule_reaches_everybody_in_steps_though_its_facts_were_not_asked_for_before(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "PER_TICK", 3)
    box, people = box_in_memory(), [f"person-{n}" for n in range(8)]
    before = MemoryTurnDriver(PersonCore(without(engine, "HE03"), box))
    before.tick(NOW)
    fill(before, box, people)
    assert set(map(tuple, in_force(before).values())) == {()}
    after = MemoryTurnDriver(PersonCore(engine, box), store=before.store)
    reached = []
    for second in range(4):
        after.tick(NOW + timedelta(seconds=second))
        reached.append(sum("HE03" in found for found in in_force(after).values()))
    assert reached == [3, 6, 8, 8]
    fresh = MemoryTurnDriver(PersonCore(engine, box))
    fresh.tick(NOW)
    fill(fresh, box, people)
    assert in_force(after) == in_force(fresh)
    assert [key for key, _ in after.store.scan(b"x/")] == [key for key, _ in fresh.store.scan(b"x/")]


def test_whoever_is_touched_before_their_turn_is_looked_at_at_once(engine: Engine) -> None:
    box = box_in_memory()
    before = MemoryTurnDriver(PersonCore(without(engine, "HE03"), box))
    before.tick(NOW)
    fill(before, box, ["P"])
    after = MemoryTurnDriver(PersonCore(engine, box), store=before.store)
    after.now = before.now  # the clock goes on where the partition stood; the first tick is still to come
    after.feed(put("P", entry(box, SOURCE, "r2", "seen"), held=2))
    assert in_force(after) == {"P": ["HE03"]}


def test_the_same_pack_looks_at_nobody_again(engine: Engine) -> None:
    driver, box = MemoryTurnDriver(PersonCore(engine, box_in_memory())), box_in_memory()
    driver.tick(NOW)
    fill(driver, box, ["P", "Q"])
    assert renewal.advance(driver.store, engine.fingerprint) == []


@pytest.mark.parametrize("last", [b"p/", b"p/a", b"p/ab", b"p/abb", b"p/b", b"p/~"])
def test_rows_after_a_key_are_those_that_follow_it(last: bytes) -> None:
    keys = [b"o/x", b"p/a", b"p/aa", b"p/ab", b"p/aba", b"p/abc", b"p/b", b"p/ba", b"q/a"]
    store = MemoryStore((key, b"1") for key in keys)
    found = [key for key, _ in rows_after(store, b"p/", last)]
    assert found == [key for key in keys if key.startswith(b"p/") and key > last]
