"""Laws: the persons depend on what is live, not on the order in which it came."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.messages.record import Identifier, Operation, Role, SameAs, Subject
from streams.identity import rows

from .kit import DAY, World, nhs, subject, who

GIVEN = ["Olivia", "Amelia", "Baby Girl", "Twin 1", "Twin 2", "Liv", ""]
FAMILY = ["Smith", "Smith-Vosper", "Vosper", ""]
BORN = ["2019-04-03", "2019-03-04", "2020-04-03", "2019-04", "1989-01-09", ""]
PLACES = ["12 Mill Lane|ZE9 9AA", "3 Quarry Road|ZE8 1BB", ""]

identities = st.builds(
    lambda g, f, b, p, n, t: who(
        g, f, b, at=p, phone=t, identifiers=[Identifier(scheme="nhs_number", value=nhs(n))] if n else []
    ),
    st.sampled_from(GIVEN),
    st.sampled_from(FAMILY),
    st.sampled_from(BORN),
    st.sampled_from(PLACES),
    st.sampled_from([0, 0, 0, 1, 2]),
    st.sampled_from(["", "", "07700900111"]),
)
ROLES = [Role.CHILD, Role.PARENT, Role.OTHER]
LOCALS = [str(n) for n in range(6)]


@st.composite
def histories(draw: st.DrawFn):
    """Versions of a few records: (record, version, operation, subjects, ties, merges)."""
    found = []
    for record in range(draw(st.integers(3, 7))):
        for version in range(1, draw(st.integers(1, 3)) + 1):
            locals_ = draw(st.lists(st.sampled_from(LOCALS), min_size=1, max_size=2, unique=True))
            subjects = [
                subject(f"s{i}", draw(identities), local=name, role=draw(st.sampled_from(ROLES)))
                for i, name in enumerate(locals_)
            ]
            tied = draw(st.booleans()) and len(subjects) == 2
            merge = draw(st.sampled_from([None, None, None, False, True]))
            merges = [SameAs(local_person_id="0", merged_person_id="1", undone=merge)] if merge is not None else []
            operation = draw(st.sampled_from([Operation.UPSERT] * 5 + [Operation.WITHDRAW, Operation.ERASE]))
            found.append(
                (f"r{record}", version, operation, subjects, [("s0", "sibling", "s1")] if tied else [], merges)
            )
    return found


def feed(world: World, history, batch: int | None) -> None:
    records = []
    for name, version, operation, subjects, ties, merges in history:
        live: list[Subject] = subjects if operation is Operation.UPSERT else []
        records.append(
            world.record(
                name,
                *live,
                operation=operation,
                version=version,
                recorded=DAY + timedelta(days=7 * version * (int(name[1:]) + 1) % 5),
                ties=ties if live else (),
                merges=merges if live else (),
            )
        )
    world.feed(*records, batch=batch)


def final(world: World) -> dict[str, object]:
    """What must not depend on order: persons, ties, reviews, each person named by its smallest member."""
    names = {}
    persons = {frozenset(s for s in members if _live(world, s)) for members in world.partition()} - {frozenset()}
    for members in persons:
        for member in members:
            names[world.person(member)] = min(members)
    circles = {}
    for person_id, name in names.items():
        said = world.circle(person_id)
        if said and said.edges:
            circles[name] = sorted((names[e.person_id], e.kind, e.relation, tuple(e.evidence)) for e in said.edges)
    reviews = {(r.source_a, r.source_b, r.weight) for r in world.reviews().values() if r.state == "open"}
    return {"persons": persons, "circles": circles, "reviews": reviews}


@settings(max_examples=60, deadline=None)
@given(history=histories(), data=st.data())
def test_any_order_gives_the_same_persons_circles_and_reviews(history, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(history + data.draw(st.lists(st.sampled_from(history), max_size=4))))
    one, other = World(), World()
    feed(one, history, None)
    feed(other, shuffled, data.draw(st.sampled_from([1, 2, 5])))
    assert final(one) == final(other)


@settings(max_examples=30, deadline=None)
@given(kept=st.lists(identities, min_size=1, max_size=5), gone=st.lists(identities, min_size=1, max_size=4))
def test_what_is_withdrawn_leaves_no_trace_in_who_is_who(kept, gone) -> None:
    without, with_them = World(), World()
    for world in (without, with_them):
        world.feed(*(world.mention(f"k{n}", who_) for n, who_ in enumerate(kept)))
    with_them.feed(*(with_them.mention(f"g{n}", who_) for n, who_ in enumerate(gone)))
    with_them.feed(*(with_them.record(f"r-g{n}", operation=Operation.ERASE, version=2) for n in range(len(gone))))
    assert without.partition() == with_them.partition()
    for table in (b"v", b"d", b"x", b"f", b"k", b"a", b"e", b"t", b"h", b"H", b"j"):
        assert len(list(without.store.scan(table))) == len(list(with_them.store.scan(table))), table


@settings(max_examples=30, deadline=None)
@given(history=histories())
def test_memberships_agree_with_the_facts(history) -> None:
    """A picture can settle: each live assignment told on facts is the one that its person's membership names."""
    world = World()
    feed(world, history, 2)
    latest = {m.source_id: (m.person_id, m.assignment_seq) for m in world.assigned()}
    said = {}
    for message in world.driver.sent("persons"):
        if type(message).__name__ == "Membership":
            assert message.seq == said.get(message.person_id, message.model_copy(update={"seq": 0})).seq + 1
            said[message.person_id] = message
    named = {m.source_id: (p, m.assignment_seq) for p, membership in said.items() for m in membership.members}
    assert all(latest[source] == where for source, where in named.items())
    live = {f.source_id for f in world.facts()} - named.keys()
    assert all(not _live(world, source) for source in live)


def _live(world: World, source: str) -> bool:
    number = rows.number_of(world.store, source)
    assert number is not None
    return rows.get_node(world.store, number).live
