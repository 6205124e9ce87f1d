"""The metrics catalogue: complete, named one way, low in cardinality, served over HTTP."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from hub import metrics
from hub.errors import Fatal
from hub.kafka.embedded import free_port

ALLOWED_LABELS = {
    "stage", "connector", "reason", "topic", "partition", "rule", "level", "state", "agency", "process",
    "version", "python", "route", "method", "status",
}  # fmt: skip


def test_each_metric_is_named_explained_and_low_in_cardinality():
    for metric in metrics.CATALOGUE:
        assert re.fullmatch(r"mash_[a-z_]+", metric.name)
        assert metric.help.endswith(".")
        assert metric.unit
        assert set(metric.labels) <= ALLOWED_LABELS
    assert len({metric.name for metric in metrics.CATALOGUE}) == len(metrics.CATALOGUE)


def test_nothing_is_measured_that_is_not_in_the_catalogue():
    ours = {family.name for family in REGISTRY.collect() if family.name.startswith("mash_")}
    assert ours == {metric.name.removesuffix("_total") for metric in metrics.CATALOGUE}


def test_each_metric_in_the_catalogue_is_measured_somewhere():
    root = Path(metrics.__file__).parents[1]
    files = [path for part in ("hub", "connectors", "streams", "triage") for path in (root / part).rglob("*.py")]
    code = "".join(path.read_text() for path in files)
    named = {name: value for name, value in vars(metrics).items() if isinstance(value, MetricWrapperBase)}
    by_code = set(metrics.STATE_GAUGES.values())
    unused = [name for name, value in named.items() if value not in by_code and f"metrics.{name}" not in code]
    assert unused == ["BUILD_INFO"], "which the metrics page itself tells"


def test_the_page_shows_what_was_counted():
    port = free_port()
    metrics.serve(port, "test")
    metrics.REJECTS.labels("identity", "police", "bad-avro").inc()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        page = answer.read().decode()
    assert 'mash_rejects_total{connector="police",reason="bad-avro",stage="identity"} 1.0' in page
    assert 'process="test"' in page
    assert "process_resident_memory_bytes" in page
    with pytest.raises(Fatal, match=str(port)):
        metrics.serve(port, "second")


def test_port_0_serves_nothing(monkeypatch):
    monkeypatch.setattr(metrics, "start_http_server", lambda *_: pytest.fail("it was started"))
    metrics.serve(0, "test")
