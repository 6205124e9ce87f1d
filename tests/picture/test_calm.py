"""A person at whom the rules need not look is only counted: nobody can tell from what is said."""

from __future__ import annotations

import random
from contextlib import ExitStack
from datetime import timedelta
from unittest.mock import PropertyMock, patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.messages import FactPut, FactRetract, Membership, Tick, Watch
from hub.messages.base import Message
from hub.messages.identity import Member
from hub.state.headers import micros
from hub.state.memory import MemoryTurnDriver, Output
from streams.picture.dump import PartitionState, dump, text_of
from streams.picture.person_core import PersonCore
from streams.picture.settle import Settling
from tests.picture.test_picture_is_a_function_of_facts import (
    BOX,
    ENGINE,
    NOW,
    PEOPLE,
    circles,
    entries,
    household,
)


def said(messages: list[Message], chance: random.Random, *, counting: bool) -> tuple[list[Output], str]:
    """All that is sent, and all pictures, where each digest arrives with the next batch."""
    driver = MemoryTurnDriver(PersonCore(ENGINE, BOX))
    waiting: list[Message] = [Tick(at=NOW), *messages]
    with ExitStack() as never:
        if not counting:
            never.enter_context(patch.object(Settling, "is_calm", PropertyMock(return_value=False)))
            never.enter_context(patch.object(PersonCore, "_is_at_rest", return_value=False))
        while waiting:
            taken = [waiting.pop(0) for _ in range(min(len(waiting), chance.randint(1, 4)))]
            waiting = [o.message for o in driver.feed(*taken) if o.topic == "persons"] + waiting
    assert not driver.rejects
    return driver.outputs, text_of(dump([PartitionState(driver.store, micros(driver.now))], ENGINE, BOX))


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(
    found=st.lists(entries, max_size=12),
    together=household,
    days=st.lists(st.integers(1, 500), max_size=4),
    chance=st.randoms(use_true_random=False),
    watched=st.booleans(),
    parted=st.booleans(),
)
def test_counting_says_what_asking_the_rules_would(
    found: list, together: list[str], days: list[int], chance: random.Random, *, watched: bool, parted: bool
) -> None:
    home = {source: person for person, source in PEOPLE.items()}
    messages: list[Message] = [
        FactPut(partnership="p", person_id=home[e.source_id], assignment_seq=1, held=1, entry=e) for e in found
    ]
    messages += [
        Membership(partnership="p", person_id=p, seq=1, members=[Member(source_id=s, assignment_seq=1)])
        for p, s in PEOPLE.items()
    ]
    messages += [*circles(together, 1), *(circles([], 2) if parted else [])]
    messages += [Tick(at=NOW + timedelta(days=d)) for d in days]
    messages.append(FactRetract(partnership="p", person_id="P", source_id=PEOPLE["P"], assignment_seq=2))
    if watched:
        watch = {"partnership": "p", "check_id": "c", "anchor": PEOPLE["Q"], "person_id": "Q", "assignment_seq": 1}
        messages += [Watch(**watch, state=state, seq=seq) for seq, state in enumerate(("open", "closed"), 1)]
    chance.shuffle(messages)
    seed = chance.randint(0, 10**6)
    assert said(messages, random.Random(seed), counting=True) == said(messages, random.Random(seed), counting=False)
