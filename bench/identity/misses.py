"""What people who were split, or mixed, lack or share: the heaviest pair between two parts, by its levels, counted.

Example: python -m bench.identity.misses registers 1 (a generator and its seed; needs `uv sync --group bench`).
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

from bench.identity.families import families
from bench.identity.registers import registers
from bench.identity.sample import Sample
from streams.identity.blocking import block_keys
from streams.identity.compare import Comparison, bits, compare
from streams.identity.features import Features, contribution_of
from streams.identity.model import MILLI, MatchModel, load_model, shipped_model
from streams.identity.trial.csv_records import identity_of, read_records
from streams.identity.trial.run import run

MAKERS = {"families": families, "registers": registers}


class Miss(NamedTuple):
    """Two parts of one person that should be together, or two people of one cluster.

    Attributes:
        reason: why the machine did not join them, or what it took for one; then the levels of the heaviest pair.
        a: record of the one part.
        b: record of the other.
        result: of comparing the two.
    """

    reason: str
    a: str
    b: str
    result: Comparison


class Lens:
    """Compares records as the core does."""

    def __init__(self, sample: Sample, model: MatchModel) -> None:
        """See the class."""
        self._model = model
        self._features: dict[str, Features] = {
            r["record_id"]: contribution_of(identity_of(r), model.tables).features for r in sample.records
        }

    def heaviest(self, some: Iterable[str], others: Iterable[str]) -> Miss:
        """The pair that speaks most for joining two parts; those without conflict first."""
        rest = list(others)
        pairs = [(a, b, compare(self._features[a], self._features[b], self._model)) for a in some for b in rest]
        a, b, result = max(pairs, key=lambda p: (not p[2].conflict, p[2].weight, p[0], p[1]))
        return Miss(f"{self._reason(a, b, result):<18} {_levels(result)}", a, b, result)

    def _reason(self, a: str, b: str, result: Comparison) -> str:
        if result.conflict:
            return f"conflict {result.conflict}"
        keys = [set(block_keys(self._features[x], self._model)) for x in (a, b)]
        if keys[0].isdisjoint(keys[1]):
            return "share no key"
        if result.weight >= self._model.link:
            return "rival or conflict"
        short = (self._model.link - result.weight) / MILLI
        return "lacks 3 bits" if short < 3 else "lacks 6 bits" if short < 6 else "lacks more"


def _levels(result: Comparison) -> str:
    return ", ".join(f"{s.name} {s.level}" for s in result.steps if "once" not in s.level)


def misses(sample: Sample, model: MatchModel) -> Iterator[tuple[str, Miss]]:
    """Every pair of parts of a split person ('split', 'moved', 'renamed') and of people in one cluster ('mixed')."""
    with tempfile.TemporaryDirectory() as folder:
        found = dict(run(read_records(sample.write(Path(folder))[0]), model).persons)
    lens = Lens(sample, model)
    parts: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    mixed: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for record, cluster in found.items():
        parts[sample.truth[record]][cluster].append(record)
        mixed[cluster][sample.truth[record]].append(record)
    for person, some in parts.items():
        traits = sample.people[person]
        kind = f"{'moved ' if traits.moved else ''}{'renamed' if traits.renamed else ''}".strip() or "stayed"
        for one, other in combinations(some.values(), 2):
            yield kind, lens.heaviest(one, other)
    for people in mixed.values():
        for one, other in combinations(people.values(), 2):
            yield "mixed", lens.heaviest(one, other)


def main() -> None:
    """Print them, commonest first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("maker", choices=sorted(MAKERS))
    parser.add_argument("seed", type=int)
    parser.add_argument("--families", type=int, default=4000)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--most", type=int, default=25, help="reasons to print of each kind")
    asked = parser.parse_args()
    sample = MAKERS[asked.maker](asked.families, asked.seed)
    kinds: defaultdict[str, list[Miss]] = defaultdict(list)
    for kind, miss in misses(sample, load_model(asked.model) if asked.model else shipped_model()):
        kinds[kind].append(miss)
    for kind, some in sorted(kinds.items()):
        reasons = Counter(m.reason for m in some)
        short = Counter(m.reason[:18].strip() for m in some)
        print(f"\n{kind}: {len(some)} pairs of parts; {dict(short.most_common())}")
        for reason, count in reasons.most_common(asked.most):
            example = next(m for m in some if m.reason == reason)
            print(f"{count:>5} {bits(example.result.weight):>6} {reason}   {example.a} {example.b}")


if __name__ == "__main__":
    main()
