"""Erasure in the facts and person stages: tombstones for the erased, everything of their own for the others."""

from __future__ import annotations

from hub.messages import CoSubjectErased, Erasure, FactPut, PictureSummary, SubjectErased
from hub.messages.erasure import OPEN_CHECK
from hub.messages.identity import CoSubject
from hub.messages.picture import Entry
from hub.messages.record import Operation, Role
from hub.state.memory import MemoryTurnDriver
from streams.picture.facts_core import FactsCore
from streams.picture.person_core import PersonCore
from streams.picture.rules.engine import Engine
from streams.picture.stories import box_in_memory
from tests.picture.build import NOW, entry, facts, members, put, watch

BOX = box_in_memory()
CHILD, SISTER = "a" * 32, "b" * 32


def shared(source: str, other: str, *, version: int = 1) -> Entry:
    """A subject's entry of the record `r1` that names both."""
    others = [CoSubject(source_id=other, role=Role.CHILD, identity=b"sealed " + other.encode())]
    return entry(BOX, source, "r1", "seen", version=version, others=others, record_content=b"sealed narrative")


def erased(source: str) -> SubjectErased:
    return SubjectErased(
        erasure_id="e1", partnership="p", source_id=source, actor="a.tester", reason="art17", at=NOW
    )  # fmt: skip


def left_out() -> CoSubjectErased:
    return CoSubjectErased(partnership="p", source_id=SISTER, record_id="r1", erased=CHILD)


def test_every_record_of_an_erased_person_becomes_an_empty_tombstone_and_its_keys_are_asked_for() -> None:
    d = MemoryTurnDriver(FactsCore())
    gone = entry(BOX, CHILD, "r3", version=2, operation=Operation.WITHDRAW, identity=b"", content=b"")
    d.feed(*(facts(e, "P") for e in (shared(CHILD, SISTER), entry(BOX, CHILD, "r2", "seen"), gone)))
    d.feed(erased(CHILD))
    puts = {m.entry.record_id: m.entry for m in d.sent("persons") if isinstance(m, FactPut)}
    assert {e.operation for e in puts.values()} == {Operation.ERASE}
    assert all(
        (e.identity, e.content, e.record_content, e.others, e.kind) == (b"", b"", b"", [], "") for e in puts.values()
    )
    (asked,) = d.sent("erasures")
    assert isinstance(asked, Erasure)
    assert asked.keys == [CHILD, "r1", "r2", "reporter:r2", "r3"]  # the reporter of a shared record stays
    before = len(d.sent("persons"))
    d.feed(erased(CHILD), facts(shared(CHILD, SISTER), "P"))
    assert len(d.sent("persons")) == before, "an older version came back, or tombstones were sent again"


def test_those_who_share_a_record_keep_what_is_theirs_only() -> None:
    d = MemoryTurnDriver(FactsCore())
    d.feed(facts(shared(SISTER, CHILD), "Q"))
    d.feed(left_out(), facts(shared(SISTER, CHILD), "Q"))  # read again, it does not come back
    first, last = (m.entry for m in d.sent("persons") if isinstance(m, FactPut))
    assert (last.identity, last.content) == (first.identity, first.content)
    assert (last.others, last.record_content, last.left_out) == ([], b"", 1)
    assert CHILD.encode() not in b"".join(value for _, value in d.store.scan(b"r"))
    d.feed(facts(shared(SISTER, CHILD, version=2), "Q"))
    assert d.sent("persons")[-1].entry.others, "what the source says anew is taken"  # type: ignore[attr-defined]


def test_a_picture_loses_the_other_in_whatever_order_the_states_come(engine: Engine) -> None:
    box = box_in_memory()
    person = MemoryTurnDriver(PersonCore(engine, box))
    whole = put("Q", entry(box, SISTER, "r1", "seen", others=[CoSubject(source_id=CHILD, role=Role.CHILD)]))
    less = whole.model_copy(update={"entry": whole.entry.model_copy(update={"others": [], "left_out": 1})})
    person.feed(members("Q", SISTER), less, whole, less)
    rows = b"".join(value for _, value in person.store.scan(b"f/Q/"))
    assert CHILD.encode() not in rows
    summary = [m for m in person.sent("pictures") if isinstance(m, PictureSummary)][-1]
    assert (summary.settled, summary.entries) == (True, 1)


def test_of_an_erased_person_a_settled_picture_of_nothing_is_left_in_whatever_order_that_is_heard(
    engine: Engine,
) -> None:
    for gone_first in (True, False):
        box = box_in_memory()
        person = MemoryTurnDriver(PersonCore(engine, box))
        person.feed(members("P", CHILD), put("P", entry(box, CHILD, "r1", "seen")))
        tombstone = put("P", entry(box, CHILD, "r1", version=2, operation=Operation.ERASE, identity=b"", content=b""))
        nobody = members("P", seq=2)
        for message in (nobody, tombstone) if gone_first else (tombstone, nobody):
            person.feed(message)
        summary = [m for m in person.sent("pictures") if isinstance(m, PictureSummary)][-1]
        assert (summary.settled, summary.entries) == (True, 0)
        assert person.core.gauges(person.store, person.now)["unsettled_pictures",] == 0


def test_the_key_that_seals_an_open_checks_words_goes_when_the_check_closes() -> None:
    d = MemoryTurnDriver(FactsCore())
    d.feed(facts(entry(BOX, CHILD, "r1", "seen"), "P"), watch("", CHILD, "open", seq=1), erased(CHILD))
    (first,) = d.sent("erasures")
    assert isinstance(first, Erasure)
    assert (first.keys, first.held) == (["r1", "reporter:r1"], OPEN_CHECK)
    d.feed(watch("", CHILD, "closed", seq=2))
    (_, last) = d.sent("erasures")
    assert isinstance(last, Erasure)
    assert (last.keys, last.held, last.erasure_id != first.erasure_id) == ([CHILD], "", True)
    d.feed(watch("", CHILD, "open", seq=3), watch("", CHILD, "closed", seq=4))
    assert len(d.sent("erasures")) == 2, "once"


def test_a_key_under_which_the_source_has_spoken_anew_stays() -> None:
    d = MemoryTurnDriver(FactsCore())
    d.feed(facts(entry(BOX, CHILD, "r1", "seen"), "P"), watch("", CHILD, "open", seq=1), erased(CHILD))
    d.feed(facts(entry(BOX, CHILD, "r9", "seen"), "P"), watch("", CHILD, "closed", seq=2))
    assert len(d.sent("erasures")) == 1
