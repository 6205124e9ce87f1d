"""What was typed at the front door becomes a call: only the worry must be there, and whoever tells is never in it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from hub.ids import Pseudonyms
from hub.messages.record import NameKind, Precision, Role
from hub.settings import load
from streams.check.front_door import take_down
from tests.check.people import NOW, World
from triage import door, door_words, files
from triage.birth_dates import birth_of
from triage.drafts import Draft, Drafts
from triage.files import Sent
from triage.shelf import WAITING, Shelf
from triage.sql import tables as t
from triage.sql.database import open_database
from triage.sql.kept_files import NOT_SCANNED

PUBLIC = door.Who(door_words.PUBLIC)
NURSE = door.Who(door_words.PROFESSIONAL, "n.quill", "professional", "Nia Quill", "health", "Health")
SECRET, OTHER = "s" * 43, "o" * 43


def read(who=PUBLIC, people=1, **fields):
    typed = {name.replace("__", "."): [value] for name, value in fields.items()}
    return door.read(typed, people, [], who, "c" * 8, NOW)


def test_the_worry_alone_is_enough_and_without_it_nothing_goes():
    call = read(worry="A boy shouts for help at number 4").call
    assert [(p.subject, p.identity.names) for p in call.people] == [("child", [])]
    assert (call.channel, call.reporter, call.danger, call.relation) == ("public_form", None, "unknown", "not_said")
    assert take_down(call, Pseudonyms(b"k" * 32, "demo"), World().sealer)[1][0].anonymous
    typed = read(you__name="Somebody")
    assert (typed.call, typed.errors[0][0]) == (None, "worry")


def test_everybody_has_their_place_and_whoever_tells_us_is_in_none():
    call = read(
        NURSE, 4, worry="They are hungry", danger="no", address="4 Larkrise\nThistlemere", postcode="zz99 9zz",
        p1__who="parent", p1__given="Imke", p1__family="Okoro-Vale",
        p2__who="unborn", p2__born="2.9.2026",
        p3__who="mother", p3__given="Imke", p3__family="Okoro-Vale",
        p4__who="harm", p4__given="Unknown",
    ).call  # fmt: skip
    assert [(p.ref, p.subject, p.role) for p in call.people] == [
        ("unborn-2", "unborn", Role.OTHER), ("parent-1", "", Role.PARENT), ("mother-3", "", Role.PARENT),
        ("harm-4", "", Role.SUSPECT),
    ]  # fmt: skip
    assert {(r.subject, r.kind, r.of) for r in call.relationships} == {
        ("parent-1", "parent", "unborn-2"), ("mother-3", "mother", "unborn-2"),
    }  # fmt: skip
    by_ref = {p.ref: p.identity for p in call.people}
    assert by_ref["parent-1"].addresses[0].postcode == "ZZ99 9ZZ"
    assert by_ref["harm-4"].addresses == []
    assert by_ref["harm-4"].names[0].kind is NameKind.PLACEHOLDER
    assert by_ref["unborn-2"].birth.precision is Precision.EXPECTED
    assert (call.reporter.name, call.reporter.organisation, call.agency, call.actor) == (
        "Nia Quill", "Health", "health", "n.quill",
    )  # fmt: skip
    record, contacts = take_down(call, Pseudonyms(b"k" * 32, "demo"), World().sealer)
    assert len(record.subjects) == 4
    assert "Quill" not in str(record.subjects) + str(contacts)


def test_what_is_too_long_for_its_box_is_told_and_never_cut():
    long = "x" * 121
    typed = door.read(
        {name: [value] for name, value in {
            "worry": "They are hungry", "p1.given": long, "p1.family": "ok", "p2.family": long, "p2.who": "parent",
            "address": f"4 Larkrise\n{long}", "postcode": long, "you.contact": long,
        }.items()}, 2, [], PUBLIC, "c" * 8, NOW,
    )  # fmt: skip
    assert [name for name, _ in typed.errors] == ["p1.given", "address", "postcode", "p2.family", "you.contact"]
    assert typed.call is None


@pytest.mark.parametrize(
    ("text", "value"),
    [("2 9 2026", "2026-09-02"), ("9 2026", "2026-09-15"), ("2026", None), ("2 9 1066", None), ("2 9 2027", None)],
)
def test_a_baby_is_expected_within_a_pregnancy_or_not_at_all(text, value):
    typed = read(worry="She drinks", p1__who="unborn", p1__born=text)
    if value is None:
        assert typed.errors[0][0] == "p1.born"
    else:
        assert typed.call.people[0].identity.birth.value == value


def test_a_domestic_incident_has_its_time_and_none_lies_ahead():
    call = read(NURSE, worry="Shouting", incident="2026-03-02T23:10").call
    assert (call.incident_at, call.categories) == (NOW.replace(day=2, hour=23, minute=10), ("domestic_abuse",))
    assert read(NURSE, worry="Shouting", incident="").call.incident_at is None
    for told, why in (("2026-03-04T10:00", "future"), ("last night", "the day and the time")):
        (error,) = read(NURSE, worry="Shouting", incident=told).errors
        assert (error[0], why in error[1]) == ("incident", True)
    assert read(worry="Shouting", incident="2026-03-02T23:10").call.incident_at is None, "the public is not asked"


@pytest.mark.parametrize(
    ("text", "value"),
    [("2 6 2017", "2017-06-02"), ("02/06/2017", "2017-06-02"), ("2017-06-02", "2017-06-02"), ("6.2017", "2017-06"),
     ("2017", "2017"), ("31 2 2017", None), ("June", None), ("2 6 2090", None), ("2 6 1700", None), ("6", None)],
)  # fmt: skip
def test_a_birth_date_as_people_write_it(text, value):
    found = birth_of(text, date(2026, 3, 3))
    assert (found.value if found else None) == value


def test_what_is_too_long_is_said_and_not_cut():
    typed = read(worry="x" * 10_001, seen="y" * 3_001)
    assert typed.call is None
    assert [name for name, _ in typed.errors] == ["worry", "seen"]
    assert read(p1__born="yesterday", worry="w").errors[0][0] == "p1.born"


@pytest.fixture
def engine(tmp_path):
    engine = open_database(load(find_running=False, data_dir=tmp_path))
    yield engine
    engine.dispose()


def test_a_draft_opens_only_where_it_was_written_and_lies_nowhere_in_clear(engine):
    drafts, what = Drafts(engine), files.check(Sent("diary.txt", b"He hits her"), [])
    draft = Draft("call", {"worry": ["She is hungry"]}, files=[what])
    drafts.keep(SECRET, "n.quill", draft, NOW + timedelta(hours=1), NOW)
    drafts.add_file(SECRET, "n.quill", what, Sent("diary.txt", b"He hits her"), NOT_SCANNED)
    assert drafts.find(SECRET, "n.quill", NOW) == draft
    assert drafts.file(SECRET, "n.quill", what.digest).data == b"He hits her"
    for secret, account in ((OTHER, "n.quill"), (SECRET, "r.hale"), (SECRET, ""), ("", "n.quill")):
        assert drafts.find(secret, account, NOW) is None
        assert drafts.file(secret, account, what.digest) is None
    with engine.connect() as connection:
        stored = repr([connection.execute(select(table)).all() for table in t.OWN.sorted_tables])
    assert "hungry" not in stored
    assert "hits" not in stored
    assert what.digest not in stored
    assert SECRET not in stored
    assert drafts.find(SECRET, "n.quill", NOW + timedelta(hours=2)) is None


def test_strangers_cannot_fill_the_disk_with_drafts(engine, monkeypatch):
    monkeypatch.setattr("triage.drafts.MOST_BYTES", 10)
    drafts, what = Drafts(engine), files.check(Sent("a.txt", b"text"), [])
    for number, taken in ((1, True), (2, True), (3, False)):
        secret = str(number) * 43
        drafts.keep(secret, "", Draft("c"), NOW + timedelta(hours=1), NOW)
        if taken:
            drafts.add_file(secret, "", what, Sent("a.txt", b"text"), NOT_SCANNED)
        else:
            with pytest.raises(files.NotTaken, match="no file can be taken"):
                drafts.add_file(secret, "", what, Sent("a.txt", b"text"), NOT_SCANNED)


def test_what_expired_or_was_thrown_away_is_gone_with_its_files(engine):
    drafts, what = Drafts(engine), files.check(Sent("a.txt", b"text"), [])
    for secret in (SECRET, OTHER):
        drafts.keep(secret, "", Draft("c", files=[what]), NOW + timedelta(hours=1), NOW)
        drafts.add_file(secret, "", what, Sent("a.txt", b"text"), NOT_SCANNED)
    drafts.forget(OTHER, "")
    later = NOW + timedelta(hours=2)
    drafts.keep("n" * 43, "", Draft("d"), later, later)
    with engine.connect() as connection:
        assert connection.execute(select(t.files)).all() == []
        assert len(connection.execute(select(t.drafts)).all()) == 1


def test_a_document_waits_sealed_and_its_key_goes_when_it_is_dealt_with(engine):
    world = World()
    shelf, what = Shelf(engine, world.sealer), files.check(Sent("letter.txt", b"Dear colleague"), [])
    number = shelf.receive("b.lark", what, b"Dear colleague", NOW, NOT_SCANNED)
    assert [(d.document_id, d.state, d.what.name) for d in shelf.waiting()] == [(number, WAITING, "letter.txt")]
    assert shelf.document(number)[1].data == b"Dear colleague"
    with engine.connect() as connection:
        stored = repr([connection.execute(select(table)).all() for table in (t.files, t.documents)])
    assert "Dear" not in stored
    assert "letter" not in stored
    assert what.digest not in stored
    shelf.dealt_with(number, "confirmed", "b.lark", NOW, "check")
    assert shelf.waiting() == []
    assert shelf.document(number) is None
    assert not world.sealer.has_key(f"document:{number}")


def test_a_contacts_file_opens_under_the_persons_key_and_is_erased_with_it(engine):
    world = World()
    shelf, what = Shelf(engine, world.sealer), files.check(Sent("a.txt", b"text"), [])
    shelf.put("contact", "anchor", what, b"text", NOT_SCANNED)
    assert shelf.get("contact", "anchor", what).data == b"text"
    assert shelf.get("another", "anchor", what) is None
    world.sealer.keys.erase("anchor")
    from hub.errors import Skippable

    with pytest.raises(Skippable):
        shelf.get("contact", "anchor", what)
