"""The rule pack: all rows of the design, mistakes named with their line, another pack without another line of code."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
import yaml

from streams.picture.explain import basis
from streams.picture.rules.engine import Engine, engine_of, load_engine
from streams.picture.rules.in_words import condition
from streams.picture.rules.lint import check
from streams.picture.rules.load import RulePackWrong, default_pack, load_pack
from streams.picture.stories import play
from streams.picture.story import load_story

DESIGN = Path(__file__).parents[2] / "../shared/design/rulepack.csv"
STORIES = Path(__file__).parent / "stories"

DIFFERENCES = {
    ("NE03", "window_days"): "a state that lasts is no window: `lasts_days: 60` until a registration ends it",
    ("NW01", "window_days"): "what is shared counts as long as the others' own indicators are in force",
    ("CB05", "subject"): "the proposal is about the child; its household's indicators reach it through the circle",
    ("CB06", "subject"): "as CB05",
    ("CB08", "level"): "it raises another combination (`raises: 1`) and has no level of its own",
    ("CB09", "window_days"): "28 days of silence are no window: `silence: {days: 28}`",
}
"""Where the pack says other than the table of the design, and why."""
ADDED = {"CB15": "a combination of level 2, without which CB08 has nothing to raise; opens nothing by itself"}
"""Rules of the pack that the table doesn't have, and why."""
COLUMNS = {
    "level": "level", "window_days": "window_days", "brag": "brag", "subject": "subject", "evidence": "evidence",
    "category": "category", "source_ref": "basis", "kind": "kind",
}  # fmt: skip

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
def test_the_default_pack_holds_the_design_row_by_row(engine: Engine) -> None:
    rows = {row["rule_id"]: row for row in csv.DictReader(DESIGN.read_text("utf-8").splitlines())}
    rules = engine.indicators | engine.combinations
    assert rules.keys() - rows.keys() == ADDED.keys()
    found = {}
    for name, row in rows.items():
        for column, attribute in COLUMNS.items():
            kind = "indicator" if name in engine.indicators else "combination"
            ours = kind if attribute == "kind" else getattr(rules[name], attribute)
            if row[column] != ("-" if ours is None else str(ours)):
                found[name, column] = f"design {row[column]}, pack {ours}"
    assert found.keys() == DIFFERENCES.keys(), found
    proxies = {name for name, row in rows.items() if "; poverty proxy" in row["indicator"]}
    assert proxies == {i.id for i in engine.pack.indicators if i.poverty_proxy}
    context = {name for name, row in rows.items() if row["brag"] == "CONTEXT"}
    assert context == {i.id for i in engine.pack.indicators if i.context_only}


def test_every_rule_keeps_its_evidence_grade_for_the_screener(engine: Engine) -> None:
    for rule in [*engine.pack.indicators, *engine.pack.combinations]:
        assert f"evidence {rule.evidence}" in basis(rule)


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


NEVER = [
    ('    where: {mobile: "no"}\n', "    where: {age: {at_least: 18}}\n", 24, "ED10.where", "can never fire"),
    ('    where: {mobile: "no"}\n', "    where: {mobile: {at_least: 1}}\n", 24, "ED10.where", "can never fire"),
    ('    where: {mobile: "no"}\n', "    agencies: [polize]\n", 24, "ED10.agencies", "no agency 'polize'"),
    ('    where: {mobile: "no"}\n', "    where: {agency: schol}\n", 24, "ED10.where", "never 'schol'"),
    ('    where: {mobile: "no"}\n', "    with_circle: [education]\n", 24, "ED10.with_circle", "No indicator of the household"),
    ("    needs: [{level: 3, count: 2}]\n", "    silence: {level: 4, days: 28}\n", 34, "CB02.silence", "No indicator reaches level 4"),
    ("    needs: [{level: 3, count: 2}]\n", "    trio: [{categories: [education, domestic abuse], distinct: 3}]\n", 34, "CB02.trio.0", "more categories than it names"),
    ("    needs: [{level: 3, count: 2}]\n", "    needs: [{level: 3, count: 2}]\n    agencies: 40\n", 35, "CB02.agencies", "can never fire"),
    ("    needs: [{level: 3, count: 2}]\n", "    needs: [{level: 3, count: 2}]\n    categories: 3\n", 35, "CB02.categories", "can never fire"),
    ("    window_days: 365\n    level: 3\n", "    window_days: 365\n    level: 2\n", 36, "CB02.level", "can never fire"),
]  # fmt: skip
ALWAYS = [
    ('    where: {mobile: "no"}\n', '    where: {any: [{mobile: "no"}, {mobile: {is_not: "no"}}]}\n', 24, "ED10.where", "asks for nothing"),
    ('    where: {mobile: "no"}\n', '    where: {age: {under: 18}, mobile: "no"}\n', 24, "ED10.where", "test of age holds for every value"),
    ('    where: {mobile: "no"}\n', '    where: {mobile: ["yes", "no"]}\n', 24, "ED10.where", "holds for every value"),
    ("    window_days: 100\n", "    lasts_days: 30\n", 14, "DA02.lasts_days", "always fires"),
    ("    needs: [{level: 3, count: 2}]\n    window_days: 365\n", "    facts: contact.nfa\n    count: 3\n", 31, "CB02.id", "always fires"),
]  # fmt: skip
NO_ARITHMETIC = [
    ('    where: {mobile: "no"}\n', "    where: {age: {under: 1/0}}\n", 24, "ED10.where", "divides nothing"),
    ('    where: {mobile: "no"}\n', "    where: {age: {at_least: .inf}}\n", 24, "ED10.where", "divides nothing"),
    ('    where: {mobile: "no"}\n', "    where: {age: {at_least: .nan}}\n", 24, "ED10.where", "divides nothing"),
    ("    count: 2\n", "    count: 100/0\n", 13, "DA02.count", "valid integer"),
    ("review: 2027-01-01\n", "review: 2027-02-31\n", 4, "review", "valid date"),
    ("    count: 2\n", "    sum: {attribute: days, at_least: .inf}\n", 13, "DA02.sum.at_least", "finite"),
]  # fmt: skip
AGAINST = [
    ("    brag: AMBER\n", "    replaces: [ED10]\n    brag: AMBER\n", '    where: {mobile: "no"}\n', "    replaces: [DA02]\n", 16, "DA02.replaces", "neither would count"),
    ('    level: 3\n    brag: AMBER\n    evidence: D\n    basis: "-"\n  - id: ED10', '    replaces: [ED10]\n    level: 2\n    brag: AMBER\n    evidence: D\n    basis: "-"\n  - id: ED10', "count: 2}]", "count: 1}]", 15, "DA02.replaces", "It would hide ED10"),
    ("open_to_worker: cin.open", "open_to_worker: cin.open, closes_involvement: [cin.open]", "", "", 5, "signals.closes_involvement", "begin and end the same"),
    ("off_roll: school.left", "off_roll: school.roll", "", "", 5, "signals.off_roll", "begin and end the same"),
    ("    window_days: 100\n", "    lasts_days: 10\n    ended_by: [da.incident]\n", "    count: 2\n", "", 14, "DA02.ended_by", "begins it and ends it"),
    ("    window_days: 100\n    level: 3\n", "    window_days: 100\n    level: 3\n    level: 2\n", "", "", 16, "DA02.level", "said twice"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "also", "then", "line", "place", "says"), AGAINST)
def test_a_rule_that_contradicts_another_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, also: str, then: str, line: int, place: str, says: str
) -> None:
    assert old in SMALL
    assert also in SMALL
    text = SMALL.replace(old, new, 1)
    with pytest.raises(RulePackWrong) as caught:
        load_engine(written(tmp_path, text.replace(also, then, 1) if also else text))
    assert f"line {line} ({place})" in str(caught.value)
    assert says in str(caught.value)


@pytest.mark.parametrize(("old", "new", "line", "place", "says"), [*MISTAKES, *NEVER, *ALWAYS, *NO_ARITHMETIC])
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


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"count": 3, "level": 2}, "line 45 (DA09.level): It asks for more than DA02 and says less: level 2."),
        ({"window_days": 30, "level": 2}, "line 45 (DA09.level): It asks for more than DA02 and says less: level 2."),
        ({}, "line 38 (DA09.id): It has the same condition as DA02: one fact would count twice."),
    ],
)
def test_more_asked_for_less_and_the_same_twice_contradict(tmp_path: Path, changes: dict, says: str) -> None:
    raw = yaml.safe_load(SMALL)
    raw["indicators"].append(dict(raw["indicators"][0], id="DA09") | changes)
    with pytest.raises(RulePackWrong) as caught:
        load_engine(written(tmp_path, yaml.safe_dump(raw, sort_keys=False)))
    assert says in str(caught.value)


def test_what_raises_needs_something_to_raise(tmp_path: Path) -> None:
    raw = yaml.safe_load(SMALL)
    words = {"subject": "child", "evidence": "D", "basis": "-"}
    raw["combinations"].append({"id": "CB08", "text": "Under one or unborn.", "raises": 1} | words)
    with pytest.raises(RulePackWrong, match=r"\(CB08.raises\): There is no combination below level 3 to raise"):
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


@pytest.mark.parametrize("path", sorted(default_pack().parent.glob("*.yaml")), ids=lambda p: p.stem)
def test_every_pack_that_comes_with_the_hub_has_no_problem(path: Path) -> None:
    assert check(load_pack(path)) == []


def test_the_second_partnership_differs_in_thresholds_words_and_rules(engine: Engine) -> None:
    theirs = load_engine(default_pack().with_name("thistlemere.yaml"))
    shared = engine.indicators.keys() & theirs.indicators.keys()
    assert theirs.indicators["MI02"].count < engine.indicators["MI02"].count
    assert all(theirs.indicators[name].text != engine.indicators[name].text for name in shared)
    assert theirs.indicators.keys() - engine.indicators.keys() == {"TM01", "TM02", "TM03"}
    assert "grandparent" in theirs.pack.ties.relations
