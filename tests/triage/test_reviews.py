"""Review of identity: the waterfall adds up, and who somebody is is shown only from one's own open checks."""

from __future__ import annotations

import dataclasses
import uuid

import pytest

from hub.avro import encode
from hub.messages import ReviewItem
from tests.check.people import NOW, SOURCES
from tests.triage.served import Served
from triage.access import Visitor
from triage.roles import Role
from triage.sql import tables as t
from triage.sql.database import put
from triage.web import reviews
from triage.web.asking import Ask

STEPS = {"given: exact": 9200, "birth: exact": 14000, "nhs_number: differ": -8000}


def item(weight: int = sum(STEPS.values())) -> ReviewItem:
    return ReviewItem(
        review_id=str(uuid.uuid4()), partnership="demo", source_a=SOURCES["police"], source_b=SOURCES["health"],
        weight=weight, steps=STEPS, model_version="m", state="open", at=NOW,
    )  # fmt: skip


@pytest.mark.parametrize("weight", [sum(STEPS.values()), sum(STEPS.values()) + 7900, -500])
def test_a_waterfall_ends_at_its_weight_and_stays_in_its_frame(weight):
    bars = reviews.waterfall(item(weight))
    assert round(bars[-1].total * 1000) == weight
    assert bars[0].says == "The first name agrees."
    assert all(bar.start >= -1e-9 and bar.start + bar.width <= 100 + 1e-9 for bar in bars)


@pytest.mark.kafka
def test_who_it_is_comes_only_from_ones_own_open_checks(at_desk: Served):
    desk, check = at_desk.desk, at_desk.propose("reviewed")
    pair = item()
    with desk.engine.begin() as connection:
        put(connection, t.reviews, {"review_id": pair.review_id, "state": "open", "weight": pair.weight, "at": NOW, "body": encode(pair)})  # fmt: skip
    mine = Visitor("r.hale", "Robin Hale", frozenset({Role.SCREENER}))
    session = desk.sessions.begin(mine, NOW)[1]
    asked = Ask(mine, session, NOW, {"review_id": pair.review_id}, {}, {})
    before = reviews.one(desk, asked).context
    assert before["sides"] == [[], []]
    assert "records_say" not in before["reasons"]

    at_desk.sign_in("r.hale").post(
        f"{at_desk.url}/checks/{check.check_id}/claim",
        data={"form_token": ""}, timeout=20,
    )  # fmt: skip
    assert reviews.one(desk, asked).context["sides"] == [[], []], "a form without its token claims nothing"
    at_desk.claim("r.hale", check.check_id)
    after = reviews.one(desk, asked).context
    assert [dict(side)["Name"] for side in after["sides"]] == ["Tamsin Okoro-Vale", "Tamsin Okoro-Vale"]
    assert "records_say" in after["reasons"]
    shown = str(after["sides"])
    assert "Larkrise" in shown
    assert "Hidden Lane" not in shown, "a refuge's address is told to nobody"

    other = dataclasses.replace(asked, visitor=Visitor("x", "X", frozenset({Role.SCREENER})))
    assert reviews.one(desk, other).context["sides"] == [[], []]


@pytest.mark.kafka
@pytest.mark.parametrize(("by", "is_first"), [("s.okafor", False), ("r.hale", True)])
def test_who_comes_second_is_told_what_the_first_decided(at_desk: Served, by: str, *, is_first: bool):
    desk = at_desk.desk
    pair = item().model_copy(update={"proposed": "same", "proposed_by": by})
    with desk.engine.begin() as connection:
        put(connection, t.reviews, {"review_id": pair.review_id, "state": "open", "weight": pair.weight, "at": NOW, "body": encode(pair)})  # fmt: skip
    mine = Visitor("r.hale", "Robin Hale", frozenset({Role.SCREENER}))
    asked = Ask(mine, desk.sessions.begin(mine, NOW)[1], NOW, {"review_id": pair.review_id}, {}, {})
    shown = reviews.one(desk, asked).context
    assert (shown["first"], shown["is_first"]) == (reviews.DECISIONS["same"], is_first)
