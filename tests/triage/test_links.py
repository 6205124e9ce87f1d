"""A one-time link opens once, for one browser, until it is used, called back or too old; its code lies nowhere."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from hub.settings import load
from tests.check.people import NOW
from triage.links import Links, New
from triage.sql import tables as t
from triage.sql.database import open_database

ONE, TWO = "1" * 43, "2" * 43
LATER = NOW + timedelta(days=3, seconds=1)


@pytest.fixture
def links(tmp_path):
    engine = open_database(load(find_running=False, data_dir=tmp_path))
    yield Links(engine)
    engine.dispose()


def made(links, request="request-1"):
    return links.make(New(request, "education", "education.researcher", ("education.attendance",), b"sealed", 3), NOW)


def test_the_first_browser_has_it_and_a_copy_opens_nothing(links):
    link, code = made(links)
    assert links.open("x" * 43, ONE, NOW) is None
    assert links.open("", ONE, NOW) is None
    assert links.open(code, ONE, NOW).link_id == link.link_id
    assert links.open(code, TWO, NOW) is None
    assert links.open(code, ONE, NOW).link_id == link.link_id, "its own browser may come back"
    assert links.of_browser(ONE).request_id == "request-1"
    assert links.of_browser(TWO) is None
    assert links.of_browser("") is None


def test_of_many_at_once_one_has_it(links):
    _, code = made(links)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: links.open(code, f"{n:043}", NOW), range(8)))
    assert sum(one is not None for one in found) == 1


@pytest.mark.parametrize("end", ["used", "revoked", "expired"])
def test_what_has_ended_opens_no_more(links, end):
    link, code = made(links)
    if end == "used":
        links.open(code, ONE, NOW)
        links.use(link.link_id, NOW)
    if end == "revoked":
        assert not links.revoke(link.link_id, "another request", "somebody", NOW)
        assert links.revoke(link.link_id, "request-1", "education.researcher", NOW)
        assert not links.revoke(link.link_id, "request-1", "education.researcher", NOW)
    at = LATER if end == "expired" else NOW
    assert links.open(code, ONE, at) is None
    assert links.open(code, TWO, at) is None
    (found,) = links.of_request("request-1")
    assert found.state(at) == end


def test_calling_back_shuts_it_for_the_browser_that_has_it(links):
    link, code = made(links)
    links.open(code, ONE, NOW)
    links.revoke(link.link_id, "request-1", "education.researcher", NOW)
    assert links.of_browser(ONE).state(NOW) == "revoked"
    assert links.open(code, ONE, NOW) is None


def test_neither_code_nor_browser_lies_in_the_database(links):
    _, code = made(links)
    links.open(code, ONE, NOW)
    with links._engine.connect() as connection:
        stored = repr(connection.execute(select(t.links)).all())
    assert code not in stored
    assert ONE not in stored
