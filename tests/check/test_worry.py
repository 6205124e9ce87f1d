"""What a reader sees of contacts, joint decisions and agreed actions, in terminal, page and history."""

from __future__ import annotations

import pytest
from rich.console import Console

from hub.messages import Identity
from hub.messages.record import Address, Name
from streams.check.fold import _NOTES
from streams.check.render import page, terminal, words
from streams.check.render.build import Library, build
from streams.check.render.sentences import sentences
from tests.check.people import ANCHOR
from tests.check.test_front_door import Call
from tests.check.test_rules_of_procedure import GATE


@pytest.fixture
def library(packs, world):
    return Library(packs, words.catalogue(), world.sealer)


def seen(call, library):
    events = [e for e in call.driver.sent("check-events") if e.check_id == call.check_id]
    return build(call.driver.sent("bundles")[-1], call.check, events, library, reader="Read by r.hale")


def printed(view) -> str:
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    terminal.show(view, console)
    console.file.close()
    return console.export_text()


def test_the_worry_stands_before_anything_is_matched(driver, world, library):
    call = Call(driver, world, danger="yes")
    view = seen(call, library)
    assert view.subject.title == "Tamsin Okoro-Vale"
    (worry,) = view.worries
    assert (worry.worry, worry.reporter) == ("She is hungry", "")
    assert [(a.question, a.text) for a in worry.said] == [("In the child's or adult's own words", "Nobody is at home")]
    assert "Safe contact" in worry.missing
    assert view.immediate[0].startswith("Immediate danger was said")
    for text in (printed(view), page.html(view)):
        assert "She is hungry" in text
        assert "What a referrer said has not been read yet" in text
        assert "Quill" not in text


def test_who_referred_is_shown_where_released(driver, world, library):
    call = Call(driver, world)
    call.go([("release_reporter", {"contact": "contact-1"})])
    view = seen(call, library)
    assert view.worries[0].reporter == "Ms Quill, teacher, Larkrise School, 01632 960777"
    assert "Ms Quill" in printed(view)
    assert "Ms Quill" in page.html(view)


def test_an_erased_contact_says_so(driver, world, library):
    call = Call(driver, world)
    world.keys.erase(ANCHOR)
    assert seen(call, library).worries[0].worry == "[erased]"


def test_a_refuge_that_the_referrer_names_is_withheld(driver, world, library):
    refuge = Address(lines=["9 Quiet Mews"], postcode="ZZ99 8QQ", refuge=True)
    told = world.sealer.seal(ANCHOR, Identity(names=[Name(given="Tamsin", family="Vale")], addresses=[refuge]))
    text = page.html(seen(Call(driver, world, identity=told), library))
    assert "Quiet Mews" not in text
    assert "[confidential address withheld]" in text


def test_a_joint_decision_and_its_actions_are_told(driver, world, library):
    call = Call(driver, world)
    call.go([("screen", {}), ("open", {"rating": "amber"})])
    call.read()
    call.go([("gate", GATE)])
    call.answer_all()
    call.read()
    parts = {"action.1": world.words("A visit on Friday")}
    codes = {"action__1__owner": "health", "action__1__due": "2026-03-20", "dissent": "police", "parts": parts}
    call.go([("decide", {"decision": "section_17"} | codes)])
    view = seen(call, library)
    assert view.decision[1:] == ["Took part: Health, Police, Children's social care", "Did not agree: Police"]
    assert view.actions == ["1. health, by 20 March 2026: A visit on Friday"]
    for text in (printed(view), page.html(view)):
        assert "A visit on Friday" in text
    call.go([("action_done", {"action": "1"})])
    assert "done" in seen(call, library).actions[0]


def test_every_kind_of_event_has_its_sentence(packs):
    known = sentences(packs, str)
    silent = {"bundled"}
    assert set(_NOTES) - silent <= set(known)
