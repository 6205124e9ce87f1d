"""The desk's database alone holds files. Where their bytes are lost a page says so, and what came of the rest stays."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from tests.triage.served import Served
from tests.triage.test_conflicts import token_of
from tests.triage.test_front_door_pages import JPEG
from triage.sql import tables as t
from triage.sql.tables import files

pytestmark = pytest.mark.kafka
NAME = "stairs.jpg"


def told(at_desk: Served) -> tuple[str, str]:
    """Somebody tells of a worry, with a photograph; check and contact that it became."""
    anybody = at_desk.sign_in("r.hale")  # any browser does: the form is open to all
    at = f"{at_desk.url}/tell"
    token = {"form_token": token_of(anybody.get(at, timeout=20))}
    anybody.post(at, data=token | {"danger": "no"}, timeout=20)
    sent = {"files": (NAME, JPEG, "image/jpeg")}
    what = token | {"worry": "She fell down them again", "p1.given": "Tamsin", "do": "send"}
    answer = anybody.post(f"{at}/form", data=what, files=sent, timeout=60)
    assert answer.url.endswith("/received"), answer.text
    with at_desk.desk.engine.connect() as connection:
        (row,) = connection.execute(select(files.c.owner, files.c.key).where(files.c.key != "")).all()
    return at_desk.wait(lambda: at_desk._of_anchor(row.key)).check_id, row.owner


def lose(at_desk: Served) -> None:
    with at_desk.desk.engine.begin() as connection:
        connection.execute(delete(files))


def test_a_contacts_file_whose_bytes_are_gone_is_said_to_be_gone(at_desk: Served):
    check_id, contact_id = told(at_desk)
    at_desk.claim("r.hale", check_id)
    robin, url = at_desk.sign_in("r.hale"), f"{at_desk.url}/checks/{check_id}/files"
    one = f"{url}/{contact_id}/0"
    assert f"/files/{contact_id}/0" in robin.get(url, timeout=60).text
    assert robin.get(one, timeout=60).content == JPEG
    lose(at_desk)
    page = robin.get(url, timeout=60)
    assert page.status_code == 200
    assert NAME in page.text
    assert "Its bytes are lost" in page.text
    assert f"/files/{contact_id}/0" not in page.text
    gone = robin.get(one, timeout=60)
    assert gone.status_code == 410
    assert "The bytes of this file are lost" in gone.text
    assert "Ask whoever sent it" in gone.text
    assert robin.get(f"{url}/{contact_id}/1", timeout=60).status_code == 404, "there never was a second"


def test_a_document_whose_bytes_are_gone_can_be_set_aside_and_not_confirmed(at_desk: Served):
    support, url = at_desk.sign_in("b.lark"), f"{at_desk.url}/documents"
    token = {"form_token": token_of(support.get(url, timeout=20))}
    sent = {"files": ("letter.jpg", JPEG, "image/jpeg")}
    assert support.post(url, data=token, files=sent, timeout=60).status_code == 200
    (waiting,) = at_desk.desk.shelf.waiting()
    lose(at_desk)
    one = f"{url}/{waiting.document_id}"
    page = support.get(one, timeout=20)
    assert page.status_code == 200
    assert "Its bytes are lost" in page.text
    assert f"/documents/{waiting.document_id}/file" not in page.text
    assert support.get(f"{one}/file", timeout=20).status_code == 410
    typed = token | {"confirmed": "yes", "worry": "It says nothing that anybody can read"}
    refused = support.post(one, data=typed, timeout=60)
    assert refused.status_code == 422
    assert "nobody can have read it" in refused.text
    assert support.post(f"{one}/aside", data=token | {"why": "lost"}, timeout=60).status_code == 200
    assert at_desk.desk.shelf.waiting() == []
    with at_desk.desk.engine.connect() as connection:
        assert connection.scalar(select(t.documents.c.state)) == "aside:lost"
