"""What an erased person's files leave in the desk's database, on both databases: nothing that opens or can be guessed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, select

from hub.sealing import Sealer
from hub.settings import load
from tests.check.people import NOW, World
from tests.triage.databases import KINDS, opened
from triage.drafts import Draft, Drafts
from triage.files import Sent, check
from triage.forgetting import Forgetting
from triage.scanner import Finding, State
from triage.shelf import Shelf
from triage.sql import tables as t
from triage.sql.database import empty_view, open_database, put

NAME, TEXT = "referral-form.txt", b"Does the child feel safe at home? No"
WHAT = check(Sent(NAME, TEXT), [])
CLEAN = Finding(State.CLEAN)


@pytest.fixture(params=KINDS)
def engine(request, tmp_path) -> Iterator[Engine]:
    with opened(request.param, tmp_path) as found:
        yield found


@pytest.fixture
def sealer() -> Sealer:
    return World().sealer


@pytest.fixture
def shelf(engine, sealer) -> Shelf:
    return Shelf(engine, sealer)


def stored(engine: Engine) -> str:
    """Every row of the database, the desk's own and the view's."""
    with engine.connect() as connection:
        tables = [*t.OWN.sorted_tables, *t.VIEW.sorted_tables]
        return repr([connection.execute(select(table)).all() for table in tables])


def owners(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return sorted(connection.scalars(select(t.files.c.owner)))


def step(engine: Engine, shelf: Shelf, at=NOW) -> None:
    Forgetting(shelf, Drafts(engine), lambda: at).step()


def test_after_an_erasure_neither_bytes_nor_name_nor_digest_nor_verdict_is_left(engine, sealer, shelf):
    for anchor in ("erased", "other"):
        shelf.put(f"contact-{anchor}", anchor, WHAT, TEXT, CLEAN)
    document = shelf.receive("b.lark", WHAT, TEXT, NOW, CLEAN)
    shelf.dealt_with(document, "confirmed", "b.lark", NOW, "check")
    step(engine, shelf)
    assert owners(engine) == ["contact-erased", "contact-other"]
    sealer.keys.erase("erased")
    step(engine, shelf)
    assert owners(engine) == ["contact-other"]
    found = stored(engine)
    assert WHAT.digest not in found, "of the other's file neither: it may be the same form"
    assert NAME not in found
    assert TEXT.decode() not in found
    assert shelf.get("contact-other", "other", WHAT).found == CLEAN
    sealer.keys.erase("other")
    step(engine, shelf)
    assert owners(engine) == []
    assert str(State.CLEAN) not in stored(engine)


def test_what_came_after_an_erasure_under_the_same_name_stays(engine, sealer, shelf):
    shelf.put("before", "anchor", WHAT, TEXT, CLEAN)
    sealer.keys.erase("anchor")
    shelf.put("after", "anchor", WHAT, TEXT, CLEAN)
    step(engine, shelf)
    assert owners(engine) == ["after"]
    assert shelf.get("after", "anchor", WHAT).data == TEXT


def test_a_key_that_is_missing_and_was_never_erased_throws_no_file_away(engine, shelf):
    shelf.put("contact", "anchor", WHAT, TEXT, CLEAN)
    older_backup_of_the_keys = World().sealer
    step(engine, Shelf(engine, older_backup_of_the_keys))
    assert owners(engine) == ["contact"]


def test_a_rebuild_of_the_view_and_a_view_of_another_version_throw_no_file_away(engine, shelf, tmp_path):
    shelf.put("contact", "anchor", WHAT, TEXT, CLEAN)
    number = shelf.receive("b.lark", WHAT, TEXT, NOW, CLEAN)
    empty_view(engine)
    with engine.begin() as connection:
        put(connection, t.meta, {"name": "made", "value": "an older version's"})
    url = SecretStr(engine.url.render_as_string(hide_password=False))
    open_database(load(find_running=False, data_dir=tmp_path, desk_database=url)).dispose()
    with engine.connect() as connection:
        assert connection.scalar(select(t.meta.c.value).where(t.meta.c.name == "made")) != "an older version's"
    assert shelf.get("contact", "anchor", WHAT).data == TEXT
    assert shelf.document(number)[1].data == TEXT


def test_a_draft_that_nobody_came_back_to_goes_with_its_files(engine, shelf):
    drafts = Drafts(engine)
    drafts.keep("s" * 43, "", Draft("c", files=[WHAT]), NOW + timedelta(hours=1), NOW)
    drafts.add_file("s" * 43, "", WHAT, Sent(NAME, TEXT), CLEAN)
    step(engine, shelf)
    assert len(owners(engine)) == 1
    step(engine, shelf, NOW + timedelta(hours=2))
    assert owners(engine) == []
