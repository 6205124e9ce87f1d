"""Births: an expected child is the child that its mother then has; of twins, somebody has to say which."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.messages.record import Operation, Precision, Role

from .kit import DAY, World, nhs, subject, who
from .test_moves import _links, _persons

DUE, BORN = "2026-02-10", "2026-01-30"
HERS = {"m1": ("Joan", "Vosper", "1988-02-03"), "m2": ("Joan", "Vosper", "1988-02-03")}


def mother(**more):
    return who("Joan", "Vosper", "1988-02-03", sex="F", nhs_number=nhs(1), **more)


def child_of(world: World, local: str, child, agency: str, *, role=Role.CHILD, hers=None, version: int = 1, **more):
    """A record that names a child and its mother."""
    mothers = f"{local}-m"
    return world.record(
        f"r-{local}",
        subject("c", child, local=local, role=role, **{k: more.pop(k) for k in ("restricted",) if k in more}),
        subject("m", hers or mother(), local=mothers, role=Role.PARENT),
        ties=[("m", "mother", "c")],
        agency=agency,
        version=version,
        **more,
    )


def unborn(due: str = DUE, **more):
    return who("", "", due, precision=Precision.EXPECTED, at="", **more)


def born(given: str = "Ivy", family: str = "Quinn", at: str = "3 Quarry Road|ZE8 1BB", day: str = BORN, **more):
    return who(given, family, day, at=at, **more)


def world_of(*children) -> World:
    world = World()
    world.feed(child_of(world, "u", unborn(), "social_care", role=Role.UNBORN))
    for n, child in enumerate(children):
        world.feed(child_of(world, f"b{n}", child, "health"))
    return world


def together(world: World, n: int = 0) -> bool:
    return world.of("u", "social_care") == world.of(f"b{n}")


def test_an_unborn_child_is_the_child_that_its_mother_has_though_name_and_address_are_others() -> None:
    world = world_of(born())
    assert together(world)
    assert not world.reviews()


@pytest.mark.parametrize(
    ("day", "one"), [("2026-03-26", True), ("2026-03-28", False), ("2025-12-27", True), ("2025-12-01", False)]
)
def test_only_a_birth_about_the_expected_day_is_the_expected_one(day: str, *, one: bool) -> None:
    assert together(world_of(born(day=day))) == one


def test_of_twins_a_person_says_which_is_which() -> None:
    world = world_of(born("Ivy"), born("Ada"))
    assert not together(world, 0)
    assert not together(world, 1)
    assert not world.together("b0", "b1")
    assert [r.state for r in world.reviews().values()] == ["open", "open"]
    assert all(r.steps["mother: same"] > 0 for r in world.reviews().values())


def test_who_says_which_twin_was_expected_has_said_of_the_other_and_never_joins_both() -> None:
    world = world_of(born("Ivy"), born("Ada"))
    expected, ivy, ada = world.source("u", "social_care"), world.source("b0"), world.source("b1")
    world.decide(expected, ivy, "same")
    assert together(world, 0)
    assert sorted(r.state for r in world.reviews().values()) == ["decided", "moot"]
    world.decide(expected, ada, "same", command="c2", at=DAY + timedelta(hours=1))
    assert not world.together("b0", "b1"), "one person does not make one of two twins"
    world.decide(expected, ivy, "withdrawn", command="c3", at=DAY + timedelta(hours=2))
    world.decide(expected, ada, "same", command="c4", at=DAY + timedelta(hours=3))
    assert together(world, 1)
    assert not together(world, 0)


def test_the_second_twin_takes_back_what_was_taken_for_certain() -> None:
    world = world_of(born("Ivy"))
    assert together(world)
    world.feed(child_of(world, "b1", born("Ada"), "health"))
    assert not together(world, 0)
    world.feed(world.record("r-b1", operation=Operation.WITHDRAW, version=2))
    assert together(world, 0)


def test_two_agencies_expect_one_child() -> None:
    world = world_of()
    world.feed(child_of(world, "v", unborn("2026-02-20"), "police", role=Role.UNBORN))
    assert world.of("u", "social_care") == world.of("v", "police")


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_who_were_expected_one_is_born_and_stays_the_others_child(first: int) -> None:
    world = World()
    told = [
        child_of(world, "u", unborn(), "social_care", role=Role.UNBORN),
        child_of(world, "b0", unborn(), "health", role=Role.UNBORN),
    ]
    world.feed(told[first], told[1 - first])
    world.feed(child_of(world, "b0", born(), "health", version=2))
    assert together(world)


def test_another_mothers_child_is_not_hers() -> None:
    world = world_of()
    other = who("Ann", "Tarrant", "1990-05-06", sex="F", nhs_number=nhs(2))
    world.feed(child_of(world, "b0", born(), "health", hers=other))
    assert not together(world)
    assert not world.reviews()


def test_a_father_in_common_says_nothing_of_one_birth() -> None:
    world = World()
    for local, child, role in (("u", unborn(), Role.UNBORN), ("b0", born(), Role.CHILD)):
        world.feed(
            world.record(
                f"r-{local}",
                subject("c", child, local=local, role=role),
                subject(
                    "f",
                    who("Tom", "Quinn", "1986-02-03", sex="M", nhs_number=nhs(3)),
                    local=f"{local}-f",
                    role=Role.PARENT,
                ),
                ties=[("f", "father", "c")],
                agency="social_care" if local == "u" else "health",
            )
        )
    assert not together(world)


def test_what_told_that_the_mothers_are_one_is_withdrawn_and_with_it_the_birth() -> None:
    world = World()
    stranger = who("", "", "", at="")
    world.feed(child_of(world, "u", unborn(), "social_care", role=Role.UNBORN))
    world.feed(child_of(world, "b0", born(), "health"))
    assert together(world)
    world.feed(child_of(world, "b0", born(), "health", hers=stranger, version=2))
    assert not together(world)
    assert not [k for k, _ in world.store.scan(b"e") if len(k) == 17 and _links(world)]


def test_a_sealed_child_is_never_found_by_its_mother() -> None:
    world = world_of()
    world.feed(child_of(world, "b0", born(), "health", restricted="adoption"))
    assert not together(world)
    assert not world.reviews()


def test_a_withdrawn_expectation_leaves_no_row() -> None:
    world = world_of(born())
    world.feed(world.record("r-u", agency="social_care", operation=Operation.WITHDRAW, version=2))
    assert not [key for table in (b"U", b"l", b"q") for key, _ in world.store.scan(table)]


def test_it_is_explained() -> None:
    world = World()
    world.feed(
        child_of(world, "u", unborn(), "social_care", role=Role.UNBORN), child_of(world, "b0", born("Ivy"), "health")
    )
    world.feed(child_of(world, "b1", born("Ada"), "health"))
    (review, _) = world.reviews().values()
    assert sum(review.steps.values()) == review.weight


CHILDREN = [
    (unborn(), Role.UNBORN),
    (unborn("2026-03-01"), Role.UNBORN),
    (unborn("2027-02-10"), Role.UNBORN),
    (born("Ivy"), Role.CHILD),
    (born("Ivy", "Vosper", "12 Mill Lane|ZE9 9AA"), Role.CHILD),
    (born("", "Quinn"), Role.CHILD),
    (born("Ada"), Role.CHILD),
]
MOTHERS = [
    mother(),
    mother(at="3 Quarry Road|ZE8 1BB"),
    who("Ann", "Tarrant", "1990-05-06", sex="F"),
    who("", "", "", at=""),
]
versions = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.integers(1, 3),
        st.sampled_from(CHILDREN),
        st.sampled_from(MOTHERS),
        st.sampled_from([True] * 5 + [False]),
    ),
    min_size=2,
    max_size=9,
    unique_by=lambda v: v[:2],
)


@settings(max_examples=80, deadline=None)
@given(history=versions, data=st.data())
def test_in_any_order_the_same_are_born(history, data: st.DataObject) -> None:
    ends = []
    for order in (history, data.draw(st.permutations(history))):
        world = World()
        for name, version, (child, role), hers, live in order:
            operation = {} if live else {"operation": Operation.WITHDRAW}
            world.feed(child_of(world, str(name), child, "health", role=role, hers=hers, version=version, **operation))
        ends.append((_persons(world), _links(world)))
    assert ends[0] == ends[1]
