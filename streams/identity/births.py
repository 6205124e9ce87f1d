"""Births: an expected child is the child that its mother then has. No cluster, no weight here.

An unborn child has no name and often no address: what is known is who its mother is and when it is due. So a pair of
which one end is unborn, and whose mothers are one by what they say themselves, is compared with that in the place of
what a family shares. Of twins both ends weigh alike and can't be one child, so that neither is joined and a person
looks. Links found so show nothing of anybody else: the evidence goes one step, and depends on live identities alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from hub.state.api import Store
from streams.identity import rows
from streams.identity.clean import dates
from streams.identity.compare import ONE_MOTHER
from streams.identity.levels.births import EXPECTED_DAYS
from streams.identity.matching import Matcher, links
from streams.identity.model import MatchModel
from streams.identity.nodes import NodeBook
from streams.identity.rows import num, num_at
from streams.identity.ties import ties_of

_MOTHER: Final = "mother"
_CHILD: Final = "child"
_MONTH: Final = len("2026-02")
_TO_THE_DAY: Final = frozenset({dates.DAY, dates.EXPECTED})
_Kept = tuple[tuple[int, ...], tuple[str, ...]]
"""Of an unborn child: its mothers' numbers, and the months in which it may be born."""
_parse: Final = rows.reader(tuple[tuple[int, ...], tuple[str, ...]])
_NOTHING: Final[_Kept] = ((), ())


class Births:
    """Keeps who is expected, and the links that follow from births, of one store."""

    def __init__(self, nodes: NodeBook, matcher: Matcher, model: MatchModel) -> None:
        """See the class."""
        self._nodes = nodes
        self._matcher = matcher
        self._link = model.link

    def follow(self, store: Store, changed: set[int], linked: set[int]) -> set[int]:
        """Bring everything up to date after features, ties or links of source identities changed.

        Args:
            store: the rows.
            changed: those whose features or ties are others.
            linked: those at either end of links that are new, changed or gone.

        Returns:
            Numbers at either end of links that are new, changed or gone by it.
        """
        again: set[int] = set()
        for number in changed:
            if self._note(store, number):
                again.add(number)
            again |= self._expected_with(store, number)
        for number in changed | linked:
            again.update(num_at(key, 9) for key, _ in store.scan(b"l" + num(number)))
        return {n for one in sorted(again) for n in self._link_anew(store, one)}

    def _note(self, store: Store, number: int) -> bool:
        """Write down whose child is expected and when; whether this is, or was, an unborn child."""
        key = b"U" + num(number)
        value = store.get(key)
        before = _parse(value) if value is not None else _NOTHING
        after = self._expected(store, number)
        if after == before:
            return after != _NOTHING
        for mother in set(before[0]) - set(after[0]):
            store.delete(b"l" + num(mother) + num(number))
        for month in set(before[1]) - set(after[1]):
            store.delete(b"q" + month.encode() + num(number))
        for mother in set(after[0]) - set(before[0]):
            store.put(b"l" + num(mother) + num(number), b"")
        for month in set(after[1]) - set(before[1]):
            store.put(b"q" + month.encode() + num(number), b"")
        if after == _NOTHING:
            store.delete(key)
        else:
            store.put(key, rows.dumps(after))
        return True

    def _expected(self, store: Store, number: int) -> _Kept:
        """Mothers and months of an unborn child that is not set apart; nothing of anybody else."""
        births = self._births(store, number)
        due = [date.fromisoformat(value) for value, precision in births if precision == dates.EXPECTED]
        mothers = _mothers(store, number) if due else []
        if not mothers:
            return _NOTHING
        about = range(-EXPECTED_DAYS, EXPECTED_DAYS + 1)
        months = {(day + timedelta(days=n)).isoformat()[:_MONTH] for day in due for n in about}
        return tuple(mothers), tuple(sorted(months))

    def _births(self, store: Store, number: int) -> tuple[tuple[str, str], ...]:
        """Birth dates; of one that is set apart none, so that nothing finds it."""
        node = rows.get_node(store, number)
        return () if node.restricted == rows.APART else self._nodes.features(store, number).births

    def _expected_with(self, store: Store, number: int) -> set[int]:
        """Unborn children with whom this one may be linked, or is: most people are born when nobody is expected."""
        linked = {link.other for link in links(store, number) if link.shown == ONE_MOTHER}
        months = {value[:_MONTH] for value, precision in self._births(store, number) if precision == dates.DAY}
        if any(next(store.scan(b"q" + month.encode()), None) is not None for month in months):
            for mother in self._one_mother(store, _mothers(store, number)):
                linked.update(num_at(key, 9) for key, _ in store.scan(b"l" + num(mother)))
        return {n for n in linked if store.get(b"U" + num(n)) is not None}

    def _one_mother(self, store: Store, mothers: Iterable[int]) -> set[int]:
        """These, and who is linked to one of them at the threshold by what they say themselves."""
        found = set(mothers)
        for mother in mothers:
            found.update(
                k.other for k in links(store, mother) if not k.shown and not k.barred and k.weight >= self._link
            )
        return found

    def _link_anew(self, store: Store, number: int) -> set[int]:
        """Link an unborn child to those whom its mother has, or expects, about its day, and to nobody else so."""
        kept = store.get(b"U" + num(number))
        if kept is None:
            return self._drop(store, number)
        mothers = self._one_mother(store, _parse(kept)[0])
        children = {tie.other for mother in mothers for tie in ties_of(store, mother) if tie.relation == _CHILD}
        linked = links(store, number)
        enough = {k.other for k in linked if not k.shown and (k.barred or k.weight >= self._link)}
        hers = [n for n in children - {number} - enough if self._may_be_expected(store, n, mothers)]
        return self._matcher.relink_shown(store, number, hers, ONE_MOTHER)

    def _may_be_expected(self, store: Store, number: int, mothers: set[int]) -> bool:
        """Whether a child is told of to the day, and is the mother's and not the father's alone."""
        told = {precision for _, precision in self._births(store, number)}
        return not (told.isdisjoint(_TO_THE_DAY) or mothers.isdisjoint(_mothers(store, number)))

    def _drop(self, store: Store, number: int) -> set[int]:
        """Take back the links of one that is expected no longer; those to an unborn child are that child's to keep."""
        ends = {link.other for link in links(store, number) if link.shown == ONE_MOTHER}
        return self._matcher.unlink_shown(store, number, {n for n in ends if store.get(b"U" + num(n)) is None})


def _mothers(store: Store, number: int) -> list[int]:
    return [tie.other for tie in ties_of(store, number) if tie.relation == _MOTHER]
