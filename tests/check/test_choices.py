"""What the command line says after a command: what comes next, and what to do about a refusal."""

from __future__ import annotations

import pytest

from streams.check.choices import steps, why_not
from streams.check.refusals import WORDS
from streams.check.state import State
from tests.check.test_rules_of_procedure import GATE, Story


@pytest.fixture
def story(driver, world):
    return Story(driver, world)


def refusal(story, packs, action, **codes):
    event = story.say(action, **codes)[0]
    assert event.kind == "refused"
    return why_not(event, story.check, packs)


def test_what_belongs_to_a_step():
    assert steps("screening")[:5] == ["open", "dismiss", "route", "pathway", "advise"]
    assert steps("rated") == ["rate", "dismiss", "duplicate", "transfer", "gate"]
    assert steps("bundle_ready")[0].startswith("show")
    assert steps("unknown") == []


def test_a_missing_choice_comes_with_its_choices(story, packs):
    story.go([("open", {"rating": "green"})])
    what, remedy = refusal(story, packs, "gate", family="informed")
    assert what.startswith("Not saved. Something that has to be chosen is missing")
    first, *found = remedy.splitlines()
    assert first == "Choose with --basis, one of:"
    assert [line.split(":")[0].strip() for line in found] == list(packs.decisions.bases)
    assert "--override-reason" in refusal(story, packs, "gate", basis="overridden", family="informed")[1]
    assert "--rule CB02=..." in refusal(story, packs, "dismiss")[1]


def test_decisions_are_those_for_this_person(story, packs):
    story.to_decision()
    remedy = refusal(story, packs, "decide", decision="section_42")[1]
    assert "section_17:" in remedy
    assert "section_42:" not in remedy


def test_a_wrong_step_names_the_right_ones_and_a_wrong_role_who_may(story, packs):
    assert "At this step: open, dismiss" in refusal(story, packs, "gate", **GATE)[1]
    assert "duty_manager" in refusal(story, packs, "open", role="service")[1]


@pytest.mark.parametrize("reason", sorted(WORDS))
def test_every_refusal_can_be_told(reason, story, packs):
    event = story.say("gate", **GATE)[0].model_copy(update={"codes": {"reason": reason, "code": "x"}})
    for state in State:
        what, remedy = why_not(event, story.check.model_copy(update={"state": state}), packs)
        assert WORDS[reason] in what
        assert "{" not in remedy
