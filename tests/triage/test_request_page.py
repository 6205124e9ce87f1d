"""What an agency's researcher reads before answering: the worry, whom to look for, and who must not hear of it."""

from __future__ import annotations

import re

import pytest

from hub.messages import CheckWords, Identity
from hub.messages.identity import CoSubject
from hub.messages.record import Address, BirthDate, Name, Precision, Role
from tests.check.people import MOTHER
from tests.triage.served import Served
from tests.triage.test_journeys import PHONE
from tests.triage.test_school import request_to

pytestmark = [pytest.mark.kafka, pytest.mark.browser]
FATHER = "f" * 32


def asked(at_desk: Served, name: str, family: str, ask: str, **changes) -> str:
    """A check whose requests are out, the family's position and the worry as given; police's request."""
    check = at_desk.propose(name, **changes)
    at_desk.claim("r.hale", check.check_id)

    def say(action: str, parts: dict[str, bytes] | None = None, **codes: str) -> None:
        command = at_desk.world.command(check.check_id, action, parts=parts or {}, at=at_desk.clock(), **codes)
        own = {"anchor": check.anchor, "command_id": f"{name}-{action}"}
        (event, *_) = at_desk.desk.gateway.say(command.model_copy(update=own))
        assert event.kind != "refused", event.codes

    seal = at_desk.desk.library.sealer.seal
    say("open", rating="amber")
    words = {"ask": seal(check.anchor, CheckWords(text=ask))} if ask else {}
    say("gate", words, basis="statutory", provision="ca1989_s17", family=family)
    at_desk.wait(lambda: at_desk.check(check.check_id).of_round())
    return request_to(at_desk, check.check_id, "police")


def test_the_researcher_reads_the_worry_and_that_nobody_may_be_told(at_desk: Served, sit):
    request_id = asked(at_desk, "unsafe", "not_safe", "He found her new telephone number. Any call-outs since May?")
    person = sit("police.researcher").open(f"/requests/{request_id}").sees("Any call-outs since May?").accessible()
    person.sees("It is not safe for the family to know").sees("Domestic abuse").picture("desk-request-worry")
    phone = (
        sit("police.researcher", **PHONE).open(f"/requests/{request_id}").sees("Any call-outs since May?").accessible()
    )
    assert phone.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    told = asked(at_desk, "told", "informed", "")
    page = at_desk.sign_in("police.researcher").get(f"{at_desk.url}/requests/{told}", timeout=20).text
    assert "The family or the adult: informed." in page
    assert "not safe" not in page


def test_an_unborn_child_is_looked_for_by_its_mother_alone(at_desk: Served, sit):
    world = at_desk.world

    def parent(source: str, given: str, sex: str) -> CoSubject:
        home = [Address(lines=["14 Larkrise Road"], postcode="ZZ99 3WZ")]
        identity = Identity(names=[Name(given=given, family="Okoro-Vale")], sex=sex, addresses=home)
        return CoSubject(source_id=source, role=Role.PARENT, identity=world.sealer.seal(source, identity))

    due = Identity(birth=BirthDate(value="2026-09-01", precision=Precision.EXPECTED))
    others = [parent(FATHER, "Tom", "M"), parent(MOTHER, "Imke", "F")]
    entry = world.entry("police", "police.notice.child", 3, [], role=Role.UNBORN, identity=due, others=others)
    snapshot = world.snapshot(person_id="p-unborn", entries=[entry], circle=[], circle_members={})
    request_id = asked(at_desk, "unborn", "informed", "", subject="unborn", snapshot=snapshot)
    person = (
        sit("police.researcher").open(f"/requests/{request_id}").sees("by whom you find the unborn child").accessible()
    )
    shown = person.sees("Imke Okoro-Vale").picture("desk-request-unborn").page.locator("main").inner_text()
    assert not re.search(r"\bTom\b", shown)
