"""The checker itself: it must find each kind of fault that a hub can have."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.county.verify import Proposal, check, main
from hub.ids import Pseudonyms
from tests.county.conftest import Made

PSEUDONYMS = Pseudonyms(b"a secret of the test", "thistlemere")


def ids_of(made: Made, pid: str) -> tuple[str, ...]:
    person = next(p for p in made.truth("people.jsonl") if p["id"] == pid)
    return tuple(PSEUDONYMS.source_id(*entry) for entry in person["ids"])


def perfect(made: Made) -> list[Proposal]:
    """A proposal for one person of each story, with every rule expected."""
    out = []
    for story in made.truth("stories.json"):
        if not story["quiet"]:
            members = ids_of(made, story["about"][0])
            out.append(Proposal(members[0], members, tuple(story["rules"])))
    return out


def clusters(made: Made) -> list[list[str]]:
    return [[PSEUDONYMS.source_id(*e) for e in p["ids"]] for p in made.truth("people.jsonl") if p["ids"]]


def test_a_perfect_hub_passes(county: Made) -> None:
    report = check(county.path, perfect(county), PSEUDONYMS, clusters(county))
    assert report.good
    assert (report.identity.precision, report.identity.recall, report.identity.mixed) == (1.0, 1.0, 0)
    assert report.ordinary == 0
    assert not [s for s in report.stories if not s.quiet and s.missing_rules]


def test_every_story_missed_is_named(county: Made) -> None:
    whole = perfect(county)
    for left_out, proposal in enumerate(whole):
        others = [p for i, p in enumerate(whole) if i != left_out]
        report = check(county.path, others, PSEUDONYMS)
        assert not report.good
        assert len(report.missed) == 1, proposal


def test_a_quiet_family_proposed_fails(county: Made) -> None:
    quiet = next(s for s in county.truth("stories.json") if s["quiet"])
    members = ids_of(county, quiet["about"][0])
    report = check(county.path, [*perfect(county), Proposal(members[0], members, ("CB02",))], PSEUDONYMS)
    assert [s.story_id for s in report.alarms] == [quiet["story_id"]]
    assert not report.good


def test_the_other_twin_proposed_fails(county: Made) -> None:
    story = next(s for s in county.truth("stories.json") if s["not_about"])
    members = ids_of(county, story["not_about"][0])
    report = check(county.path, [*perfect(county), Proposal(members[0], members, ("CB01",))], PSEUDONYMS)
    assert report.spared == [story["not_about"][0]]
    assert not report.good


def test_somebody_of_a_calm_household_proposed_fails(county: Made) -> None:
    house = next(h for h in county.truth("households.jsonl") if not h["loud"] and ids_of(county, h["members"][0]))
    members = ids_of(county, house["members"][0])
    report = check(county.path, [*perfect(county), Proposal(members[0], members, ("CB04",))], PSEUDONYMS)
    assert report.calm == [house["members"][0]]
    assert not report.good


def test_a_wrong_merge_is_mixed_and_costs_precision(county: Made) -> None:
    made = clusters(county)
    merged = [made[0] + made[1], *made[2:]]
    report = check(county.path, [], PSEUDONYMS, merged)
    assert report.identity.mixed == 1
    assert report.identity.precision < 1
    assert report.identity.recall == 1
    assert len(report.identity.confused[0]) == 2


def test_a_person_in_two_pieces_costs_recall(county: Made) -> None:
    made = clusters(county)
    at = next(i for i, c in enumerate(made) if len(c) > 2)
    report = check(county.path, [], PSEUDONYMS, [*made[:at], made[at][:1], made[at][1:], *made[at + 1 :]])
    assert report.identity.recall_all < 1
    assert report.identity.precision == 1


def test_a_parent_known_by_name_alone_does_not_count_for_recall(county: Made) -> None:
    thin = {PSEUDONYMS.source_id(*e) for p in county.truth("people.jsonl") for e in p["thin"]}
    made = [[i for i in cluster if i not in thin] for cluster in clusters(county)] + [[i] for i in thin]
    report = check(county.path, [], PSEUDONYMS, made)
    assert report.identity.recall == 1
    assert report.identity.recall_all < 1


def test_ids_that_the_truth_does_not_know_are_counted(county: Made) -> None:
    report = check(county.path, [], PSEUDONYMS, [["0" * 32, "1" * 32]])
    assert report.identity.unknown == 2


@pytest.mark.parametrize(("whole", "code"), [(True, 0), (False, 1)])
def test_exit_code_tells(county: Made, tmp_path: Path, *, whole: bool, code: int) -> None:
    import typer

    proposals = perfect(county) if whole else perfect(county)[1:]
    data = {"proposals": [{"anchor": p.anchor, "members": p.members, "fired": p.fired} for p in proposals]}
    (tmp_path / "out.json").write_text(json.dumps(data))
    app = typer.Typer()
    app.command()(main)
    arguments = [
        str(county.path),
        str(tmp_path / "out.json"),
        "--partnership",
        "thistlemere",
        "--secret-hex",
        PSEUDONYMS.secret.hex(),
    ]
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == code
    assert json.loads(result.stdout)["good"] is whole
    assert CliRunner().invoke(app, arguments).exit_code == code
