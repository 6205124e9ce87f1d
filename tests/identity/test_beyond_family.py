"""Beyond the family: telephones and places that people share, and who is named together; and what they must not say."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.avro import encode
from hub.messages import Circle
from hub.messages.record import Operation, Role

from .kit import DAY, Address, World, nhs, subject, who
from .test_erasing import command
from .test_order import KEYS, fed, final, same

NUMBER = "07700900123"
HERE, THERE, ELSEWHERE = "12 Mill Lane|ZE9 9AA", "3 Quarry Road|ZE8 1BB", "9 Weir Street|ZE6 2CC"
TAKEAWAY = Address(lines=["1 Harbour Parade"], postcode="ZE1 1AB", kind="incident")
NOTICE, MISSING, EXCLUSION = "police.notice.child", "police.missing", "education.exclusion"
GIVEN = ["Ada", "Bram", "Cleo", "Dara", "Enid", "Finn", "Gwen", "Hale", "Iona", "Jude", "Kit", "Lois", "Mina", "Noor"]


def child(number: int, *, at: str, **more: Any):
    """A child like no other."""
    return who(
        GIVEN[number], f"Sur{GIVEN[number].lower()}", f"20{10 + number % 6:02d}-0{1 + number % 9}-03", at=at, **more
    )


def at_home_and(place: Address, home: str = HERE) -> list[Address]:
    line, _, postcode = home.partition("|")
    return [Address(lines=[line], postcode=postcode), place]


def edges(world: World, local: str, agency: str = "health") -> list[tuple[str, str, str]]:
    said = world.circle(world.of(local, agency))
    return [] if said is None else [(e.person_id, e.kind, e.relation) for e in said.edges]


def two_with_a_number(**more: Any) -> World:
    world = World()
    world.feed(
        world.mention("1", child(0, at=HERE, phone=NUMBER)),
        world.mention("2", child(1, at=THERE, phone=NUMBER), recorded=DAY + timedelta(days=9), **more),
    )
    return world


def test_a_telephone_ties_children_of_different_households_from_the_day_on_which_both_had_it() -> None:
    world = two_with_a_number()
    said = world.circle(world.of("1"))
    assert said is not None
    (edge,) = said.edges
    assert (edge.person_id, edge.kind, edge.relation) == (world.of("2"), "telephone", "telephone")
    assert (edge.since, edge.until, edge.shared_by) == ("2026-03-11", None, 2)
    assert sorted(edge.evidence) == sorted(r.record_id for r in world.facts())
    assert edges(world, "2") == [(world.of("1"), "telephone", "telephone")]


def test_a_familys_telephone_says_nothing_more_than_that_they_are_one() -> None:
    world = World()
    world.feed(world.mention("1", child(0, at=HERE, phone=NUMBER)), world.mention("2", child(1, at=HERE, phone=NUMBER)))
    assert edges(world, "1") == [(world.of("2"), "household", "household")]
    apart = World()
    one = subject("c", child(0, at=HERE, phone=NUMBER), local="1")
    father = subject("f", who("Olaf", "Surada", "1980-02-03", at=THERE, phone=NUMBER), local="2", role=Role.PARENT)
    apart.feed(apart.record("fam", one, father, ties=[("f", "father", "c")]))
    assert edges(apart, "1") == [(apart.of("2"), "relationship", "father")]


def test_a_telephone_given_up_for_another_ends_the_tie() -> None:
    world = two_with_a_number()
    another = child(1, at=THERE, phone="07700900456")
    world.feed(world.record("later", subject("p", another, local="2"), recorded=DAY + timedelta(days=40)))
    said = world.circle(world.of("1"))
    assert said is not None
    assert [(e.since, e.until) for e in said.edges] == [("2026-03-11", "2026-04-11")]


def test_another_number_that_another_agency_has_does_not_end_it() -> None:
    world = two_with_a_number()
    at_school = child(1, at=THERE, phone="07700900456")
    world.feed(world.mention("2", at_school, agency="education", recorded=DAY + timedelta(days=40)))
    assert world.of("2") == world.of("2", "education")
    found = world.circle(world.of("1"))
    assert found is not None
    assert [(e.since, e.until) for e in found.edges] == [("2026-03-11", None)]


def test_a_withdrawn_record_takes_the_telephone_along_and_an_update_changes_it() -> None:
    world = two_with_a_number()
    world.feed(world.record("r-2", operation=Operation.WITHDRAW, version=2))
    assert edges(world, "1") == []
    world = two_with_a_number()
    world.feed(world.mention("2", child(1, at=THERE), version=2))
    assert edges(world, "1") == edges(world, "2") == []


def test_a_number_of_many_is_a_switchboard_and_ties_nobody_until_it_is_none_again() -> None:
    world = World()
    homes = [f"{n} Mill Lane|ZE9 9AA" for n in range(1, 15)]
    people = [world.mention(str(n), child(n, at=homes[n], phone=NUMBER)) for n in range(13)]
    world.feed(*people[:12])
    assert {k for _, k, _ in edges(world, "0")} == {"telephone"}
    assert len(edges(world, "0")) == 11
    world.feed(people[12])
    assert [edges(world, str(n)) for n in range(13)] == [[]] * 13
    world.feed(world.record("r-3", operation=Operation.WITHDRAW, version=2))
    assert len(edges(world, "0")) == 11


def test_sharers_are_people_and_not_records() -> None:
    world = World()
    said = [world.mention(str(n), child(0, at=HERE, phone=NUMBER), agency=f"agency{n}") for n in range(9)]
    world.feed(*said, world.mention("x", child(1, at=THERE, phone=NUMBER)))
    found = world.circle(world.of("x"))
    assert found is not None
    assert [e.shared_by for e in found.edges] == [2]


def test_a_place_that_is_no_home_ties_those_of_whom_records_say_that_they_were_there() -> None:
    world = World()
    world.feed(
        world.mention("1", child(0, at="", addresses=at_home_and(TAKEAWAY, HERE))),
        world.mention("2", child(1, at="", addresses=at_home_and(TAKEAWAY, THERE)), recorded=DAY + timedelta(days=30)),
    )
    found = world.circle(world.of("1"))
    assert found is not None
    assert [(e.person_id, e.kind, e.since, e.until, e.shared_by) for e in found.edges] == [
        (world.of("2"), "place", "2026-04-01", "2026-08-29", 2)
    ]


def test_visits_that_lie_half_a_year_apart_are_no_meeting() -> None:
    world = World()
    world.feed(
        world.mention("1", child(0, at="", addresses=at_home_and(TAKEAWAY, HERE))),
        world.mention("2", child(1, at="", addresses=at_home_and(TAKEAWAY, THERE)), recorded=DAY + timedelta(days=181)),
    )
    assert edges(world, "1") == []
    again = subject("p", child(0, at="", addresses=at_home_and(TAKEAWAY, HERE)), local="1")
    world.feed(world.record("again", again, recorded=DAY + timedelta(days=20)))
    assert edges(world, "1") == [(world.of("2"), "place", "place")]


def test_what_happens_at_ones_own_door_and_in_hospitals_makes_no_shared_place() -> None:
    world = World()
    line, _, postcode = HERE.partition("|")
    at_home = Address(lines=[line], postcode=postcode, kind="incident")
    ward = TAKEAWAY.model_copy(update={"kind": "hospital"})
    world.feed(
        world.mention("1", child(0, at="", addresses=at_home_and(at_home, HERE))),
        world.mention("2", child(1, at="", addresses=at_home_and(at_home, THERE))),
        world.mention("3", child(2, at="", addresses=at_home_and(ward, THERE))),
        world.mention("4", child(3, at="", addresses=at_home_and(ward, ELSEWHERE))),
    )
    assert {k for n in "124" for _, k, _ in edges(world, n)} <= {"household"}


def test_a_place_where_something_happened_matches_nobody() -> None:
    world = World()
    for number, home in ((0, HERE), (1, THERE)):
        world.feed(world.mention(str(number), who("Ada", "Fenwick", "", at="", addresses=at_home_and(TAKEAWAY, home))))
    assert not world.together("0", "1")


@pytest.mark.parametrize("kind", [NOTICE, MISSING, EXCLUSION])
def test_young_people_named_in_one_record_are_tied_and_dated(kind: str) -> None:
    world = World()
    one = subject("a", child(0, at=HERE), local="1")
    other = subject("b", child(1, at=THERE), local="2", role=Role.PEER)
    world.feed(world.record("n", one, other, agency="police", kind=kind))
    found = world.circle(world.of("1", "police"))
    assert found is not None
    assert [(e.person_id, e.kind, e.relation, e.since, e.until) for e in found.edges] == [
        (world.of("2", "police"), "peer", "named_together", "2026-03-02", "2026-08-29")
    ]


def test_two_notices_of_one_incident_tie_those_whom_they_name_across_agencies() -> None:
    world = World()
    notes = [
        world.record(
            f"n{n}", subject("a", child(n, at=home), local=str(n)), agency=agency, kind=kind, incident="CAD-77",
            occurred_at=DAY + timedelta(days=n),
        )
        for n, (home, agency, kind) in enumerate([(HERE, "police", MISSING), (THERE, "education", EXCLUSION)])
    ]  # fmt: skip
    world.feed(*notes)
    found = world.circle(world.of("0", "police"))
    assert found is not None
    assert [(e.kind, e.relation, e.since) for e in found.edges] == [("peer", "named_together", "2026-03-02")]
    assert sorted(found.edges[0].evidence) == sorted(n.record_id for n in notes)
    world.feed(world.record("n1", agency="education", operation=Operation.WITHDRAW, version=2))
    assert edges(world, "0", "police") == []


def test_brothers_and_those_whom_a_domestic_incident_names_are_not_peers() -> None:
    world = World()
    one, other = subject("a", child(0, at=HERE), local="1"), subject("b", child(1, at=HERE), local="2")
    world.feed(world.record("n", one, other, agency="police", kind=NOTICE))
    assert edges(world, "1", "police") == [(world.of("2", "police"), "household", "household")]
    apart = World()
    other = subject("b", child(1, at=THERE), local="2")
    apart.feed(apart.record("n", one, other, agency="police", kind="police.domestic_incident"))
    assert edges(apart, "1", "police") == []


def test_a_record_of_a_crowd_and_a_reference_written_into_every_record_say_nothing() -> None:
    world = World()
    crowd = [subject(f"s{n}", child(n, at=f"{n + 1} Mill Lane|ZE9 9AA"), local=str(n)) for n in range(13)]
    world.feed(world.record("n", *crowd, agency="police", kind=NOTICE))
    assert edges(world, "1", "police") == []
    alone = World()
    two = [subject("a", child(n, at=f"{n + 1} Mill Lane|ZE9 9AA"), local=str(n)) for n in range(2)]
    notes = [alone.record(f"n{n}", two[n % 2], agency="police", kind=MISSING, incident="N/A") for n in range(25)]
    alone.feed(*notes[:24])
    assert len(edges(alone, "1", "police")) == 1
    alone.feed(notes[24])
    assert edges(alone, "1", "police") == []


def with_a_man(world: World, name: str, number: int, at: str, **more: Any):
    """A notice on a child, with a man whom the force knows by one nominal."""
    man = subject("m", who("Olaf", "Strange", "1980-02-03", at=ELSEWHERE), local="man", role=Role.SUSPECT)
    return world.record(
        name, subject("c", child(number, at=at), local=str(number)), man, agency="police", kind=NOTICE, **more
    )


def test_children_named_with_one_adult_who_is_no_relation_are_tied_to_him_and_to_each_other() -> None:
    world = World()
    notes = [
        with_a_man(world, "n0", 0, HERE, incident="CAD-1"),
        with_a_man(world, "n1", 1, THERE, incident="CAD-2", recorded=DAY + timedelta(days=50)),
    ]
    world.feed(*notes)
    found = world.circle(world.of("0", "police"))
    assert found is not None
    assert {(e.person_id, e.relation, e.since, e.until) for e in found.edges} == {
        (world.of("1", "police"), "same_adult", "2026-04-21", "2026-10-18"),
        (world.of("man", "police"), "named_together", "2026-03-02", "2026-08-29"),
    }
    said = next(e for e in found.edges if e.relation == "same_adult")
    assert sorted(said.evidence) == sorted(n.record_id for n in notes)
    world.feed(world.record("n1", agency="police", operation=Operation.WITHDRAW, version=2))
    assert [r for _, _, r in edges(world, "0", "police")] == ["named_together"]


def test_a_father_of_both_and_notices_half_a_year_apart_tie_no_two_children() -> None:
    world = World()
    world.feed(
        with_a_man(world, "n0", 0, HERE, ties=[("m", "father", "c")]),
        with_a_man(world, "n1", 1, THERE, ties=[("m", "father", "c")]),
    )
    assert {r for _, _, r in edges(world, "0", "police")} == {"father"}
    later = World()
    later.feed(with_a_man(later, "n0", 0, HERE), with_a_man(later, "n1", 1, THERE, recorded=DAY + timedelta(days=180)))
    assert {r for _, _, r in edges(later, "0", "police")} == {"named_together"}


def test_a_child_that_two_records_of_one_incident_name_is_no_peer_of_itself() -> None:
    world = World()
    ada = child(0, at=HERE, nhs_number=nhs(1))
    world.feed(
        world.record("n", subject("a", ada, local="1"), agency="police", kind=MISSING, incident="CAD-77"),
        world.record("e", subject("a", ada, local="2"), agency="education", kind=EXCLUSION, incident="CAD-77"),
    )
    assert world.of("1", "police") == world.of("2", "education")
    assert edges(world, "1", "police") == []


@pytest.mark.parametrize("what", ["telephone", "place", "record"])
def test_who_is_restricted_shares_nothing_and_is_not_counted(what: str) -> None:
    world = World()
    identities = [
        child(
            n,
            at="",
            phone=NUMBER if what == "telephone" else "",
            addresses=at_home_and(TAKEAWAY, home)[: 2 if what == "place" else 1],
        )
        for n, home in enumerate((HERE, THERE, ELSEWHERE))
    ]
    subjects = [subject(f"s{n}", one, local=str(n)) for n, one in enumerate(identities)]
    if what == "record":
        world.feed(world.record("n", *subjects, agency="health", kind=NOTICE))
    else:
        world.feed(*(world.record(f"n{n}", one) for n, one in enumerate(subjects)))
    assert len(edges(world, "0")) == 2
    world.feed(world.mention("2", identities[2].model_copy(update={"addresses": []}), restricted="protected_person"))
    assert [p for p, _, _ in edges(world, "0")] == [world.of("1")]
    assert edges(world, "2") == []
    found = world.circle(world.of("0"))
    assert found is not None
    assert found.edges[0].shared_by == (0 if what == "record" else 2)


def test_who_hides_shares_with_those_who_hide_and_a_refuge_with_nobody() -> None:
    world = World()
    hidden = Address(lines=["3 Quarry Road"], postcode="ZE8 1BB", confidential=True)
    refuge = hidden.model_copy(update={"refuge": True})
    world.feed(
        world.mention("open", child(0, at=HERE, phone=NUMBER)),
        world.mention("hides", child(1, at="", phone=NUMBER, addresses=[hidden])),
        world.mention(
            "too", child(2, at="", phone=NUMBER, addresses=[hidden.model_copy(update={"lines": ["8 Quarry Road"]})])
        ),
        world.mention("refuge", child(3, at="", phone=NUMBER, addresses=[refuge])),
    )
    assert edges(world, "open") == edges(world, "refuge") == []
    assert edges(world, "hides") == [(world.of("too"), "telephone", "telephone")]


def test_neither_number_nor_place_stands_in_a_row_or_a_message() -> None:
    world = World()
    world.feed(
        world.mention("1", child(0, at="", phone=NUMBER, addresses=at_home_and(TAKEAWAY, HERE))),
        world.mention("2", child(1, at="", phone=NUMBER, addresses=at_home_and(TAKEAWAY, THERE))),
    )
    rows = b"".join(key + value for key, value in world.store.scan(b""))
    said = b"".join(encode(output.message) for output in world.driver.outputs)
    for secret in (NUMBER[1:], "Harbour", "HARBOUR", "ZE1 1AB"):
        assert secret.encode() not in rows + said
    circles = [m for m in world.driver.sent("persons") if isinstance(m, Circle) and m.edges]
    assert {e.kind for e in circles[-1].edges} == {"telephone", "place"}


def test_who_is_erased_leaves_no_tie_behind() -> None:
    world = World()
    told = [
        world.record(
            f"n{n}", subject("c", child(n, at="", phone=NUMBER, addresses=at_home_and(TAKEAWAY, home)), local=str(n)),
            subject("m", who("Olaf", "Strange", "1980-02-03", at=ELSEWHERE), local="man", role=Role.SUSPECT), kind=NOTICE,
        )
        for n, home in enumerate((HERE, THERE))
    ]  # fmt: skip
    world.feed(*told)
    assert {r for _, _, r in edges(world, "0")} == {"telephone", "place", "same_adult", "named_together"}
    world.feed(command(world, "man"))
    assert {r for _, _, r in edges(world, "0")} == {"telephone", "place"}
    world.feed(command(world, "1", "e2"))
    assert edges(world, "0") == []
    assert [len(list(world.store.scan(table))) for table in (b"s", b"C", b"T")] == [1, 0, 0]


HOTEL = Address(lines=["Seaview Hotel", "2 Harbour Parade"], postcode="ZE1 1AB", kind="other")
PEOPLE = [(n, local) for n in range(4) for local in ("", "b")]


@st.composite
def _subjects(draw: st.DrawFn):
    """One to three people, four in all under two names each, with what they may share."""
    found = []
    for number, (person, suffix) in enumerate(draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3))):
        places = draw(st.lists(st.sampled_from([TAKEAWAY, HOTEL]), max_size=1))
        hides = draw(st.sampled_from([False, False, False, True]))
        home = at_home_and(TAKEAWAY, draw(st.sampled_from([HERE, THERE, ELSEWHERE])))[0]
        identity = child(
            person,
            at="",
            nhs_number=nhs(person),
            phone=draw(st.sampled_from(["", NUMBER, "07700900456"])),
            addresses=[home.model_copy(update={"confidential": hides}), *places],
        )
        role = draw(st.sampled_from([Role.CHILD, Role.CHILD, Role.PEER, Role.SUSPECT, Role.PARENT]))
        restricted = draw(st.sampled_from([""] * 6 + ["refuge"]))
        found.append(subject(f"s{number}", identity, local=f"{person}{suffix}", role=role, restricted=restricted))
    return found


@st.composite
def _histories(draw: st.DrawFn):
    """Versions of a few records, as what `World.record` takes."""
    found = []
    for name in range(draw(st.integers(2, 6))):
        for version in range(1, draw(st.integers(1, 2)) + 1):
            operation = draw(st.sampled_from([Operation.UPSERT] * 5 + [Operation.WITHDRAW, Operation.ERASE]))
            more = {
                "kind": draw(st.sampled_from([NOTICE, MISSING, "police.contact"])),
                "incident": draw(st.sampled_from(["", "CAD-1", "CAD-1", "CAD-2"])),
                "recorded": DAY + timedelta(days=draw(st.sampled_from([0, 1, 30, 200, 400]))),
                "version": version,
                "operation": operation,
            }
            found.append((f"r{name}", draw(_subjects()) if operation is Operation.UPSERT else [], more))
    return found


@settings(max_examples=60, deadline=None)
@given(history=_histories(), seed=st.integers(0, 1000))
def test_any_order_and_any_repetition_give_the_same_ties(history, seed: int) -> None:
    world = World(keys=KEYS)
    records = [world.record(name, *subjects, agency="police", **more) for name, subjects, more in history]
    draw = Random(seed)
    shuffled = records + draw.sample(records, k=len(records) // 2)
    draw.shuffle(shuffled)
    same(final(fed(records, draw)), final(fed(shuffled, draw)))


@settings(max_examples=30, deadline=None)
@given(history=_histories())
def test_what_is_withdrawn_leaves_no_trace_in_rows_and_circles(history) -> None:
    without, with_them = World(keys=KEYS), World(keys=KEYS)
    kept = [
        without.record(
            f"k{n}", subject("s", child(n, at=home, phone=NUMBER), local=str(n)), kind=NOTICE, incident="CAD-1"
        )
        for n, home in enumerate((HERE, THERE))
    ]
    without.feed(*kept)
    with_them.feed(*kept)
    with_them.feed(*(with_them.record(name, *subjects, **more) for name, subjects, more in history))
    gone = sorted({name for name, _, _ in history})
    with_them.feed(*(with_them.record(name, operation=Operation.WITHDRAW, version=9) for name in gone))
    for table in (b"s", b"c", b"C", b"T", b"t", b"b", b"v"):
        assert len(list(without.store.scan(table))) == len(list(with_them.store.scan(table))), table
    one, other = final(without)["circles"], final(with_them)["circles"]
    assert one == {name: said for name, said in other.items() if said[1]}
