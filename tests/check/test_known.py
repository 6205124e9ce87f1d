"""Whether a person is known: exact details and a reason in, the little that may be learnt out, written down each time."""

from __future__ import annotations

import pytest

from hub.ids import Pseudonyms
from hub.messages import CheckEvent, LookUp
from hub.messages.record import BirthDate, CheckDigit, Fact, Identifier, Identity, Name, Precision
from hub.state.memory import MemoryTurnDriver
from streams.check.core import CheckCore
from streams.check.known import key_of_name, key_of_number, keys_of
from tests.check.people import ANCHOR, NOW

HASHES = Pseudonyms(b"k" * 32, "demo")
KEY = key_of_name("Tamsin", "Okoro-Vale", "2017-06-02", HASHES)


@pytest.fixture
def driver(world, packs):
    """A hub whose own words to itself come back to it, as Kafka brings them."""
    driver = MemoryTurnDriver(CheckCore(packs, world.sealer, HASHES))
    driver.tick(NOW)
    return driver


def heard(driver, *messages) -> None:
    for output in driver.feed(*messages):
        if output.topic == "checks":
            assert "Tamsin" not in str(output.message)
            heard(driver, output.message)


def asked(driver, key: str = KEY, **changes) -> CheckEvent:
    question = LookUp(look_up_id=f"look-{len(driver.outputs)}", partnership="demo", key=key, actor="m.quill",
                      role="professional", agency="education", reason="worried", at=NOW)  # fmt: skip
    (out,) = driver.feed(question.model_copy(update=changes))
    return out.message


def test_what_a_professional_learns(driver, world):
    heard(driver, world.contact())
    event = asked(driver)
    assert event.kind == "looked_up"
    assert event.codes == {
        "found": "yes", "open": "yes", "area": "E99000001", "worker": "", "ring": "The front door",
        "telephone": "01632 960100", "agency": "education", "why": "worried",
    }  # fmt: skip
    assert (event.actor, event.seq, event.check_id) == ("m.quill", 0, ""), "who asked is written down, not whom"


def test_nobody_found_says_whom_to_ring(driver, world):
    heard(driver, world.contact())
    event = asked(driver, key_of_name("Tamsyn", "Okoro-Vale", "2017-06-02", HASHES))
    assert event.codes["found"] == "no"
    assert event.codes["telephone"] == "01632 960100"


def test_it_follows_the_check_to_its_end_and_names_who_has_it(driver, world):
    heard(driver, world.proposal(route=True))
    check_id = driver.sent("check-events")[0].check_id
    steps = [
        ("route", {"to": "team"}),
        ("accept", {"role": "service", "by": "North team"}),
        ("feed_back", {}),
        ("close", {}),
    ]
    for action, codes in steps[:2]:
        heard(driver, world.command(check_id, action, **codes))
    assert asked(driver).codes["worker"] == "North team"
    for action, codes in steps[2:]:
        heard(driver, world.command(check_id, action, **codes))
    assert asked(driver).codes["open"] == "no"


def test_the_allocated_team_is_what_social_care_records_say(driver, world):
    entry = world.entry("police", "social_care.child", 3, [Fact(code="allocated.worker", value="Team 4")])
    entry = entry.model_copy(update={"agency": "social_care"})
    heard(driver, world.proposal(snapshot=world.snapshot(entries=[entry])))
    assert asked(driver).codes["worker"] == "Team 4"


def test_details_that_are_no_longer_the_person_s_find_nothing(driver, world):
    heard(driver, world.proposal())
    check_id = driver.sent("check-events")[0].check_id
    number = key_of_number("nhs_number", "9990000018", "2017-06-20", HASHES)
    assert asked(driver, number).codes["found"] == "yes"
    fewer = [e for e in world.entries() if e.agency != "health"]
    heard(driver, world.update(check_id, world.snapshot(entries=fewer)))
    assert asked(driver, number).codes["found"] == "no"


def test_whoever_was_erased_is_not_found(driver, world):
    heard(driver, world.contact())
    world.keys.erase(ANCHOR)
    assert asked(driver).codes["found"] == "no"


def test_restricted_records_are_not_found(driver, world):
    entries = [e.model_copy(update={"restricted": "adoption"}) for e in world.entries()]
    heard(driver, world.proposal(snapshot=world.snapshot(entries=entries)))
    assert asked(driver).codes["found"] == "no"


def test_a_restricted_record_hides_the_check_of_a_contact_too(driver, world):
    heard(driver, world.contact())
    assert asked(driver).codes["found"] == "yes"
    check_id = driver.sent("check-events")[0].check_id
    secret = [world.entries()[0].model_copy(update={"restricted": "protected_person"}), *world.entries()[1:]]
    heard(driver, world.update(check_id, world.snapshot(entries=secret)))
    assert asked(driver).codes["found"] == "no"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"actor": " "}, "no-name"),
        ({"role": "gardener"}, "wrong-role"),
        ({"reason": "curious"}, "bad-code"),
        ({"reason": ""}, "missing-code"),
        ({"partnership": "elsewhere"}, "no-agreement"),
    ],
)
def test_who_may_not_ask_is_refused_and_written_down(driver, changes, reason):
    event = asked(driver, **changes)
    assert (event.kind, event.codes["reason"]) == ("refused", reason)


def test_the_same_question_twice_is_one(driver):
    question = LookUp(look_up_id="once", partnership="demo", key=KEY, actor="m.quill", role="professional",
                      reason="worried", at=NOW)  # fmt: skip
    assert driver.feed(question)
    assert driver.feed(question) == []


def test_spelling_of_case_accents_and_hyphens_is_no_other_name():
    assert key_of_name("Zoë Anne", "O'Brien Smith", "2017-06-02", HASHES) == key_of_name(
        "ZOE", "OBrien-Smith", "2017-06-02", HASHES
    )


def test_only_exact_details_make_a_key():
    vague = Identity(
        names=[Name(given="", family="Vale"), Name(given="Tamsin", family="Vale")],
        birth=BirthDate(value="2017", precision=Precision.YEAR),
        identifiers=[Identifier(scheme="nhs_number", value="9990000018", check=CheckDigit.FAIL)],
    )
    assert keys_of([vague], HASHES) == set()
    born = Identity(birth=BirthDate(value="2017-06-02"))
    assert keys_of([vague, born], HASHES) == {key_of_name("Tamsin", "Vale", "2017-06-02", HASHES)}
