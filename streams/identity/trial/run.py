"""Runs records through the identity core in this process: the stream's own code over rows in memory."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice

from hub.ids import Pseudonyms
from hub.keys_in_memory import MemoryKeys
from hub.messages import ReviewItem
from hub.sealing import Sealer, seal_record
from hub.state.memory import MemoryTurnDriver
from streams.identity import rows
from streams.identity.core import IdentityCore
from streams.identity.model import MatchModel
from streams.identity.reviews import OPEN
from streams.identity.trial.csv_records import PARTNERSHIP, READ_AT, SYSTEM, Row
from streams.identity.trial.memory import HashedRows

BATCH = 500
"""Records a batch, as in the stream."""


@dataclass
class Outcome:
    """What came of a trial.

    Attributes:
        persons: record id and person id, in the order of the file.
        reviews: open reviews, as pairs of row numbers (from 0).
        deferred: comparisons that had to wait for a tick; all are done by now.
        rejects: records that the core set aside. They are persons of their own.
    """

    persons: list[tuple[str, str]] = field(default_factory=list)
    reviews: list[tuple[int, int]] = field(default_factory=list)
    deferred: int = 0
    rejects: int = 0


def run(rows_in: Iterable[Row], model: MatchModel, told: Callable[[int], None] = lambda _n: None) -> Outcome:
    """Feed every row, let what was deferred be worked off, and read who is who.

    Args:
        rows_in: the file's rows.
        model: match model.
        told: is called now and then with the number of rows done.
    """
    pseudonyms = Pseudonyms(bytes(32), PARTNERSHIP)
    sealer = Sealer(MemoryKeys())
    core = IdentityCore(pseudonyms, sealer, model)
    driver = MemoryTurnDriver(core, store=HashedRows())
    outcome, names, sources = Outcome(), list[str](), list[str]()
    open_reviews: dict[str, tuple[str, str]] = {}
    for some in _batches(rows_in):
        names += [row.record_id for row in some]
        sources += [pseudonyms.source_id(r.record.agency, SYSTEM, r.record.local_id) for r in some]
        driver.feed(*(seal_record(row.record, pseudonyms, sealer) for row in some))
        _take_reviews(driver, open_reviews)
        told(len(names))
        gc.freeze()  # rows only grow: to look through them again for garbage took a third of the time
    gc.unfreeze()
    minute = 0
    while next(driver.store.scan(b"w"), None) is not None:
        minute += 1
        driver.tick(READ_AT + timedelta(minutes=minute))
        _take_reviews(driver, open_reviews)
    outcome.deferred = minute
    outcome.rejects = len(driver.rejects)
    outcome.persons = [(name, _person(driver, core, s)) for name, s in zip(names, sources, strict=True)]
    at = {s: n for n, s in enumerate(sources)}
    outcome.reviews = sorted((at[a], at[b]) for a, b in open_reviews.values())
    return outcome


def _batches(rows_in: Iterable[Row]) -> Iterator[list[Row]]:
    waiting = iter(rows_in)
    while some := list(islice(waiting, BATCH)):
        yield some


def _take_reviews(driver: MemoryTurnDriver, known: dict[str, tuple[str, str]]) -> None:
    for item in driver.sent("reviews"):
        if isinstance(item, ReviewItem):
            known.pop(item.review_id, None)
            if item.state == OPEN:
                known[item.review_id] = (item.source_a, item.source_b)
    driver.outputs.clear()


def _person(driver: MemoryTurnDriver, core: IdentityCore, source_id: str) -> str:
    number = rows.number_of(driver.store, source_id)
    return (
        source_id
        if number is None
        else core.persons.person_id(driver.store, rows.get_node(driver.store, number).person)
    )
