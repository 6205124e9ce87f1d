"""The front door in a real browser on a real worker: what is told arrives once, sealed, and whoever told hears so."""

from __future__ import annotations

import re

import pytest

from streams.check.state import Check
from tests.triage.browsing import Person
from tests.triage.served import Served
from triage.sql import queries

pytestmark = [pytest.mark.browser, pytest.mark.kafka]
JPEG = b"\xff\xd8\xff\xe0" + b"kitchen" * 9000
AMBER = "Amber: complex needs, likely significant harm"


def received(at_desk: Served, person: Person) -> Check:
    """The check of the receipt that is on the page."""
    person.sees("We have it")
    reference = person.page.locator(".desk-received strong").inner_text().lower()
    with at_desk.desk.engine.connect() as connection:
        (entry,) = [e for e in queries.open_entries(connection) if e.check.check_id.startswith(reference)]
    return entry.check


def test_anybody_can_tell_us_and_a_screener_makes_it_a_referral(at_desk: Served, sit):
    anybody = sit("")
    anybody.open("/tell").accessible().choose("Yes, somebody is in danger now").press("Go on").sees("Ring 999 now")
    anybody.accessible().follow("Somebody has rung 999").sees("You said that somebody is in danger now")
    anybody.page.set_input_files("#files", [file("kitchen.jpg", JPEG), file("game.exe", b"MZ\x90")])
    anybody.write("First name", "Tamsin").write("Family name", "Okoro-Vale").press("Send")
    anybody.sees("Say what the worry is").sees("game.exe: send it as a PDF").sees("kitchen.jpg").accessible()
    assert anybody.page.get_by_label("First name").input_value() == "Tamsin"
    anybody.write("What are you worried about", "She is locked in at night").press("Add another person")
    anybody.page.locator("#p2-given").fill("Ferdi")
    anybody.page.locator("#you-name").fill("Ivo Marsh")
    anybody.press("Send")
    check = received(at_desk, anybody)
    anybody.accessible()
    assert (check.state, check.danger, len(check.linked)) == ("contact", "said", 1)
    assert "locked" not in anybody.open("/tell/form").page.content(), "what was sent is no longer in the browser"

    screener, support = sit("r.hale"), sit("b.lark")
    reference = check.check_id[:8].upper()
    support.open("/contacts").sees(reference).accessible()
    screener.open("/contacts").sees("Somebody is in danger").accessible().press(f"Claim {reference}")
    screener.sees("She is locked in at night").accessible()
    assert "Ivo Marsh" not in screener.page.content(), "whoever told is not in the picture"
    screener.follow("Open the files").sees("kitchen.jpg").accessible()
    with screener.page.expect_download() as loading:
        screener.page.get_by_role("link", name="kitchen.jpg").click()
    assert loading.value.path().read_bytes() == JPEG
    assert loading.value.suggested_filename == f"check-{check.check_id[:8]}-file-1.jpg"
    screener.do(check.check_id, "screen").press("Begin screening").saved("Screening")
    screener.open("/contacts").follow("Make it a referral").choose(AMBER).write("Why", "Locked in").press(
        "Open the check"
    )
    screener.saved("Opened")
    assert reference not in screener.open("/contacts").page.locator("#contacts").inner_text()
    outsider = at_desk.sign_in("s.okafor")
    files = outsider.get(f"{at_desk.url}/checks/{check.check_id}/files", timeout=20)
    assert (files.status_code, "kitchen" in files.text) == (403, False)


def file(name: str, data: bytes) -> dict:
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def test_a_contact_is_closed_with_a_reason_and_the_referrer_hears_why(at_desk: Served, sit):
    worried = sit("n.quill")
    worried.open("/refer").choose("No").press("Go on").sees("You refer as Nia Quill").accessible()
    worried.write("What are you worried about", "He wears the same shirt").press("Send the referral")
    check = received(at_desk, worried)
    screener = sit("r.hale")
    screener.open("/contacts").press(f"Claim {check.check_id[:8].upper()}").sees("He wears the same shirt")
    screener.do(check.check_id, "screen").press("Begin screening").saved("Screening")
    screener.do(check.check_id, "advise")
    screener.page.get_by_label(re.compile("does not meet the threshold")).first.check()
    screener.write("The advice that you gave", "Talk with the parents first").press("Save the advice").saved("Advised")
    screener.do(check.check_id, "feed_back").choose("By telephone").choose("Level 1: needs met by universal services")
    screener.write("What became of it", "Told Ms Quill").press("Send the feedback").saved("Feedback sent")
    screener.do(check.check_id, "close").press("Close it").saved("Closed")


def test_a_draft_is_kept_for_its_writer_alone_and_works_without_a_script(at_desk: Served, sit):
    person = sit("n.quill", java_script_enabled=False)
    person.open("/refer").choose("No").press_plain("Go on")
    person.write("What are you worried about", "Half a sentence").press_plain("Keep it, and send it later")
    person.sees("Kept, not sent")
    assert person.open("/refer/form").page.locator("#worry").input_value() == "Half a sentence"
    person.press_plain("Sign out")
    person.page.locator("button[value='r.hale']").click()
    person.open("/phone/form")
    assert "Half a sentence" not in person.page.content(), "the next person at the machine"
    person.press_plain("Sign out")
    person.page.locator("button[value='n.quill']").click()
    person.open("/refer/form").press_plain("Send the referral").sees("We have it")


def test_calls_documents_and_a_check_by_hand(at_desk: Served, sit):
    support = sit("b.lark")
    support.open("/phone").choose("I don't know").press("Go on").accessible()
    support.write("What are they worried about", "A neighbour heard crying").press("Send the contact")
    check = received(at_desk, support)
    (held,) = check.contacts.values()
    assert (held.channel, held.anonymous) == ("telephone", True)

    support.open("/documents").accessible().page.set_input_files("#files", file("letter.pdf", b"%PDF-1.7 a letter"))
    support.press("Take it in").sees("It waits below").follow("letter.pdf").accessible()
    support.write("What are they worried about", "The letter says he is hungry").press("Confirm it and send")
    support.sees("Say that you have read the document")
    support.page.get_by_label(re.compile("I have read the document")).check()
    support.press("Confirm it and send")
    check = received(at_desk, support)
    assert next(iter(check.contacts.values())).channel == "document"
    support.open("/documents").sees("No document waits")

    screener = sit("s.okafor")
    screener.open("/manual").choose("No").press("Go on").write("What are they worried about", "Said in a meeting")
    screener.press("Begin the check")
    assert next(iter(received(at_desk, screener).contacts.values())).channel == "manual"
    assert "Your role doesn" in support.open("/manual").page.content()


def test_a_professional_learns_only_whether_somebody_is_known(at_desk: Served, sit):
    worried = sit("n.quill")
    worried.open("/refer").choose("No").press("Go on").write("First name", "Odalys").write(
        "Family name", "Thorne-Peake"
    )
    worried.write("Born, or expected", "4 5 2018").write("What are you worried about", "Bruises").press(
        "Send the referral"
    )
    check = received(at_desk, worried)
    worried.open("/known").accessible().press("Ask").sees("Write the whole date of birth").accessible()
    worried.write("First name", "odalys").write("Family name", "Thorne Peake").write("Date of birth", "4 5 2018")
    worried.choose("About to visit or treat").press("Ask").sees("Known here: a check is open").sees("01632 960100")
    worried.accessible()
    assert "Bruises" not in worried.page.content()
    assert worried.page.url == f"{at_desk.url}/known", "no detail stands in the address"
    worried.open("/known").write("First name", "Odalys").write("Family name", "Thorne-Peake")
    worried.write("Date of birth", "5 5 2018").choose("Worried about the person now").press("Ask")
    worried.sees("No check here under exactly these details").accessible()

    screener, other = sit("r.hale"), sit("s.okafor")
    screener.open("/contacts").press(f"Claim {check.check_id[:8].upper()}").sees("Bruises")
    for term in ("thorne", check.check_id[:8], "Odalys T"):
        screener.open("/find").write("A name, a number", term).press("Search").sees(
            f"Check {check.check_id[:8].upper()}"
        )
        assert screener.page.url == f"{at_desk.url}/find"
    screener.accessible()
    other.open("/find").write("A name, a number", "thorne").press("Search").sees(
        "None of your open checks"
    ).accessible()
    with at_desk.desk.engine.connect() as connection:
        acts = [row.act for row in queries.read_at(connection, check.check_id)]
    assert acts.count("found") == 3
    screener.open(f"/checks/{check.check_id}/summaries").sees("Nobody was told of a decision yet").accessible()
    screener.sees("works with people who may have done harm")


def test_on_a_telephone_the_public_form_fits_and_leaving_forgets(at_desk: Served, sit):
    phone = sit("", viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    phone.open("/tell").choose("No").press("Go on").write("What are you worried about", "He hits me").press("Keep it")
    phone.sees("Kept, not sent").accessible()
    for path in ("/tell", "/tell/999", "/tell/form"):
        phone.open(path).accessible()
        wide = phone.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, path
    phone.page.route("https://www.bbc.co.uk/**", lambda route: route.fulfill(body="the weather"))
    phone.page.get_by_role("link", name="Leave this page").first.click()
    phone.sees("the weather").page.unroute_all()
    phone.open("/tell")
    assert "He hits me" not in phone.open("/tell/form").page.content()
