"""A person's entries newest first: an index of those who have many gives what looking at every row gives."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.messages import FactPut, FactRetract, Tick
from hub.messages.base import Message
from hub.messages.picture import Entry
from hub.state.memory import MemoryTurnDriver
from streams.picture import chronology
from streams.picture.head import Head
from streams.picture.person_core import PersonCore
from tests.picture.test_picture_is_a_function_of_facts import BOX, ENGINE, NOW, SOURCES, entries


def after(messages: list[Message], many: int) -> MemoryTurnDriver:
    with patch.object(chronology, "MANY", many):
        driver = MemoryTurnDriver(PersonCore(ENGINE, BOX))
        driver.feed(Tick(at=NOW), *messages, batch=2)
    assert not driver.rejects
    return driver


def seen(driver: MemoryTurnDriver) -> list[Entry]:
    rows = chronology.newest(driver.store, "P", Head.load(driver.store, "P"))
    return [chronology.entry_of_row(row) for row in rows]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(entries, min_size=3, max_size=14), st.booleans())
def test_the_index_gives_what_the_rows_give(found: list[Entry], leaves: bool) -> None:  # noqa: FBT001 - drawn
    messages: list[Message] = [
        FactPut(partnership="p", person_id="P", assignment_seq=1, held=1, entry=e) for e in found
    ]
    if leaves:
        messages.append(FactRetract(partnership="p", person_id="P", source_id=SOURCES[0], assignment_seq=2))
    indexed, plain = after(messages, 1), after(messages, 1_000)
    assert seen(indexed) == seen(plain)
    rows = len(list(indexed.store.scan(b"c/")))
    assert rows in {0, len(seen(plain))}
    assert not list(plain.store.scan(b"c/"))
