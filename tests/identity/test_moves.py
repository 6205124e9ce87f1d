"""Moves: who of a household moved says where the others are to be found; one step, from what is live, and no further."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.messages.record import Operation
from streams.identity import moves, rows
from streams.identity.rows import num_at

from .kit import Address, World, nhs, who

OLD, NEW, OTHER = "12 Mill Lane|ZE9 9AA", "3 Quarry Road|ZE8 1BB", "7 Beech Grove|ZE7 2CC"
BORN = "2019-04-03"


def mother(at: str, **more):
    return who("Joan", "Vosper", "1988-02-03", at=at, sex="F", nhs_number=nhs(1), **more)


def moved(*, before, after, mother_moves: bool = True) -> World:
    """A child's two records at two addresses, and its mother's."""
    world = World()
    world.feed(world.mention("before", before), world.mention("m1", mother(OLD)))
    world.feed(
        world.mention("after", after, agency="education"),
        world.mention("m2", mother(NEW if mother_moves else OLD), agency="police"),
    )
    return world


WITHOUT = {
    "no first name": (who("", "Smith", BORN, at=OLD, sex="F"), who("Ivy", "Smith", BORN, at=NEW, sex="F")),
    "no birth date": (who("Ivy", "Vosper", "", at=OLD, sex="F"), who("Ivy", "Vosper", BORN, at=NEW, sex="F")),
    "another family name": (who("Ivy", "Vosper", BORN, at=OLD, sex="F"), who("Ivy", "Quinn", BORN, at=NEW, sex="F")),
}


@pytest.mark.parametrize("lack", WITHOUT)
@pytest.mark.parametrize("mother_moves", [True, False])
def test_a_child_is_found_again_where_its_mother_moved_to(lack: str, *, mother_moves: bool) -> None:
    before, after = WITHOUT[lack]
    world = moved(before=before, after=after, mother_moves=mother_moves)
    assert world.together("before", "education/after") == mother_moves


def test_it_is_lost_again_when_the_mothers_record_is_withdrawn() -> None:
    before, after = WITHOUT["no first name"]
    world = moved(before=before, after=after)
    world.feed(world.record("r-m2", agency="police", operation=Operation.WITHDRAW, version=2))
    assert not world.together("before", "education/after")
    assert not [key for table in (b"h", b"H", b"j") for key, _ in world.store.scan(table)]


def test_the_review_that_it_settles_says_so_in_its_waterfall() -> None:
    world = moved(
        before=who("", "Vosper", "2019-04", at=OLD, sex="F"), after=who("Ivy", "Vosper", BORN, at=NEW, sex="F")
    )
    (review,) = [r for r in world.reviews().values() if r.state == "open"]
    assert review.steps["place: moved"] > 0
    assert sum(review.steps.values()) == review.weight


def test_twins_who_moved_are_not_told_apart_by_it() -> None:
    before, after = WITHOUT["no first name"]
    world = moved(before=before, after=after)
    world.feed(world.mention("twin", who("Ada", "Smith", BORN, at=NEW, sex="F"), agency="education"))
    assert not world.together("before", "education/after")
    assert not world.together("before", "education/twin")


def test_brothers_who_moved_stay_two() -> None:
    world = moved(before=who("Max", "Vosper", BORN, at=OLD, sex="M"), after=who("Sam", "Vosper", BORN, at=NEW, sex="M"))
    assert not world.together("before", "education/after")


def test_who_is_found_by_a_move_is_nobodys_mover() -> None:
    before, after = WITHOUT["no birth date"]
    world = moved(before=before, after=after)
    ends = {frozenset((num_at(key, 1), num_at(key, 9))) for key, _ in world.store.scan(b"H")}
    assert len(ends) == 1  # the mother's two records


def test_a_refuge_is_no_home_that_anybody_is_found_by() -> None:
    before, _ = WITHOUT["no first name"]
    refuge = [Address(lines=["3 Quarry Road"], postcode="ZE8 1BB", refuge=True)]
    world = World()
    world.feed(
        world.mention("before", before),
        world.mention("m1", mother(OLD)),
        world.mention("after", who("Ivy", "Smith", BORN, addresses=refuge, sex="F"), agency="education"),
        world.mention("m2", mother(NEW, addresses=refuge), agency="police"),
    )
    assert not world.together("before", "education/after")


@pytest.mark.parametrize("restricted", ["adoption", "protected_person"])
def test_no_move_bridges_a_sealed_identity(restricted: str) -> None:
    before, after = WITHOUT["no first name"]
    world = moved(before=before, after=OTHER_CHILD)
    world.feed(world.mention("new", after, agency="social_care", restricted=restricted))
    assert not world.together("before", "social_care/new")


OTHER_CHILD = who("Peter", "Quinn", "2011-01-04", at=NEW, sex="M")


def test_from_a_crowded_place_nothing_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moves, "CROWDED", 4)
    before, after = WITHOUT["no first name"]
    world = moved(before=before, after=after)
    assert world.together("before", "education/after")
    guests = [world.mention(f"g{n}", who(f"Guest{'abcd'[n]}", "Tarrant", f"198{n}-05-17", at=NEW)) for n in range(4)]
    world.feed(*guests)
    assert not world.together("before", "education/after")
    world.feed(*(world.record(f"r-g{n}", operation=Operation.WITHDRAW, version=2) for n in range(4)))
    assert world.together("before", "education/after")


PEOPLE = [
    mother,
    lambda at: who("Joan", "Vosper", "1988-02-03", at=at, sex="F"),
    lambda at: who("Ivy", "Vosper", BORN, at=at, sex="F"),
    lambda at: who("Ivy", "Vosper", "", at=at, sex="F"),
    lambda at: who("", "Vosper", BORN, at=at, sex="F"),
    lambda at: who("", "Smith", BORN, at=at, sex="F"),
    lambda at: who("Ivy", "Smith", BORN, at=at, sex="F"),
    lambda at: who("Ada", "Vosper", BORN, at=at, sex="F"),
    lambda at: who("Ivy", "Quinn", BORN, at=at, sex="F"),
]
versions = st.lists(
    st.tuples(
        st.integers(0, 6),
        st.integers(1, 3),
        st.sampled_from(PEOPLE),
        st.sampled_from([OLD, NEW, OTHER, ""]),
        st.sampled_from([True] * 5 + [False]),
    ),
    min_size=2,
    max_size=12,
    unique_by=lambda v: v[:2],
)


@settings(max_examples=80, deadline=None)
@given(history=versions, data=st.data(), crowded=st.sampled_from([3, 60]))
def test_in_any_order_the_same_follow(history, data: st.DataObject, crowded: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(moves, "CROWDED", crowded)
        ends = []
        for order in (history, data.draw(st.permutations(history))):
            world = World()
            for name, version, person, at, live in order:
                operation = {} if live else {"operation": Operation.WITHDRAW}
                world.feed(world.mention(str(name), person(at), version=version, **operation))
            ends.append((_persons(world), _links(world)))
        assert ends[0] == ends[1]


def _persons(world: World) -> set[frozenset[str]]:
    return {members for members in world.partition() if len(members) > 1}


def _links(world: World) -> dict[tuple[str, str, str], bytes]:
    """Links and movers by source identity."""
    known = [num_at(key, 1) for key, _ in world.store.scan(b"n")]
    name = {n: rows.get_node(world.store, n).source_id for n in known}
    return {
        (table.decode(), name[num_at(key, 1)], name[num_at(key, 9)]): value
        for table in (b"e", b"H")
        for key, value in world.store.scan(table)
    }
