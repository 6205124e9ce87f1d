"""Erasure in the identity stage: what goes, what stays, what is set aside meanwhile, and what does not come back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.messages import CoSubjectErased, EraseCommand, Erasure, SealedRecord, SubjectErased
from hub.messages.erasure import PERSON_ERASURE
from hub.messages.record import Identity, Operation, Role, Terms
from hub.sealing import reporter_key
from streams.identity import rows
from streams.identity.erasing import DEAD_KEY, LEGAL_HOLD, QUIET, UNDER_WAY, mark_of

from .kit import DAY, PSEUDONYMS, World, subject, who

ADA = who("Ada", "Vosper", "2012-05-06")
OLDER = who("Ada", "Vosper", "2012-05-06", phone="01632 960001")
BEN = who("Ben", "Vosper", "2015-07-08")
SEALED = (b"v", b"d", b"x", b"f", b"k", b"a", b"h")
"""Tables in which anything of a person stands."""


def command(world: World, local: str, erasure: str = "e1") -> EraseCommand:
    return EraseCommand(
        erasure_id=erasure, partnership="testshire", source_id=world.source(local), actor="a.tester", reason="art17",
        at=DAY,
    )  # fmt: skip


def family(world: World, *, version: int = 1, **more: str) -> SealedRecord:
    """A record `fam` of two children."""
    two = [subject("a", ADA, local="1"), subject("b", BEN, local="2")]
    return world.record("fam", *two, ties=[("a", "sibling", "b")], version=version, **more)


def erased(world: World) -> list[str]:
    return [m.source_id for m in world.driver.sent("facts") if isinstance(m, SubjectErased)]


def asked(world: World) -> list[list[str]]:
    return [m.keys for m in world.driver.sent("erasures") if isinstance(m, Erasure)]


def record_id(local: str) -> str:
    return PSEUDONYMS.record_id("health", "main", local)


def destroy(world: World, *names: str) -> None:
    """Be the eraser, keys included."""
    for name in names:
        world.keys.erase(name)
    world.end_erasures()


def test_a_command_leaves_what_there_would_be_had_the_person_never_come() -> None:
    with_both, without = World(), World()
    for world in (with_both, without):
        world.feed(world.mention("2", BEN))
    with_both.feed(with_both.mention("1", ADA), family(with_both), command(with_both, "1"))
    without.feed(without.record("fam", subject("b", BEN, local="2")))
    assert with_both.partition() == without.partition()
    for table in SEALED:
        assert len(list(with_both.store.scan(table))) == len(list(without.store.scan(table))), table
    assert erased(with_both) == [with_both.source("1")]


def test_the_others_of_a_shared_record_are_told_once_each() -> None:
    world = World()
    world.feed(family(world), command(world, "1"))
    told = [m for m in world.driver.sent("facts") if isinstance(m, CoSubjectErased)]
    assert [(m.source_id, m.record_id, m.erased) for m in told] == [
        (world.source("2"), record_id("fam"), world.source("1"))
    ]
    assert world.of("2"), "the sibling stays"


def test_erasing_one_who_is_withdrawn_or_unknown_still_destroys_the_key() -> None:
    world = World()
    world.feed(world.mention("1", ADA), world.record("r-1", operation=Operation.WITHDRAW, version=2))
    world.feed(command(world, "1"), command(world, "never", "e2"))
    assert erased(world) == [world.source("1"), world.source("never")]
    assert rows.get_node(world.store, rows.number_of(world.store, world.source("1")) or 0).state == rows.NAMED


def test_an_erase_record_destroys_its_own_keys_and_those_of_whom_nobody_names_any_more() -> None:
    world = World()
    world.feed(family(world), world.mention("2", BEN))
    world.feed(world.record("fam", operation=Operation.ERASE, version=2))
    assert asked(world) == [[record_id("fam"), reporter_key(record_id("fam"))]]
    assert erased(world) == [world.source("1")], "the sibling has a record of his own"
    world.feed(world.record("r-2", operation=Operation.ERASE, version=2))
    assert erased(world)[1:] == [world.source("2")]


def test_a_source_may_ask_for_all_that_it_said_of_a_person() -> None:
    world = World()
    world.feed(world.mention("1", ADA), family(world))
    one = subject("p", Identity(), local="1", role=Role.OTHER)
    ask = world.record("art17-1", one, operation=Operation.ERASE)
    world.feed(ask.model_copy(update={"kind": PERSON_ERASURE}))
    assert erased(world) == [world.source("1")]
    assert world.partition() == {frozenset({world.source("2")})}


def test_a_record_under_legal_hold_is_not_erased() -> None:
    world = World()
    world.feed(world.mention("1", ADA))
    world.driver.feed(world.record("r-1", operation=Operation.ERASE, version=2, terms=Terms(legal_hold=True)))
    assert [r.reason for r in world.driver.rejects] == [LEGAL_HOLD]
    assert erased(world) == []


def test_what_comes_while_the_key_is_about_to_go_is_set_aside_and_taken_afterwards() -> None:
    world = World()
    world.driver.feed(world.mention("1", ADA), family(world), command(world, "1"))
    late = [world.mention("1", OLDER, version=2), world.record("new", subject("p", ADA, local="1"))]
    redacted = world.record("fam", subject("b", BEN, local="2"), version=2)
    world.driver.feed(*late, redacted)
    assert [r.reason for r in world.driver.rejects] == [UNDER_WAY] * 3
    world.driver.rejects.clear()
    destroy(world, world.source("1"), record_id("fam"))
    world.driver.feed(late[1])
    assert [r.reason for r in world.driver.rejects] == [DEAD_KEY], "sealed under the key that went"
    world.driver.rejects.clear()
    again = world.record("new", subject("p", ADA, local="1"))  # under a new key
    world.feed(again, redacted)
    assert world.partition() == {frozenset({world.source("1")}), frozenset({world.source("2")})}


@pytest.mark.parametrize("version", [1, 5])
def test_what_was_erased_does_not_come_back_by_being_read_again(version: int) -> None:
    world = World()
    world.feed(world.mention("1", ADA), family(world), command(world, "1"))
    destroy(world, world.source("1"), record_id("fam"), record_id("r-1"))
    before = world.partition(), len(world.facts())
    world.driver.tick(DAY)
    world.feed(world.mention("1", ADA, version=version), family(world, version=version))
    assert (world.partition(), len(world.facts())) == before
    assert len(erased(world)) == 1
    world.driver.tick(DAY + QUIET)
    assert erased(world) == [world.source("1")] * 2, "the new key that it was sealed under goes as well"
    assert sorted(asked(world)) == sorted([[record_id("r-1"), reporter_key(record_id("r-1"))], [record_id("fam")]])


def test_an_old_version_read_again_spares_the_key_of_the_new_one() -> None:
    world = World()
    world.feed(family(world), command(world, "1"))
    destroy(world, world.source("1"), record_id("fam"))
    world.driver.tick(DAY)
    world.feed(world.record("fam", subject("b", BEN, local="2"), version=2), family(world))
    world.driver.tick(DAY + QUIET)
    assert erased(world) == [world.source("1")] * 2
    assert asked(world) == [], "the record's key seals its new version"


def test_a_withdrawal_is_taken_also_while_keys_are_about_to_go() -> None:
    world = World()
    world.driver.feed(family(world), command(world, "1"), world.record("fam", operation=Operation.WITHDRAW, version=2))
    assert not world.driver.rejects
    assert world.facts()[-1].operation is Operation.WITHDRAW


def test_one_who_was_spoken_of_anew_keeps_the_new_key() -> None:
    world = World()
    world.feed(world.mention("1", ADA), command(world, "1"))
    destroy(world, world.source("1"), record_id("r-1"))
    world.driver.tick(DAY)
    world.feed(world.mention("1", ADA), world.record("new", subject("p", ADA, local="1")))
    world.driver.tick(DAY + QUIET + timedelta(seconds=1))
    assert erased(world) == [world.source("1")], "only the first time"


def test_a_second_erasure_waits_for_its_own_end() -> None:
    world = World()
    world.driver.feed(world.mention("1", ADA), command(world, "1", "e1"))
    world.driver.feed(command(world, "1", "e2"))
    stale = Erasure(
        erasure_id="e1",
        partnership="testshire",
        source_id=world.source("1"),
        state="done",
        keys=[world.source("1")],
        at=DAY,
    )
    world.driver.feed(stale)
    mark = mark_of(world.store, world.source("1"))
    assert mark is not None
    assert (mark.erasure_id, mark.done) == ("e2", False)


def test_while_a_check_holds_the_key_back_what_is_said_anew_is_taken() -> None:
    world = World()
    world.driver.feed(world.mention("1", ADA), command(world, "1"))
    held = Erasure(
        erasure_id="e1", partnership="testshire", source_id=world.source("1"), state="done", keys=[record_id("r-1")],
        held="open_check", at=DAY,
    )  # fmt: skip
    world.driver.feed(held)
    world.feed(world.record("new", subject("p", ADA, local="1")))
    assert world.partition() == {frozenset({world.source("1")})}
