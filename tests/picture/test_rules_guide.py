"""The guide's rule and story are what the commands take; every trigger of every story explains itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from streams.picture.rules.engine import Engine
from streams.picture.rules.lint import check
from streams.picture.rules.load import default_pack, load_pack
from streams.picture.stories import differences, play
from streams.picture.story import load_story

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "rules.md"
BLOCKS = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
STORIES = sorted((Path(__file__).parent / "stories").rglob("*.yaml"))


def test_the_guides_rule_fits_the_default_pack(tmp_path: Path) -> None:
    [rule] = yaml.safe_load(BLOCKS[0])
    pack = yaml.safe_load(default_pack().read_text("utf-8"))
    assert any(r["id"] == rule["id"] for r in pack["indicators"])
    pack["indicators"] = [rule if r["id"] == rule["id"] else r for r in pack["indicators"]]
    path = tmp_path / "rules.yaml"
    path.write_text(yaml.safe_dump(pack, sort_keys=False), "utf-8")
    assert check(load_pack(path)) == []


def test_the_guides_story_comes_out_as_it_says(tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / "story.yaml"
    path.write_text(BLOCKS[1], "utf-8")
    assert differences(load_story(path), engine) == []


@pytest.mark.parametrize("path", [p for p in STORIES if p.parent.name != "thistlemere"], ids=lambda p: p.stem)
def test_every_trigger_explains_itself(path: Path, engine: Engine) -> None:
    triggers = play(load_story(path), engine)
    assert bool(triggers) is bool(load_story(path).expect)
    for fired in (f for t in triggers for f in t.proposal.fired):
        rule = (engine.indicators | engine.combinations)[fired.rule_id]
        assert fired.text.startswith(rule.text)
        assert f"evidence {rule.evidence}" in fired.basis
        assert fired.otherwise.endswith(".")
        assert fired.records or fired.level == 0, "the records behind it, but for what only raises"
