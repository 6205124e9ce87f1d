"""The facts stage: last version wins, everything moves along, watches are passed on."""

from __future__ import annotations

from hub.messages import FactPut, FactRetract, Reassigned, Tick, Watch
from hub.messages.record import Operation
from hub.state.memory import MemoryTurnDriver
from streams.picture.facts_core import FactsCore
from streams.picture.stories import box_in_memory
from tests.picture.build import NOW, entry, facts, watch

BOX = box_in_memory()
SOURCE = "a" * 32


def driver() -> MemoryTurnDriver:
    return MemoryTurnDriver(FactsCore())


def moved(person: str, seq: int) -> Reassigned:
    return Reassigned(partnership="p", source_id=SOURCE, person_id=person, assignment_seq=seq, model_version="m")


def test_the_last_version_wins_and_the_same_again_says_nothing() -> None:
    d = driver()
    old, new = (entry(BOX, SOURCE, "r1", "seen", version=v) for v in (1, 2))
    d.feed(facts(old, "P"))
    assert [m.entry.version for m in d.sent("persons")] == [1]
    d.feed(facts(new, "P"), facts(new, "P"), facts(old, "P"))
    assert [m.entry.version for m in d.sent("persons")] == [1, 2]


def test_a_withdrawal_stays_as_a_tombstone_against_an_older_version() -> None:
    d = driver()
    gone = entry(BOX, SOURCE, "r1", version=2, operation=Operation.WITHDRAW, identity=b"", content=b"")
    d.feed(facts(gone, "P"), facts(entry(BOX, SOURCE, "r1", "seen", version=1), "P"))
    assert [m.entry.operation for m in d.sent("persons")] == [Operation.WITHDRAW]


def test_a_move_takes_every_record_and_watch_along() -> None:
    d = driver()
    d.feed(*(facts(entry(BOX, SOURCE, f"r{n}", "seen"), "P") for n in range(3)))
    d.feed(watch("", SOURCE, "open", seq=4))
    out = [o.message for o in d.feed(moved("Q", 2))]
    assert [(m.person_id, m.assignment_seq) for m in out if isinstance(m, FactRetract)] == [("P", 2)]
    assert {(m.entry.record_id, m.person_id, m.assignment_seq, m.held) for m in out if isinstance(m, FactPut)} == {
        ("r0", "Q", 2, 3),
        ("r1", "Q", 2, 3),
        ("r2", "Q", 2, 3),
    }
    assert [(m.person_id, m.assignment_seq, m.seq) for m in out if isinstance(m, Watch)] == [("Q", 2, 4)]
    assert d.feed(moved("P", 1), moved("Q", 2)) == []


def test_a_watch_before_the_first_record_reaches_the_person_later_and_old_words_are_ignored() -> None:
    d = driver()
    assert d.feed(watch("", SOURCE, "open", seq=2), watch("", SOURCE, "proposed", seq=1), Tick(at=NOW)) == []
    out = d.feed(facts(entry(BOX, SOURCE, "r1", "seen"), "P"))
    assert [(m.state, m.person_id) for m in (o.message for o in out) if isinstance(m, Watch)] == [("open", "P")]


def test_a_message_of_another_topic_is_set_aside() -> None:
    d = driver()
    d.feed(FactRetract(partnership="p", person_id="P", source_id=SOURCE, assignment_seq=1))
    assert [r.reason for r in d.rejects] == ["wrong-type"]
