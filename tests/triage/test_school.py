"""An education officer passes a request on; the school answers by a one-time link; receipts and summaries say so."""

from __future__ import annotations

import re

import pytest
import requests
from sqlalchemy import select

from tests.triage.browsing import Person
from tests.triage.served import Served
from triage.drafts import form_token_of
from triage.sql import queries, summaries
from triage.sql import tables as t

pytestmark = [pytest.mark.browser, pytest.mark.kafka]
BROWSER = "b" * 43


def gathering(at_desk: Served, screener: Person, name: str) -> str:
    """A check whose requests are out."""
    check = at_desk.propose(name)
    screener.open(f"/checks/{check.check_id}").press("Claim it: I work on this check").sees("Tamsin Okoro-Vale")
    screener.do(check.check_id, "open").choose("Amber: complex needs, likely significant harm").write("Why", "Worried")
    screener.press("Open the check").saved("Opened")
    screener.do(check.check_id, "gate").choose(
        "A statutory duty or power requires or allows the sharing", "Children Act 1989 s17", "Informed"
    )
    screener.write("Why this is necessary", "Need unclear").press("Pass the gate").saved("Gate passed")
    return check.check_id


def request_to(at_desk: Served, check_id: str, agency: str) -> str:
    return next(r.request_id for r in at_desk.check(check_id).of_round() if r.agency == agency)


def link_for(officer: Person, request_id: str, whom: str = "Mill School, Ms Ash") -> str:
    officer.open(f"/requests/{request_id}/pass-on").write("For whom is it?", whom)
    officer.page.get_by_label("When was the child last seen at school", exact=False).uncheck()
    officer.write("What the school should look at", "Her mornings").press("Make the link").sees("it is shown this once")
    return officer.page.get_by_label("The link").input_value()


def test_the_school_answers_once_and_sees_no_more_than_it_may(at_desk: Served, sit, capfd):
    screener, officer = sit("r.hale"), sit("education.researcher")
    check_id = gathering(at_desk, screener, "school")
    request_id = request_to(at_desk, check_id, "education")
    officer.open(f"/requests/{request_id}").follow("Pass it on to the school").accessible()
    link = link_for(officer, request_id)
    officer.accessible()
    assert link.startswith(f"{at_desk.url}/school#")
    code = link.rpartition("#")[2]
    assert code not in officer.open(f"/requests/{request_id}/pass-on").sees("Not opened yet").page.content()

    school, thief = sit(""), sit("", viewport={"width": 360, "height": 740}, is_mobile=True)
    asked: list[str] = []
    school.page.on("request", lambda sent: asked.append(sent.url))
    school.page.goto(link)
    school.sees("A question to your school").accessible().press("Open the request")
    school.sees("What does your school know of this child?").sees("Tamsin Okoro-Vale").sees("Her mornings").accessible()
    shown = school.page.content()
    for hidden in ("Larkrise", "Police", "999 000", "last seen at school", "Shouting"):
        assert hidden not in shown, hidden
    assert not any(code in url for url in asked), "the code stands in no address"
    thief.page.goto(link)
    thief.press("Open the request").sees("This link can't be used").accessible()
    assert "Tamsin" not in thief.page.content()

    school.press("Send the answer").sees("Write who you are").accessible()
    school.choose("Yes, and we answer").write("What is the child's attendance now?", "81 per cent, mornings missing")
    school.press("Keep it").sees("Kept, not sent")
    school.write("Who are you", "Ms Ash, safeguarding lead").press("Send the answer").sees(
        "We have your answer"
    ).accessible()
    assert school.open("/school/request").sees("We have your answer").page.url.endswith("/school/request")

    screener.open(f"/checks/{check_id}").sees("81 per cent, mornings missing").sees("from the school").accessible()
    returned = next(e for e in events_of(at_desk, check_id) if e.kind == "returned")
    assert (returned.codes["agency"], returned.codes["via"], returned.actor) == (
        "education", "school", "education.researcher",
    )  # fmt: skip
    assert "passed_on" in [e.kind for e in events_of(at_desk, check_id)]
    officer.open(f"/requests/{request_id}/pass-on").sees("Answered").accessible()
    with at_desk.desk.engine.connect() as connection:
        audited = connection.execute(select(t.audit).where(t.audit.c.check_id == request_id)).all()
    assert {"pass_on", "school_opened", "school_read", "school_answered"} <= {row.act for row in audited}
    everywhere = repr(audited) + "".join(capfd.readouterr())
    assert code not in everywhere


def test_a_link_that_was_called_back_shows_nothing_any_more(at_desk: Served, sit):
    screener, officer, school = sit("r.hale"), sit("education.researcher"), sit("")
    request_id = request_to(at_desk, gathering(at_desk, screener, "callback"), "education")
    school.page.goto(link_for(officer, request_id))
    school.press("Open the request").sees("Tamsin Okoro-Vale")
    officer.open(f"/requests/{request_id}/pass-on").press("Call back").sees("Called back")
    school.open("/school/request").sees("This link is no longer good").accessible()
    assert "Tamsin" not in school.page.content()


def test_only_an_agency_that_may_passes_on_and_no_code_works_by_guessing(at_desk: Served, sit):
    screener, health = sit("r.hale"), sit("health.researcher")
    request_id = request_to(at_desk, gathering(at_desk, screener, "nolink"), "health")
    assert "Pass it on" not in health.open(f"/requests/{request_id}").page.content()
    health.open(f"/requests/{request_id}/pass-on").sees("passes no request on").accessible()
    cookies, token = {"desk-school": BROWSER}, form_token_of(BROWSER)
    for code in ("", "x" * 43, "' or 1=1"):
        data = {"form_token": token, "code": code}
        answer = requests.post(f"{at_desk.url}/school", cookies=cookies, data=data, timeout=20, allow_redirects=False)
        assert answer.status_code == 403


def test_receipts_show_an_agency_its_own_and_the_hub_all(at_desk: Served, sit):
    screener, officer, support = sit("r.hale"), sit("education.researcher"), sit("b.lark")
    check_id = gathering(at_desk, screener, "receipts")
    request_id = request_to(at_desk, check_id, "education")
    at_desk.wait(lambda: any(r.seen_at for r in rows_of(at_desk, "education")))
    officer.open("/receipts").sees("Receipts: Education").sees(request_id[:8].upper()).accessible()
    assert officer.page.url.endswith("/receipts/education")
    officer.open("/receipts/police").sees("Only the agency that was asked").accessible()
    assert request_to(at_desk, check_id, "police")[:8].upper() not in officer.page.content()
    support.open("/receipts").sees("Children's social care").accessible().follow("Police").sees("Receipts: Police")
    support.sees(request_to(at_desk, check_id, "police")[:8].upper()).accessible()


def rows_of(at_desk: Served, agency: str):
    with at_desk.desk.engine.connect() as connection:
        return queries.latest_records(connection, agency, 50)


def events_of(at_desk: Served, check_id: str):
    with at_desk.desk.engine.connect() as connection:
        return queries.history(connection, check_id)


def test_each_recipient_of_a_decision_and_what_was_kept_back(at_desk: Served, sit):
    screener, decider = sit("r.hale"), sit("s.okafor")
    check_id = gathering(at_desk, screener, "told")
    for request in at_desk.check(check_id).of_round():
        answered = at_desk.world.answer
        at_desk.hub.send(request_anchor(at_desk, check_id), answered(sent_request(at_desk, request.request_id)))
    at_desk.wait(lambda: at_desk.check(check_id).state == "bundle_ready")
    screener.open(f"/checks/{check_id}").page.get_by_text("Hand over, bring in").click()
    screener.page.get_by_label("Bring in a colleague").select_option(label="Sam Okafor")
    screener.press("Bring in").sees("Tamsin Okoro-Vale")
    decider.open(f"/checks/{check_id}").sees("Tamsin Okoro-Vale")
    decider.do(check_id, "decide").choose("Section 17 assessment and family help (Children Act 1989)")
    for agency in ("Children's social care", "Police", "Health"):
        decider.page.get_by_role("group", name="Who took part").get_by_label(agency, exact=True).check()
    decider.write("Rationale", "Agreed").press("Record the decision").saved("Decided")
    screener.do(check_id, "disseminate").choose("Health", "Probation")
    screener.page.get_by_label(re.compile("summary", re.IGNORECASE)).first.fill("They live at 14 Larkrise Road")
    screener.press("Send the summary").saved("Disseminated")
    at_desk.wait(lambda: len(summaries_of(at_desk, check_id)) == 2)
    screener.open(f"/checks/{check_id}/summaries").sees("Who was told what").sees("They live at 14 Larkrise Road")
    screener.sees("They live at [address withheld]").sees(
        "Probation works with people who may have done harm"
    ).accessible()


def request_anchor(at_desk: Served, check_id: str) -> str:
    return at_desk.check(check_id).anchor


def sent_request(at_desk: Served, request_id: str):
    with at_desk.desk.engine.connect() as connection:
        return queries.request_of(connection, request_id).request


def summaries_of(at_desk: Served, check_id: str):
    with at_desk.desk.engine.connect() as connection:
        return summaries.of_check(connection, check_id)
