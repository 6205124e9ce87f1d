"""The stage's promise to its neighbours: what a record becomes on each topic."""

from __future__ import annotations

from hub.messages import Identity, Membership, Reassigned
from hub.messages.record import Operation, Role
from streams.identity.telling import MOST_NAMED

from .kit import World, birth_id, nhs, subject, who

OLIVIA = who("Olivia", "Fenwick", "2019-04-03", sex="F")


def test_a_new_identity_becomes_facts_a_membership_and_a_receipt() -> None:
    world = World()
    world.feed(world.mention("1", OLIVIA))
    (facts,) = world.facts()
    source = world.source("1")
    assert (facts.source_id, facts.person_id, facts.assignment_seq) == (source, birth_id(source), 1)
    (membership,) = world.driver.sent("persons")
    assert isinstance(membership, Membership)
    assert membership.person_id == birth_id(source)
    assert [(m.source_id, m.assignment_seq) for m in membership.members] == [(source, 1)]
    told = [(receipt.stage, receipt.record_ids) for receipt in world.driver.sent("receipts")]
    assert told == [("matched", [facts.record_id]), ("received", [facts.record_id])]


def test_two_agencies_records_of_one_child_are_one_person_under_the_senior_id() -> None:
    world = World()
    world.feed(world.mention("1", OLIVIA))
    sent = world.feed(world.mention("a", OLIVIA, agency="education"))
    assert world.together("1", "education/a")
    assert world.of("a", "education") == birth_id(world.source("1"))
    assert not [o for o in sent if isinstance(o.message, Reassigned)]


def test_a_merge_reassigns_the_junior_and_says_both_memberships() -> None:
    world = World()
    world.feed(world.mention("1", OLIVIA), world.mention("2", who("", "", "", at=""), agency="police"))
    sent = world.feed(world.mention("2", OLIVIA, agency="police", version=2))
    junior = world.source("2", "police")
    (moved,) = [o.message for o in sent if isinstance(o.message, Reassigned)]
    assert (moved.source_id, moved.person_id, moved.assignment_seq) == (junior, birth_id(world.source("1")), 2)
    said = {o.key: o.message for o in sent if isinstance(o.message, Membership)}
    assert said[birth_id(junior)].members == []
    assert said[birth_id(junior)].merged_into == birth_id(world.source("1"))
    assert len(said[birth_id(world.source("1"))].members) == 2


def test_the_same_record_again_has_one_effect_and_a_receipt() -> None:
    world = World()
    record = world.mention("1", OLIVIA)
    world.feed(record)
    sent = world.feed(record)
    assert [(o.topic, o.message.stage) for o in sent] == [("receipts", "duplicate")]


def test_an_overtaken_version_is_ignored() -> None:
    world = World()
    world.feed(world.mention("1", OLIVIA, version=5))
    sent = world.feed(world.mention("1", who("Other", "Name"), version=4))
    assert [o.topic for o in sent] == ["receipts"]


def test_receipts_of_a_batch_are_one_message_an_agency_and_step() -> None:
    world = World()
    world.feed(*(world.mention(str(n), who(f"Name{n}", "Fenwick", f"20{n:02}-02-03")) for n in range(10, 20)))
    told = [(receipt.stage, len(receipt.record_ids)) for receipt in world.driver.sent("receipts")]
    assert told == [("matched", 10), ("received", 10)]


def test_a_record_is_received_once_and_after_that_a_duplicate_or_withdrawn() -> None:
    world = World()
    world.feed(world.mention("1", OLIVIA))
    world.feed(world.mention("1", OLIVIA))
    world.feed(world.record("r-1", operation=Operation.WITHDRAW, version=2))
    assert [receipt.stage for receipt in world.driver.sent("receipts")] == [
        "matched", "received", "duplicate", "withdrawn",
    ]  # fmt: skip


def test_a_withdrawal_is_told_to_the_person_that_held_it_and_splits_it_off() -> None:
    world = World()
    world.feed(world.mention("1", OLIVIA), world.mention("a", OLIVIA, agency="education"))
    sent = world.feed(world.record("r-a", agency="education", operation=Operation.WITHDRAW, version=2))
    facts = [o.message for o in sent if o.topic == "facts"]
    assert facts[0].operation is Operation.WITHDRAW
    assert facts[0].person_id == birth_id(world.source("1"))
    assert facts[0].identity == b""
    assert isinstance(facts[1], Reassigned)
    assert facts[1].person_id == birth_id(world.source("a", "education"))


def test_an_erasure_leaves_no_feature_and_an_empty_person() -> None:
    world = World()
    world.feed(world.mention("1", OLIVIA))
    world.feed(world.record("r-1", operation=Operation.ERASE, version=2))
    assert world.partition() == set()
    for table in (b"v", b"d", b"x", b"f", b"k", b"a", b"b", b"h", b"e"):
        assert list(world.store.scan(table)) == [], table
    assert world.facts()[-1].operation is Operation.ERASE


def test_a_subject_that_a_new_version_drops_is_withdrawn() -> None:
    world = World()
    both = (
        subject("c", OLIVIA, local="1"),
        subject("m", who("Jane", "Fenwick", "1990-01-09"), local="2", role=Role.PARENT),
    )
    world.feed(world.record("r", *both, version=1))
    sent = world.feed(world.record("r", both[0], version=2))
    operations = {o.message.source_id: o.message.operation for o in sent if o.topic == "facts"}
    assert operations[world.source("2")] is Operation.WITHDRAW
    assert operations[world.source("1")] is Operation.UPSERT


def test_a_new_core_over_the_same_rows_goes_on_as_the_old_would() -> None:
    world = World()
    world.feed(world.mention("1", OLIVIA))
    again = World(keys=world.keys, store=world.store)
    again.feed(again.mention("a", OLIVIA, agency="education"))
    assert again.of("a", "education") == birth_id(world.source("1"))


def test_a_known_identity_passes_without_being_opened() -> None:
    world = World()
    number = nhs(1)
    world.feed(world.record("r1", subject("p", who("Ada", "Fenwick", "2015-05-06", nhs_number=number), local="1")))
    sealed = world.record("r2", subject("p", who("Ada", "Fenwick", "2015-05-06", nhs_number=number), local="1"))
    broken = sealed.model_copy(update={"subjects": [s.model_copy(update={"identity": b"\0"}) for s in sealed.subjects]})
    world.feed(broken)
    assert world.facts()[-1].assignment_seq == 1


def test_facts_name_who_else_was_in_the_record_but_nobody_restricted() -> None:
    world = World()
    mother = subject("m", who("Jane", "Fenwick", "1990-01-09"), local="2", role=Role.PARENT)
    hidden = subject("x", who("Rita", "Quinn", "1991-01-09"), local="3", role=Role.OTHER, restricted="refuge")
    world.feed(world.record("r", subject("c", OLIVIA, local="1"), mother, hidden))
    others = {f.ref: f.others for f in world.facts()}
    (named,) = others["c"]
    assert (named.source_id, named.role) == (world.source("2"), Role.PARENT)
    assert world.sealer.open(named.source_id, named.identity, Identity) == mother.identity
    assert [o.source_id for o in others["x"]] == [world.source("1"), world.source("2")]


def test_of_a_long_list_only_the_first_few_are_named() -> None:
    world = World()
    world.feed(world.record("r", *(subject(f"s{n}", OLIVIA, local=str(n)) for n in range(MOST_NAMED + 5))))
    for facts in world.facts():
        assert len(facts.others) == MOST_NAMED + 4
        assert [bool(o.identity) for o in facts.others] == [True] * MOST_NAMED + [False] * 4
