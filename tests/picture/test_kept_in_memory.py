"""What the person stage keeps in memory from batch to batch changes nothing of what it says, and answers stay exact."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple
from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.messages import FactPut, FactRetract, Membership, PictureSummary, Tick, Watch
from hub.messages.base import Message
from hub.messages.identity import Member
from hub.messages.picture import Entry
from hub.state.headers import micros
from hub.state.memory import MemoryStore, MemoryTurnDriver, Output
from streams.picture import own, person_core, recent
from streams.picture.dump import PartitionState, dump, text_of
from streams.picture.entries import ALL_CODES
from streams.picture.head import Head
from streams.picture.own import Asking, Own, bring_up_to_date, read_person
from streams.picture.person_core import PersonCore
from streams.picture.rules.watcher import ANY_TIME
from tests.picture import build
from tests.picture.test_picture_is_a_function_of_facts import (
    BOX,
    ENGINE,
    NOW,
    PEOPLE,
    circles,
    entries,
    entry,
    household,
)

HOMES = {source: person for person, source in PEOPLE.items()}


@contextmanager
def few_looked_at() -> Iterator[None]:
    """Rules look at two facts of a code, so that some are cut off and fetched again."""
    with patch.object(recent, "LOOKED_AT", 2), patch.object(recent, "_KEPT", 3), patch.object(own, "LOOKED_AT", 2):
        yield


class Life(NamedTuple):
    """What is made up of some people: their records, who lives with whom at first and then, and when time passes."""

    found: list[Entry]
    first: list[str]
    then: list[str]
    days: list[int]


def messages_of(life: Life, chance: random.Random) -> list[Message]:
    """Records with corrections and withdrawals, circles, watches, a move there and back, and time that passes."""
    found, days = life.found, life.days
    told: list[Message] = [
        FactPut(partnership="p", person_id=HOMES[e.source_id], assignment_seq=1, held=1, entry=e) for e in found
    ]
    told += [*circles(life.first, 1), *circles(life.then, 2)]
    watch = {"partnership": "p", "check_id": "c", "anchor": PEOPLE["Q"], "person_id": "Q", "assignment_seq": 1}
    told += [Watch(**watch, state=state, seq=seq) for seq, state in enumerate(("open", "closed"), 1)]
    told += chance.choices(told, k=4)
    chance.shuffle(told)
    moved = PEOPLE["P"]
    told.append(FactRetract(partnership="p", person_id="P", source_id=moved, assignment_seq=2))
    told += [
        FactPut(partnership="p", person_id="P", assignment_seq=3, held=1, entry=e)
        for e in found
        if e.source_id == moved
    ]
    back = [Member(source_id=moved, assignment_seq=3)]
    told.append(Membership(partnership="p", person_id="P", seq=2, members=back))
    for passed in sorted(days):
        told.insert(chance.randint(0, len(told)), Tick(at=NOW + timedelta(days=passed)))
    first: list[Message] = [
        Membership(partnership="p", person_id=person, seq=1, members=[Member(source_id=source, assignment_seq=1)])
        for person, source in PEOPLE.items()
    ]
    last = NOW + timedelta(days=max(days, default=0), seconds=1)
    return [Tick(at=NOW), *first, *told, Tick(at=last)]


def said(messages: list[Message], chance: random.Random, *, forgets: bool) -> tuple[list[Output], MemoryTurnDriver]:
    """All that is sent, in which each digest arrives with the next batch; `forgets` with each what is in memory."""
    driver, outputs = MemoryTurnDriver(PersonCore(ENGINE, BOX)), list[Output]()
    waiting = list(messages)
    while waiting:
        if forgets:
            now = driver.now
            driver = MemoryTurnDriver(PersonCore(ENGINE, BOX), store=driver.store)
            driver.now = now
        taken = [waiting.pop(0) for _ in range(min(len(waiting), chance.randint(1, 4)))]
        sent = driver.feed(*taken)
        assert not driver.rejects
        waiting = [o.message for o in sent if o.topic == "persons"] + waiting
        outputs += sent
    return outputs, driver


def pictures(driver: MemoryTurnDriver) -> str:
    return text_of(dump([PartitionState(driver.store, micros(driver.now))], ENGINE, BOX))


def from_scratch(store: MemoryStore, person: str, now: int) -> Own:
    """A settled person's own layer as every rule finds it when all are asked at once."""
    head, made = Head.load(store, person), Own(found={}, due={})
    asking = Asking(store, BOX, ENGINE, person, head, read_person(BOX, head), now)
    bring_up_to_date(made, asking, {ALL_CODES: ANY_TIME})
    return made


busy = st.builds(
    entry,
    st.just(PEOPLE["Q"]),
    st.integers(0, 5),
    st.integers(0, 3),
    st.lists(st.sampled_from(["da.incident", "concern.injury", "seen"]), min_size=1, max_size=3),
    live=st.integers(0, 5).map(bool),
    day=st.integers(-3, 400),
)
lives = st.builds(
    Life,
    st.lists(st.one_of(entries, busy), max_size=20),
    household,
    household,
    st.lists(st.integers(1, 500), max_size=4),
)
thorough = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])


@thorough
@given(lives, st.integers(0, 2), st.randoms(use_true_random=False))
def test_a_stage_that_forgets_everything_with_each_batch_says_the_same(
    life: Life, due_per_tick: int, chance: random.Random
) -> None:
    messages, seed = messages_of(life, chance), chance.randint(0, 10**6)
    with few_looked_at(), patch.object(person_core, "DUE_PER_TICK", due_per_tick):
        kept, driver = said(messages, random.Random(seed), forgets=False)
        forgotten, anew = said(messages, random.Random(seed), forgets=True)
        assert kept == forgotten
        assert pictures(driver) == pictures(anew)


@thorough
@given(lives, st.randoms(use_true_random=False))
def test_answers_renewed_one_by_one_are_those_of_all_rules_asked_at_once(life: Life, chance: random.Random) -> None:
    with few_looked_at():
        _, driver = said(messages_of(life, chance), chance, forgets=False)
        for person in PEOPLE:
            if Head.load(driver.store, person).settled:
                assert Own.load(driver.store, person) == from_scratch(driver.store, person, micros(driver.now))


def test_a_birthday_that_no_tick_has_got_to_yet_counts_with_the_next_record() -> None:
    box, source = BOX, PEOPLE["P"]
    driver = MemoryTurnDriver(PersonCore(ENGINE, box))
    driver.tick(build.NOW)
    of_age = build.NOW + timedelta(days=5)
    birth = of_age.replace(year=of_age.year - 18).date().isoformat()
    driver.feed(build.members("P", source))
    driver.feed(build.put("P", build.entry(box, source, "r1", "concern.neglect", birth=birth)))
    with patch.object(person_core, "DUE_PER_TICK", 0):
        driver.tick(build.NOW + timedelta(days=9))
    driver.feed(build.put("P", build.entry(box, source, "r2", "an.unknown.code", birth=birth), held=2))
    summaries = [m for m in driver.sent("pictures") if isinstance(m, PictureSummary)]
    assert [s.indicators for s in summaries] == [["NE05"], []]
