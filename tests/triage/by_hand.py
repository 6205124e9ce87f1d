"""Somebody at the desk without a browser: pages and forms over HTTP, as quickly as a test needs them."""

from __future__ import annotations

import re
from html import unescape

import requests

from tests.triage.served import Served
from triage.sql import queries

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
Typed = dict[str, str | list[str]]


class ByHand:
    """One signed-in person."""

    def __init__(self, at_desk: Served, account: str) -> None:
        self.at_desk, self.account = at_desk, account
        self.session = at_desk.sign_in(account)

    def get(self, path: str, status: int = 200) -> str:
        answer = self.session.get(f"{self.at_desk.url}{path}", timeout=30)
        assert answer.status_code == status, f"{answer.status_code} {plain(answer.text)[:400]}"
        return answer.text

    def form(self, path: str, typed: Typed | None = None) -> Typed:
        """A form's hidden fields as it is shown now, and what is typed into it."""
        page = self.get(path)
        main = page[page.index("<main") :]
        form = next(part for part in main.split("<form")[1:] if "form_token" in part)
        return {name: unescape(value) for name, value in _HIDDEN.findall(form)} | (typed or {})

    def post(self, path: str, filled: Typed, *, follow: bool = True) -> requests.Response:
        return self.session.post(f"{self.at_desk.url}{path}", data=filled, timeout=60, allow_redirects=follow)

    def do(self, check_id: str, action: str, **typed: str | list[str]) -> requests.Response:
        """Fill a command's form and send it."""
        path = f"/checks/{check_id}/do/{action}"
        return self.post(path, self.form(path, {name.replace("__", "."): value for name, value in typed.items()}))


def plain(page: str) -> str:
    """What somebody reads of a page."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def errors_of(page: str) -> list[tuple[str, str]]:
    """The error summary: what each link leads to, and its text."""
    summary = re.search(r'class="govuk-error-summary".*?</ul>', page, re.DOTALL)
    items = re.findall(r"<li>(.*?)</li>", summary[0], re.DOTALL) if summary else []
    links = [re.search(r'href="#([^"]+)"', item) for item in items]
    return [(link[1] if link else "", plain(item)) for item, link in zip(items, links, strict=True)]


def opened(at_desk: Served, name: str, **changes: object) -> tuple[ByHand, str]:
    """A screener with a check of their own that is rated amber."""
    check_id = at_desk.propose(name, **changes).check_id
    at_desk.claim("r.hale", check_id)
    screener = ByHand(at_desk, "r.hale")
    saved(screener.do(check_id, "open", rating="amber", words="Two agencies are worried"))
    return screener, check_id


def gathering(
    at_desk: Served, name: str, *, gate: dict[str, str] | None = None, **changes: object
) -> tuple[ByHand, str]:
    """A screener with a check whose requests are out."""
    screener, check_id = opened(at_desk, name, **changes)
    typed = {"basis": "statutory", "provision": "ca1989_s17", "family": "informed", "words": "Need unclear"} | (
        gate or {}
    )
    saved(screener.do(check_id, "gate", **typed))
    return screener, check_id


def request_to(at_desk: Served, check_id: str, agency: str) -> str:
    """Number of the request to one agency, once the desk has it."""

    def look() -> str | None:
        for one in at_desk.check(check_id).of_round():
            if one.agency == agency:
                with at_desk.desk.engine.connect() as connection:
                    return one.request_id if queries.request_of(connection, one.request_id) else None
        return None

    return at_desk.wait(look)


def saved(answer: requests.Response) -> requests.Response:
    """The page says that it was saved."""
    assert answer.ok, f"{answer.status_code} {errors_of(answer.text)} {plain(answer.text)[:300]}"
    assert "saved=" in answer.url, answer.url
    return answer
