"""What a desk must not get wrong in a real browser: two people at once, a lost line, no script, no mouse, a telephone."""

from __future__ import annotations

import re

import pytest

from tests.check.people import ANCHOR
from tests.triage.browsing import Person
from tests.triage.served import Served

pytestmark = [pytest.mark.browser, pytest.mark.kafka]
AMBER = "Amber: complex needs, likely significant harm"


def claimed(at_desk: Served, person: Person, name: str, **changes) -> str:
    """A check that this person has claimed, by its number."""
    check = at_desk.propose(name, **changes)
    person.open(f"/checks/{check.check_id}").press("Claim it: I work on this check").sees("Tamsin Okoro-Vale")
    return check.check_id


def test_two_people_do_the_same_thing_at_once(at_desk: Served, sit):
    one, two = sit("r.hale"), sit("s.okafor")
    check_id = claimed(at_desk, one, "twice")
    one.page.get_by_text("Hand over, bring in").click()
    one.page.get_by_label("Bring in a colleague").select_option(label="Sam Okafor")
    one.press("Bring in").sees("Tamsin Okoro-Vale")
    for person in (one, two):
        person.do(check_id, "open").choose(AMBER).write("Why", f"Said by {person.page.title()[:4]}")
    one.press("Open the check").saved("Opened")
    two.press("Open the check").sees("Nothing was saved yet").accessible()
    assert two.page.locator("#words").input_value().startswith("Said by"), "what was typed is kept"
    kinds = [event.kind for event in events_of(at_desk, check_id)]
    assert (kinds.count("opened"), kinds.count("refused")) == (1, 1)


def test_of_two_who_claim_the_first_has_it(at_desk: Served, sit):
    check = at_desk.propose("claims")
    one, two = sit("r.hale"), sit("d.price")
    for person in (one, two):
        person.open(f"/checks/{check.check_id}").sees("You are not designated")
    one.press("Claim it").sees("Tamsin Okoro-Vale")
    two.press("Claim it").sees("Somebody else has this check").accessible()
    assert "Tamsin" not in two.page.content()


def test_a_lost_line_says_so_and_keeps_what_was_typed(at_desk: Served, sit):
    person = sit("r.hale")
    check_id = claimed(at_desk, person, "offline")
    person.do(check_id, "note").write("What you heard", "The neighbour rang at two in the morning")
    person.context.set_offline(True)
    person.press("Save the note").sees("The connection is lost. Nothing was saved")
    assert person.page.locator("#words").input_value() == "The neighbour rang at two in the morning"
    assert not [event for event in events_of(at_desk, check_id) if event.kind == "noted"]
    person.context.set_offline(False)
    person.press("Save the note").saved("Noted").sees("The neighbour rang at two in the morning")
    assert len([event for event in events_of(at_desk, check_id) if event.kind == "noted"]) == 1


def test_every_step_works_without_a_script(at_desk: Served, sit):
    person = sit("r.hale", java_script_enabled=False)
    check_id = claimed(at_desk, person, "noscript")
    person.do(check_id, "gate").sees("The check is not at that step any more")
    person.do(check_id, "open").choose(AMBER).write("Why", "Without a script").press("Open the check").saved("Opened")
    person.do(check_id, "gate").press("Pass the gate").sees("Nothing was saved yet")
    person.choose("A statutory duty or power requires or allows the sharing", "Children Act 1989 s17", "Informed")
    person.write("Why this is necessary", "Need unclear").press("Pass the gate").saved("Gate passed")
    assert len(at_desk.check(check_id).of_round()) > 5


def test_an_adult_is_asked_about_limbs_wishes_and_capacity(at_desk: Served, sit):
    person = sit("r.hale")
    check_id = claimed(at_desk, person, "adult", subject="adult")
    person.do(check_id, "open").choose(AMBER).write("Why", "Worried").press("Open the check").saved("Opened")
    person.do(check_id, "gate").choose("The family or the adult agreed to the sharing", "Informed and agreed")
    person.press("Pass the gate").sees("Has needs for care and support: choose").accessible()
    for question in ("Has needs for care", "Is experiencing", "Can't protect themselves"):
        person.page.get_by_role("group", name=re.compile(question)).get_by_label("Yes", exact=True).check()
    person.choose("Recorded in their own words", "Has capacity for this decision").press("Pass the gate")
    person.saved("Gate passed")
    gate = at_desk.check(check_id).gate
    assert (gate["s42_a"], gate["wishes"], gate["capacity"]) == ("yes", "recorded", "has")


def test_a_contacts_words_come_first_and_who_referred_only_once_the_look_is_written_down(at_desk: Served, sit):
    person = sit("r.hale")
    contact = at_desk.world.contact("contact-desk")
    at_desk.hub.send(ANCHOR, contact)
    at_desk.hub.tick(at_desk.clock.at)
    check = at_desk.wait(lambda: at_desk._of_anchor(ANCHOR))
    person.open(f"/checks/{check.check_id}").press("Claim it: I work on this check").sees("She is hungry")
    person.sees("In the child's or adult's own words: Nobody is at home").accessible()
    assert "Ms Quill" not in person.page.content()
    person.do(check.check_id, "see_reporter").accessible()
    person.page.get_by_role("group", name="Which contact").get_by_role("radio").first.check()
    person.choose("Asking what is missing").press("Show who referred").sees("Ms Quill").sees(
        "01632 960777"
    ).accessible()
    seen = [event for event in events_of(at_desk, check.check_id) if event.kind == "reporter_seen"]
    assert [(event.actor, event.codes["reason"]) for event in seen] == [("r.hale", "asking")]
    person.open(f"/checks/{check.check_id}").sees("She is hungry")
    assert "Ms Quill" not in person.page.content()


def test_the_keyboard_alone_is_enough(at_desk: Served, sit):
    person = sit("r.hale")
    check = at_desk.propose("keys")
    keys = person.open(f"/checks/{check.check_id}").page.keyboard
    keys.press("Tab")
    assert focused(person).startswith("Skip to main content")
    keys.press("Enter")
    tab_to(person, "Claim it")
    keys.press("Enter")
    person.sees("Tamsin Okoro-Vale")
    tab_to(person, "Open as a referral")
    keys.press("Enter")
    person.page.wait_for_url("**/do/open")
    tab_to(person, "", tag="INPUT")
    keys.press("Space")
    keys.press("ArrowDown")
    keys.press("Tab")
    keys.type("By the keyboard")
    tab_to(person, "Open the check")
    keys.press("Enter")
    person.saved("Opened")
    assert at_desk.check(check.check_id).rating == "amber"


def test_on_a_telephone_nothing_is_wider_than_the_screen(at_desk: Served, sit):
    person = sit("r.hale", viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    check_id = claimed(at_desk, person, "phone")
    for path in ("/queue", f"/checks/{check_id}", f"/checks/{check_id}/do/open", f"/checks/{check_id}/do/dismiss"):
        person.open(path).accessible()
        wide = person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{path} is {wide} px too wide"


def test_what_others_do_comes_to_an_open_page_by_itself(at_desk: Served, sit):
    one, two = sit("r.hale"), sit("d.price")
    check_id = claimed(at_desk, one, "alive")
    two.open("/queue")
    reference = check_id[:8].upper()
    one.open(f"/checks/{check_id}").page.wait_for_load_state("load")
    another = at_desk.propose("newcomer")
    two.sees(another.check_id[:8].upper())
    with one.context.expect_page() as opened:
        one.page.evaluate("window.open('/checks/' + arguments, '_blank')".replace("arguments", f"'{check_id}/do/note'"))
    opened.value.locator("#words").fill("From another window")
    opened.value.get_by_role("button", name="Save the note").click()
    one.sees("Something has happened in this check since you opened it")
    assert reference in one.page.title()


def test_a_wall_keeps_out_and_the_manager_hears_of_it(at_desk: Served, sit):
    one, manager = sit("r.hale"), sit("d.price")
    check_id = claimed(at_desk, one, "wall")
    one.page.get_by_text("Hand over, bring in").click()
    one.page.get_by_label(re.compile("Keep somebody out")).select_option(label="Robin Hale")
    one.press("Keep out").sees("Queue")
    assert check_id[:8].upper() not in one.page.locator("#queue").inner_text()
    one.open(f"/checks/{check_id}").sees("This check is closed to you").accessible()
    assert "Tamsin" not in one.page.content()
    manager.open("/alerts").sees("Was kept out by a wall").accessible()


def test_broken_glass_opens_with_a_reason_and_everybody_knows(at_desk: Served, sit):
    one, auditor, manager = sit("r.hale"), sit("a.wren"), sit("d.price")
    check_id = claimed(at_desk, one, "glass")
    auditor.open(f"/checks/{check_id}").page.get_by_text("I have to see it all the same").click()
    auditor.press("Break the glass").sees("a reason is missing")
    auditor.open(f"/checks/{check_id}").page.get_by_text("I have to see it all the same").click()
    auditor.write("Why do you have to open", "Complaint received").press("Break the glass")
    auditor.sees("Tamsin Okoro-Vale").sees("You are here by broken glass").accessible()
    manager.open("/alerts").sees("Broke the glass")
    for path in ("/board", "/audit", "/hub"):
        manager.open(path).accessible()


def test_business_support_and_operations_see_no_name(at_desk: Served, sit):
    one = sit("r.hale")
    check_id = claimed(at_desk, one, "names")
    for account in ("b.lark", "o.finch"):
        person = sit(account).accessible()
        assert "Tamsin" not in person.page.content()
        person.open(f"/checks/{check_id}").sees("Your role doesn't open this page").accessible()
        assert "Tamsin" not in person.page.content()


def events_of(at_desk: Served, check_id: str):
    from triage.sql import queries

    with at_desk.desk.engine.connect() as connection:
        return queries.history(connection, check_id)


def focused(person: Person) -> str:
    return person.page.evaluate("(document.activeElement.innerText || '').trim()")


def tab_to(person: Person, text: str, tag: str = "") -> None:
    """Press Tab until something with this text, or of this kind, has the focus."""
    for _ in range(60):
        person.page.keyboard.press("Tab")
        kind = person.page.evaluate("document.activeElement.tagName")
        if (tag and kind == tag) or (text and focused(person).startswith(text)):
            return
    raise AssertionError(f"the keyboard never comes to {text or tag}")
