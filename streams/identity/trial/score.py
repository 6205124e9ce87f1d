"""How good a grouping of records is, against the truth. Pure functions; no file and no core here.

Pairwise precision, recall and F1 over all pairs of records; B-cubed (Bagga and Baldwin 1998) weighs every record the
same; clusters that mix people and people who are split are what does harm, counted one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from math import comb
from typing import NamedTuple


class Score(NamedTuple):
    """Of a grouping against the truth.

    Attributes:
        records: that both know.
        people: in truth.
        persons: that were formed.
        mixed: clusters that hold more than one person's records.
        split: people whose records stand in more than one cluster.
    """

    records: int
    people: int
    persons: int
    precision: float
    recall: float
    f1: float
    mixed: int
    split: int
    bcubed_precision: float
    bcubed_recall: float
    bcubed_f1: float


def score(found: Mapping[str, Hashable], truth: Mapping[str, Hashable]) -> Score:
    """Compare two groupings over the records that both hold: record -> cluster, record -> person."""
    known = [r for r in found if r in truth]
    cells = Counter((found[r], truth[r]) for r in known)
    clusters = Counter(found[r] for r in known)
    people = Counter(truth[r] for r in known)
    right = sum(comb(n, 2) for n in cells.values())
    together = sum(comb(n, 2) for n in clusters.values())
    wanted = sum(comb(n, 2) for n in people.values())
    precision, recall = _ratio(right, together), _ratio(right, wanted)
    near = sum(n * n / clusters[c] for (c, _), n in cells.items()) / max(len(known), 1)
    far = sum(n * n / people[p] for (_, p), n in cells.items()) / max(len(known), 1)
    return Score(
        records=len(known),
        people=len(people),
        persons=len(clusters),
        precision=precision,
        recall=recall,
        f1=_f1(precision, recall),
        mixed=len(mixed(cells)),
        split=len(split(cells)),
        bcubed_precision=near,
        bcubed_recall=far,
        bcubed_f1=_f1(near, far),
    )


def mixed(cells: Mapping[tuple[Hashable, Hashable], int]) -> set[Hashable]:
    """Clusters that hold more than one person, of (cluster, person) -> records."""
    return {c for c, n in Counter(c for c, _ in cells).items() if n > 1}


def split(cells: Mapping[tuple[Hashable, Hashable], int]) -> set[Hashable]:
    """People who stand in more than one cluster."""
    return {p for p, n in Counter(p for _, p in cells).items() if n > 1}


def _ratio(part: int, whole: int) -> float:
    """1 of nothing: where no pair was formed none is wrong."""
    return part / whole if whole else 1.0


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
