"""What stands on a check's page is said in words for people, and only what applies: no code, no referrer who is none."""

from __future__ import annotations

import re

import pytest

from tests.triage.by_hand import ByHand, gathering, plain
from tests.triage.served import Served
from triage import act_words
from triage.web.routes import ROUTES

pytestmark = pytest.mark.kafka
CODE = re.compile(r"\b[a-z]+_[a-z_]+\b|\b(no-questions|wrong-state|missing-code|bad-code)\b")


def section(page: str, name: str) -> str:
    """What stands in one part of a check's page."""
    return plain(page[page.index(f'<section id="{name}"') :].partition("</section>")[0])


def test_a_check_that_the_rules_proposed_speaks_of_no_referrer(at_desk: Served):
    check_id = at_desk.propose("unreferred").check_id
    at_desk.claim("r.hale", check_id)
    screener = ByHand(at_desk, "r.hale")
    page = plain(screener.get(f"/checks/{check_id}"))
    assert "Decide the response" in page
    assert "Acknowledge the referrer" not in page
    card = next(part for part in screener.get("/queue").split("<article") if check_id in part)
    assert "Acknowledge the referrer" not in plain(card)


def test_the_history_and_who_read_what_hold_no_codes(at_desk: Served):
    screener, check_id = gathering(at_desk, "history", level=4)
    for action in ("gate", "close"):
        screener.do(check_id, action, words="Too early")
    page = screener.get(f"/checks/{check_id}")
    for name in ("history", "read"):
        assert not CODE.search(section(page, name)), CODE.search(section(page, name))
    history = section(page, "history")
    assert "The rules proposed a check (level 4)" in history
    assert "The duty manager was paged" in history
    assert "It stood at: the agencies are asked" in history
    assert "Opened the check" in section(page, "read")


@pytest.mark.parametrize("act", sorted({route.act for route in ROUTES} - {""}))
def test_every_act_of_the_audit_has_words(act):
    assert act_words.act(act) != act.replace("_", " ").capitalize()


def test_that_agencies_have_not_answered_is_missing_and_not_new(at_desk: Served):
    screener, check_id = gathering(at_desk, "not new")
    page = screener.get(f"/checks/{check_id}?since=1")
    new = page[page.index("What is new since version 1") :]
    box = plain(new[: new.index("Conflicts, gaps, doubts")])
    assert "No answer yet" not in box
    assert "No answer yet" in section(page, "returns")
    assert "Returns" not in section(page, "versions"), "nor among the differences"


@pytest.mark.parametrize("number", ["00000000-0000-5000-8000-000000000000", "no-number", "%27%3B--"])
def test_a_check_that_there_is_none_of_is_not_offered_to_anybody(at_desk: Served, number):
    for account in ("r.hale", "d.price"):
        person = ByHand(at_desk, account)
        page = plain(person.get(f"/checks/{number}", 404))
        assert "There is no such page" in page
        assert "Claim" not in page
        assert "glass" not in page
    token = ByHand(at_desk, "r.hale")
    filled = {"form_token": re.search(r'name="form_token" value="([^"]+)"', token.get("/queue"))[1]}
    assert token.post(f"/checks/{number}/claim", filled).status_code == 404
    ByHand(at_desk, "police.researcher").get(f"/checks/{number}", 403)
