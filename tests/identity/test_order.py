"""The law of order, end to end: a county's records in any interleaving come to the same persons, circles and facts."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.county import Config, generate
from bench.county.feed import read_plan
from connectors.kit.api import Context, Unreadable
from connectors.kit.outcomes import outcomes
from connectors.registry import HEAD_BYTES, recognise
from hub.keys_in_memory import MemoryKeys
from hub.messages import AgencyRecord, Circle, Membership, SealedRecord, SubjectFacts
from hub.messages.record import Operation, Role
from hub.sealing import seal_record
from streams.identity import rows

from .kit import DAY, PSEUDONYMS, World, subject, who
from .test_laws import histories

KEYS = MemoryKeys()
PEOPLE = 600
_HOW_IT_CAME = {"assignment_seq", "received_at", "whence"}
"""What tells of the way and not of the content: assignments are counted as they happen."""
_SEALED = ("identity", "content", "record_content")


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> list[SealedRecord]:
    folder: Path = tmp_path_factory.mktemp("county") / "made"
    generate(Config(folder, PEOPLE, 7, date(2026, 11, 23), 120))
    sealer = World(keys=KEYS).sealer
    return [seal_record(record, PSEUDONYMS, sealer) for record in translated(folder)]


def translated(county: Path) -> list[AgencyRecord]:
    """All records of the county's files, in the order of feeding."""
    found: list[AgencyRecord] = []
    for item in read_plan(county):
        path = county / item.path
        with path.open("rb") as stream:
            try:
                fmt = recognise(stream.read(HEAD_BYTES), path.name)
            except Unreadable:
                continue
            stream.seek(0)
            for outcome in outcomes(fmt, stream, Context("testshire", fmt.system, DAY, DAY)):
                found += outcome.records
    return found


def fed(records: list[SealedRecord], draw: Random) -> World:
    """A world that has taken the records in batches of random size, and worked its backlog off."""
    world = World(keys=KEYS)
    at = 0
    while at < len(records):
        size = draw.choice([1, 2, 5, 40, 300])
        world.feed(*records[at : at + size], batch=size)
        at += size
    minute = 0
    while next(world.store.scan(b"w"), None) is not None:
        minute += 1
        world.driver.tick(DAY + timedelta(minutes=minute))
    return world


def final(world: World) -> dict[str, Any]:
    """The last of everything that was said, each person named by its smallest live member."""
    last: dict[tuple[str, str], Any] = {}
    for message in world.driver.sent("persons"):
        assert isinstance(message, Circle | Membership)
        last[type(message).__name__, message.person_id] = message
    persons = {
        person_id: members
        for (kind, person_id), said in last.items()
        if kind == "Membership" and (members := sorted(m.source_id for m in said.members if _live(world, m.source_id)))
    }
    names = {person_id: members[0] for person_id, members in persons.items()}
    circles = {}
    for (kind, person_id), said in last.items():
        if kind == "Circle" and (said.edges or said.crowded):
            edges = sorted(
                (names[e.person_id], e.kind, e.relation, e.since, e.until, e.evidence, e.shared_by) for e in said.edges
            )
            circles[names[person_id]] = (said.crowded, edges)
    return {"persons": sorted(persons.values()), "circles": circles, "facts": _facts(world, names)}


def _facts(world: World, names: dict[str, str]) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for facts in world.facts():
        found[facts.source_id, facts.record_id, facts.ref] = facts
    where = {m.source_id: m.person_id for m in world.assigned()}
    return {
        key: _plain(world, facts) | {"person_id": names[where[facts.source_id]]}
        for key, facts in found.items()
        if facts.operation is Operation.UPSERT
    }


def _plain(world: World, facts: SubjectFacts) -> dict[str, Any]:
    values = facts.model_dump(exclude=_HOW_IT_CAME)
    for name in _SEALED:
        under = facts.record_id if name == "record_content" else facts.source_id
        values[name] = world.sealer.open_bytes(under, values[name])
    for other in values["others"]:
        other["identity"] = other["identity"] and world.sealer.open_bytes(other["source_id"], other["identity"])
    return values


def _live(world: World, source_id: str) -> bool:
    number = rows.number_of(world.store, source_id)
    return number is not None and rows.get_node(world.store, number).live


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Compare part by part, so that a failure shows what differs and not two counties."""
    assert one["persons"] == other["persons"]
    for part in ("facts", "circles"):
        assert one[part].keys() == other[part].keys()
        for key, value in one[part].items():
            assert value == other[part][key], (part, key)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_county_in_any_interleaving_comes_to_the_same(county: list[SealedRecord], seed: int) -> None:
    draw = Random(seed)
    shuffled = list(county)
    draw.shuffle(shuffled)
    same(final(fed(county, draw)), final(fed(shuffled, draw)))


@settings(max_examples=60, deadline=None)
@given(history=histories(), data=st.data())
def test_versions_that_repeat_or_come_late_come_to_the_same(history, data: st.DataObject) -> None:
    """Versions drawn anew: several contents claim one version, and one content claims several."""
    history = [(name, data.draw(st.integers(1, 3)), *rest) for name, _, *rest in history]
    world = World(keys=KEYS)
    records = [
        world.record(
            name,
            *(subjects if operation is Operation.UPSERT else ()),
            operation=operation,
            version=version,
            recorded=DAY + timedelta(days=data.draw(st.integers(0, 3))),
            ties=ties if operation is Operation.UPSERT else (),
        )
        for name, version, operation, subjects, ties, _ in history
    ]
    again = [r.model_copy(update={"version": r.version + 1}) for r in records[::2]]
    draw = Random(data.draw(st.integers(0, 1000)))
    shuffled = records + again
    draw.shuffle(shuffled)
    same(final(fed(records + again, draw)), final(fed(shuffled, draw)))


def test_of_two_contents_of_one_version_the_same_holds_whichever_came_last() -> None:
    world = World(keys=KEYS)
    one, other = (world.mention("1", who(given, "Fenwick", "2019-04-03")) for given in ("Ada", "Ida"))
    ends = []
    for records in ((one, other), (other, one)):
        there = World(keys=KEYS)
        there.feed(*records, batch=1)
        ends.append(there.facts()[-1].identity)
    assert ends[0] == ends[1]


def test_an_extract_that_says_the_same_again_moves_facts_to_its_version_and_makes_no_news_of_history() -> None:
    world = World(keys=KEYS)
    loaded = world.mention("1", who("Ada", "Fenwick", "2019-04-03"))
    loaded = loaded.model_copy(update={"whence": loaded.whence.model_copy(update={"history": True})})
    again = world.mention("1", who("Ada", "Fenwick", "2019-04-03"), version=2)
    later = again.model_copy(update={"received_at": again.received_at + timedelta(days=30)})
    world.feed(loaded, later, batch=1)
    facts = world.facts()[-1]
    assert (facts.version, facts.history, facts.received_at) == (2, True, loaded.received_at)
    assert world.facts()[-1].assignment_seq == 1


def test_what_is_restricted_leaves_the_circle_of_those_who_live_elsewhere() -> None:
    world = World(keys=KEYS)
    child = subject("c", who("Ada", "Vosper", "2015-05-06"), local="c")
    mother = subject("m", who("Joan", "Vosper", "1988-02-03", at="3 Quarry Road|ZE8 1BB"), local="m", role=Role.PARENT)
    world.feed(world.record("fam", child, mother, ties=[("m", "mother", "c")]))
    world.feed(world.mention("m", who("Joan", "Vosper", "1988-02-03", at=""), restricted="refuge"))
    said = world.circle(world.of("c"))
    assert said is not None
    assert said.edges == []
