"""The packs that come with the hub hold together, and a wrong one is named."""

from __future__ import annotations

import shutil

import pytest
import yaml

from hub.errors import Fatal
from packs import HERE
from streams.check import config
from streams.check.gate import questions_for
from streams.check.proposing import slug
from streams.check.state import Check


def rule_categories() -> set[str]:
    found = set()
    for path in (HERE / "rules").glob("*.yaml"):
        pack = yaml.safe_load(path.read_text("utf-8"))
        found |= {slug(r["category"]) for part in ("indicators", "combinations") for r in pack[part] if "category" in r}
    return found


def test_questions_belong_to_their_agency_and_to_categories_that_rules_have(packs):
    known = rule_categories() | {"adult_provider"}  # a picture of a provider: its rule is not in the default pack
    ids = [q.id for s in packs.questions.values() for q in s.questions]
    assert len(ids) == len(set(ids))
    for agency, questions in packs.questions.items():
        for question in questions.questions:
            assert question.id.startswith(f"{agency}.")
            assert set(question.for_) <= known, question.id


def test_education_asks_the_thirteen(packs):
    baseline = [q.id for q in packs.questions["education"].questions if not q.for_]
    thirteen = (
        "attendance absence lateness statutory_action behaviour appearance attainment effort successes extra_support"
        " parents health anything_else"
    )
    assert baseline[:13] == [f"education.{name}" for name in thirteen.split()], "in the order of the practice"
    assert baseline[13:] == ["education.last_seen", "education.siblings"], "and two of the modern set"
    assert len(packs.questions["education"].questions) == 20


def test_every_signatory_can_be_asked(packs):
    for agreement in packs.agreements:
        for agency, signatory in agreement.signatories.items():
            for subject in signatory.asked_for:
                check = Check(check_id="c", subject=subject)
                assert questions_for(check, packs.questions[agency]), (agency, subject)
            assert signatory.telephone.startswith("01632 960")


def test_a_concern_calls_for_its_lines_and_no_more(packs):
    def ids(*categories: str, subject: str = "child") -> set[str]:
        return set(
            questions_for(Check(check_id="c", subject=subject, categories=list(categories)), packs.questions["health"])
        )

    assert ids("unborn") - ids() == {"health.maternity"}
    assert "health.capacity" in ids(subject="adult")
    assert "health.visitor" not in ids(subject="adult")


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("clocks.yaml", "hours: 2,", "hours: -2,", "clocks.yaml.*hours"),
        ("clocks.yaml", "counted: always}", "counted: sometimes}", "counted"),
        ("agreements/demo.yaml", "review_by: 2039-12-31", "review_by: whenever", "demo.yaml.*review_by"),
        ("questions/fire.yaml", "version:", "vresion:", "fire.yaml.*vresion"),
        ("decisions.yaml", "version:", "version: [", "no YAML"),
    ],
)
def test_a_wrong_pack_is_named(tmp_path, file, old, new, says):
    folder = tmp_path / "packs"
    shutil.copytree(HERE, folder)
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(Fatal, match=says):
        config.load(folder)


def test_a_missing_pack_is_named(tmp_path):
    with pytest.raises(Fatal, match=r"clocks\.yaml cannot be read"):
        config.load(tmp_path)
