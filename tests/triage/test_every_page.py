"""Every page that the app has, on a desktop and a telephone: axe finds nothing, and nothing is wider than the screen.

The app's own table of addresses says which pages there are: one that is in neither list here fails, so that no new page
is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from starlette.routing import Route

from hub.avro import encode
from streams.check.actions import ACTIONS
from tests.triage.browsing import Person
from tests.triage.served import Served
from tests.triage.test_conflicts import a_namesake
from tests.triage.test_front_door_pages import JPEG, file, received
from tests.triage.test_journeys import PHONE
from tests.triage.test_reviews import item
from tests.triage.test_school import gathering, link_for, request_to
from tests.triage.test_told_us import decided, sent
from triage import steps
from triage.sql import tables as t
from triage.sql.database import put
from triage.web.app import make_app

pytestmark = [pytest.mark.browser, pytest.mark.kafka]

NO_PAGES = {
    "/": "goes on to another page",
    "/sign-in/start": "goes on to the provider",
    "/sign-in/back": "comes from the provider",
    "/changes": "a stream of events",
    "/board.csv": "a file",
    "/checks/{check_id}/bundle.pdf": "a file",
    "/checks/{check_id}/bundle.html": "a page to keep, with its own test (tests/check/test_render)",
    "/checks/{check_id}/files/{contact_id}/{number}": "a file",
    "/documents/{document_id}/file": "a file",
    "/checks/{check_id}/seq": "a piece of the check page",
    **dict.fromkeys((f"/{door}/leave" for door in ("tell", "refer", "phone", "manual")), "goes away"),
}
SCREENER, MANAGER, AUDITOR = "r.hale", "d.price", "a.wren"
POLICE, EDUCATION, PROFESSIONAL, NOBODY = "police.researcher", "education.researcher", "n.quill", ""
PAGES = {
    "/sign-in": NOBODY,
    "/queue": SCREENER,
    "/checks/{check_id}": SCREENER,
    "/checks/{check_id}/files": SCREENER,
    "/checks/{check_id}/summaries": SCREENER,
    "/checks/{check_id}/do/{action}": SCREENER,
    "/inbox": POLICE,
    "/requests/{request_id}": EDUCATION,
    "/requests/{request_id}/pass-on": EDUCATION,
    "/told/{summary_id}": POLICE,
    "/board": MANAGER,
    "/reviews": SCREENER,
    "/reviews/{review_id}": SCREENER,
    "/cover": MANAGER,
    "/alerts": MANAGER,
    "/audit": AUDITOR,
    "/hub": MANAGER,
    "/contacts": SCREENER,
    "/documents": SCREENER,
    "/documents/{document_id}": SCREENER,
    "/known": SCREENER,
    "/find": SCREENER,
    "/school": NOBODY,
    "/school/request": NOBODY,
    "/receipts": SCREENER,
    "/receipts/{agency}": POLICE,
    **{f"/{door}{rest}": who for door, who in (("tell", NOBODY), ("refer", PROFESSIONAL), ("phone", SCREENER),
                                              ("manual", SCREENER)) for rest in ("", "/999", "/form", "/received")},
}  # fmt: skip


WINDOWS = {"desktop": {}, "telephone": PHONE}
PAGES_OF_ONE_FORM = "/checks/{check_id}/do/"
"""Two dozen pages of the same fields in one column: axe looks at them in one window, their width is looked at in both."""


@dataclass
class County:
    """Something on every page."""

    numbers: dict[str, str]
    links: dict[str, str]
    """Window -> a one-time link of its own."""
    more: list[tuple[str, str]] = field(default_factory=list)
    """Further pages of the same addresses: who, and where."""


@pytest.fixture(scope="module")
def county(at_desk: Served, chromium) -> County:
    """A decided check with a file, a request out, a document that waits, a review, a link."""
    people: list[Person] = []

    def sit(who: str, **window: object) -> Person:
        people.append(Person(chromium, at_desk, who, **window))
        return people[-1]

    told = decided(at_desk, "everything")
    screener = sit(SCREENER)
    screener.open(f"/checks/{told}").sees("Tamsin Okoro-Vale")
    waiting = gathering(at_desk, screener, "waits")
    request_id = request_to(at_desk, waiting, "education")
    referrer = sit(PROFESSIONAL).open("/refer").choose("No").press("Go on")
    referrer.page.set_input_files("#files", [file("kitchen.jpg", JPEG)])
    contact = received(at_desk, referrer.write("What are you worried about", "Bruises").press("Send the referral"))
    at_desk.claim(SCREENER, contact.check_id)
    screener.open("/documents").page.set_input_files("#files", file("letter.pdf", b"%PDF-1.7 a letter"))
    screener.press("Take it in").sees("It waits below").follow("letter.pdf").sees("letter.pdf")
    document_id = screener.page.url.rpartition("/")[2]
    pair = item()
    row = {"review_id": pair.review_id, "state": "open", "weight": pair.weight, "at": pair.at, "body": encode(pair)}
    with at_desk.desk.engine.begin() as connection:
        put(connection, t.reviews, row)
    officer = sit(EDUCATION)
    links = {name: link_for(officer, request_id) for name in WINDOWS}
    asks = a_namesake(at_desk, "asks")
    at_desk.claim(SCREENER, asks)
    for person in people:
        person.close()
    numbers = {
        "check_id": waiting, "request_id": request_id, "summary_id": sent(at_desk, told)["police"], "agency": "police",
        "review_id": pair.review_id, "document_id": document_id,
    }  # fmt: skip
    more = [(SCREENER, f"/checks/{told}"), (SCREENER, f"/checks/{told}/summaries"), (SCREENER, "/queue?show=mine"),
            (SCREENER, f"/checks/{contact.check_id}/files"), (SCREENER, f"/checks/{contact.check_id}"),
            (SCREENER, f"/checks/{asks}"), (MANAGER, f"/checks/{told}"), (SCREENER, "/queue?show=ended"),
            (SCREENER, "/board"), (SCREENER, "/nowhere"), (NOBODY, "/nowhere"), (POLICE, f"/requests/{request_id}"),
            (SCREENER, "/cover"), (AUDITOR, "/cover")]  # fmt: skip
    return County(numbers, links, more)


def addresses(at_desk: Served) -> set[str]:
    """Every address that answers a GET, as the app has it."""
    routes = [route for route in make_app(at_desk.desk).routes if isinstance(route, Route)]
    return {route.path for route in routes if "GET" in (route.methods or ())}


def test_every_address_is_held_to_axe_or_is_no_page(at_desk: Served):
    assert addresses(at_desk) == PAGES.keys() | NO_PAGES.keys()
    assert not PAGES.keys() & NO_PAGES.keys()


def places(county: County, who: str) -> list[str]:
    """Where this person looks: the pages of the table that are theirs, each form of a check, and further ones."""
    found = []
    for path, whose in PAGES.items():
        if whose != who:
            continue
        actions = [action for action in ACTIONS if action not in steps.HIDDEN] if "{action}" in path else [""]
        found += [path.format(**county.numbers, action=action) for action in actions]
    return found + [path for one, path in county.more if one == who]


def go(person: Person, path: str) -> int:
    """Open a page as people come to it; its status."""
    door, _, part = path.rpartition("/")
    if part == "form":  # a draft is begun by saying whether somebody is in danger
        person.open(door).choose("I don't know").press("Go on").sees("worried about")
        return 200
    if part == "received":
        person.open(f"{door}/form").write("worried about", "He is hungry")
        person.page.locator("button[value='send']").first.click()
        person.sees("We have it")
        return 200
    answer = person.page.goto(f"{person.at_desk.url}{path}")
    return answer.status if answer else 0


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("who", sorted({*PAGES.values()}), ids=lambda who: who or "nobody")
def test_axe_finds_nothing_and_nothing_is_too_wide(at_desk: Served, chromium, county, who, window):
    person = Person(chromium, at_desk, who, **WINDOWS[window])
    if not who:
        person.page.goto(county.links[window])
        person.press("Open the request").sees("Tamsin Okoro-Vale")
    forms = PAGES_OF_ONE_FORM.format(**county.numbers)
    wrong = []
    for path in places(county, who):
        status = go(person, path)
        if status != 200 and (who, path) not in county.more:
            wrong.append(f"{path} answers {status}")
        if window == "desktop" or not path.startswith(forms):
            try:
                person.accessible()
            except AssertionError as error:
                wrong.append(str(error)[:600])
        wide = person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            wrong.append(f"{path} is {wide} px too wide")
    person.close()
    assert not wrong, "\n".join(wrong)
