"""Each agency's receipts go to its own topic, whatever a stage calls them; nothing else is moved."""

from __future__ import annotations

import pytest

from hub.messages import Receipt
from hub.topics import RECEIPTS, RECEIVING, topic, topic_for


@pytest.mark.parametrize("agency", RECEIVING)
def test_an_agency_has_a_topic_of_its_own_and_no_other_stands_on_it(agency):
    name = topic_for("receipts", f"{agency}/any system")
    assert name == f"receipts.{agency}"
    assert topic(name).messages == (Receipt,)
    assert topic(name).full_name("mash") == f"mash.receipts.{agency}.v1"


@pytest.mark.parametrize("key", ["other/front_door", "/x", "", "police2/niche", "a.b/c"])
def test_the_publics_and_unknown_agencies_go_to_the_common_one(key):
    assert topic_for("receipts", key) == "receipts"


def test_nothing_else_is_moved():
    assert topic_for("check-events", "police/niche") == "check-events"
    assert len(set(RECEIPTS)) == len(RECEIVING) + 1
