"""What another match model would make of the persons that there are: tried on a copy of the rows. Changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from hub.state.api import Store
from hub.state.memory import MemoryStore, MemoryTurnDriver
from streams.identity import renewal, rows
from streams.identity.core import IdentityCore
from streams.identity.lookup import Lookup
from streams.identity.reviews import count_open
from streams.identity.rows import num_at

_STEP = timedelta(seconds=1)
Members = frozenset[str]


@dataclass(frozen=True, slots=True)
class Difference:
    """Two partitions of the same source identities into persons, beside each other.

    Attributes:
        model: version of the model that was tried.
        identities: live source identities compared.
        persons: how many there are; how many there would be.
        joined: persons of which the other model would make one: the members of each, the one with most first.
        parted: persons that it would part: the members of each part.
        rearranged: members of several persons that would be shared out otherwise: as they are, as they would be.
        reviews: open ones as there are; as there would be.
    """

    model: str
    identities: int
    persons: tuple[int, int]
    joined: list[list[Members]]
    parted: list[list[Members]]
    rearranged: list[tuple[list[Members], list[Members]]]
    reviews: tuple[int, int]


def shadow(lookup: Lookup, cores: Iterable[IdentityCore], told: Callable[[int], None] = lambda _: None) -> Difference:
    """Compare everybody with another model on copies of the rows, and say what would become of the persons.

    Args:
        lookup: the rows as they stand.
        cores: one of the other model for each partition.
        told: hears how many more source identities were compared.
    """
    before: set[Members] = set()
    after: set[Members] = set()
    found = [0, 0]
    model = ""
    for store, core in zip(lookup.stores, cores, strict=True):
        copy = MemoryStore(store.scan(b""))
        before |= persons_of(store)
        found[0] += count_open(store)
        _renew(copy, core, told)
        after |= persons_of(copy)
        found[1] += count_open(copy)
        model = core.model.version
    joined, parted, rearranged = _differences(before, after)
    return Difference(
        model, sum(map(len, before)), (len(before), len(after)), joined, parted, rearranged, (found[0], found[1])
    )


def persons_of(store: Store) -> set[Members]:
    """The live members of every person; whoever is restricted is not there for whoever asks here."""
    persons: defaultdict[int, set[str]] = defaultdict(set)
    for key, _ in store.scan(b"n"):
        node = rows.get_node(store, num_at(key, 1))
        if node.live and node.person and node.restricted == rows.OPEN:
            persons[node.person].add(node.source_id)
    return {frozenset(some) for some in persons.values()}


def _renew(copy: MemoryStore, core: IdentityCore, told: Callable[[int], None]) -> None:
    driver = MemoryTurnDriver(core, store=copy)
    while not renewal.is_done(copy, core.model.fingerprint) or next(copy.scan(b"w"), None) is not None:
        driver.tick(driver.now + _STEP)
        driver.outputs.clear()
        told(renewal.PER_TICK)


def _differences(
    before: set[Members], after: set[Members]
) -> tuple[list[list[Members]], list[list[Members]], list[tuple[list[Members], list[Members]]]]:
    """Persons that hang together through what changed, by what became of them."""
    joined, parted, rearranged = [], [], []
    for was, becomes in _hanging_together(before - after, after - before):
        if len(becomes) == 1:
            joined.append(was)
        elif len(was) == 1:
            parted.append(becomes)
        else:
            rearranged.append((was, becomes))
    return joined, parted, rearranged


def _hanging_together(before: set[Members], after: set[Members]) -> list[tuple[list[Members], list[Members]]]:
    holds = {member: some for some in after for member in some}
    held = {member: some for some in before for member in some}
    left, found = set(before), []
    for one in sorted(before, key=sorted):
        if one not in left:
            continue
        was, becomes = {one}, set[Members]()
        while True:
            grown = {holds[m] for some in was for m in some if m in holds}
            back = was | {held[m] for some in grown for m in some if m in held}
            if back == was and grown == becomes:
                break
            was, becomes = back, grown
        left -= was
        found.append((_sorted(was), _sorted(becomes)))
    return found


def _sorted(some: Iterable[Members]) -> list[Members]:
    return sorted(some, key=lambda members: (-len(members), min(members)))


def as_json(found: Difference) -> Mapping[str, object]:
    """For a machine; source identities are keyed hashes."""

    def listed(some: Iterable[Members]) -> list[list[str]]:
        return [sorted(members) for members in some]

    return {
        "model": found.model,
        "identities": found.identities,
        "persons": {"are": found.persons[0], "would_be": found.persons[1]},
        "reviews": {"are": found.reviews[0], "would_be": found.reviews[1]},
        "joined": [listed(some) for some in found.joined],
        "parted": [listed(some) for some in found.parted],
        "rearranged": [{"are": listed(a), "would_be": listed(b)} for a, b in found.rearranged],
    }
