"""Another match model over the same rows comes to the persons that it would have formed from the first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.identity import renewal
from streams.identity.core import IdentityCore
from streams.identity.model import MatchModel, shipped_model

from .kit import DAY, PSEUDONYMS, World, who
from .test_laws import feed, final, histories

SHIPPED = shipped_model()
OTHERS = {
    "strict": replace(SHIPPED, fingerprint="strict", version="strict", link=40_000, review=30_000),
    "lax": replace(SHIPPED, fingerprint="lax", version="lax", link=9_000, review=4_000),
    "few keys": replace(SHIPPED, fingerprint="few keys", blocking=SHIPPED.blocking[:3]),
}
MODELS = [SHIPPED, *OTHERS.values()]


def renewed(world: World, model: MatchModel) -> World:
    """The world after its worker was started again with another model, and had time."""
    world.driver.core = IdentityCore(PSEUDONYMS, world.sealer, model)
    minute = 0
    while not renewal.is_done(world.store, model.fingerprint) or next(world.store.scan(b"w"), None) is not None:
        minute += 1
        world.driver.tick(DAY + timedelta(minutes=minute))
    return world


@settings(max_examples=40, deadline=None)
@given(history=histories(), first=st.sampled_from(MODELS), then=st.sampled_from(MODELS), per_tick=st.integers(1, 4))
def test_a_model_that_comes_later_forms_the_same_persons(
    history, first: MatchModel, then: MatchModel, per_tick: int
) -> None:
    changed, from_the_first = World(model=first), World(model=then)
    feed(changed, history, None)
    feed(from_the_first, history, None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(renewal, "PER_TICK", per_tick)
        assert final(renewed(changed, then)) == final(renewed(from_the_first, then))


def test_it_is_done_once_and_says_only_what_changed() -> None:
    world = World()
    ada = who("Ada", "Vosper", "2012-05-06")
    world.feed(
        world.mention("a", ada), world.mention("b", ada), world.mention("c", who("Peter", "Quinn", "1970-02-03"))
    )
    renewed(world, SHIPPED)
    assert renewal.advance(world.store, SHIPPED.fingerprint) == range(0)
    before = len(world.driver.outputs)
    renewed(world, replace(SHIPPED, fingerprint="said otherwise, means the same"))
    assert len(world.driver.outputs) == before
    renewed(world, replace(SHIPPED, fingerprint="nobody", link=200_000))
    assert not world.together("a", "b")
    renewed(world, SHIPPED)
    assert world.together("a", "b")


def test_a_model_is_another_where_anything_in_it_is() -> None:
    assert renewal.advance(World().store, "x") == range(0)
    assert len({model.fingerprint for model in MODELS}) == len(MODELS)
    assert len(SHIPPED.fingerprint) == 24
