"""Reads /metrics pages of this machine and adds samples up. Nothing is judged here."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Samples:
    """Samples of several pages."""

    rows: list[tuple[str, dict[str, str], float]] = field(default_factory=list)

    def total(self, name: str, **labels: str) -> float:
        """Sum of a sample over pages and over all labels but those given."""
        return sum(v for n, have, v in self.rows if n == name and labels.items() <= have.items())

    def by(self, name: str, label: str) -> dict[str, float]:
        """Sums of a sample by one label."""
        sums: dict[str, float] = {}
        for found, have, value in self.rows:
            if found == name:
                sums[have.get(label, "")] = sums.get(have.get(label, ""), 0) + value
        return sums

    def quantile(self, name: str, share: float, **labels: str) -> float:
        """A quantile of a histogram, interpolated within its bucket as Prometheus does; 0 where it is empty."""
        buckets: dict[float, float] = {}
        for found, have, value in self.rows:
            if found == f"{name}_bucket" and labels.items() <= have.items():
                buckets[float(have["le"])] = buckets.get(float(have["le"]), 0) + value
        edges = sorted(buckets)
        if not edges or not buckets[edges[-1]]:
            return 0.0
        rank = share * buckets[edges[-1]]
        low, below = 0.0, 0.0
        for edge in edges:
            if buckets[edge] >= rank:
                inside = buckets[edge] - below
                return low if edge == float("inf") or not inside else low + (edge - low) * (rank - below) / inside
            low, below = edge, buckets[edge]
        return low

    def minus(self, earlier: Samples) -> Samples:
        """What came since: for counters and histograms."""
        before = {(n, tuple(sorted(have.items()))): v for n, have, v in earlier.rows}
        return Samples([(n, h, v - before.get((n, tuple(sorted(h.items()))), 0.0)) for n, h, v in self.rows])


def scrape(ports: Iterable[int]) -> Samples:
    """All samples of the pages that answer."""
    rows: list[tuple[str, dict[str, str], float]] = []
    for port in ports:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=TIMEOUT_S) as answer:
                text = answer.read().decode()
        except OSError:
            continue
        rows += [(s.name, s.labels, s.value) for f in text_string_to_metric_families(text) for s in f.samples]
    return Samples(rows)
