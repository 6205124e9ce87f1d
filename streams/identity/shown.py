"""What others show of two who say too little themselves: a birth, then a move. Only the order of the two is here.

Where a mother shows that two are one child, it does not matter who moved; so births come first, and moves leave their
links alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hub.state.api import Store
from streams.identity.births import Births
from streams.identity.matching import Matcher
from streams.identity.model import MatchModel
from streams.identity.moves import Moves
from streams.identity.nodes import NodeBook


class Shown:
    """See the module."""

    def __init__(self, nodes: NodeBook, matcher: Matcher, model: MatchModel) -> None:
        """See the class."""
        self._births = Births(nodes, matcher, model)
        self._moves = Moves(matcher, model)

    def follow(self, store: Store, changed: set[int], linked: set[int], homes: Mapping[int, Iterable[str]]) -> set[int]:
        """Bring the links that others show up to date.

        Args:
            store: the rows.
            changed: numbers whose features or ties are others.
            linked: numbers at either end of links that are new, changed or gone.
            homes: of those whose own links or homes changed, the homes that they took or gave up.

        Returns:
            Numbers at either end of links that are new, changed or gone by it.
        """
        born = self._births.follow(store, changed, linked)
        found = set(born)
        for number in sorted(homes.keys() | born):
            found |= self._moves.follow(store, number, homes.get(number, ()))
        return found
