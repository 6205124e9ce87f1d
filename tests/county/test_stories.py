"""What is planted: enough kinds, nobody left out of the truth, nothing that a rule pack does not know."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from importlib.resources import files

import yaml

from bench.county.stories import ALL_STORIES
from tests.county.conftest import AS_OF, Made


def test_every_kind_is_planted_and_there_are_enough(county: Made) -> None:
    stories = county.truth("stories.json")
    assert {s["kind"] for s in stories} == {tell.__name__ for tell, _, _ in ALL_STORIES}
    assert len([s for s in stories if not s["quiet"]]) >= 12
    assert len([s for s in stories if s["quiet"]]) >= 8


def test_expected_rules_are_of_the_pack(county: Made) -> None:
    pack = yaml.safe_load(files("packs").joinpath("rules/default.yaml").read_text("utf-8"))
    known = {rule["id"] for part in ("indicators", "combinations") for rule in pack[part]}
    for story in county.truth("stories.json"):
        assert set(story["rules"]) <= known, story["story_id"]
        assert story["quiet"] or any(rule.startswith("CB") for rule in story["rules"]), story["story_id"]


def test_stories_are_due_within_the_period_and_still_in_force_at_its_end(county: Made) -> None:
    for story in county.truth("stories.json"):
        if not story["quiet"]:
            assert date.fromisoformat(story["due"]) < AS_OF
            assert story["tells"]
            assert story["anchors"]


def test_no_story_of_two_agencies_is_whole_in_one(county: Made) -> None:
    agencies = defaultdict(set)
    for story in county.truth("stories.json"):
        agencies[story["story_id"]] = {tell[0] for tell in story["tells"]}
        if {"CB02", "CB03", "CB12"} & set(story["rules"]):
            assert len(agencies[story["story_id"]]) >= 2
        if "CB04" in story["rules"]:
            assert len(agencies[story["story_id"]]) >= 3


def test_adults_and_children_have_stories(county: Made) -> None:
    roles = {p["id"]: p["role"] for p in county.truth("people.jsonl")}
    told = [roles[s["about"][0]] for s in county.truth("stories.json") if not s["quiet"]]
    assert told.count("child") >= 12
    assert told.count("head") >= 3
    assert "unborn" in told
