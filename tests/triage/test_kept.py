"""What the desk keeps in memory: never older than the view, and never a way around a wall."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from hub.messages import CheckEvent, DeskEvent
from hub.settings import load
from tests.check.people import NOW
from triage.access import Visitor
from triage.desk import Desk, open_desk
from triage.figuring import FRESH, OLDEST, Figuring
from triage.roles import Role
from triage.sessions import Session
from triage.sql import tables as t
from triage.sql import view
from triage.sql.database import put
from triage.web import queue
from triage.web.asking import Ask
from triage.web.frame import shown


def check_id(number: int) -> str:
    return f"{number:08x}-0000-5000-8000-000000000000"


def event(number: int, seq: int = 1, kind: str = "proposed", state: str = "screening", **codes: str) -> CheckEvent:
    codes = {
        "level": "3",
        "brag": "AMBER",
        "subject": "child",
        "picture_as_of": NOW.isoformat(),
        "person_id": f"p-{number}",
        "members": "",
    } | codes
    return CheckEvent(
        event_id=f"{number}-{seq}", partnership="demo", check_id=check_id(number), anchor=f"{number:032x}", seq=seq,
        kind=kind, state=state, at=NOW, codes=codes, cause=f"c-{number}-{seq}",
    )  # fmt: skip


def told(number: int, kind: str, account: str, actor: str = "") -> DeskEvent:
    return DeskEvent(
        event_id=f"{number}-{kind}-{account}", partnership="demo", check_id=check_id(number), kind=kind,
        actor=actor or account, role="duty_manager", account=account, at=NOW,
    )  # fmt: skip


@pytest.fixture
def desk(tmp_path) -> Desk:
    made = open_desk(load(find_running=False, data_dir=tmp_path), lambda: NOW)
    yield made
    made.close()


def take(desk: Desk, *messages) -> None:
    with desk.engine.begin() as connection:
        view.take(connection, messages)


def page(desk: Desk, account: str, token: str = "token", now: datetime = NOW, **query: str) -> str:
    visitor = Visitor(account, account, frozenset({Role.SCREENER}))
    session = Session("key", visitor, token)
    return shown(desk, queue.show(desk, Ask(visitor, session, now, {}, query, {})), session)


def reference(number: int) -> str:
    return check_id(number)[:8].upper()


def test_what_was_kept_is_as_new_as_the_view(desk):
    take(desk, event(1))
    assert reference(1) in page(desk, "one")
    assert desk.open_checks.get() is desk.open_checks.get(), "nothing has changed, nothing is read again"
    take(desk, event(2))
    assert reference(2) in page(desk, "one")
    take(desk, event(2, 2, "rated", rating="red"))
    assert "Act now" in page(desk, "one")
    take(desk, event(2, 3, "dismissed", state="dismissed", reason="no_evidence"))
    assert reference(2) not in page(desk, "one")


def test_another_desk_over_the_same_database_is_seen_at_once(desk, tmp_path):
    take(desk, event(1))
    page(desk, "one")
    other = open_desk(load(find_running=False, data_dir=tmp_path), lambda: NOW)
    take(other, event(2), told(1, "claimed", "two"))
    assert "With <strong>two</strong>" in page(desk, "one")
    assert reference(2) in page(desk, "one")
    other.close()


def test_a_wall_holds_although_others_had_the_card_drawn(desk):
    take(desk, event(1))
    assert reference(1) in page(desk, "one")
    take(desk, told(1, "walled", "two", actor="boss"))
    assert reference(1) in page(desk, "one")
    assert reference(1) not in page(desk, "two")
    assert reference(1) not in page(desk, "two", show="mine")


def test_a_link_is_only_for_those_who_may_open_it_and_a_token_only_for_its_session(desk):
    take(desk, event(1), event(2), told(1, "claimed", "one"))
    mine, theirs = page(desk, "one", "token-of-one"), page(desk, "two", "token-of-two")
    link = f'href="/checks/{check_id(1)}"'
    assert (link in mine, link in theirs) == (True, False)
    assert ("token-of-one" in mine, "token-of-one" in theirs, "token-of-two" in theirs) == (True, False, True)


def test_a_walled_check_binds_no_family_together(desk):
    with desk.engine.begin() as connection:
        for person in ("p-2", "p-3"):
            put(connection, t.ties, {"check_id": check_id(1), "person_id": person, "relation": "sibling"})
    take(desk, event(1), event(2), event(3), told(1, "walled", "two", actor="boss"))
    assert "3 checks of one family" in page(desk, "one")
    assert "of one family" not in page(desk, "two")
    assert reference(2) in page(desk, "two")


def test_how_long_is_left_is_drawn_anew(desk):
    take(desk, event(1, 1, **{"due.response": (NOW + timedelta(hours=2)).isoformat()}))
    first = page(desk, "one")
    assert page(desk, "one", now=NOW + timedelta(hours=3)) != first


def test_nobody_waits_for_figures_but_who_wants_them_whole(monkeypatch):
    started: list[int] = []
    monkeypatch.setattr(Figuring, "_start", lambda _self, days, _now: started.append(days))
    figuring = Figuring("sqlite://", None)
    assert figuring.look(30, NOW) is None
    figuring._kept[30] = (NOW, ["made"])
    assert figuring.look(30, NOW + FRESH) == (NOW, ["made"])
    assert started == [30]
    assert figuring.look(30, NOW + OLDEST) == (NOW, ["made"])
    assert figuring.look(30, NOW + OLDEST + timedelta(seconds=1)) is None
    assert started == [30, 30, 30]
