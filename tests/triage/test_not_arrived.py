"""What an agency says it sent and nobody received: both ends see it after a day, and so does whoever is on call."""

from __future__ import annotations

from datetime import timedelta

import pytest
from prometheus_client import REGISTRY

from tests.triage.served import Served
from tests.triage.test_journeys import PHONE
from tests.triage.test_receipts import receipt
from triage import gauges, receipts
from triage.sql import view

pytestmark = [pytest.mark.kafka, pytest.mark.browser]


def test_both_ends_and_operations_see_what_never_came(at_desk: Served, sit):
    long_ago = at_desk.clock() - receipts.ARRIVES - timedelta(minutes=1)
    with at_desk.desk.engine.begin() as connection:
        view.take(
            connection,
            [
                receipt("sent", "5e11" * 8, "0dd5" * 8, at=long_ago),
                receipt("received", "0dd5" * 8, at=long_ago),
                receipt("sent", "ab5e" * 8, at=long_ago, agency="scouts"),
            ],
        )
    gauges.publish(at_desk.desk)
    counts = {
        a: REGISTRY.get_sample_value("mash_records_not_arrived", {"agency": a}) for a in ("police", "health", "other")
    }
    assert counts == {"police": 1, "health": 0, "other": 1}

    manager = sit("d.price").open("/receipts").sees("Sent, and never came").sees(receipts.NOT_ARRIVED).accessible()
    manager.sees("5E115E11").picture("desk-not-arrived")
    police = sit("police.researcher", **PHONE).open("/receipts/police")
    police.sees("1 record that you say you sent over 24 hours ago never came").accessible().picture(
        "desk-not-arrived-phone"
    )
