"""Bounds: what waits is done later and never dropped; what a record costs does not grow with the number of people."""

from __future__ import annotations

from datetime import timedelta

from hub.state.memory import MemoryStore
from streams.identity import index
from streams.identity.model import shipped_model

from .kit import DAY, World, nhs, who


def small() -> object:
    from dataclasses import replace

    model = shipped_model()
    return replace(model, limits=model.limits.model_copy(update={"candidates": 1, "backlog": 1}))


def test_what_is_over_the_limit_waits_and_comes_to_the_same_persons() -> None:
    people = [who("Ada", "Vosper", "2012-05-06", nhs_number=nhs(n % 3)) for n in range(9)]
    free, bound = World(), World(model=small())
    for world in (free, bound):
        world.feed(*(world.mention(str(n), p) for n, p in enumerate(people)))
    assert list(bound.store.scan(b"w"))
    for minute in range(200):
        bound.driver.tick(DAY + timedelta(minutes=minute))
    assert not list(bound.store.scan(b"w"))
    assert free.partition() == bound.partition()


def test_postings_beyond_one_chunk_are_found_and_removed() -> None:
    store, key = MemoryStore(), b"k" * 12
    numbers = list(range(1, 3 * index.CHUNK))
    for n in numbers:
        index.add(store, key, n)
    assert index.first(store, key).chunks == 3
    assert [n for c in range(3) for n in index.members(store, key, c)] == numbers
    for n in numbers:
        index.remove(store, key, n)
    assert len(store) == 0


def test_a_component_over_the_cap_raises_its_threshold_until_it_fits() -> None:
    from dataclasses import replace

    model = replace(shipped_model(), cap=3)
    near = [who("Ada", "Vosper", "2012-05-06") for _ in range(5)]
    sure = [who("Ada", "Vosper", "2012-05-06", nhs_number=nhs(1)) for _ in range(2)]
    world = World(model=model)
    world.feed(*(world.mention(str(n), p) for n, p in enumerate(near + sure)))
    assert world.together("5", "6")
    assert not world.together("0", "5")


def test_lookups_of_a_record_do_not_grow_with_the_number_of_people() -> None:
    """Counted in store operations, which no busy machine changes."""

    class Counting(MemoryStore):
        calls = 0

        def get(self, key: bytes) -> bytes | None:
            Counting.calls += 1
            return super().get(key)

    def name(n: int) -> str:
        """Names that sound apart."""
        return "".join("BAKEDIFOGUJALEMINOPURAS"[2 * (n // 11**place % 11) :][:2] for place in range(3))

    def stranger(n: int):
        born = f"{1930 + n % 80}-{n % 12 + 1:02}-{n % 27 + 2:02}"
        return who(name(n), name(n + 7) + "BY", born, at=f"{n} Mill Lane|ZE{n % 90} {n % 9}AA")

    def cost(people: int) -> int:
        world = World(store=Counting())
        world.feed(*(world.mention(str(n), stranger(n)) for n in range(people)), batch=100)
        Counting.calls = 0
        world.feed(*(world.mention(f"new{n}", stranger(5000 + n)) for n in range(20)))
        return Counting.calls

    assert cost(600) <= 1.3 * cost(6)
