"""All stories, in the order in which they are planted. How one goes is told where its people are."""

from __future__ import annotations

from collections.abc import Callable

from bench.county import story_adults, story_children, story_network, story_quiet
from bench.county.planting import Plant, Plot
from bench.county.population import Wish

Tell = Callable[[Plant], Plot]
ALL_STORIES: tuple[tuple[Tell, Wish, bool], ...] = (
    *((tell, wish, False) for tell, wish in story_children.STORIES),
    *((tell, wish, False) for tell, wish in story_adults.STORIES),
    *((tell, wish, False) for tell, wish in story_network.STORIES),
    *((tell, wish, True) for tell, wish in (*story_quiet.STORIES, *story_network.QUIET)),
)
"""(how it goes, the family it needs, whether it must stay quiet)."""
