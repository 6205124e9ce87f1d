"""An adult's check to its end by the keyboard alone; a merge in mid-check; versions side by side; a hub that is away."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import uvicorn

from hub.avro import encode
from hub.messages import DeskEvent, PictureUpdate
from hub.messages.record import Fact
from hub.settings import load
from tests.triage.browsing import Person
from tests.triage.keyboard import Keyboard
from tests.triage.served import Clock, Served
from tests.triage.test_reviews import item
from triage.desk import open_desk
from triage.sql import tables as t
from triage.sql import view
from triage.sql.database import put
from triage.web.app import make_app

pytestmark = [pytest.mark.browser, pytest.mark.kafka]
AMBER = "Amber: complex needs, likely significant harm"
S42 = "Section 42 enquiry (Care Act 2014)"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture
def keys(chromium, at_desk: Served):
    """Lets people sit down who have no mouse."""
    people: list[Keyboard] = []

    def sit_down(account: str) -> Keyboard:
        people.append(Keyboard(chromium, at_desk, account))
        return people[-1]

    yield sit_down
    for person in people:
        person.close()


def bring_in(person: Keyboard, check_id: str, name: str) -> None:
    person.open(f"/checks/{check_id}").unfold("Hand over, bring in")
    person.pick("Bring in a colleague", name).press("Bring in").sees("Tamsin Okoro-Vale")


def test_an_adults_check_from_proposal_to_close_by_the_keyboard_alone(at_desk: Served, keys):
    screener, decider, manager = keys("r.hale"), keys("s.okafor"), keys("d.price")
    check_id = at_desk.propose("adult", subject="adult").check_id
    screener.open(f"/checks/{check_id}").press("Claim it: I work on this check").sees("Tamsin Okoro-Vale")
    screener.do(check_id, "open").choose(AMBER).write("Why", "Two agencies").press("Open the check").saved("Opened")
    screener.do(check_id, "gate")
    screener.choose("The family or the adult agreed to the sharing", "Informed and agreed")
    for question in ("Has needs for care", "Is experiencing", "Can't protect themselves"):
        screener.within(question, "Yes")
    screener.choose("Recorded in their own words", "Has capacity for this decision").press("Pass the gate")
    screener.saved("Gate passed")
    for request in at_desk.check(check_id).of_round():
        at_desk.hub.send(request_anchor(at_desk, check_id), at_desk.world.answer(asked(at_desk, check_id, request), "not_known", at=at_desk.clock.at))  # fmt: skip
    at_desk.wait(lambda: at_desk.check(check_id).state == "bundle_ready")
    bring_in(screener, check_id, "Sam")
    decider.open(f"/checks/{check_id}").sees("Adult at risk").accessible()
    decider.do(check_id, "decide").choose(S42)
    for agency in ("Adult social care", "Police", "Health"):
        decider.within("Who took part", agency)
    decider.write("Rationale", "All three limbs are met").press("Record the decision").saved("Decided").accessible()
    screener.do(check_id, "disseminate").choose("Police").press("Send the summary").saved("Disseminated")
    screener.do(check_id, "hand_over").choose(S42).press("Hand over").saved("Handed over")
    bring_in(screener, check_id, "Dilys")
    manager.do(check_id, "accept").write("By whom", "Adult safeguarding team").press("Accept").saved("Accepted")
    screener.do(check_id, "feed_back").choose("By telephone")
    screener.choose("Level 3: child in need (section 17), or care and support needs")
    screener.write("What became of it", "An enquiry begins").press("Send the feedback").saved("Feedback sent")
    screener.do(check_id, "close").press("Close it").saved("Closed")
    assert at_desk.check(check_id).state == "closed"


def request_anchor(at_desk: Served, check_id: str) -> str:
    return at_desk.check(check_id).anchor


def asked(at_desk: Served, check_id: str, request):
    """The request as its agency has it."""
    from triage.sql import queries

    with at_desk.desk.engine.connect() as connection:
        found = queries.request_of(connection, request.request_id)
    return found.request if found else pytest.fail("it was never sent")


def new_picture(at_desk: Served, check_id: str, **changes) -> None:
    """Send a picture that is another than the check has."""
    check = at_desk.check(check_id)
    at_desk.clock.at += timedelta(minutes=1)
    snapshot = at_desk.world.snapshot(as_of=at_desk.clock.at, circle=[], **changes)
    update = PictureUpdate(
        partnership="demo", check_id=check_id, anchor=check.anchor, seq=int(at_desk.clock.at.timestamp()),
        snapshot=snapshot,
    )  # fmt: skip
    version = at_desk.bundle(check_id).version
    at_desk.hub.send(check.anchor, update)
    at_desk.wait(lambda: at_desk.bundle(check_id).version > version)


def test_a_merge_in_mid_check_is_seen_and_waits_for_a_person(at_desk: Served, sit):
    screener, decider = sit("r.hale"), sit("d.price")
    check_id = at_desk.propose("merged").check_id
    at_desk.claim("d.price", check_id)
    decider.do(check_id, "open").choose(AMBER).write("Why", "Worried").press("Open the check").saved("Opened")
    new_picture(at_desk, check_id, person_id="p-somebody-else")
    screener.open("/queue").sees("The person was merged or split").accessible()
    decider.open(f"/checks/{check_id}").sees("merged or split; nobody has accepted that yet")
    decider.sees("Accept the change of the person").accessible()
    decider.do(check_id, "accept_identity").press("Accept the change").sees("this has to be written down").accessible()
    decider.write("What you looked at", "Both birth dates").press("Accept the change").saved("Identity accepted")
    assert not at_desk.check(check_id).identity_pending
    decider.open(f"/checks/{check_id}")
    assert "nobody has accepted that yet" not in decider.page.locator("#first").inner_text()


def test_versions_stand_side_by_side_and_the_chronology_is_chosen_without_a_script(at_desk: Served, sit):
    person = sit("r.hale", java_script_enabled=False)
    check_id = at_desk.propose("versions").check_id
    at_desk.claim("r.hale", check_id)
    person.open(f"/checks/{check_id}").sees("This is the first version of the bundle")
    came = at_desk.world.entry("health", "health.adt.registration", 1, [Fact(code="ae.attendance")], record_id="9" * 32)
    new_picture(at_desk, check_id, person_id="p-versions", entries=[came, *at_desk.world.entries()[1:]])
    person.open(f"/checks/{check_id}").sees("What is new since version 1")
    table = person.page.locator("#versions table").inner_text()
    assert "HEALTH-1" in table
    assert "POLICE-3" in table
    assert "No longer there" in table
    everything = person.page.locator("#chronology .desk-line").count()
    person.page.get_by_label("Agency", exact=True).select_option("Education")
    person.page.get_by_role("button", name="Show", exact=True).click()
    person.sees("in the list and on the timeline")
    assert 0 < person.page.locator("#chronology .desk-line").count() < everything
    assert person.page.locator(".desk-timeline__agency").all_text_contents() == ["Education"]
    seeing = sit("r.hale", **PHONE)
    seeing.open(f"/checks/{check_id}?since=1").accessible()
    wide = seeing.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} px too wide"


def test_review_of_identity_is_for_everybody(at_desk: Served, sit):
    pair = item()
    row = {"review_id": pair.review_id, "state": "open", "weight": pair.weight, "at": pair.at, "body": encode(pair)}
    with at_desk.desk.engine.begin() as connection:
        put(connection, t.reviews, row)
    for window in ({}, PHONE):
        person = sit("r.hale", **window)
        person.open("/reviews").sees("One person, or two?").accessible()
        person.open(f"/reviews/{pair.review_id}").sees("What speaks for it").accessible()
        person.press("Save the decision").sees("Nothing was saved yet").accessible()


@pytest.fixture
def away(at_desk: Served, tmp_path):
    """A desk that knows a check and whose hub does not answer."""
    check_id = at_desk.propose("away").check_id
    with at_desk.desk.engine.connect() as connection:
        from triage.sql import queries

        said = [*queries.history(connection, check_id), queries.bundle_of(connection, check_id)]
    claimed = DeskEvent(
        event_id="claimed", partnership="demo", check_id=check_id, kind="claimed", actor="r.hale", role="screener",
        account="r.hale", at=at_desk.clock.at,
    )  # fmt: skip
    settings = load(find_running=False, data_dir=tmp_path, bootstrap="127.0.0.1:1")
    desk = open_desk(settings, Clock())
    with desk.engine.begin() as connection:
        view.take(connection, [*said, claimed])
    desk.projector.heard_at -= 60
    server = uvicorn.Server(uvicorn.Config(make_app(desk), host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    at_desk.wait(lambda: server.started)
    yield Served(desk, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", at_desk.hub, at_desk.world, Clock()), check_id  # fmt: skip
    server.should_exit = True
    thread.join(20)
    desk.close()


def test_a_hub_that_is_away_is_said_on_every_page_and_nothing_pretends(away, chromium):
    desk, check_id = away
    person = Person(chromium, desk, "d.price")
    person.sees("The hub has not answered for some seconds").accessible()
    person.open("/board").sees("The hub has not answered").accessible()
    person.open(f"/checks/{check_id}").sees("You are not designated").accessible()
    assert "Tamsin" not in person.page.content()
    person.close()
    person = Person(chromium, desk, "r.hale")
    person.open(f"/checks/{check_id}").sees("it is not saved").accessible()
    assert "Tamsin" not in person.page.content(), "a reading that nobody could write down is none"
    person.do(check_id, "note").write("What you heard", "The neighbour rang").press("Save the note")
    person.sees("it is not saved").accessible()
    assert person.page.locator("#words").input_value() == "The neighbour rang"
    person.close()
