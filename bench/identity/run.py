"""Matching quality on every set, in one table, and fairness: misses and mixes by origin of names and by completeness.

Example: python -m bench.identity.run --seeds 1 2 --splink (needs `uv sync --group bench`). Writes
bench/out/identity.json.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bench.identity.beside import measure_splink
from bench.identity.families import families
from bench.identity.febrl import febrl
from bench.identity.registers import registers
from bench.identity.sample import Sample, mixed_kinds, split_people, split_rates
from streams.identity.model import MatchModel, load_model, shipped_model
from streams.identity.trial.csv_records import read_records
from streams.identity.trial.run import run
from streams.identity.trial.score import score

OUT = Path("bench/out/identity.json")
_TELLING = ("given_name", "surname", "date_of_birth", "sex", "identifiers", "postcode")


def samples(seeds: list[int], count: int) -> Iterator[Sample]:
    """Every set, made when it is asked for."""
    yield febrl(3)
    yield febrl(4)
    for seed in seeds:
        yield families(count, seed)
    for seed in seeds:
        yield registers(count, seed)


def measure(sample: Sample, model: MatchModel) -> dict[str, Any]:
    """Run one set through the core, and score it."""
    with tempfile.TemporaryDirectory() as folder:
        records, _ = sample.write(Path(folder))
        started = time.process_time()
        outcome = run(read_records(records), model)
        seconds = time.process_time() - started
    found = dict(outcome.persons)
    figures: dict[str, Any] = {"set": sample.name, "by": "hub"} | score(found, sample.truth)._asdict()
    figures |= {"open_reviews": len(outcome.reviews), "us_a_record": round(1e6 * seconds / len(found))}
    if sample.people:
        figures |= split_rates(sample, found)
        figures["mixed_kinds"] = dict(mixed_kinds(sample, found))
        figures["fairness"] = fairness(sample, found)
    return figures


def fairness(sample: Sample, found: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Share of people split and share mixed with others, by origin of names and by how much records say of them."""
    clusters: defaultdict[str, set[str]] = defaultdict(set)
    for record, cluster in found.items():
        clusters[cluster].add(sample.truth[record])
    mixed = {person for some in clusters.values() if len(some) > 1 for person in some}
    split = split_people(sample, found)
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for person, traits in sample.people.items():
        groups[f"names: {traits.origin}"].add(person)
    for person, said in _completeness(sample).items():
        groups[f"completeness: {said}"].add(person)
    return {
        name: {
            "people": len(some),
            "split": round(len(some & split) / len(some), 5),
            "mixed": round(len(some & mixed) / len(some), 5),
        }
        for name, some in sorted(groups.items())
    }


def _completeness(sample: Sample) -> dict[str, str]:
    """Person -> how many of the telling fields the average record of theirs has."""
    filled: Counter[str] = Counter()
    records: Counter[str] = Counter()
    for record in sample.records:
        person = sample.truth[record["record_id"]]
        records[person] += 1
        filled[person] += sum(bool(record.get(name)) for name in _TELLING)
    share = {p: filled[p] / records[p] / len(_TELLING) for p in records}
    return {p: "full" if s > 0.95 else "most" if s > 0.75 else "little" for p, s in share.items()}


def _show(figures: dict[str, Any]) -> None:
    shares = " ".join(f"{k} {figures[k]:.4f}" for k in ("split_share", "split_moved", "split_renamed") if k in figures)
    print(
        f"{figures['set']:<14} {figures['by']:<6} P {figures['precision']:.5f}"
        f" R {figures['recall']:.5f} F1 {figures['f1']:.5f}"
        f" mixed {figures['mixed']} of {figures['people']} {figures.get('mixed_kinds', '')} {shares}"
        f" reviews {figures.get('open_reviews', '-')} {figures['us_a_record']} us/record",
        flush=True,
    )


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--families", type=int, default=4000)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--splink", action="store_true", help="the same records through Splink as well")
    asked = parser.parse_args()
    model = load_model(asked.model) if asked.model else shipped_model()
    results = []
    for sample in samples(asked.seeds, asked.families):
        results.append(measure(sample, model))
        _show(results[-1])
        if asked.splink:
            results.append(measure_splink(sample))
            _show(results[-1])
    for figures in results:
        for name, rates in figures.get("fairness", {}).items():
            told = f"people {rates['people']:>6} split {rates['split']:.4f} mixed {rates['mixed']:.4f}"
            print(f"{figures['set']:<14} {name:<36} {told}")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"model": model.version, "sets": results}, indent=1), "utf-8")


if __name__ == "__main__":
    main()
