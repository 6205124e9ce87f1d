"""Reviews: links that the machine neither makes nor drops. One item per pair of persons; emits, decides nothing."""

from __future__ import annotations

from itertools import islice
from math import inf
from typing import NamedTuple

from hub.ids import derived_id
from hub.messages import ReviewItem
from hub.state.api import Rows, Store, Turn
from streams.identity import decisions, rows
from streams.identity.cluster import Pair, pair
from streams.identity.matching import Matcher, links
from streams.identity.model import MatchModel
from streams.identity.persons import Persons
from streams.identity.rows import num, num_at, pair_key

OPEN, DECIDED, MOOT = "open", "decided", "moot"
_UNANSWERED = -inf
COUNTED = 10_000
"""Open reviews counted for metrics, keys only: more than people could ever look at."""


class Held(NamedTuple):
    """What was last said of a review."""

    state: str
    weight: int
    version: str
    proposed: str = ""
    proposed_by: str = ""


_parse = rows.reader(Held)


class Reviews:
    """Opens, decides and closes review items over one store."""

    def __init__(self, matcher: Matcher, persons: Persons, model: MatchModel) -> None:
        """See the class."""
        self._matcher = matcher
        self._persons = persons
        self._model = model

    def say(self, turn: Turn, person: int) -> None:
        """Bring the reviews that concern a person up to date."""
        store = turn.store
        members = [n for n, _ in rows.get_person(store, person).members]
        wanted = self._wanted(turn, person, members)
        held = {pair(n, other): said for n in members for other, said in reviews_of(store, n).items()}
        for key in sorted(wanted.keys() | held.keys()):
            self._update(turn, key, wanted.get(key), held.get(key))

    def _wanted(self, turn: Turn, person: int, members: list[int]) -> dict[Pair, int]:
        """The heaviest link to each other person, where a person has to look."""
        store = turn.store
        best: dict[int, tuple[int, tuple[str, ...], Pair]] = {}
        conflicts = self._persons.conflicts(store)
        answered = self._answered(turn, members)
        for n in members:
            near = links(store, n)
            if not near:
                continue
            node = rows.get_node(store, n)
            if not node.live or node.restricted != rows.OPEN:
                continue
            same = [other for other, what in decisions.decided(store, n).items() if what == decisions.SAME]
            for link in near:
                far = rows.get_node(store, link.other)
                if far.person == person or far.restricted != rows.OPEN:
                    continue
                if link.weight <= answered.get(far.person, _UNANSWERED):
                    continue
                if not link.barred and conflicts(n, link.other):
                    continue
                if any(conflicts(one, link.other) for one in same):
                    continue  # people have said whom this one is: a twin of theirs it is not
                names = tuple(sorted((node.source_id, far.source_id)))
                rank = (-link.weight, names, pair(n, link.other))
                best[far.person] = min(best.get(far.person, rank), rank)
        return {key: -weight for weight, _, key in best.values()}

    def _answered(self, turn: Turn, members: list[int]) -> dict[int, float]:
        """Other person -> up to which weight people have answered, and need not look again yet.

        Who found two records to be of different people has spoken of both persons. Who cannot tell is asked again
        where other records of the two say more.
        """
        store = turn.store
        answered: dict[int, float] = {}
        for n in members:
            for other, what in decisions.decided(store, n).items():
                decision = decisions.decision_on(store, n, other)
                if decision is None or what == decisions.WITHDRAWN or decisions.is_due(decision, turn.now):
                    continue
                weight = inf if what != decisions.CANNOT_TELL else _weight_of(store, n, other)
                far = rows.get_node(store, other).person
                answered[far] = max(answered.get(far, _UNANSWERED), weight)
        return answered

    def _update(self, turn: Turn, key: Pair, weight: int | None, held: Held | None) -> None:
        store = turn.store
        if weight is not None:
            first = decisions.pending(store, *key)
            new = Held(OPEN, weight, self._model.version, *((first.decision, first.actor) if first else ()))
        else:
            assert held is not None
            decision = decisions.decision_on(store, *key)
            outranked = decision is not None and decision.decision != decisions.WITHDRAWN
            new = held._replace(state=DECIDED if outranked else MOOT, proposed="", proposed_by="")
        if new == held:
            return
        for row in (pair_key(b"u", *key), pair_key(b"u", *key[::-1])):
            store.put(row, rows.dumps(new))
        if new.state == OPEN:
            store.put(pair_key(b"o", *key), b"")
        elif held is not None and held.state == OPEN:
            store.delete(pair_key(b"o", *key))
        self._emit(turn, key, new)

    def _emit(self, turn: Turn, key: Pair, new: Held) -> None:
        a, b = sorted((rows.get_node(turn.store, n) for n in key), key=lambda node: node.source_id)
        steps = self._matcher.said_of(turn.store, *key).steps if new.state == OPEN else ()
        review_id = derived_id("review", a.source_id, b.source_id)
        item = ReviewItem(
            review_id=review_id,
            partnership=a.partnership,
            source_a=a.source_id,
            source_b=b.source_id,
            weight=new.weight,
            steps={f"{s.name}: {s.level}": s.weight for s in steps},
            model_version=new.version,
            state=new.state,
            proposed=new.proposed,
            proposed_by=new.proposed_by,
            at=turn.now,
        )
        turn.emit("reviews", review_id, item)


def _weight_of(store: Store, a: int, b: int) -> float:
    return next((link.weight for link in links(store, a) if link.other == b), _UNANSWERED)


def count_open(store: Rows) -> int:
    """Reviews that wait for a person, at most `COUNTED`."""
    return sum(1 for _ in islice(store.scan(b"o"), COUNTED))


def reviews_of(store: Store, number: int) -> dict[int, Held]:
    """Far end -> what was last said, of one source identity."""
    return dict(store.listed(b"u" + num(number), lambda key, value: (num_at(key, 9), _parse(value))))
