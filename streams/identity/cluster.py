"""Clusters: a pure function of links, decisions and conflicts -> persons. No store, no order of arrival.

Must-links first, then links by (weight descending, canonical pair), refusing any union in which some pair conflicts.
What people have found to be the same joins the two persons that there would be without them, whole: between those no
conflict is one any more, unless people have found some pair of them to be different.
A link whose end has a rival about as heavy, where the rivals can't be one person, joins neither: a person has to look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a partition depends on.

    Attributes:
        names: number -> source id, whose order is the canonical one.
        must: pairs that people or agencies assert to be one.
        same: those of `must` that people assert.
        never: pairs that people have found to be different.
        weights: pair -> weight, of links at or above the threshold.
        rivals: number -> (far end, weight) of all its links, also those below the threshold or leading outside.
        conflict: whether two can't be one person, by their features and ties.
        two_numbers: whether that is because each has a number of its own that nobody has two of.
        slip: whether that is because of what a slip of the pen may do, and others, surely both, show that it did.
        nameless: whether two are linked without a first name or number in common that tells twins apart.
        one_of_twins: whether only one of two is said to be of a multiple birth, and nothing tells if the other is.
    """

    names: Mapping[int, str]
    must: Iterable[Pair]
    never: frozenset[Pair]
    weights: Mapping[Pair, int]
    rivals: Mapping[int, list[Pair]]
    conflict: Callable[[int, int], bool]
    two_numbers: Callable[[int, int], bool]
    slip: Callable[[int, int, Sequence[int]], bool] = lambda _x, _y, _thirds: False
    nameless: Callable[[int, int], bool] = lambda _x, _y: False
    one_of_twins: Callable[[int, int], bool] = lambda _x, _y: False
    same: frozenset[Pair] = frozenset()


@dataclass(frozen=True, slots=True)
class Rules:
    """Thresholds, in thousandths of a bit, and the cap on a component's size."""

    link: int
    margin: int
    sure: int
    step: int
    cap: int


def pair(a: int, b: int) -> Pair:
    """A pair of numbers in one order."""
    return (a, b) if a < b else (b, a)


def partition(evidence: Evidence, rules: Rules) -> list[frozenset[int]]:
    """The persons: disjoint sets that cover every number of `evidence.names`."""
    told = _told(evidence, rules)
    groups = _Groups(evidence.names)
    for a, b in sorted(evidence.must, key=lambda p: _canonical(evidence, p)):
        groups.join(a, b, lambda x, y: pair(x, y) in evidence.never)
    clear = {p: w for p, w in evidence.weights.items() if not _ambiguous(p, w, evidence, rules, told)}
    for p in _in_order(evidence, _bounded(groups, clear, rules)):
        together = groups.members(p[0]) | groups.members(p[1])
        groups.join(*p, lambda x, y, some=together: _refuses(x, y, some, evidence, rules, told))  # type: ignore[misc]
    return sorted(groups.sets(), key=min)


def _told(evidence: Evidence, rules: Rules) -> _Groups | None:
    """The persons without what people found to be the same, joined by it; None where they found nothing."""
    if not evidence.same:
        return None
    alone = replace(evidence, must=set(evidence.must) - evidence.same, same=frozenset())
    told = _Groups(evidence.names)
    for some in partition(alone, rules):
        for n in some:
            told.join(min(some), n, lambda _x, _y: False)
    for p in evidence.same:
        told.join(*p, lambda _x, _y: False)
    return told


def _refuses(x: int, y: int, together: set[int], evidence: Evidence, rules: Rules, told: _Groups | None) -> bool:
    """Whether two can't be one person, and neither people nor a third who is surely each of them say otherwise."""
    if pair(x, y) in evidence.never:
        return True
    if not evidence.conflict(x, y) or (told is not None and told.root(x) == told.root(y)):
        return False
    sure = evidence.weights
    both = [z for z in together if sure.get(pair(x, z), 0) >= rules.sure <= sure.get(pair(z, y), 0)]
    return not (both and evidence.slip(x, y, both))


def _canonical(evidence: Evidence, p: Pair) -> tuple[str, ...]:
    return tuple(sorted((evidence.names[p[0]], evidence.names[p[1]])))


def _in_order(evidence: Evidence, weights: Mapping[Pair, int]) -> list[Pair]:
    return sorted(weights, key=lambda p: (-weights[p], _canonical(evidence, p)))


def _ambiguous(p: Pair, weight: int, evidence: Evidence, rules: Rules, told: _Groups | None) -> bool:
    """Whether one end might as well be a rival of the other.

    A sure link has rivals only by number: namesakes, each with an NHS number, may agree in all else. Where somebody
    near is said to be a twin, whoever has no name may be the other twin.
    """
    apart = evidence.two_numbers if weight >= rules.sure else evidence.conflict
    nameless = weight < rules.sure and evidence.nameless(*p)  # without a name or a number none is sure
    for x, y in (p, p[::-1]):
        for other, theirs in evidence.rivals.get(x, ()):
            if nameless and other != y and evidence.one_of_twins(x, other):
                return True
            if told is not None and other in evidence.names and told.root(other) == told.root(y):
                continue  # people have found the rivals to be one
            close = other != y and theirs >= weight - rules.margin
            if close and (pair(other, y) in evidence.never or apart(other, y)):
                return True
    return False


def _bounded(groups: _Groups, weights: Mapping[Pair, int], rules: Rules) -> dict[Pair, int]:
    """The links that remain once every component over the cap has raised its threshold, step by step."""
    if len({n for p in weights for n in p}) <= rules.cap:
        return dict(weights)  # nearly always: then no component is over it
    kept: dict[Pair, int] = {}
    waiting = [(rules.link, dict(weights))]
    while waiting:
        threshold, some = waiting.pop()
        for part in _components(groups, some):
            if len({n for p in part for n in p}) <= rules.cap:
                kept.update(part)
            else:
                higher = threshold + rules.step
                waiting.append((higher, {p: w for p, w in part.items() if w >= higher}))
    return kept


def _components(groups: _Groups, weights: Mapping[Pair, int]) -> list[dict[Pair, int]]:
    """Links by connected component; those already joined count as connected."""
    joint = groups.copy()
    for a, b in weights:
        joint.join(a, b, lambda _x, _y: False)
    parts: dict[int, dict[Pair, int]] = {}
    for p, weight in weights.items():
        parts.setdefault(joint.root(p[0]), {})[p] = weight
    return [parts[root] for root in sorted(parts)]


class _Groups:
    """Disjoint sets that can refuse a union."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._root = {n: n for n in numbers}
        self._sets = {n: {n} for n in self._root}

    def copy(self) -> _Groups:
        twin = _Groups(())
        twin._root = dict(self._root)
        twin._sets = {root: set(some) for root, some in self._sets.items()}
        return twin

    def root(self, number: int) -> int:
        return self._root[number]

    def members(self, number: int) -> set[int]:
        return self._sets[self._root[number]]

    def join(self, a: int, b: int, refuses: Callable[[int, int], bool]) -> None:
        """Unite the sets of a and b unless some cross pair refuses."""
        one, two = sorted((self._root[a], self._root[b]), key=lambda r: (-len(self._sets[r]), r))
        if one == two or any(refuses(x, y) for x in self._sets[one] for y in self._sets[two]):
            return
        for n in self._sets[two]:
            self._root[n] = one
        self._sets[one] |= self._sets.pop(two)

    def sets(self) -> list[frozenset[int]]:
        return [frozenset(some) for some in self._sets.values()]
