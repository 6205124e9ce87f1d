"""Explanations: in words a social worker can follow, complete to the bit, and without any personal data."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from hub.messages import AgencyRecord
from hub.messages.record import Whence
from streams.identity import explain as explaining
from streams.identity.cli import app
from streams.identity.compare import compare
from streams.identity.explain import explain, sentence
from streams.identity.features import contribution_of
from streams.identity.lookup import Lookup, NotFound
from streams.identity.model import shipped_model
from streams.identity.steps import Step

from .kit import DAY, Address, World, birth_id, nhs, subject, who

MODEL = shipped_model()
ADA = who("Ada", "Vosper", "2012-05-06", nhs_number=nhs(1), phone="07700900111")
SECRETS = ["ADA", "Ada", "VOSPER", "Vosper", "2012", "Mill Lane", "ZE9", "7700900111", nhs(1)]


def weigh(a, b):
    return compare(contribution_of(a, MODEL.tables).features, contribution_of(b, MODEL.tables).features, MODEL)


def test_the_bars_add_up_to_the_weight() -> None:
    found = explain(weigh(ADA, who("Ada", "Quinn", "2012-06-05")), MODEL)
    assert found.bars[-1].total == found.weight == sum(bar.weight for bar in found.bars)


def test_no_name_date_address_or_number_is_told() -> None:
    hidden = ADA.model_copy(
        update={"addresses": [Address(lines=["12 Mill Lane"], postcode="ZE9 9AA", confidential=True)]}
    )
    told = json.dumps(explaining.as_json(explain(weigh(ADA, hidden), MODEL)))
    assert not [secret for secret in SECRETS if secret in told]


def test_every_level_of_the_model_has_a_sentence() -> None:
    for name, levels in MODEL.weights.items():
        for level in levels:
            said = sentence(Step(name, level, 0))
            assert said.endswith(".")
            assert said[0].isupper()


@pytest.mark.parametrize(
    ("decision", "words"), [("same", "one person"), ("different", "different people"), ("", "Enough to join")]
)
def test_a_human_decision_is_told_first(decision: str, words: str) -> None:
    assert words in explain(weigh(ADA, ADA), MODEL, decision=decision).verdict


def lookup(world: World) -> Lookup:
    return Lookup((world.store,), (world.core,))


def test_the_journal_explains_a_pair_and_finds_people_by_any_id_ever_given() -> None:
    world = World()
    world.feed(world.mention("junior", who("", "", "", at="")), world.mention("x", who("", "", "", at="")))
    world.feed(world.mention("x", ADA, version=2), world.mention("junior", ADA, version=2))
    look = lookup(world)
    a, b = look.find(world.source("junior")[:10]), look.find(birth_id(world.source("x")))
    assert "Enough to join" in look.explain(a, look.find(world.source("x"))).verdict
    assert look.person_id(b) == birth_id(world.source("junior"))
    assert [m[0] for m in look.members(b)] == [world.source("junior"), world.source("x")]


def test_side_by_side_is_explained() -> None:
    world = World()
    world.feed(
        world.record(
            "r",
            subject("a", who("Baby", "Smith", "2026-01-20"), local="1"),
            subject("b", who("Baby", "Smith", "2026-01-20"), local="2"),
        )
    )
    look = lookup(world)
    assert "side by side" in look.explain(look.find(world.source("1")), look.find(world.source("2"))).conflict


def test_a_restricted_identity_is_not_there() -> None:
    world = World()
    world.feed(world.mention("1", ADA, restricted="refuge"))
    with pytest.raises(NotFound):
        lookup(world).find(world.source("1"))


def test_open_reviews_are_listed_heaviest_first() -> None:
    world = World()
    world.feed(
        world.mention("a", who("Amy", "Vosper", "2012-05-06")), world.mention("b", who("Amy", "", "2012-05-06", at=""))
    )
    (line,) = lookup(world).reviews()
    assert {line.source_a, line.source_b} == {world.source("a"), world.source("b")}
    assert lookup(world).reviews(state="moot") == []


@pytest.fixture
def preview(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "preview.jsonl"
    records = [
        AgencyRecord(
            partnership="testshire", agency="health", system="main", local_id=name, kind="health.contact", received_at=DAY,
            subjects=[subject("p", identity), subject("other", who("Peter", "Quinn", "1970-02-03"))], whence=Whence(connector="t", position="1"),
        )
        for name, identity in (("R1", ADA), ("R2", ADA))
    ]  # fmt: skip
    lines = [json.dumps({"record": r.model_dump(mode="json")}) for r in records]
    path.write_text("\n".join([*lines, json.dumps({"reject": {"position": "3"}})]), "utf-8")
    return path


def test_two_subjects_of_a_preview_are_compared_without_kafka(preview) -> None:
    done = CliRunner().invoke(app, ["explain", "1:p", "R2:p", "--file", str(preview), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["weight"] > 40
    shown = CliRunner().invoke(app, ["explain", "1:p", "R2:other", "--file", str(preview)])
    assert "keeps them apart" in shown.stdout


def test_the_waterfall_is_drawn_without_personal_data(preview, tmp_path) -> None:
    picture = tmp_path / "why.svg"
    done = CliRunner().invoke(app, ["explain", "1:p", "R2:p", "--file", str(preview), "--chart", str(picture)])
    assert done.exit_code == 0, done.output
    drawn = picture.read_text("utf-8")
    root = ET.fromstring(drawn)
    bars = [e for e in root.iter("{http://www.w3.org/2000/svg}rect") if e.get("height") == "22"]
    steps = weigh(ADA, ADA).steps
    assert len(bars) == len(steps) + 1
    assert not [secret for secret in SECRETS if secret in drawn]
    assert "Enough to join" in drawn


def test_a_subject_that_is_not_in_the_file_is_said_so(preview) -> None:
    done = CliRunner().invoke(app, ["explain", "1", "9:p", "--file", str(preview)])
    assert done.exit_code != 0
    assert "answer to" in str(done.exception)


@pytest.mark.parametrize(
    "command",
    [[], ["evaluate"], ["train"], ["explain"], ["show"], ["review"], ["review", "list"], ["review", "decide"]],
)
def test_every_command_helps_with_an_example(command: list[str]) -> None:
    assert "Example: mash identity" in " ".join(CliRunner().invoke(app, [*command, "--help"]).stdout.split())
