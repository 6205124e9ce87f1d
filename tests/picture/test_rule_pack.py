"""The rule pack: all rows of the design, mistakes named with their line, another pack without another line of code."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import yaml

from streams.picture.rules.engine import Engine, engine_of, load_engine
from streams.picture.rules.in_words import condition
from streams.picture.rules.lint import check
from streams.picture.rules.load import RulePackWrong, default_pack, load_pack
from streams.picture.stories import load_story, play

DESIGN = Path(__file__).parents[2] / "../shared/design/rulepack.csv"
STORIES = Path(__file__).parent / "stories"
OF_A_PROVIDER = "AD08"
"""Three concerns about one provider are no one person's picture."""

SMALL = """\
pack: small
version: 1
owner: A partnership
review: 2027-01-01
signals: {seen: seen, open_to_worker: cin.open, on_roll: school.roll, off_roll: school.left, dependent: care.need}
ties: {relations: [mother]}
indicators:
  - id: DA02
    text: Two domestic incidents.
    subject: household
    category: domestic abuse
    facts: da.incident
    count: 2
    window_days: 100
    level: 3
    brag: AMBER
    evidence: D
    basis: "-"
  - id: ED10
    text: The school has recorded a mark.
    subject: child
    category: education
    facts: concern.injury
    where: {mobile: "no"}
    window_days: 30
    level: 3
    brag: AMBER
    evidence: D
    basis: "-"
combinations:
  - id: CB02
    text: Two of level 3.
    subject: child
    needs: [{level: 3, count: 2}]
    window_days: 365
    level: 3
    brag: AMBER
    evidence: D
    basis: "-"
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.skipif(not DESIGN.exists(), reason="the design's table of rules is not beside this repository")
def test_the_default_pack_holds_the_design(engine: Engine) -> None:
    rules = engine.indicators | engine.combinations
    for row in csv.DictReader(DESIGN.read_text("utf-8").splitlines()):
        if row["rule_id"] == OF_A_PROVIDER:
            continue
        rule = rules[row["rule_id"]]
        assert rule.evidence == row["evidence"], row
        assert rule.basis == row["source_ref"], row
        if row["level"].isdigit():
            assert rule.level == int(row["level"]), row
        if row["brag"] != "-":
            assert rule.brag == row["brag"], row
        if row["window_days"].isdigit() and rule.window_days is not None:
            assert rule.window_days == int(row["window_days"]), row
    proxies = {i.id for i in engine.pack.indicators if i.poverty_proxy}
    assert proxies == {"ED01", "HO01", "NE03", "NE04"}


def test_the_default_pack_has_no_problem_and_every_rule_reads_as_english(engine: Engine) -> None:
    assert check(load_pack(default_pack())) == []
    for rule in [*engine.pack.indicators, *engine.pack.combinations]:
        assert condition(rule).endswith(".")


MISTAKES = [
    ("    facts: da.incident\n", "    facts: da.incidnt\n", 12, "DA02.facts", "no fact code"),
    ("    facts: da.incident\n", '    facts: "@nothing"\n', 12, "DA02.facts", "no group"),
    ('    where: {mobile: "no"}\n', "    where: {mobile: maybe}\n", 24, "ED10.where", "never 'maybe'"),
    ('    where: {mobile: "no"}\n', "    where: {speed: {at_least: 3}}\n", 24, "ED10.where", "no attribute|has an attribute"),
    ("    count: 2\n", "    count: 0\n", 13, "DA02.count", "greater than or equal to 1"),
    ("    window_days: 100\n", "    window_days: -1\n", 14, "DA02.window_days", "greater than 0"),
    ("    window_days: 100\n", "", 8, "DA02.id", "counts for ever"),
    ('    level: 3\n    brag: AMBER\n    evidence: D\n    basis: "-"\n  - id: ED10', '    level: 5\n    brag: AMBER\n    evidence: D\n    basis: "-"\n  - id: ED10', 15, "DA02.level", "less than or equal to 4"),
    ("    brag: AMBER\n", "    brg: AMBER\n", 16, "DA02.brg", "Correct the field's name"),
    ("needs: [{level: 3, count: 2}]", "needs: [{level: 3, count: 3}]", 34, "CB02.needs", "can never fire"),
    ("needs: [{level: 3, count: 2}]", "needs: [{level: 2, count: 2}]", 34, "CB02.needs", "level 2 alone"),
    ("  - id: ED10\n", "  - id: DA02\n", 19, "DA02.id", "already"),
    ('    where: {mobile: "no"}\n', "    where: [mobile]\n", 24, "ED10.where", "a condition is written"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "place", "says"), MISTAKES)
def test_a_mistake_is_named_with_line_and_rule(
    tmp_path: Path, old: str, new: str, line: int, place: str, says: str
) -> None:
    assert old in SMALL
    with pytest.raises(RulePackWrong) as caught:
        load_engine(written(tmp_path, SMALL.replace(old, new, 1)))
    text = str(caught.value)
    assert f"line {line} ({place})" in text
    assert any(part in text for part in says.split("|"))


@pytest.mark.parametrize(
    "where", ["{age: {at_least: 10}, all: [{age: {under: 9}}]}", "{all: [{age: {at_least: 3}}, {age: {under: 3}}]}"]
)
def test_conditions_that_exclude_each_other_can_never_fire(tmp_path: Path, where: str) -> None:
    wrong = SMALL.replace('where: {mobile: "no"}', f"where: {where}")
    with pytest.raises(RulePackWrong, match=r"line 24 \(ED10.where\): Its conditions exclude each other"):
        load_engine(written(tmp_path, wrong))


def test_the_same_condition_at_two_levels_contradicts(tmp_path: Path) -> None:
    raw = yaml.safe_load(SMALL)
    twin = dict(raw["indicators"][0], id="DA09", level=2)
    raw["indicators"].append(twin)
    with pytest.raises(RulePackWrong, match="same condition as DA02"):
        load_engine(written(tmp_path, yaml.safe_dump(raw, sort_keys=False)))


@pytest.mark.parametrize("text", ["pack: [", "", "- 1\n", "\x00"])
def test_a_file_that_is_no_pack_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(RulePackWrong, match=r"rules\.yaml"):
        load_pack(written(tmp_path, text))


def test_another_partnership_has_another_threshold_without_another_line_of_code(tmp_path: Path, engine: Engine) -> None:
    theirs = engine_of(load_pack(written(tmp_path, SMALL.replace('where: {mobile: "no"}', "count: 1"))).pack)
    story = load_story(STORIES / "two_agencies.yaml")
    earlier = story.model_copy(update={"happens": story.happens[1:]})
    assert play(earlier, engine) == []
    assert [(t.about, t.proposal.level, t.proposal.pack) for t in play(earlier, theirs)] == [("child", 3, "small/1")]
