"""Two desks over one database and one hub: either shows what came through the other, and nothing is there twice."""

from __future__ import annotations

import threading

import pytest
import requests
from sqlalchemy import select

from tests.check.live import Live
from tests.triage.served import Served, served, settings_for
from triage.sql import tables as t

pytestmark = pytest.mark.kafka


@pytest.fixture
def other(at_desk: Served, desk_hub: Live):
    with served(settings_for(desk_hub), desk_hub, at_desk.clock) as found:
        yield found


def token_of(page: requests.Response) -> str:
    return page.text.partition('name="form_token" value="')[2].partition('"')[0]


def claim(desk: Served, session: requests.Session, check_id: str) -> int:
    page = session.get(f"{desk.url}/queue", timeout=20)
    data = {"form_token": token_of(page)}
    return session.post(f"{desk.url}/checks/{check_id}/claim", data=data, timeout=60, allow_redirects=False).status_code


def test_two_desks_are_one(at_desk: Served, other: Served):
    one, two = at_desk.sign_in("r.hale"), at_desk.sign_in("s.okafor")
    check = at_desk.propose("either")
    reference = check.check_id[:8].upper()
    other.wait(lambda: other._of_anchor(check.anchor))
    for desk in (at_desk, other):  # one session opens both
        assert reference in one.get(f"{desk.url}/queue", timeout=20).text
    shown = other.desk.projector.shown

    answers: dict[str, int] = {}
    people = [
        threading.Thread(target=lambda: answers.update(one=claim(at_desk, one, check.check_id))),
        threading.Thread(target=lambda: answers.update(two=claim(other, two, check.check_id))),
    ]
    for person in people:
        person.start()
    for person in people:
        person.join(60)
    with at_desk.desk.engine.connect() as connection:
        found = connection.execute(select(t.desk_events).where(t.desk_events.c.check_id == check.check_id)).all()
        owner = connection.scalar(select(t.standings.c.owner).where(t.standings.c.check_id == check.check_id))
    claims = [row for row in found if row.kind == "claimed"]
    assert sum(row.took for row in claims) == 1
    assert owner in {"r.hale", "s.okafor"}
    name = {"r.hale": "Robin Hale", "s.okafor": "Sam Okafor"}[owner]
    for desk in (at_desk, other):
        assert f"With <strong>{name}</strong>" in one.get(f"{desk.url}/queue", timeout=20).text
    other.wait(lambda: other.desk.projector.shown > shown)
    with at_desk.desk.engine.connect() as connection:
        seqs = connection.scalars(select(t.events.c.seq).where(t.events.c.check_id == check.check_id)).all()
    assert sorted(seqs) == list(range(1, len(seqs) + 1))
