"""A form that lacks several things says all of them, each at its question, and keeps what was typed."""

from __future__ import annotations

import pytest

from tests.triage.served import Served

pytestmark = [pytest.mark.kafka, pytest.mark.browser]


def test_the_gate_names_everything_that_it_lacks(at_desk: Served, sit):
    check = at_desk.propose("lacking")
    at_desk.claim("r.hale", check.check_id)
    person = sit("r.hale")
    person.do(check.check_id, "open").choose("Amber: complex needs, likely significant harm").write("Why", "Worried")
    person.press("Open the check").saved("Opened")
    person.do(check.check_id, "gate").write("Why this is necessary", "He knows the school")
    person.press("Pass the gate").sees("Nothing was saved yet").accessible().picture("desk-lacking")
    summary = person.page.locator(".govuk-error-summary")
    assert summary.locator("li a").count() >= 2
    summary.locator("li a").first.click()
    assert person.page.evaluate("document.activeElement.name") == "basis"
    assert person.page.get_by_label("Why this is necessary", exact=False).input_value() == "He knows the school"
