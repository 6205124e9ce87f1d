"""A picture depends on the set of its facts and the last tick: not on order, repetition or re-keying."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.messages import Circle, FactPut, FactRetract, Identity, Membership, SubjectContent, SubjectFacts, Tick
from hub.messages.base import Message
from hub.messages.identity import Edge, Member
from hub.messages.picture import Entry
from hub.messages.record import BirthDate, Fact, Operation, Role, Terms
from hub.state.headers import micros
from hub.state.memory import MemoryStore, MemoryTurnDriver
from streams.picture.dump import PartitionState, dump, text_of
from streams.picture.evidence import EvidenceBox
from streams.picture.facts_core import FactsCore
from streams.picture.person_core import PersonCore
from streams.picture.rules.engine import Engine, load_engine
from streams.picture.rules.load import default_pack
from streams.picture.stories import box_in_memory

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ENGINE: Engine = load_engine(default_pack())
BOX: EvidenceBox = box_in_memory()
CODES = ["da.incident", "concern.injury", "notice.child", "ehe.notified", "seen", "unknown.code", "mh.crisis"]
SOURCES = ["a" * 32, "b" * 32, "c" * 32]


def entry(source: str, record: int, version: int, codes: list[str], *, live: bool = True, day: int = 0) -> Entry:
    at = NOW - timedelta(days=day)
    content = SubjectContent(facts=[Fact(code=c) for c in codes])
    identity = Identity(birth=BirthDate(value="2019-04-02" if record % 2 else "2019-04-12"))
    return Entry(
        source_id=source,
        record_id=f"record{record}",
        ref="child-1",
        role=Role.CHILD,
        agency=["police", "education", "health"][record % 3],
        system="test",
        operation=Operation.UPSERT if live else Operation.WITHDRAW,
        version=version,
        original_hash=sha256(repr((record, codes, live, day)).encode()).digest()[:16],
        kind="test",
        occurred_at=at,
        received_at=at,
        incident_key=f"incident{record % 2}" if record % 5 == 0 else "",
        prompted_by="incident9" if record % 4 == 0 else "",
        identity=BOX.sealer.seal(source, identity) if live else b"",
        content=BOX.sealer.seal(source, content) if live else b"",
        terms=Terms(),
    )


entries = st.builds(
    entry,
    st.sampled_from(SOURCES),
    st.integers(0, 5),
    st.integers(0, 2),
    st.lists(st.sampled_from(CODES), max_size=3),
    live=st.booleans(),
    day=st.integers(-3, 400),
)


def picture(messages: list[object], batch: int) -> str:
    driver = MemoryTurnDriver(PersonCore(ENGINE, BOX))
    driver.feed(Tick(at=NOW))
    driver.feed(*messages, batch=batch)
    assert not driver.rejects
    return text_of(dump([PartitionState(driver.store, micros(NOW))], ENGINE, BOX))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(entries, st.integers(1, 3)), max_size=12), st.integers(1, 9), st.randoms(use_true_random=False)
)
def test_any_order_and_repetition_gives_the_same_picture(
    puts: list[tuple[Entry, int]], batch: int, chance: random.Random
) -> None:
    messages: list[object] = [
        FactPut(partnership="p", person_id="P", assignment_seq=seq, held=1, entry=e) for e, seq in puts
    ]
    messages += [
        FactRetract(partnership="p", person_id="P", source_id=SOURCES[1], assignment_seq=2),
        Membership(partnership="p", person_id="P", seq=1, members=[Member(source_id=SOURCES[0], assignment_seq=1)]),
        Membership(partnership="p", person_id="P", seq=2, members=[Member(source_id=SOURCES[0], assignment_seq=3)]),
        Circle(
            partnership="p", person_id="P", seq=1, edges=[Edge(person_id="Q", kind="household", relation="household")]
        ),
    ]
    shuffled = messages + chance.choices(messages, k=4)
    chance.shuffle(shuffled)
    assert picture(messages, len(messages)) == picture(shuffled, batch)


def subject_facts(e: Entry, person: str, seq: int) -> SubjectFacts:
    shared = {name: getattr(e, name) for name in Entry.model_fields if name != "left_out"}
    return SubjectFacts(**shared, partnership="p", person_id=person, assignment_seq=seq, model_version="m")


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(entries, min_size=1, max_size=10),
    st.lists(st.sampled_from(["P", "Q"]), min_size=1, max_size=4),
    st.randoms(use_true_random=False),
)
def test_a_moved_source_leaves_nothing_behind_however_its_messages_interleave(
    found: list[Entry], homes: list[str], chance: random.Random
) -> None:
    source = SOURCES[0]
    found = [e.model_copy(update={"source_id": source, "content": b"", "identity": b""}) for e in found]
    facts = MemoryTurnDriver(FactsCore())
    for number, e in enumerate(found):
        seq = min(number, len(homes) - 1) + 1
        facts.feed(subject_facts(e, homes[seq - 1], seq))
    last = min(len(found), len(homes))
    assert not facts.rejects
    put = [o.message for o in facts.outputs]
    members = Membership(
        partnership="p", person_id=homes[last - 1], seq=1, members=[Member(source_id=source, assignment_seq=last)]
    )
    in_order, mixed = [*put, members], [*put, members]
    chance.shuffle(mixed)
    assert picture(in_order, 3) == picture(mixed, 2)

    straight = MemoryTurnDriver(FactsCore())
    straight.feed(*(subject_facts(e, homes[last - 1], last) for e in found))
    assert picture([*(o.message for o in straight.outputs), members], 5) == picture(mixed, 1)


PEOPLE = {"P": SOURCES[0], "Q": SOURCES[1], "R": SOURCES[2]}
household = st.lists(st.sampled_from(sorted(PEOPLE)), min_size=2, max_size=3, unique=True)


def circles(together: list[str], seq: int) -> list[Circle]:
    """Who lives together, as each of them hears it."""
    return [
        Circle(
            partnership="p",
            person_id=person,
            seq=seq,
            edges=[
                Edge(person_id=other, kind="household", relation="household") for other in together if other != person
            ]
            if person in together
            else [],
        )
        for person in PEOPLE
    ]


def county(messages: list[Message], chance: random.Random) -> str:
    """All pictures, where messages come in some order and each digest arrives at some later time."""
    driver = MemoryTurnDriver(PersonCore(ENGINE, BOX))
    driver.feed(Tick(at=NOW))
    waiting: list[Message] = list(messages)
    while waiting:
        taken = [waiting.pop(0) for _ in range(min(len(waiting), chance.randint(1, 4)))]
        for output in driver.feed(*taken):
            if output.topic == "persons":
                waiting.insert(chance.randint(0, len(waiting)), output.message)
    assert not driver.rejects
    return text_of(dump([PartitionState(driver.store, micros(NOW))], ENGINE, BOX))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(entries, max_size=12), household, household, st.randoms(use_true_random=False))
def test_digests_circles_and_facts_interleave_in_any_way(
    found: list[Entry], first: list[str], then: list[str], chance: random.Random
) -> None:
    home = {source: person for person, source in PEOPLE.items()}
    messages: list[Message] = [
        FactPut(partnership="p", person_id=home[e.source_id], assignment_seq=1, held=1, entry=e) for e in found
    ]
    messages += [
        Membership(partnership="p", person_id=p, seq=1, members=[Member(source_id=s, assignment_seq=1)])
        for p, s in PEOPLE.items()
    ]
    messages += [*circles(first, 1), *circles(then, 2)]
    mixed = messages + chance.choices(messages, k=5)
    chance.shuffle(mixed)
    assert county(messages, random.Random(1)) == county(mixed, chance)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(entries, max_size=12), household, st.integers(1, 5))
def test_what_is_kept_in_memory_says_what_the_rows_say(found: list[Entry], together: list[str], batch: int) -> None:
    home = {source: person for person, source in PEOPLE.items()}
    messages: list[Message] = [
        Membership(partnership="p", person_id=p, seq=1, members=[Member(source_id=s, assignment_seq=1)])
        for p, s in PEOPLE.items()
    ]
    messages += circles(together, 1)
    messages += [
        FactPut(partnership="p", person_id=home[e.source_id], assignment_seq=1, held=1, entry=e) for e in found
    ]
    assert picture(messages, batch) == picture_of_rows(messages, batch)


def picture_of_rows(messages: list[Message], batch: int) -> str:
    """As `picture`, by a stage that begins anew with each batch."""
    store = MemoryStore()
    for start in range(0, len(messages), batch):
        driver = MemoryTurnDriver(PersonCore(ENGINE, BOX), store=store)
        driver.feed(Tick(at=NOW), *messages[start : start + batch])
        assert not driver.rejects
    return text_of(dump([PartitionState(store, micros(NOW))], ENGINE, BOX))
