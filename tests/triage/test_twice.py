"""Back, and the button again: what only adds something is added once, and what is said anew is said."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from tests.triage.served import Served
from tests.triage.test_request_page import asked
from tests.triage.test_unsent import post, token_in
from triage.sql import queries

pytestmark = [pytest.mark.kafka]


def kinds(at_desk: Served, check_id: str, kind: str) -> int:
    with at_desk.desk.engine.connect() as connection:
        return sum(event.kind == kind for event in queries.history(connection, check_id))


def test_a_note_is_saved_once_and_another_or_a_later_one_as_well(at_desk: Served):
    check = at_desk.propose("twice")
    at_desk.claim("r.hale", check.check_id)
    person = at_desk.sign_in("r.hale")
    path = f"/checks/{check.check_id}/do/note"

    def note(text: str) -> str:
        token = token_in(person.get(f"{at_desk.url}{path}", timeout=20).text)
        answer = post(at_desk, person, path, form_token=token, command_id=str(uuid.uuid4()), words=text)
        return answer.headers["location"]

    first = note("Her aunt rang")
    assert note("Her aunt rang") == first
    assert kinds(at_desk, check.check_id, "noted") == 1
    assert note("Her uncle rang") != first
    at_desk.clock.at += timedelta(minutes=11)
    assert note("Her aunt rang") != first
    assert kinds(at_desk, check.check_id, "noted") == 3


def test_a_return_goes_once_and_a_corrected_one_as_well(at_desk: Served):
    request_id = asked(at_desk, "returntwice", "informed", "")
    with at_desk.desk.engine.connect() as connection:
        check_id = queries.request_of(connection, request_id).request.check_id
    person, path = at_desk.sign_in("police.researcher"), f"/requests/{request_id}"

    def answer(note: str) -> None:
        token = token_in(person.get(f"{at_desk.url}{path}", timeout=20).text)
        assert post(
            at_desk, person, path, form_token=token, return_id=str(uuid.uuid4()), outcome="not_known", note=note
        ).headers["location"] == "/inbox?sent=1"  # fmt: skip

    answer("Searched both names")
    answer("Searched both names")
    assert kinds(at_desk, check_id, "returned") == 1
    answer("Searched both names, and the mother's")
    assert kinds(at_desk, check_id, "returned") == 2
