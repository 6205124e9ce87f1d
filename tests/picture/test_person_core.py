"""The person stage: settling, proposals and their episode, watches, digests, time, erasure, limits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.avro import encode
from hub.messages import FactRetract, OwnDigest, PictureSummary, PictureUpdate, Proposal, Receipt
from hub.messages.record import Operation, Role, Terms
from hub.state.memory import MemoryTurnDriver
from streams.picture.evidence import EvidenceBox
from streams.picture.person_core import PersonCore
from streams.picture.rules.engine import Engine
from streams.picture.stories import box_in_memory
from tests.picture.build import NOW, circle, entry, members, put, watch

A, B = "a" * 32, "b" * 32


@pytest.fixture
def box() -> EvidenceBox:
    return box_in_memory()


@pytest.fixture
def person(engine: Engine, box: EvidenceBox) -> MemoryTurnDriver:
    driver = MemoryTurnDriver(PersonCore(engine, box))
    driver.tick(NOW)
    return driver


def of(driver: MemoryTurnDriver, kind: type, topic: str = "checks") -> list:
    return [m for m in driver.sent(topic) if isinstance(m, kind)]


def two_worries(person: MemoryTurnDriver, box: EvidenceBox) -> None:
    """Two level 3 indicators from two agencies."""
    person.feed(members("P", A, B))
    person.feed(put("P", entry(box, A, "r1", "concern.neglect", agency="health", days=2)))
    person.feed(put("P", entry(box, B, "r2", "concern.injury", "school.roll", agency="education", days=1)))


def test_nothing_is_proposed_before_the_picture_is_settled(person: MemoryTurnDriver, box: EvidenceBox) -> None:
    person.feed(put("P", entry(box, A, "r1", "injury.suspected_nai"), held=2))
    person.feed(members("P", A))
    assert of(person, Proposal) == []
    assert person.sent("receipts") == []
    assert person.sent("pictures") == []
    person.feed(put("P", entry(box, A, "r0", "seen"), held=2))
    assert [p.level for p in of(person, Proposal)] == [4]
    assert sorted(r for m in of(person, Receipt, "receipts") for r in m.record_ids) == ["r0", "r1"]


def test_what_an_unsettled_picture_owes_the_rules_survives_a_restart(
    person: MemoryTurnDriver, box: EvidenceBox, engine: Engine
) -> None:
    person.feed(members("P", A), put("P", entry(box, A, "r1", "injury.suspected_nai"), held=3))
    person.feed(put("P", entry(box, A, "r2", "seen"), held=3))
    assert person.sent("pictures") == []
    assert not [key for key, value in person.store.scan(b"") if b"injury" in key + value]
    restarted = MemoryTurnDriver(PersonCore(engine, box), store=person.store)
    restarted.tick(NOW + timedelta(days=1))
    restarted.feed(put("P", entry(box, A, "r3", "an.unknown.code"), held=3))
    assert [p.level for p in of(restarted, Proposal)] == [4]
    assert sorted(r for m in of(restarted, Receipt, "receipts") for r in m.record_ids) == ["r1", "r2", "r3"]


def test_a_person_that_came_and_went_unnamed_is_settled_and_acknowledges_nothing(
    person: MemoryTurnDriver, box: EvidenceBox
) -> None:
    person.feed(put("P", entry(box, A, "r1", "injury.suspected_nai")))
    person.feed(FactRetract(partnership="p", person_id="P", source_id=A, assignment_seq=2))
    last = of(person, PictureSummary, "pictures")[-1]
    assert (last.settled, last.entries) == (True, 0)
    assert person.sent("receipts") == []
    assert of(person, Proposal) == []


def test_a_snapshot_says_who_saw_the_person_last_and_when(person: MemoryTurnDriver, box: EvidenceBox) -> None:
    person.feed(members("P", A))
    person.feed(
        put("P", entry(box, A, "old", "seen", days=9), held=1),
        put("P", entry(box, A, "new", "seen", days=2), held=2),
        put("P", entry(box, A, "r1", "injury.suspected_nai", days=1), held=3),
    )
    picture = of(person, Proposal)[-1].snapshot
    assert picture.last_seen_record == "new"
    assert picture.last_seen_at == of(person, PictureSummary, "pictures")[-1].last_seen_at
    person.feed(watch("P", A, "open", seq=1))
    person.feed(put("P", entry(box, A, "today", "seen", days=0), held=4))
    assert of(person, PictureUpdate)[-1].snapshot.last_seen_record == "today"


def test_new_facts_update_one_proposal_and_the_same_facts_say_nothing(
    person: MemoryTurnDriver, box: EvidenceBox
) -> None:
    two_worries(person, box)
    again = put("P", entry(box, A, "r3", "concern.neglect", agency="health"), held=2)
    person.feed(again)
    person.feed(again)
    proposals = of(person, Proposal)
    assert len(proposals) == 2
    assert len({p.proposal_id for p in proposals}) == 1
    assert "r3" in proposals[1].fired[0].records
    assert all(f.otherwise for f in proposals[1].fired)


def test_level_four_raises_the_same_proposal_even_while_its_check_is_open(
    person: MemoryTurnDriver, box: EvidenceBox
) -> None:
    two_worries(person, box)
    person.feed(watch("P", A, "open", seq=1))
    assert len(of(person, PictureUpdate)) == 1
    person.feed(put("P", entry(box, B, "r3", "concern.neglect", agency="education"), held=2))
    assert len(of(person, Proposal)) == 1
    assert len(of(person, PictureUpdate)) == 2
    person.feed(put("P", entry(box, B, "r4", "sexual.harm", agency="education"), held=3))
    assert [(p.level, p.fired[0].rule_id) for p in of(person, Proposal)] == [(3, "CB02"), (4, "CB01")]
    assert len({p.proposal_id for p in of(person, Proposal)}) == 1
    seqs = [u.seq for u in of(person, PictureUpdate)]
    assert seqs == sorted(set(seqs))


def test_the_same_content_sent_again_is_nothing_new_to_an_open_check(
    person: MemoryTurnDriver, box: EvidenceBox
) -> None:
    two_worries(person, box)
    person.feed(watch("P", A, "open", seq=1))

    def say(version: int, content: bytes, terms: Terms) -> int:
        again = entry(box, B, "r3", "concern.neglect", version=version, original_hash=content, terms=terms)
        person.feed(put("P", again, held=2))
        return len(of(person, PictureUpdate))

    first = say(1, b"as sent", Terms())
    assert say(2, b"as sent", Terms()) == first
    assert say(3, b"as sent", Terms()) == first
    assert say(4, b"in other words", Terms()) == first + 1
    assert say(5, b"in other words", Terms(release="mash_only")) == first + 2


def test_new_grave_evidence_on_told_rules_after_a_closed_check_is_a_new_proposal(
    person: MemoryTurnDriver, box: EvidenceBox
) -> None:
    two_worries(person, box)
    person.feed(watch("P", A, "open", seq=1), watch("P", A, "closed", seq=2))
    person.feed(put("P", entry(box, A, "r3", "concern.neglect", agency="health"), held=2))
    first, second = of(person, Proposal)
    assert first.proposal_id != second.proposal_id


def test_a_closed_check_is_opened_again_by_a_new_rule(person: MemoryTurnDriver, box: EvidenceBox) -> None:
    two_worries(person, box)
    person.feed(watch("P", A, "open", seq=1), watch("P", A, "closed", seq=2))
    person.feed(put("P", entry(box, A, "r3", "seen", agency="health"), held=2))
    assert len(of(person, Proposal)) == 1
    person.feed(put("P", entry(box, B, "r4", "cme.opened", agency="education"), held=2))
    assert len({p.proposal_id for p in of(person, Proposal)}) == 1
    assert len(of(person, Proposal)) == 2


def test_an_episode_ends_with_its_evidence_and_the_next_is_another(person: MemoryTurnDriver, box: EvidenceBox) -> None:
    two_worries(person, box)
    person.tick(NOW + timedelta(days=31))  # the injury's 30 days are over
    person.feed(put("P", entry(box, B, "r5", "concern.injury", agency="education", days=-31), held=2))
    first, second = of(person, Proposal)
    assert first.proposal_id != second.proposal_id


def test_the_anchor_is_the_senior_member_and_stays_while_it_is_a_member(
    person: MemoryTurnDriver, box: EvidenceBox
) -> None:
    two_worries(person, box)
    person.feed(members("P", B, A, seq=2))
    person.feed(put("P", entry(box, A, "r3", "concern.neglect", agency="health"), held=2))
    assert [p.anchor for p in of(person, Proposal)] == [A, A]


def test_what_leaves_with_its_source_leaves_the_picture(person: MemoryTurnDriver, box: EvidenceBox) -> None:
    two_worries(person, box)
    person.feed(FactRetract(partnership="p", person_id="P", source_id=B, assignment_seq=2))
    person.feed(members("P", A, seq=2))
    last = of(person, PictureSummary, "pictures")[-1]
    assert (last.settled, last.entries, last.agencies, last.indicators) == (True, 1, ["health"], ["NE05"])
    assert not [key for key, _ in person.store.scan(b"x/P/") if B.encode() in key]


def test_a_household_indicator_counts_for_the_child_with_its_path_and_a_context_is_never_passed_on(
    person: MemoryTurnDriver, box: EvidenceBox
) -> None:
    person.feed(members("C", A), put("C", entry(box, A, "r1", "school.roll")))
    person.feed(members("M", B), put("M", entry(box, B, "r2", "threat.to_kill", birth="1990-01-01", role=Role.ADULT)))
    person.feed(circle("C", ("M", "relationship", "mother")), circle("M", ("C", "relationship", "child")))
    digests = of(person, OwnDigest, "persons")
    assert [(d.person_id, d.about, [i.rule_id for i in d.indicators]) for d in digests] == [("C", "M", ["PA05"])]
    assert digests[0].birth == "1990"
    out = [o.message for o in person.feed(digests[0], digests[0])]
    assert not [m for m in out if isinstance(m, OwnDigest)]
    [proposal] = [m for m in out if isinstance(m, Proposal)]
    assert "Through: the mother" in proposal.fired[1].text
    assert [(i.through, i.path) for i in proposal.snapshot.indicators] == [("M", "mother")]
    # The tie goes: the mother's side takes its digest back, the child's side forgets it at once.
    person.feed(circle("C", seq=2))
    assert of(person, PictureSummary, "pictures")[-1].context == []
    person.feed(circle("M", seq=2))
    assert of(person, OwnDigest, "persons")[-1].indicators == []


def test_time_alone_ends_an_indicator_also_after_a_restart(
    person: MemoryTurnDriver, box: EvidenceBox, engine: Engine
) -> None:
    person.feed(members("P", A), put("P", entry(box, A, "r1", "concern.injury", "school.roll", agency="education")))
    assert of(person, PictureSummary, "pictures")[-1].indicators == ["ED10"]
    restarted = MemoryTurnDriver(PersonCore(engine, box), store=person.store)
    restarted.tick(NOW + timedelta(days=29))
    assert restarted.outputs == []
    restarted.tick(NOW + timedelta(days=31))
    assert of(restarted, PictureSummary, "pictures")[-1].indicators == []
    assert not list(restarted.store.scan(b"t/0000000000000"))


def test_a_fact_dated_in_the_far_future_is_kept_and_counts_when_its_time_comes(
    person: MemoryTurnDriver, box: EvidenceBox
) -> None:
    person.feed(members("P", A), put("P", entry(box, A, "r1", "injury.suspected_nai", days=-40)))
    assert of(person, Proposal) == []
    assert of(person, PictureSummary, "pictures")[-1].entries == 1
    person.tick(NOW + timedelta(days=40))
    assert [p.level for p in of(person, Proposal)] == [4]


@pytest.mark.parametrize("birth", ["9999-12-31", "0001-01-01", "2018-02-30", "unknown", ""])
def test_an_impossible_birth_date_is_kept_and_makes_no_age(
    person: MemoryTurnDriver, box: EvidenceBox, birth: str
) -> None:
    person.feed(members("P", A), put("P", entry(box, A, "r1", "injury.suspected_nai", birth=birth)))
    assert not person.rejects
    assert [p.subject for p in of(person, Proposal)] == ["child"]


@pytest.mark.parametrize("days", [700_000, 739_000, -2_900_000])
def test_a_fact_of_an_impossible_day_harms_nobody(person: MemoryTurnDriver, box: EvidenceBox, days: int) -> None:
    codes = ("gp.deregistered", "concern.injury", "seen", "cin.open", "an.unknown.code")
    person.feed(members("P", A), put("P", entry(box, A, "r1", *codes, days=days, agency="nobody knows")))
    person.feed(put("P", entry(box, A, "r2", "sexual.harm"), held=2))
    person.tick(NOW + timedelta(days=1))
    assert not person.rejects
    assert [p.level for p in of(person, Proposal)] == [4]
    assert of(person, PictureSummary, "pictures")[-1].entries == 2


def test_a_restricted_entry_shows_nowhere(person: MemoryTurnDriver, box: EvidenceBox) -> None:
    person.feed(members("P", A, B), put("P", entry(box, A, "r1", "seen")))
    person.feed(put("P", entry(box, B, "r2", "sexual.harm", agency="health", restricted="sexual_health")))
    last = of(person, PictureSummary, "pictures")[-1]
    assert (last.settled, last.entries, last.sources, last.agencies, last.indicators) == (True, 1, 1, ["police"], [])
    assert of(person, Proposal) == []


def test_an_erased_person_has_no_evidence_left_and_a_tombstone_takes_the_rows(
    person: MemoryTurnDriver, box: EvidenceBox
) -> None:
    e = entry(box, A, "r1", "injury.suspected_nai")
    box.sealer.keys.erase(A)  # type: ignore[attr-defined]
    person.feed(members("P", A), put("P", e))
    assert of(person, Proposal) == []
    gone = entry(box, A, "r1", version=2, operation=Operation.ERASE, identity=b"", content=b"")
    person.feed(put("P", gone))
    assert of(person, PictureSummary, "pictures")[-1].entries == 0
    assert not person.rejects


def test_erasing_after_the_facts_were_opened_ends_what_they_said(person: MemoryTurnDriver, box: EvidenceBox) -> None:
    person.feed(members("P", A), put("P", entry(box, A, "r1", "injury.suspected_nai")))
    box.sealer.keys.erase(A)  # type: ignore[attr-defined]
    person.feed(
        put("P", entry(box_in_memory(), A, "r1", version=2, operation=Operation.ERASE, identity=b"", content=b""))
    )
    assert of(person, PictureSummary, "pictures")[-1].indicators == []
    assert not list(person.store.scan(b"x/P/"))
    assert not person.rejects


def test_damaged_seals_are_set_aside_and_leave_no_trace(person: MemoryTurnDriver, box: EvidenceBox) -> None:
    good = entry(box, A, "r1", "seen")
    person.feed(members("P", A))
    before = dict(person.store.scan(b""))
    damaged = good.content[:-1] + bytes((good.content[-1] ^ 1,))
    person.feed(put("P", good.model_copy(update={"content": damaged})))
    assert [r.reason for r in person.rejects] == ["bad-seal"]
    assert dict(person.store.scan(b"")) == before


def test_a_snapshot_of_a_huge_picture_fits_a_message_and_says_what_it_leaves_out(
    person: MemoryTurnDriver, box: EvidenceBox
) -> None:
    person.feed(members("P", A))
    person.feed(*(put("P", entry(box, A, f"r{n}", "seen", kind="k" * 4_000), held=n + 1) for n in range(300)), batch=50)
    person.feed(put("P", entry(box, A, "last", "injury.suspected_nai"), held=301))
    [proposal] = of(person, Proposal)
    assert len(encode(proposal)) < 900_000
    assert len(proposal.snapshot.entries) + proposal.snapshot.omitted == 301
    assert proposal.snapshot.omitted > 0
    assert proposal.snapshot.entries[0].record_id in {"last", "r0"}


def test_no_fact_code_and_no_birth_date_stands_open_in_a_row(person: MemoryTurnDriver, box: EvidenceBox) -> None:
    person.feed(members("P", A), put("P", entry(box, A, "r1", "fsm", "unmapped.secret")))
    stored = b"".join(key + value for key, value in person.store.scan(b""))
    assert b"2018" not in stored
    assert b"fsm" not in stored
    assert b"unmapped" not in stored


def test_an_unsettled_picture_is_counted_with_its_age_until_it_is_settled(
    person: MemoryTurnDriver, box: EvidenceBox
) -> None:
    def gauges() -> tuple[float, ...]:
        assert isinstance(person.core, PersonCore)
        return tuple(person.core.gauges(person.store, person.now).values())

    person.feed(members("P", A), members("Q", B))
    person.tick(NOW + timedelta(seconds=40))
    assert gauges() == (2, 40)
    person.feed(put("P", entry(box, A, "r1", "seen")))
    assert gauges() == (1, 40)
    person.feed(put("Q", entry(box, B, "r1", "seen")))
    assert gauges() == (0, 0)


def test_a_record_said_again_writes_its_row_and_no_more(person: MemoryTurnDriver, box: EvidenceBox) -> None:
    person.feed(members("P", A), put("P", entry(box, A, "r1", "injury.suspected_nai", "seen")))
    before = dict(person.store.scan(b""))
    person.feed(put("P", entry(box, A, "r1", "injury.suspected_nai", "seen", version=2)))
    after = dict(person.store.scan(b""))
    assert [key[:1] for key in after if after[key] != before.get(key)] == [b"f"]
    assert before.keys() == after.keys()


def test_a_record_of_a_calm_person_said_again_is_acknowledged_and_says_nothing(
    person: MemoryTurnDriver, box: EvidenceBox
) -> None:
    person.feed(members("P", A), put("P", entry(box, A, "r1", "school.roll")))
    said = person.feed(put("P", entry(box, A, "r1", "school.roll", version=2)))
    assert [o.topic for o in said] == ["receipts"]
    older = person.feed(put("P", entry(box, A, "r1", "school.roll", version=1)))
    assert older == []


def test_more_receipts_than_a_head_holds_wait_and_all_are_sent(person: MemoryTurnDriver, box: EvidenceBox) -> None:
    names = [f"r{n}" for n in range(120)]
    person.feed(*(put("P", entry(box, A, name, "seen"), held=120) for name in names), batch=30)
    assert person.sent("receipts") == []
    person.feed(members("P", A))
    assert sorted(r for m in of(person, Receipt, "receipts") for r in m.record_ids) == sorted(names)
    assert not list(person.store.scan(b"n/"))
