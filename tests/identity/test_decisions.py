"""Decisions of people and agencies: they outrank scores, survive replays, and can be taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.messages import IdentityCommand, ReviewItem
from hub.messages.record import Operation, SameAs

from .kit import DAY, World, nhs, who

ADA = who("Ada", "Vosper", "2012-05-06")
AMY = who("Amy", "Vosper", "2012-05-06")
OTHER = who("Peter", "Quinn", "1970-02-03", at="3 Quarry Road|ZE8 1BB")
NEARLY = who("Ada", "Tarrant", "2012-05-06", at="3 Quarry Road|ZE8 1BB", sex="F")


def pair(a, b) -> World:
    world = World()
    world.feed(world.mention("a", a), world.mention("b", b))
    return world


def test_same_joins_what_no_score_would() -> None:
    world = pair(ADA, OTHER)
    world.decide(world.source("a"), world.source("b"), "same")
    assert world.together("a", "b")


def test_different_parts_what_the_score_joined_and_new_evidence_does_not_undo_it() -> None:
    world = pair(ADA, ADA)
    assert world.together("a", "b")
    world.decide(world.source("a"), world.source("b"), "different")
    assert not world.together("a", "b")
    more = ADA.model_copy(update={"telephones": ["07700900111"]})
    world.feed(world.mention("a", more, version=2), world.mention("b", more, version=2))
    assert not world.together("a", "b")


def test_a_withdrawn_decision_leaves_the_score_to_speak() -> None:
    world = pair(ADA, ADA)
    world.decide(world.source("a"), world.source("b"), "different")
    world.decide(world.source("a"), world.source("b"), "withdrawn", command="c2", at=DAY + timedelta(hours=1))
    assert world.together("a", "b")


def test_the_same_command_twice_has_one_effect() -> None:
    world = pair(ADA, OTHER)
    world.decide(world.source("a"), world.source("b"), "same")
    assert world.decide(world.source("a"), world.source("b"), "same") == []


def test_of_two_decisions_the_later_by_its_own_time_holds_whatever_came_first() -> None:
    world = pair(ADA, OTHER)
    world.decide(world.source("a"), world.source("b"), "different", command="late", at=DAY + timedelta(hours=1))
    world.decide(world.source("a"), world.source("b"), "same", command="early", at=DAY)
    assert not world.together("a", "b")


@pytest.mark.parametrize(
    ("a", "b", "decision", "reason"),
    [("a", "x", "same", "unknown-source"), ("a", "b", "maybe", "bad-decision"), ("a", "a", "same", "bad-decision")],
)
def test_a_decision_that_means_nothing_becomes_a_dead_letter(a: str, b: str, decision: str, reason: str) -> None:
    world = pair(ADA, OTHER)
    command = IdentityCommand(
        command_id="c",
        partnership="testshire",
        source_a=world.source(a),
        source_b=world.source(b),
        decision=decision,
        actor="s",
        at=DAY,
    )
    world.driver.feed(command)
    assert [r.reason for r in world.driver.rejects] == [reason]


def test_an_in_between_link_opens_a_review_with_its_waterfall() -> None:
    strong = NEARLY.model_copy(
        update={"names": [ADA.names[0].model_copy(update={"family": "Tarrant", "given": "Ada Rosalind"})]}
    )
    ada = ADA.model_copy(update={"names": [ADA.names[0].model_copy(update={"given": "Ada Rosalind"})]})
    world = pair(ada, strong)
    (review,) = world.reviews().values()
    assert (review.state, world.together("a", "b")) == ("open", False)
    assert sum(review.steps.values()) == review.weight
    assert review.steps["birth: exact"] > 0 > review.steps["family: differ"]


def test_a_review_is_closed_by_the_decision_and_by_new_evidence() -> None:
    for close in ("decision", "evidence"):
        world = pair(AMY, who("Amy", "", "2012-05-06", at="", phone="07700900111"))
        (review,) = world.reviews().values()
        assert review.state == "open"
        if close == "decision":
            world.decide(world.source("a"), world.source("b"), "different")
        else:
            world.feed(world.mention("b", AMY, version=2))
        assert [r.state for r in world.reviews().values()] == ["decided" if close == "decision" else "moot"]


def test_open_reviews_are_counted_until_they_are_closed() -> None:
    world = pair(AMY, who("Amy", "", "2012-05-06", at="", phone="07700900111"))
    for hour, (decision, waiting) in enumerate((("", 1), ("different", 0), ("withdrawn", 1), ("cannot_tell", 0))):
        if decision:
            at = DAY + timedelta(hours=hour)
            world.decide(world.source("a"), world.source("b"), decision, command=decision, at=at)
        assert [r.state == "open" for r in world.reviews().values()] == [waiting == 1]
        assert world.core.gauges(world.store, DAY) == {("reviews_open",): waiting}


def test_cannot_tell_closes_the_review_and_joins_nothing() -> None:
    world = pair(AMY, who("Amy", "", "2012-05-06", at=""))
    world.decide(world.source("a"), world.source("b"), "cannot_tell")
    assert [r.state for r in world.reviews().values()] == ["decided"]
    assert not world.together("a", "b")


def test_an_expired_decision_comes_back_for_review_and_holds_meanwhile() -> None:
    world = pair(ADA, ADA)
    world.decide(world.source("a"), world.source("b"), "different", expires=DAY + timedelta(days=30))
    world.driver.tick(DAY + timedelta(days=29))
    assert not [r for r in world.reviews().values() if r.state == "open"]
    world.driver.tick(DAY + timedelta(days=31))
    assert [r.state for r in world.reviews().values()] == ["open"]
    assert not world.together("a", "b")


def test_two_nhs_numbers_on_otherwise_one_child_are_looked_at() -> None:
    world = pair(
        ADA.model_copy(update={"identifiers": who(nhs_number=nhs(1)).identifiers}),
        ADA.model_copy(update={"identifiers": who(nhs_number=nhs(2)).identifiers}),
    )
    assert not world.together("a", "b")
    assert [r.state for r in world.reviews().values()] == ["open"]


def test_an_agency_merge_joins_and_its_undoing_parts() -> None:
    world = pair(ADA, OTHER)
    merge = SameAs(local_person_id="a", merged_person_id="b")
    world.feed(world.record("a40", merges=[merge]))
    assert world.together("a", "b")
    world.feed(world.record("a40", merges=[merge.model_copy(update={"undone": True})], version=2))
    assert not world.together("a", "b")


def test_an_agency_merge_that_is_withdrawn_parts_too() -> None:
    world = pair(ADA, OTHER)
    world.feed(world.record("a40", merges=[SameAs(local_person_id="a", merged_person_id="b")]))
    world.feed(world.record("a40", operation=Operation.WITHDRAW, version=2))
    assert not world.together("a", "b")


def test_a_merge_that_comes_before_its_people_holds() -> None:
    world = World()
    world.feed(world.record("a40", merges=[SameAs(local_person_id="a", merged_person_id="b")]))
    world.feed(world.mention("a", ADA), world.mention("b", OTHER))
    assert world.together("a", "b")
    assert world.partition() == {frozenset({world.source("a"), world.source("b")})}


def test_a_human_different_outranks_an_agency_merge() -> None:
    world = pair(ADA, OTHER)
    world.decide(world.source("a"), world.source("b"), "different")
    world.feed(world.record("a40", merges=[SameAs(local_person_id="a", merged_person_id="b")]))
    assert not world.together("a", "b")


def two_persons() -> World:
    """Two records of one number, and one of another on otherwise the same child: two persons, and one review."""
    world = World()
    one, other = (ADA.model_copy(update={"identifiers": who(nhs_number=nhs(n)).identifiers}) for n in (1, 2))
    for local, identity in (("a", one), ("a2", one), ("b", other)):
        world.feed(world.mention(local, identity))
    assert world.together("a", "a2")
    assert not world.together("a", "b")
    return world


def open_reviews(world: World) -> list[ReviewItem]:
    return [r for r in world.reviews().values() if r.state == "open"]


@pytest.mark.parametrize("decision", ["different", "cannot_tell"])
def test_a_decision_on_two_persons_is_not_asked_for_again_of_their_other_records(decision: str) -> None:
    world = two_persons()
    (review,) = open_reviews(world)
    world.decide(review.source_a, review.source_b, decision)
    assert not open_reviews(world)
    world.decide(review.source_a, review.source_b, "withdrawn", command="c2", at=DAY + timedelta(hours=1))
    assert len(open_reviews(world)) == 1


def test_who_cannot_tell_is_asked_again_where_another_record_says_more() -> None:
    world = two_persons()
    (review,) = open_reviews(world)
    world.decide(review.source_a, review.source_b, "cannot_tell")
    telling = ADA.model_copy(update={"telephones": ["07700900111"]})
    for local, number in (("a3", 1), ("b3", 2)):
        identifiers = who(nhs_number=nhs(number)).identifiers
        world.feed(world.mention(local, telling.model_copy(update={"identifiers": identifiers})))
    (again,) = open_reviews(world)
    assert {again.source_a, again.source_b} == {world.source("a3"), world.source("b3")}
    assert again.weight > review.weight


def both_decide(world: World, a: str, b: str, decision: str = "same") -> None:
    world.decide(a, b, decision, command="first")
    world.decide(a, b, decision, command="second", actor="t.second")


def test_two_numbers_are_one_persons_only_by_two_people() -> None:
    world = two_persons()
    (review,) = open_reviews(world)
    for command, actor in (("c1", "s.first"), ("c2", "s.first")):
        world.decide(review.source_a, review.source_b, "same", command=command, actor=actor)
        (waits,) = open_reviews(world)
        assert (waits.proposed, waits.proposed_by) == ("same", "s.first")
        assert not world.together("a", "b")
    world.decide(review.source_a, review.source_b, "same", command="c3", actor="t.second")
    assert world.together("a", "b")
    assert not open_reviews(world)


def test_a_second_person_who_decides_otherwise_ends_it() -> None:
    world = two_persons()
    (review,) = open_reviews(world)
    world.decide(review.source_a, review.source_b, "same", command="c1", actor="s.first")
    world.decide(review.source_a, review.source_b, "different", command="c2", actor="t.second")
    assert not open_reviews(world)
    world.decide(review.source_a, review.source_b, "same", command="c3", actor="t.second", at=DAY + timedelta(hours=1))
    assert not world.together("a", "b"), "what was decided since took the first person's word back"


def test_same_joins_both_persons_whole() -> None:
    world = two_persons()
    (review,) = open_reviews(world)
    both_decide(world, review.source_a, review.source_b)
    assert world.together("a", "a2", "b")
    assert not open_reviews(world)


def test_same_is_followed_by_what_comes_later_and_taken_back_whole() -> None:
    world = two_persons()
    (review,) = open_reviews(world)
    both_decide(world, review.source_a, review.source_b)
    later = ADA.model_copy(update={"identifiers": who(nhs_number=nhs(2)).identifiers})
    world.feed(world.mention("b2", later))
    assert world.together("a", "a2", "b", "b2")
    world.decide(review.source_a, review.source_b, "withdrawn", command="c2", at=DAY + timedelta(hours=1))
    assert world.together("a", "a2")
    assert world.together("b", "b2")
    assert not world.together("a", "b")


def test_same_of_two_and_different_of_a_third_both_hold() -> None:
    world = two_persons()
    both_decide(world, world.source("a"), world.source("b"))
    world.decide(world.source("a2"), world.source("b"), "different", command="c2")
    assert world.together("a", "b")
    assert not world.together("a2", "b")
