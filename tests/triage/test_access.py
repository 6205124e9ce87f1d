"""Every address x every role x every standing, asked over HTTP of the real shell: who gets in, and nobody else."""

from __future__ import annotations

import dataclasses
import threading
from datetime import timedelta
from itertools import product

import pytest
import requests
import uvicorn

from hub.messages import CheckEvent, DeskEvent, Summary
from hub.messages.check import AgencyRequest
from hub.settings import load
from tests.check.people import NOW
from triage.access import Visitor
from triage.desk import open_desk
from triage.drafts import form_token_of
from triage.roles import Right, Role
from triage.sql import view
from triage.web.app import make_app
from triage.web.asking import Page
from triage.web.routes import ROUTES

CHECK, REQUEST = "3f2a0000-0000-5000-8000-000000000001", "9c9c0000-0000-5000-8000-000000000001"
TRIAGE = "screener decision_maker duty_manager"
ANYBODY = f"{TRIAGE} business_support operations auditor professional police health"
DOOR = ("GET ", "POST ", "GET /999", "GET /form", "POST /form", "GET /received", "GET /leave")


def at(*addresses: str, under: str) -> list[str]:
    return [f"{method} {under}{rest}" for method, _, rest in (address.partition(" ") for address in addresses)]


OPEN = {
    "GET /queue": f"{TRIAGE} business_support",
    "GET /inbox": "police",
    "GET /board": "decision_maker duty_manager auditor",
    "GET /board.csv": "decision_maker duty_manager auditor",
    "GET /reviews": TRIAGE,
    "POST /reviews/{review_id}": TRIAGE,
    "GET /reviews/{review_id}": TRIAGE,
    "GET /cover": f"{TRIAGE} auditor",
    "POST /cover": "duty_manager",
    "POST /cover/{delegation_id}/revoke": f"{TRIAGE} auditor",
    "GET /alerts": "duty_manager auditor",
    "GET /audit": "duty_manager auditor",
    "GET /hub": "operations duty_manager",
    "GET /requests/{request_id}": "police",
    "POST /requests/{request_id}": "police",
    "GET /told/{summary_id}": "police",
    **dict.fromkeys(at(*DOOR, under="/tell"), ANYBODY),
    **dict.fromkeys(at(*DOOR, under="/refer"), "police health professional"),
    **dict.fromkeys(at(*DOOR, under="/phone"), f"{TRIAGE} business_support"),
    **dict.fromkeys(at(*DOOR, under="/manual"), TRIAGE),
    "GET /contacts": f"{TRIAGE} business_support",
    **dict.fromkeys(
        at(
            "GET ",
            "POST ",
            "GET /{document_id}",
            "GET /{document_id}/file",
            "POST /{document_id}",
            "POST /{document_id}/aside",
            under="/documents",
        ),
        f"{TRIAGE} business_support",
    ),
    **dict.fromkeys(at("GET ", "POST ", under="/known"), f"{TRIAGE} police health professional"),
    **dict.fromkeys(at("GET ", "POST ", under="/find"), TRIAGE),
    **dict.fromkeys(at("GET ", "POST ", "GET /request", "POST /request", under="/school"), ANYBODY),
    "GET /requests/{request_id}/pass-on": "police",
    "POST /requests/{request_id}/pass-on": "police",
    "POST /requests/{request_id}/links/{link_id}/revoke": "police",
    "GET /receipts": f"{TRIAGE} business_support operations auditor police health",
    "GET /receipts/{agency}": f"{TRIAGE} business_support operations auditor police",
}
"""Address -> who gets in, whatever they are to the check."""
READERS = f"{TRIAGE} auditor"
INSIDE = {
    "GET /checks/{check_id}": READERS,
    "GET /checks/{check_id}/bundle.pdf": READERS,
    "GET /checks/{check_id}/bundle.html": READERS,
    "GET /checks/{check_id}/seq": READERS,
    "GET /checks/{check_id}/files": READERS,
    "GET /checks/{check_id}/files/{contact_id}/{number}": READERS,
    "GET /checks/{check_id}/summaries": READERS,
    "GET /checks/{check_id}/do/{action}": TRIAGE,
    "POST /checks/{check_id}/do/{action}": TRIAGE,
    "POST /checks/{check_id}/team/{what}": TRIAGE,
}
"""Address -> who gets in if they are designated, or broke the glass; nobody else ever."""
OUTSIDE = {
    "POST /checks/{check_id}/wall": TRIAGE,
    "POST /checks/{check_id}/claim": TRIAGE,
    "POST /checks/{check_id}/glass": READERS,
    "POST /checks/{check_id}/declare": READERS,
    "POST /checks/{check_id}/lift": "duty_manager",
}
"""Address -> who gets in without being designated, as long as no wall keeps them out."""
PEOPLE = (*Role, "health", "acting")
"""Each role; a researcher of another agency; and a screener who acts in a duty manager's stead."""
NEVER_LENT = {"POST /cover"}
BROWSER = "b" * 43
STANDINGS = ("stranger", "designated", "glass", "old_glass", "walled", "walled_with_glass")


def expected(address: str, who: str, standing: str) -> bool:
    if who == "acting":
        manager = address not in NEVER_LENT and expected(address, "duty_manager", standing)
        return manager or expected(address, "screener", standing)
    if address in OPEN:
        return who in OPEN[address].split()
    if standing.startswith("walled"):
        return False
    if address in OUTSIDE:
        return who in OUTSIDE[address].split()
    return who in INSIDE[address].split() and standing in {"designated", "glass"}


STANDS_FOR = {"acting": Role.SCREENER}


def account(who: str, standing: str) -> str:
    return f"{who}.{standing}"


def events() -> list[DeskEvent]:
    """Everybody's standing to the one check."""
    found, early = [], NOW.replace(hour=1)
    for number, (who, standing) in enumerate(product(PEOPLE, STANDINGS)):
        name = account(who, standing)
        base = {"partnership": "demo", "check_id": CHECK, "role": "duty_manager", "account": name}
        steps = {
            "stranger": [],
            "designated": [("boss", "designated", NOW)],
            "glass": [(name, "glass_broken", NOW)],
            "old_glass": [(name, "glass_broken", early)],
            "walled": [("boss", "designated", NOW), ("boss", "walled", NOW)],
            "walled_with_glass": [("boss", "walled", NOW), (name, "glass_broken", NOW)],
        }[standing]
        found += [
            DeskEvent(event_id=f"{number}.{part}", actor=actor, kind=kind, at=at, **base)
            for part, (actor, kind, at) in enumerate(steps)
        ]
    return [*found, *(lent(account("acting", standing)) for standing in STANDINGS)]


def lent(name: str) -> DeskEvent:
    """A duty manager of their own lets somebody act in their stead."""
    codes = {"from": NOW.isoformat(), "until": (NOW + timedelta(days=1)).isoformat(), "roles": "screener"}
    return DeskEvent(
        event_id=f"lent.{name}", partnership="demo", check_id="", kind="delegated", actor=f"manager.of.{name}",
        role="duty_manager", account=name, codes=codes, at=NOW,
    )  # fmt: skip


@pytest.fixture(scope="module")
def door(tmp_path_factory, built):
    """The real shell over the real routes, each answered by `let in` instead of its page."""
    desk = open_desk(load(find_running=False, data_dir=tmp_path_factory.mktemp("door"), desk_requests_per_minute=100_000, desk_public_pages_per_minute=100_000, desk_public_forms_per_hour=100_000), lambda: NOW)  # fmt: skip
    proposed = CheckEvent(
        event_id="e", partnership="demo", check_id=CHECK, anchor="a" * 32, seq=1, kind="proposed", state="screening",
        at=NOW, codes={"level": "3", "brag": "AMBER", "subject": "child"}, cause="p",
    )  # fmt: skip
    asked = AgencyRequest(
        request_id=REQUEST, partnership="demo", check_id=CHECK, anchor="a" * 32, agency="police", rating="amber",
        questions=[], question_set="", basis="", agreement="", sent_at=NOW, due_at=NOW, subject=b"",
    )  # fmt: skip
    told = Summary(
        summary_id="s1", partnership="demo", check_id=CHECK, anchor="a" * 32, recipient="police", decision="section_17",
        subject=b"", at=NOW,
    )  # fmt: skip
    with desk.engine.begin() as connection:
        view.take(connection, [proposed, asked, told, *events()])
    let_in = [dataclasses.replace(r, handler=lambda _d, _a: Page("says.html", {"title": "let in", "text": ""})) for r in ROUTES]  # fmt: skip
    server = uvicorn.Server(uvicorn.Config(make_app(desk, let_in), host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.05)
    yield desk, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)
    desk.close()


def test_every_address_stands_in_one_of_the_tables():
    assert {f"{r.method} {r.path}" for r in ROUTES} == OPEN.keys() | INSIDE.keys() | OUTSIDE.keys()


def ask(url: str, route, cookie: str, form_token: str) -> requests.Response:
    path = route.path.format(
        check_id=CHECK, request_id=REQUEST, action="rate", what="designate", review_id="r", source_id="s",
        document_id="d", contact_id="c", number="0", agency="police", link_id="l", delegation_id="x", summary_id="s1",
    )  # fmt: skip
    public = route.right is Right.PUBLIC
    data = {"form_token": form_token_of(BROWSER) if public else form_token} if route.method == "POST" else None
    cookies = {"desk": cookie, "desk-door": BROWSER, "desk-school": BROWSER}
    return requests.request(route.method, url + path, cookies=cookies, data=data, timeout=20)


@pytest.mark.parametrize("who", PEOPLE)
def test_nobody_gets_where_they_may_not(door, who):
    desk, url = door
    role, agency = (Role.AGENCY_RESEARCHER, "health") if who == "health" else (STANDS_FOR.get(who) or Role(who), "")
    if who == Role.AGENCY_RESEARCHER:
        agency = "police"
    wrong = []
    for standing in STANDINGS:
        visitor = Visitor(account(who, standing), "Somebody", frozenset({role}), agency)
        cookie, session = desk.sessions.begin(visitor, NOW)
        for route in ROUTES:
            address = f"{route.method} {route.path}"
            name = "police" if who == Role.AGENCY_RESEARCHER else str(who)
            answer = ask(url, route, cookie, session.form_token)
            may = expected(address, name, standing)
            if name == "health" and address == "GET /inbox":
                may = True  # their own, which is empty
            if (answer.status_code, "let in" in answer.text) != ((200, True) if may else (403, False)):
                wrong.append((address, name, standing, answer.status_code))
    assert not wrong


def test_without_a_session_or_its_form_nothing_happens(door):
    desk, url = door
    cookie, session = desk.sessions.begin(Visitor("x", "X", frozenset({Role.SCREENER})), NOW)
    other = desk.sessions.begin(Visitor("y", "Y", frozenset({Role.SCREENER})), NOW)[1]
    for route in ROUTES:
        if route.right is Right.PUBLIC:
            continue
        unknown = ask(url, route, "no-such-cookie", "x")
        assert "let in" not in unknown.text, route.path
        assert unknown.url.endswith("/sign-in")
        if route.method == "POST":
            for token in ("", "x", other.form_token):
                assert ask(url, route, cookie, token).status_code == 403, route.path
    claim = f"{url}/checks/{CHECK}/claim"
    data = {"form_token": session.form_token}
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        assert requests.post(claim, cookies={"desk": cookie}, data=data, headers=headers, timeout=20).status_code == 403
    assert requests.post(claim, cookies={"desk": cookie}, data=data, timeout=20).status_code == 200
    desk.sessions.end(session)
    assert "let in" not in requests.post(claim, cookies={"desk": cookie}, data=data, timeout=20).text


def test_a_public_form_is_good_only_for_the_browser_that_asked_for_it(door):
    _, url = door
    for route in (r for r in ROUTES if r.right is Right.PUBLIC and r.method == "POST"):
        good = {"form_token": form_token_of(BROWSER)}
        mine, another = {f"desk-{route.cookie}": BROWSER}, {f"desk-{route.cookie}": "x" * 43}
        for cookies, data in (({}, good), (another, good), (mine, {"form_token": ""})):
            answer = requests.post(url + route.path, cookies=cookies, data=data, timeout=20)
            assert (answer.status_code, "let in" in answer.text) == (403, False), route.path
        far = {"Sec-Fetch-Site": "cross-site"}
        answer = requests.post(url + route.path, cookies=mine, data=good, headers=far, timeout=20)
        assert answer.status_code == 403


def test_who_is_a_researcher_and_a_professional_sees_no_other_agencys_receipts(door):
    desk, url = door
    both = Visitor("both", "Both", frozenset({Role.AGENCY_RESEARCHER, Role.PROFESSIONAL}), "health")
    cookies = {"desk": desk.sessions.begin(both, NOW)[0]}
    codes = {
        a: requests.get(f"{url}/receipts/{a}", cookies=cookies, timeout=20).status_code for a in ("health", "police")
    }
    assert codes == {"health": 200, "police": 403}


def test_what_is_too_long_is_refused_whole(door):
    desk, url = door
    cookie, session = desk.sessions.begin(Visitor("x", "X", frozenset({Role.SCREENER})), NOW)
    for words, may in (("x" * 60_000, 200), ("x" * 60_001, 413), ("x" * 1_000_001, 413)):
        data = {"form_token": session.form_token, "words": words}
        answer = requests.post(f"{url}/checks/{CHECK}/claim", cookies={"desk": cookie}, data=data, timeout=20)
        assert answer.status_code == may, len(words)


def test_another_name_for_this_machine_opens_nothing(door):
    _, url = door
    assert requests.get(f"{url}/sign-in", headers={"Host": "elsewhere.example"}, timeout=20).status_code == 400


def test_a_page_that_renews_itself_keeps_no_session_alive(door):
    desk, _ = door
    token, _ = desk.sessions.begin(Visitor("y", "Y", frozenset({Role.SCREENER})), NOW)
    for minutes in (10, 20, 29):
        assert desk.sessions.find(token, NOW + timedelta(minutes=minutes), touch=False)
    assert desk.sessions.find(token, NOW + timedelta(minutes=31), touch=False) is None


def test_what_is_done_is_audited_before_and_after(door):
    from sqlalchemy import select

    from triage.sql.tables import audit

    desk, url = door
    cookie, session = desk.sessions.begin(Visitor("doer", "Doer", frozenset({Role.SCREENER})), NOW)
    data = {"form_token": session.form_token}
    assert requests.post(f"{url}/checks/{CHECK}/claim", cookies={"desk": cookie}, data=data, timeout=20).ok
    with desk.engine.connect() as connection:
        rows = connection.execute(select(audit.c.outcome).where(audit.c.account == "doer").order_by(audit.c.number))
        assert [row.outcome for row in rows] == ["asked", "done"]


def test_every_answer_has_the_headers_and_no_page_is_kept(door):
    _, url = door
    for path in ("/sign-in", "/queue", "/no-such-page", "/static/built/desk.css"):
        answer = requests.get(url + path, timeout=20, allow_redirects=False)
        assert "default-src 'none'" in answer.headers["content-security-policy"], path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert ("no-store" in answer.headers["cache-control"]) is not path.startswith("/static")


def test_whoever_was_refused_stands_in_the_audit(door):
    desk, url = door
    from sqlalchemy import select

    from triage.sql.tables import audit

    cookie, _ = desk.sessions.begin(Visitor("curious", "Curious", frozenset({Role.SCREENER})), NOW)
    assert requests.get(f"{url}/checks/{CHECK}", cookies={"desk": cookie}, timeout=20).status_code == 403
    with desk.engine.connect() as connection:
        rows = connection.execute(select(audit).where(audit.c.account == "curious")).all()
    assert [(r.act, r.check_id, r.outcome) for r in rows] == [("refused", CHECK, "not_designated")]


def test_a_number_that_is_no_checks_is_not_there_and_cannot_be_claimed(door):
    desk, url = door
    cookie, _ = desk.sessions.begin(Visitor("typo", "Typo", frozenset({Role.SCREENER})), NOW)
    page = requests.get(f"{url}/checks/{CHECK[:-1]}9", cookies={"desk": cookie}, timeout=20)
    assert page.status_code == 404
    assert "Claim" not in page.text


def test_metrics_name_addresses_and_never_whose(door):
    from prometheus_client import REGISTRY, generate_latest

    from triage import gauges

    desk, url = door
    gauges.publish(desk)
    labels = {"route": "/checks/{check_id}", "method": "GET", "status": "403"}
    before = REGISTRY.get_sample_value("mash_desk_requests_total", labels) or 0
    cookie, _ = desk.sessions.begin(Visitor("metric.person", "Metric Person", frozenset({Role.SCREENER})), NOW)
    requests.get(f"{url}/checks/{CHECK}", cookies={"desk": cookie}, timeout=20)
    assert REGISTRY.get_sample_value("mash_desk_requests_total", labels) == before + 1
    assert REGISTRY.get_sample_value("mash_desk_sessions") >= 1
    entries = REGISTRY.get_sample_value("mash_desk_audit_entries")
    requests.get(f"{url}/checks/{CHECK}", cookies={"desk": cookie}, timeout=20)
    assert REGISTRY.get_sample_value("mash_desk_audit_entries") == entries + 1
    told = generate_latest().decode()
    assert CHECK not in told
    assert "metric.person" not in told
