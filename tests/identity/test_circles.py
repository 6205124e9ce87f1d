"""Circles: stated ties and households, and whom they must not betray."""

from __future__ import annotations

from datetime import timedelta

from hub.messages.record import Operation, Role

from .kit import DAY, Address, World, birth_id, subject, who

CHILD = who("Ada", "Vosper", "2015-05-06")
MOTHER = who("Joan", "Vosper", "1988-02-03")
REFUGE = [Address(lines=["1 Safe House"], postcode="ZE7 7ZZ", refuge=True)]


def family(world: World, **more) -> None:
    world.feed(
        world.record(
            "fam",
            subject("c", CHILD, local="c"),
            subject("m", MOTHER, local="m", role=Role.PARENT),
            ties=[("m", "mother", "c")],
            **more,
        )
    )


def edges(world: World, local: str, agency: str = "health"):
    said = world.circle(world.of(local, agency))
    return [] if said is None else [(e.person_id, e.kind, e.relation) for e in said.edges]


def test_a_stated_tie_shows_at_both_ends() -> None:
    world = World()
    family(world)
    assert (world.of("m"), "relationship", "mother") in edges(world, "c")
    assert (world.of("c"), "relationship", "child") in edges(world, "m")


def test_people_of_one_address_are_a_household() -> None:
    world = World()
    world.feed(world.mention("1", CHILD), world.mention("2", MOTHER, agency="housing"))
    assert edges(world, "1") == [(world.of("2", "housing"), "household", "household")]


def test_an_edge_follows_the_person_at_its_other_end() -> None:
    world = World()
    world.feed(world.mention("senior", who("", "", "", at=""), agency="police"))
    family(world)
    world.feed(world.mention("senior", MOTHER, agency="police", version=2))
    moved = birth_id(world.source("senior", "police"))
    assert world.of("m") == moved
    assert (moved, "relationship", "mother") in edges(world, "c")


def test_a_withdrawn_record_takes_its_ties_along() -> None:
    world = World()
    family(world)
    world.feed(world.record("fam", operation=Operation.WITHDRAW, version=2))
    assert edges(world, "c") == []
    assert edges(world, "m") == []


def test_a_household_ends_when_somebody_moves() -> None:
    world = World()
    world.feed(world.mention("1", CHILD), world.mention("2", MOTHER))
    away = who("Joan", "Vosper", "1988-02-03", at="3 Quarry Road|ZE8 1BB")
    world.feed(world.record("later", subject("p", away, local="2"), recorded=DAY + timedelta(days=40)))
    said = world.circle(world.of("1"))
    assert said is not None
    assert [(e.since, e.until) for e in said.edges] == [("2026-03-02", "2026-04-11")]


def test_who_moves_in_after_somebody_left_is_no_household_of_theirs() -> None:
    world = World()
    world.feed(world.mention("1", CHILD))
    gone = who("Ada", "Vosper", "2015-05-06", at="3 Quarry Road|ZE8 1BB")
    world.feed(world.record("moved", subject("p", gone, local="1"), recorded=DAY + timedelta(days=10)))
    world.feed(world.mention("9", who("Peter", "Quinn", "1970-02-03"), recorded=DAY + timedelta(days=90)))
    assert edges(world, "1") == []


def test_more_than_twelve_residents_become_one_marker() -> None:
    world = World()
    people = [who(f"Person{chr(65 + n)}", f"Name{chr(65 + n)}", f"19{60 + n}-02-03") for n in range(14)]
    world.feed(*(world.mention(str(n), p) for n, p in enumerate(people)))
    said = world.circle(world.of("0"))
    assert said is not None
    assert (said.crowded, said.edges) == (True, [])


def test_a_refuge_makes_no_household() -> None:
    world = World()
    world.feed(
        world.mention("1", who("Joan", "Vosper", "1988-02-03", addresses=REFUGE)),
        world.mention("2", who("Rita", "Quinn", "1990-02-03", addresses=REFUGE)),
    )
    assert edges(world, "1") == []


def test_a_confidential_home_ties_those_who_hide_together_and_nobody_else() -> None:
    hidden = [Address(lines=["12 Mill Lane"], postcode="ZE9 9AA", confidential=True)]
    world = World()
    world.feed(
        world.mention("m", who("Joan", "Vosper", "1988-02-03", addresses=hidden)),
        world.mention("c", who("Ada", "Vosper", "2015-05-06", addresses=hidden)),
        world.mention("x", who("Peter", "Quinn", "1970-02-03")),
    )
    assert edges(world, "x") == []
    assert edges(world, "m") == [(world.of("c"), "household", "household")]


def test_a_restricted_record_shows_in_no_circle() -> None:
    world = World()
    family(world)
    world.feed(world.mention("m", MOTHER, restricted="refuge", version=2))
    assert edges(world, "c") == []
    assert edges(world, "m") == []


def test_a_circle_does_not_change_with_each_further_record() -> None:
    world = World()
    family(world)
    said = []
    for n in range(40):
        sent = world.feed(
            world.record(
                f"again{n}",
                subject("c", CHILD, local="c"),
                subject("m", MOTHER, local="m", role=Role.PARENT),
                ties=[("m", "mother", "c")],
                recorded=DAY + timedelta(days=n + 1),
            )
        )
        said.append(len([o for o in sent if o.topic == "persons"]))
    assert sum(bool(n) for n in said[20:]) <= 3  # of twenty: the records behind a tie are the first by id
