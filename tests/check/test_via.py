"""A return that the school itself gave by its officer's link: the agency's, and marked wherever it is read."""

from __future__ import annotations

import pytest

from streams.check import config
from streams.check.render.sentences import sentences
from tests.check.test_rules_of_procedure import TO_DECISION, Story


@pytest.fixture
def story(driver, world):
    story = Story(driver, world)
    story.go(TO_DECISION)
    return story


def test_what_the_school_answered_is_its_agencys_and_says_so(story):
    asked = next(r for r in story.driver.sent("requests") if r.agency == "education")
    story.driver.feed(story.world.answer(asked).model_copy(update={"via": "school"}))
    request = story.check.requests[asked.request_id]
    assert (request.status, request.via) == ("answered", "school")
    part = next(p for p in story.driver.sent("bundles")[-1].returns if p.agency == "education")
    assert (part.via, part.status) == ("school", "answered")
    event = next(e for e in story.driver.sent("check-events") if e.kind == "returned")
    said = sentences(config.load(), str.capitalize)["returned"](event.codes)
    assert "from the school" in said


def test_nobody_else_can_answer_in_an_agencys_stead(story):
    asked = next(r for r in story.driver.sent("requests") if r.agency == "education")
    story.driver.feed(story.world.answer(asked).model_copy(update={"via": "family"}))
    refused = story.driver.sent("check-events")[-1]
    assert (refused.kind, refused.codes["reason"], refused.codes["code"]) == ("refused", "bad-code", "via")
    assert story.check.requests[asked.request_id].status == "sent"
