"""What a stranger on the internet can do to the desk: tell of a worry, so many times, and nothing else."""

from __future__ import annotations

import hashlib
import re
import threading
from contextlib import contextmanager

import pytest
import requests
import uvicorn
from sqlalchemy import select

from hub.settings import load
from tests.check.people import NOW
from triage.desk import open_desk
from triage.files import LARGEST_TOGETHER
from triage.sql import tables as t
from triage.web.app import make_app


@contextmanager
def served(desk):
    server = uvicorn.Server(uvicorn.Config(make_app(desk), host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)
    desk.close()


@pytest.fixture
def desk(tmp_path):
    settings = load(
        find_running=False, data_dir=tmp_path, desk_public_forms_per_hour=3, desk_public_pages_per_minute=30
    )
    return open_desk(settings, lambda: NOW)


@pytest.fixture
def browser(desk, built):
    with served(desk) as url:
        yield Browser(url)


class Browser(requests.Session):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def request(self, method, path, **more):
        return super().request(method, self._url + path, timeout=20, **more | {"allow_redirects": False})


def token(page) -> str:
    return re.search(r'name="form_token" value="([0-9a-f]+)"', page.text)[1]


def test_after_so_many_forms_somebody_is_told_whom_to_ring(browser):
    given = token(browser.get("/tell"))
    codes = [browser.post("/tell", data={"form_token": given, "danger": "no"}).status_code for _ in range(4)]
    assert codes == [303, 303, 303, 429]
    told = browser.post("/tell", data={"form_token": given, "danger": "no"})
    assert "01632 960100" in told.text
    assert told.headers["retry-after"] == "3600"
    assert browser.get("/tell").status_code == 200


def test_a_flood_of_pages_is_refused(browser):
    codes = [browser.get("/tell").status_code for _ in range(32)]
    assert codes == [200] * 30 + [429] * 2


def test_danger_is_asked_before_anything_can_be_written(browser):
    assert browser.get("/tell/form").headers["location"] == "/tell"
    given = token(browser.get("/tell"))
    answer = browser.post("/tell", data={"form_token": given, "danger": "yes"})
    assert answer.headers["location"] == "/tell/999"
    assert "Ring 999 now" in browser.get("/tell/999").text


def test_what_is_typed_stands_in_no_address_log_or_table(desk, browser, capfd):
    given = token(browser.get("/tell"))
    browser.post("/tell", data={"form_token": given, "danger": "no"})
    what = {"form_token": given, "worry": "He locks Tamsin in", "do": "keep"}
    sent = [("files", ("Tamsin.txt", b"her diary", "text/html"))]
    kept = browser.post("/tell/form", data=what, files=sent)
    assert kept.headers["location"] == "/tell/form?kept=1"
    page = browser.get("/tell/form")
    assert "He locks Tamsin in" in page.text
    assert "Tamsin.txt" in page.text
    assert "no-store" in page.headers["cache-control"]
    with desk.engine.connect() as connection:
        stored = repr([connection.execute(select(table)).all() for table in t.OWN.sorted_tables])
    said = stored + "".join(capfd.readouterr())
    digest = hashlib.sha256(b"her diary").hexdigest()
    for secret in ("locks", "Tamsin", "diary", digest, given, browser.cookies["desk-door"]):
        assert secret not in said


def test_the_cookie_is_the_browsers_alone_and_goes_with_it(browser):
    cookie = browser.get("/tell").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "max-age" not in cookie
    assert "expires" not in cookie


def test_what_is_larger_than_files_may_be_is_not_even_read(browser):
    given = token(browser.get("/tell"))
    browser.post("/tell", data={"form_token": given, "danger": "no"})
    too_much = [("files", ("a.pdf", b"%PDF-" + b"x" * (LARGEST_TOGETHER + 1_000_000), "application/pdf"))]
    assert browser.post("/tell/form", data={"form_token": given, "worry": "w"}, files=too_much).status_code == 413


def test_a_partnership_can_close_the_public_form(tmp_path, built):
    desk = open_desk(load(find_running=False, data_dir=tmp_path, desk_public_form=False), lambda: NOW)
    with served(desk) as url:
        assert Browser(url).get("/tell").status_code == 404
