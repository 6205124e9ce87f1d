"""What is deployed: alert rules that fire when they should, a Compose file that starts every stage."""

from __future__ import annotations

import re
import shutil
import subprocess
from importlib.metadata import entry_points
from pathlib import Path

import pytest
import yaml

from hub.metrics import CATALOGUE

DEPLOY = Path(__file__).parents[2] / "deploy"
ALERTS = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
needs_promtool = pytest.mark.skipif(
    not shutil.which("promtool"), reason="promtool is not installed (Debian: prometheus)"
)


@needs_promtool
@pytest.mark.parametrize("arguments", [("check", "config", "prometheus.yml"), ("test", "rules", "alerts_test.yml")])
def test_promtool_agrees(arguments) -> None:
    done = subprocess.run(
        ["promtool", *arguments], cwd=DEPLOY / "prometheus", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("rule", ALERTS, ids=lambda r: r["alert"])
def test_every_metric_of_an_alert_exists(rule) -> None:
    known = {m.name for m in CATALOGUE}
    used = {re.sub(r"_bucket$", "", n) for n in re.findall(r"mash_\w+", rule["expr"])}
    assert used <= known, used - known


@pytest.mark.parametrize("rule", ALERTS, ids=lambda r: r["alert"])
def test_every_alert_has_a_runbook(rule) -> None:
    page, anchor = rule["annotations"]["runbook"].split("#")
    headings = re.findall(r"^#+ (\w+)", (DEPLOY.parent / page).read_text("utf-8"), re.MULTILINE)
    assert anchor in [h.lower() for h in headings]


def test_compose_runs_every_stage() -> None:
    services = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text("utf-8"))["services"]
    assert {e.name for e in entry_points(group="mash.stages")} | {"clock", "eraser"} <= services.keys()
