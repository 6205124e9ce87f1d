"""The recipient's own page of a decision: what it was told and nothing else, with a receipt that both ends see."""

from __future__ import annotations

import re

import pytest

from hub.messages import CheckWords
from tests.triage.served import Served
from tests.triage.test_delegation import settle
from tests.triage.test_journeys import PHONE
from triage.sql import queries, summaries

pytestmark = [pytest.mark.kafka]
TO = ("health", "police", "probation")


def decided(at_desk: Served, name: str) -> str:
    """A check whose decision was sent to three agencies, each with words of its own, an address in all of them."""
    check = at_desk.propose(name)
    at_desk.claim("r.hale", check.check_id)

    def say(action: str, parts: dict[str, str] | None = None, **codes: str) -> None:
        seal = at_desk.desk.library.sealer.seal
        sealed = {n: seal(check.anchor, CheckWords(text=text)) for n, text in (parts or {}).items()}
        words = seal(check.anchor, CheckWords(text="Said by hand"))
        command = at_desk.world.command(check.check_id, action, parts=sealed, words=words, at=at_desk.clock(), **codes)
        own = {"anchor": check.anchor, "command_id": f"{name}-{action}"}
        (event, *_) = at_desk.desk.gateway.say(command.model_copy(update=own))
        assert event.kind != "refused", event.codes

    say("open", rating="amber")
    say("gate", basis="statutory", provision="ca1989_s17", family="agreed")
    settle(at_desk, check.check_id)
    say("read", version=str(at_desk.check(check.check_id).bundle), reason="deciding")
    say("decide", decision="section_17")
    say("disseminate", {f"summary.{a}": f"For {a} alone, of 14 Larkrise Road" for a in TO}, to=" ".join(TO))
    at_desk.wait(lambda: len(sent(at_desk, check.check_id)) == len(TO))
    return check.check_id


def sent(at_desk: Served, check_id: str) -> dict[str, str]:
    with at_desk.desk.engine.connect() as connection:
        return {s.recipient: s.summary_id for s in summaries.of_check(connection, check_id)}


def test_each_finds_its_own_and_no_other_and_the_reading_is_an_event_first(at_desk: Served):
    check_id = decided(at_desk, "told")
    numbers = sent(at_desk, check_id)
    people = {agency: at_desk.sign_in(f"{agency}.researcher") for agency in (*TO, "education")}
    for agency, person in people.items():
        inbox = person.get(f"{at_desk.url}/inbox", timeout=20).text
        for recipient, number in numbers.items():
            assert (f"/told/{number}" in inbox) is (recipient == agency)
            page = person.get(f"{at_desk.url}/told/{number}", timeout=60)
            assert page.status_code == (200 if recipient == agency else 403)
            for other in TO:
                assert (f"For {other} alone" in page.text) is (other == recipient == agency)
            assert check_id[:8].upper() not in page.text, "a summary names no check"
    with at_desk.desk.engine.connect() as connection:
        read = [e for e in queries.history(connection, check_id) if e.kind == "summary_read"]
    assert [(e.actor, e.codes["agency"]) for e in read] == [(f"{a}.researcher", a) for a in TO]
    people["police"].get(f"{at_desk.url}/told/{numbers['police']}", timeout=60)
    with at_desk.desk.engine.connect() as connection:
        again = [e for e in queries.history(connection, check_id) if e.kind == "summary_read"]
    assert len(again) == len(read), "one receipt a person"
    assert people["police"].get(f"{at_desk.url}/told/nothing", timeout=20).status_code == 403


def test_who_works_with_perpetrators_never_gets_an_address(at_desk: Served):
    numbers = sent(at_desk, decided(at_desk, "address"))

    def page(agency: str) -> str:
        return at_desk.sign_in(f"{agency}.researcher").get(f"{at_desk.url}/told/{numbers[agency]}", timeout=60).text

    assert "14 Larkrise Road" in page("health")
    assert "told 3 March 2026, 10:00. Read by" in page("health")
    bare = page("probation")
    assert not re.search(r"Larkrise|ZZ99", bare)
    assert "Not told to your agency, by the sharing agreement" in bare
    assert "[address withheld]" in bare


@pytest.mark.browser
def test_both_ends_see_who_has_read_it(at_desk: Served, sit):
    check_id = decided(at_desk, "receipt")
    screener = sit("r.hale").open(f"/checks/{check_id}/summaries").sees("Nobody there has read it yet").accessible()
    number = sent(at_desk, check_id)["police"]
    police = sit("police.researcher").open("/inbox").sees("What you were told of decisions").accessible()
    police.picture("desk-told-inbox").follow(number[:8].upper()).sees("For police alone").accessible()
    police.sees("Read by").picture("desk-told")
    name = at_desk.sign_in("police.researcher").get(f"{at_desk.url}/inbox", timeout=20).text
    assert "Jo Moss" in name
    screener.open(f"/checks/{check_id}/summaries").sees("Read by Jo Moss").accessible()
    screener.open(f"/checks/{check_id}").sees("Police read its summary")
    phone = sit("police.researcher", **PHONE).open(f"/told/{number}").sees("For police alone").accessible()
    phone.picture("desk-told-phone")
    assert phone.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
