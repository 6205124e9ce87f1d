"""A check from proposal to close, by everybody who has a part in it, in a real browser on a real Kafka and worker."""

from __future__ import annotations

import re

import pytest

from hub.messages.identity import Edge
from streams.check.state import Check
from tests.triage.browsing import Person
from tests.triage.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.kafka]


def test_a_childs_check_from_proposal_to_close(at_desk: Served, sit):
    check = a_family(at_desk)
    decider, screener = sit("s.okafor"), sit("r.hale")
    screener.sees("2 checks of one family or network").accessible().picture("desk-queue").press(
        f"Claim check {check.check_id[:8].upper()}"
    ).sees("Tamsin Okoro-Vale").accessible()
    screener.picture("desk-check").picture("desk-timeline", "#chronology")
    screener.do(check.check_id, "open").accessible().choose("Amber: complex needs, likely significant harm")
    screener.write("Why", "Two agencies are worried").press("Open the check").saved("Opened")
    screener.do(check.check_id, "gate").accessible()
    screener.choose("A statutory duty or power requires or allows the sharing", "Children Act 1989 s17", "Informed")
    screener.write("Why this is necessary", "Need unclear").press("Pass the gate").saved("Gate passed").accessible()

    for request in at_desk.check(check.check_id).of_round():
        answer(sit(f"{request.agency}.researcher"), request.agency)
    at_desk.wait(lambda: at_desk.check(check.check_id).state == "bundle_ready")

    decider.open(f"/checks/{check.check_id}").sees("You are not designated").accessible()
    assert "Tamsin" not in decider.page.content()
    screener.open(f"/checks/{check.check_id}").page.get_by_text("Hand over, bring in").click()
    screener.page.get_by_label("Bring in a colleague").select_option(label="Sam Okafor")
    screener.press("Bring in").sees("Tamsin Okoro-Vale")

    decider.open(f"/checks/{check.check_id}").sees("Tamsin Okoro-Vale").sees("Attendance has fallen").sees(
        "From our own records, confirmed"
    ).accessible()
    decider.do(check.check_id, "decide").press("Record the decision").sees("this has to be written down").accessible()
    decider.write("Rationale", "All but the police agree").press("Record the decision").sees("Decision: choose")
    decider.choose("Section 17 assessment and family help (Children Act 1989)")
    decider.press("Record the decision").sees("Who took part: choose").accessible()
    assert decider.page.locator("#words").input_value() == "All but the police agree"
    decider.do(check.check_id, "decide").choose("Section 17 assessment and family help (Children Act 1989)")
    for agency in ("Children's social care", "Police", "Health"):
        decider.page.get_by_role("group", name="Who took part").get_by_label(agency, exact=True).check()
    decider.page.get_by_role("group", name="Who of them does not agree").get_by_label("Police", exact=True).check()
    decider.write("Action 1 (optional): what", "Visit at home").write("Action 1: who does it", "Family help team")
    decider.page.get_by_label("Action 1: by when").fill("2026-03-06")
    decider.write("Rationale", "All but the police agree").picture("desk-decide")
    decider.press("Record the decision").saved("Decided").sees("Visit at home").accessible()

    screener.do(check.check_id, "disseminate").choose("Police").press("Send the summary").saved("Disseminated")
    screener.do(check.check_id, "hand_over").choose("Section 17 assessment and family help (Children Act 1989)")
    screener.press("Hand over").saved("Handed over")
    manager = sit("d.price")
    screener.open(f"/checks/{check.check_id}").page.get_by_text("Hand over, bring in").click()
    screener.page.get_by_label("Bring in a colleague").select_option(label="Dilys Price")
    screener.press("Bring in").sees("Tamsin Okoro-Vale")
    manager.do(check.check_id, "accept").write("By whom", "Family help team").press("Accept").saved("Accepted")
    screener.do(check.check_id, "feed_back").choose("By telephone")
    screener.choose("Level 3: child in need (section 17), or care and support needs").accessible()
    screener.write("What became of it", "Threshold met").press("Send the feedback").saved("Feedback sent")
    screener.do(check.check_id, "close").press("Close it").saved("Closed")
    screener.sees("All but the police agree").accessible()
    assert at_desk.check(check.check_id).state == "closed"


def a_family(at_desk: Served) -> Check:
    """A girl of seven with her mother, the mother's partner and a brother who has a check of his own; and somebody else."""
    edges = at_desk.world.snapshot().circle
    brother = Edge(person_id="p-brother", kind="relationship", relation="sibling")
    snapshot = at_desk.world.snapshot(person_id="p-tamsin", circle=[*edges, brother])
    check = at_desk.propose("tamsin", snapshot=snapshot, rules=("CB02", "DA02"))
    at_desk.propose("brother", rules=("ED02",), snapshot=at_desk.world.snapshot(person_id="p-brother", circle=[]))
    at_desk.propose("grave", level=4, rules=("HE02",))
    return check


def answer(researcher: Person, agency: str) -> None:
    """One agency's return; whoever knows nothing says so."""
    look = Person.accessible if agency in {"education", "probation"} else lambda person: person
    researcher.page.locator(".desk-card__head a").first.click()
    look(researcher.sees("Tamsin Okoro-Vale"))
    if agency == "education":
        researcher.choose("We know the person, and answer")
        researcher.page.locator("textarea").first.fill("Attendance has fallen since October")
        researcher.page.get_by_label(re.compile("Attendance in a period")).check()
        researcher.picture("desk-request")
    elif agency == "probation":
        researcher.choose("We refuse, with a reason").press("Send the return").sees("Choose why you refuse")
        refusal = "The agency does not hold this kind of information"
        look(researcher).page.get_by_label("Why do you refuse?").select_option(label=refusal)
    else:
        researcher.choose("We looked, and do not know the person")
    look(researcher.press("Send the return").sees("Your return has reached the check"))
