"""What somebody typed for half an hour is there again after they have signed in, for them alone, and was not sent."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests

from tests.triage.served import Served
from tests.triage.test_request_page import asked
from triage.sql import queries

pytestmark = [pytest.mark.kafka]
WORDS = "He waits at the school gate on Thursdays"


def token_in(page: str) -> str:
    return page.split('name="form_token" value="')[1].split('"', maxsplit=1)[0]


def post(at_desk: Served, session: requests.Session, path: str, **fields: str) -> requests.Response:
    return session.post(f"{at_desk.url}{path}", data=fields, allow_redirects=False, timeout=20)


def sign_in(at_desk: Served, session: requests.Session, account: str) -> str:
    return post(at_desk, session, "/sign-in/demo", account=account).headers["location"]


@pytest.fixture
def late(at_desk: Served):
    """A researcher's browser whose session ended while they wrote, and where they wrote."""
    request_id = asked(at_desk, f"late{at_desk.clock().microsecond}", "informed", "")
    path = f"/requests/{request_id}"
    person = at_desk.sign_in("police.researcher")
    token = token_in(person.get(f"{at_desk.url}{path}", timeout=20).text)
    at_desk.clock.at += at_desk.desk.sessions.idle + timedelta(minutes=1)
    return request_id, path, person, token


def test_it_is_kept_through_the_sign_in_and_sent_only_by_a_click(at_desk: Served, late):
    request_id, path, person, token = late
    answer = post(at_desk, person, path, form_token=token, outcome="answered", note=WORDS, **{"answer.x": "y"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert "what you typed is kept for an hour" in person.get(f"{at_desk.url}/sign-in", timeout=20).text
    assert WORDS.encode() not in repr(person.cookies).encode()
    with at_desk.desk.engine.connect() as connection:
        assert queries.request_of(connection, request_id).status != "answered"
    assert sign_in(at_desk, person, "police.researcher") == path
    page = person.get(f"{at_desk.url}{path}", timeout=20).text
    assert WORDS in page
    assert "It was not sent" in page
    done = post(at_desk, person, path, form_token=token_in(page), outcome="not_known", note=WORDS)
    assert done.headers["location"] == "/inbox?sent=1"
    again = person.get(f"{at_desk.url}{path}", timeout=20).text
    assert "It was not sent" not in again
    assert WORDS not in again


def test_somebody_else_at_the_same_browser_sees_nothing_of_it(at_desk: Served, late):
    _, path, person, token = late
    post(at_desk, person, path, form_token=token, outcome="answered", note=WORDS)
    assert sign_in(at_desk, person, "r.hale") != path
    assert sign_in(at_desk, person, "police.researcher") == path


@pytest.mark.parametrize("wrong", ["token", "origin", "session"])
def test_nothing_is_kept_that_the_browsers_own_form_did_not_send(at_desk: Served, late, wrong: str):
    _, path, person, token = late
    if wrong == "session":
        person.cookies.clear()
    headers = {"Origin": "https://elsewhere.example"} if wrong == "origin" else {}
    fields = {"form_token": "x" if wrong == "token" else token, "note": WORDS}
    answer = person.post(f"{at_desk.url}{path}", data=fields, headers=headers, allow_redirects=False, timeout=20)
    assert answer.headers["location"] == "/sign-in"
    assert sign_in(at_desk, person, "police.researcher") != path


def test_after_an_hour_it_is_gone(at_desk: Served, late):
    _, path, person, token = late
    post(at_desk, person, path, form_token=token, outcome="answered", note=WORDS)
    at_desk.clock.at += timedelta(hours=1, minutes=1)
    assert sign_in(at_desk, person, "police.researcher") != path


@pytest.mark.browser
def test_it_looks_like_this(at_desk: Served, sit):
    request_id = asked(at_desk, "latelook", "informed", "")
    person = sit("police.researcher").open(f"/requests/{request_id}")
    person.choose("We looked, and do not know the person").write("Anything softer", WORDS)
    at_desk.clock.at += at_desk.desk.sessions.idle + timedelta(minutes=1)
    person.press("Send the return").sees("what you typed is kept for an hour").accessible()
    person.page.select_option("#account", "police.researcher")
    person.press("Sign in as their researcher").sees("It was not sent").accessible().picture("desk-unsent")
    assert person.page.get_by_label("Anything softer", exact=False).input_value() == WORDS
    person.press("Send the return").sees("Requests")
