"""`mash rules` and `mash picture`: what they print, what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from streams import cli_picture
from streams.picture import rules_cli
from streams.picture.reading import NotHere
from streams.picture.rules.load import default_pack

STORIES = Path(__file__).parent / "stories"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(rules_cli.app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_rules_can_be_linted_listed_and_explained() -> None:
    assert json.loads(run("lint", "--json")) == {"pack": "default/2", "problems": []}
    listed = {rule["id"]: rule for rule in json.loads(run("list", "--json"))}
    assert listed["CB02"]["kind"] == "combination"
    explained = json.loads(run("explain", "da03", "--json"))
    assert "dash ticks at least 14" in explained["fires"]
    assert explained["evidence_means"] == "as the source has it"
    assert json.loads(run("explain", "CB15", "--json"))["fires"].endswith("By itself it proposes nothing.")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [("level: 3", "level: 7", "AD01.level"), ("count: 3", "count: 3\n    agencies: [polize]", "AD02.agencies")],
    ids=["what the model refuses", "what lint sees"],
)
def test_lint_says_every_mistake_the_same_way(tmp_path: Path, old: str, new: str, place: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(default_pack().read_text("utf-8").replace(old, new, 1), "utf-8")
    result = CliRunner().invoke(rules_cli.app, ["lint", "--pack", str(path), "--json"])
    assert result.exit_code == 1
    [problem] = json.loads(result.stdout)["problems"]
    assert problem["place"] == place
    assert path.read_text("utf-8").splitlines()[problem["line"] - 1].strip() in new
    shown = CliRunner().invoke(rules_cli.app, ["lint", "--pack", str(path)])
    assert f"rules.yaml line {problem['line']} ({place})" in shown.stdout


def test_a_story_that_comes_out_otherwise_ends_with_one(tmp_path: Path) -> None:
    [result] = json.loads(run("test", str(STORIES / "two_agencies.yaml"), "--json"))
    assert result["differs"] == []
    text = (STORIES / "two_agencies.yaml").read_text("utf-8").replace("rule: CB02", "rule: CB03")
    other = tmp_path / "other.yaml"
    other.write_text(text, "utf-8")
    result = CliRunner().invoke(rules_cli.app, ["test", str(other)])
    assert result.exit_code == 1
    assert "expected CB03" in result.stdout


def test_pictures_of_real_people_are_not_dumped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("HUB_TEST_COUNTY", raising=False)
    with pytest.raises(NotHere):
        CliRunner().invoke(cli_picture.app, ["dump"], catch_exceptions=False)
