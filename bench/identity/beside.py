"""Splink (Ministry of Justice) on the same records: how hard a set is, and what a good batch tool makes of it.

Trained on the very records without labels. Of its clusterings the one with the best pairwise F1 is taken, which only
labels can tell: no user of Splink can do better by moving the threshold. It gets our cleaning, so that only matching
is compared. Source: Linacre et al., "Splink" (International Journal of Population Data Science, 2022).
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Iterable, Iterator
from typing import Any, Final

from bench.identity.sample import Sample, mixed_kinds, split_rates
from streams.identity.clean.identifiers import VALID
from streams.identity.features import Features, contribution_of
from streams.identity.model import shipped_model
from streams.identity.trial.csv_records import identity_of
from streams.identity.trial.score import score

THRESHOLDS: Final = range(-4, 41)
"""Match weights in bits of which the best is looked for."""
RANDOM_PAIRS: Final = 5e6
"""Pairs from which u is estimated."""
RECALL: Final = 0.8
"""Of the deterministic rules, as one would guess it without labels."""
BLOCKS: Final = [
    ("given", "birth"), ("family", "birth"), ("given", "family", "year"), ("postcode", "birth"),
    ("given", "family", "postcode"), ("given", "postcode", "house"), ("phone", "given"),
]  # fmt: skip
SURE: Final = [("given", "family", "birth", "postcode")]
MOST_SCHEMES: Final = 8

Edge = tuple[float, str, str]


def measure_splink(sample: Sample) -> dict[str, Any]:
    """Train, predict and cluster; the figures are those of `bench.identity.run`."""
    started = time.process_time()
    edges = sorted(_predicted(sample), reverse=True)
    seconds = time.process_time() - started
    best: dict[str, Any] = {}
    for threshold, found in _clusterings([r["record_id"] for r in sample.records], edges):
        figures = score(found, sample.truth)._asdict() | {"threshold": threshold}
        if not best or figures["f1"] > best["f1"]:
            best = figures | split_rates(sample, found) | {"mixed_kinds": dict(mixed_kinds(sample, found))}
    return {"set": sample.name, "by": "Splink", "us_a_record": round(1e6 * seconds / len(sample.records))} | best


def _clusterings(names: list[str], edges: list[Edge]) -> Iterator[tuple[int, dict[str, str]]]:
    """Connected components at each threshold, the highest first; edges come heaviest first."""
    root = {name: name for name in names}

    def find(name: str) -> str:
        while root[name] != name:
            root[name] = root[root[name]]
            name = root[name]
        return name

    at = 0
    for threshold in reversed(THRESHOLDS):
        while at < len(edges) and edges[at][0] >= threshold:
            root[find(edges[at][1])] = find(edges[at][2])
            at += 1
        yield threshold, {name: find(name) for name in names}


def _predicted(sample: Sample) -> Iterator[Edge]:
    logging.getLogger("splink").setLevel(logging.ERROR)  # else a line about every level that a set never shows
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pandas as pd  # noqa: PLC0415 - only in the group `bench`
        import splink.comparison_library as cl  # noqa: PLC0415
        from splink import DuckDBAPI, Linker, SettingsCreator, block_on  # noqa: PLC0415

        table = list(_rows(sample))
        frame = pd.DataFrame(table, columns=list(table[0]))
        schemes = [c for c in frame.columns if c.startswith("id_")]
        settings = SettingsCreator(
            link_type="dedupe_only",
            unique_id_column_name="record_id",
            comparisons=[
                cl.NameComparison("given").configure(term_frequency_adjustments=True),
                cl.NameComparison("family").configure(term_frequency_adjustments=True),
                cl.DateOfBirthComparison("birth", input_is_string=True),
                cl.PostcodeComparison("postcode"),
                *(cl.ExactMatch(c) for c in ("middle", "sex", "house", "phone", *schemes) if frame[c].notna().any()),
            ],
            blocking_rules_to_generate_predictions=[block_on(c) for c in schemes] + [block_on(*b) for b in BLOCKS],
        )
        linker = Linker(frame, settings, db_api=DuckDBAPI(), set_up_basic_logging=False)
        train = linker.training
        rules = [block_on(c) for c in schemes] + [block_on(*b) for b in SURE]
        train.estimate_probability_two_random_records_match(rules, recall=RECALL)
        train.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=1)
        for block in (("given", "family"), ("birth",), ("family", "house")):
            train.estimate_parameters_using_expectation_maximisation(block_on(*block))
        found = linker.inference.predict(threshold_match_weight=min(THRESHOLDS)).as_pandas_dataframe()
    yield from zip(found["match_weight"], found["record_id_l"], found["record_id_r"], strict=True)


def _rows(sample: Sample) -> Iterator[dict[str, str | None]]:
    tables = shipped_model().tables
    cleaned = [(r["record_id"], contribution_of(identity_of(r), tables).features) for r in sample.records]
    schemes = sorted({i.scheme for _, f in cleaned for i in f.ids})[:MOST_SCHEMES]
    for name, f in cleaned:
        yield {"record_id": name} | _row(f) | {f"id_{s}": _number(f, s) for s in schemes}


def _row(f: Features) -> dict[str, str | None]:
    birth = next((b[0] for b in f.births if len(b[0]) == len("2000-01-01")), None)
    place = f.places[0] if f.places else None
    return {
        "given": _one(f.firsts),
        "middle": " ".join(f.middles) or None,
        "family": _one(f.families),
        "birth": birth,
        "year": birth[:4] if birth else None,
        "sex": _one(f.sexes),
        "postcode": place.postcode or None if place else None,
        "house": f"{place.house} {place.street}".strip() or None if place else None,
        "phone": _one(f.phones),
    }


def _number(f: Features, scheme: str) -> str | None:
    """The number of a scheme; one that fails its check digit is left out, as careful users of Splink do."""
    return _one(i.value for i in f.ids if i.scheme == scheme and (i.quality == VALID or scheme != "nhs_number"))


def _one(some: Iterable[str]) -> str | None:
    return next(iter(some), None)
