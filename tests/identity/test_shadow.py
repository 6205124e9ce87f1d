"""A model tried in the shadow: what it says is what switching to it does, and trying it changes nothing."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.identity import renewal
from streams.identity.core import IdentityCore
from streams.identity.lookup import Lookup
from streams.identity.model import MatchModel
from streams.identity.shadow import Difference, as_json, persons_of, shadow

from .kit import PSEUDONYMS, World, who
from .test_laws import feed, histories
from .test_renewal import MODELS, SHIPPED, renewed


def tried(world: World, model: MatchModel) -> Difference:
    core = IdentityCore(PSEUDONYMS, world.sealer, model)
    return shadow(Lookup((world.store,), (world.core,)), [core])


@settings(max_examples=30, deadline=None)
@given(history=histories(), first=st.sampled_from(MODELS), then=st.sampled_from(MODELS))
def test_what_the_shadow_says_is_what_the_switch_does(history, first: MatchModel, then: MatchModel) -> None:
    world = World(model=first)
    feed(world, history, None)
    rows, before = dict(world.store.scan(b"")), persons_of(world.store)
    found = tried(world, then)
    assert dict(world.store.scan(b"")) == rows
    after = persons_of(renewed(world, then).store)
    assert found.persons == (len(before), len(after))
    told_of = [some for group in (*found.joined, *(was for was, _ in found.rearranged)) for some in group]
    told_of += [frozenset().union(*parts) for parts in found.parted]
    assert sorted(map(sorted, told_of)) == sorted(map(sorted, before - after))


def test_joined_and_parted_are_named() -> None:
    world = World()
    ada = who("Ada", "Vosper", "2012-05-06")
    world.feed(
        world.mention("a", ada), world.mention("b", ada), world.mention("c", who("Peter", "Quinn", "1970-02-03"))
    )
    renewed(world, SHIPPED)
    assert as_json(tried(world, SHIPPED))["parted"] == []
    found = tried(world, replace(SHIPPED, fingerprint="nobody", link=200_000))
    assert found.identities == 3
    assert found.persons == (2, 3)
    assert found.parted == [sorted([frozenset({world.source("a")}), frozenset({world.source("b")})], key=min)]
    assert not renewal.is_done(world.store, "nobody")
