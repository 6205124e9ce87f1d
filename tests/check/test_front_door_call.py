"""From what was taken down to the record and the contacts: one check a child, nobody's words in the clear, repeatable."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.ids import Pseudonyms
from hub.messages import CheckWords, ContactWords, Identity, Reporter
from hub.messages.record import Address, Name, Precision, Relationship, Role
from hub.sealing import reporter_key
from streams.check.cli_front_door import _unborn
from streams.check.contacts import check_id_of
from streams.check.front_door import Call, Person, take_down
from tests.check.people import ANCHOR, NOW, World

HASHES = Pseudonyms(b"k" * 32, "demo")


def named(given: str) -> Identity:
    return Identity(names=[Name(given=given, family="Okoro-Vale")])


def call(**changes) -> Call:
    values = {
        "call_id": "call-1",
        "people": (
            Person("child-1", named("Tamsin"), "child"),
            Person("child-2", named("Ferdi"), "child"),
            Person("mother", named("Imke"), role=Role.PARENT),
        ),
        "relationships": (Relationship(subject="mother", kind="mother", of="child-1"),),
        "words": ContactWords(worry="They are hungry"),
        "channel": "telephone",
        "reporter": Reporter(name="Ms Quill", role="teacher"),
        "agency": "education",
        "relation": "professional",
        "at": NOW,
    }
    return Call(**values | changes)


@pytest.fixture
def world():
    return World()


def test_each_child_of_a_call_has_a_check_and_they_know_of_each_other(world):
    record, contacts = take_down(call(), HASHES, world.sealer)
    assert [s.ref for s in record.subjects] == ["child-1", "child-2", "mother"]
    assert [c.anchor for c in contacts] == [s.source_id for s in record.subjects[:2]]
    assert [c.linked for c in contacts] == [[check_id_of(contacts[1].contact_id)], [check_id_of("call-1")]]
    assert {c.record_id for c in contacts} == {record.record_id}
    for contact in contacts:
        assert world.sealer.open(contact.anchor, contact.words, ContactWords).worry == "They are hungry"
        assert world.sealer.open(reporter_key(record.record_id), contact.reporter, Reporter).name == "Ms Quill"


def test_nothing_personal_stands_in_the_clear(world):
    record, contacts = take_down(call(), HASHES, world.sealer)
    for text in (str(record), *map(str, contacts)):
        assert not any(word in text for word in ("Tamsin", "Ferdi", "Imke", "Okoro", "Quill", "hungry"))


def test_the_same_call_is_the_same_record_and_the_same_contacts(world):
    one, other = (take_down(call(), HASHES, world.sealer) for _ in range(2))
    assert one[0].record_id == other[0].record_id
    assert one[0].original_hash == other[0].original_hash
    assert [c.contact_id for c in one[1]] == [c.contact_id for c in other[1]]


def test_a_call_on_a_check_is_sealed_for_that_check_and_the_siblings_point_to_it(world):
    earlier = ("1" * 8 + "-1111-1111-1111-" + "1" * 12, ANCHOR)
    record, (first, second) = take_down(call(earlier=earlier), HASHES, world.sealer)
    assert (first.earlier, first.anchor) == earlier
    assert world.sealer.open(ANCHOR, first.words, ContactWords).worry
    assert (second.earlier, second.anchor) == ("", record.subjects[1].source_id)
    assert second.linked == [earlier[0]]


def test_a_referrer_may_be_unnamed(world):
    record, (contact, *_) = take_down(call(reporter=None, agency=""), HASHES, world.sealer)
    assert (record.agency, contact.agency) == ("other", "")
    assert contact.anonymous
    assert contact.reporter == b""


def test_only_the_worry_and_somebody_to_worry_about_must_be_there(world):
    with pytest.raises(ValueError, match="worry is missing"):
        take_down(call(words=ContactWords(worry="  ")), HASHES, world.sealer)
    with pytest.raises(ValueError, match="nobody is named"):
        take_down(
            call(people=(Person("mother", named("Imke"), role=Role.PARENT),), relationships=()), HASHES, world.sealer
        )


def test_the_contact_is_taken_by_a_check(driver, world):
    _, contacts = take_down(call(), HASHES, world.sealer)
    driver.feed(*contacts)
    assert driver.rejects == []
    kinds = [e.kind for e in driver.sent("check-events")]
    assert kinds.count("contacted") == 2
    assert "refused" not in kinds


def test_a_mother_s_name_never_becomes_her_unborn_child_s():
    baby, mother = _unborn(0, "Imke Okoro-Vale, 2026-09-01")
    assert baby.identity.names == []
    assert (baby.identity.birth.value, baby.identity.birth.precision) == ("2026-09-01", Precision.EXPECTED)
    assert (mother.subject, mother.role) == ("", Role.PARENT)
    assert mother.identity.names[0].family == "Okoro-Vale"
    assert mother.identity.birth is None


def test_agencies_find_an_unborn_child_by_its_mother(driver, world):
    baby, mother = _unborn(0, "Imke Okoro-Vale, 2026-09-01")
    refuge = Address(lines=["1 Hidden Lane"], refuge=True)
    at_home = mother.identity.model_copy(update={"addresses": [Address(lines=["14 Larkrise Road"]), refuge]})
    mother = replace(mother, identity=at_home)
    told = call(people=(baby, mother), relationships=(Relationship(subject=mother.ref, kind="mother", of=baby.ref),))
    _, (contact,) = take_down(told, HASHES, world.sealer)
    driver.feed(contact)
    check_id = check_id_of("call-1")
    ask = world.sealer.seal(contact.anchor, CheckWords(text="Is she still at 14 Larkrise Road?"))
    steps = [
        ("screen", {}),
        ("open", {"rating": "amber"}),
        ("read", {"version": "1", "reason": "screening"}),
        (
            "gate",
            {"basis": "overridden", "override_reason": "risk_of_harm", "family": "not_safe", "parts": {"ask": ask}},
        ),
    ]
    for action, codes in steps:
        driver.feed(world.command(check_id, action, **codes).model_copy(update={"anchor": contact.anchor}))
    requests = driver.sent("requests")
    assert requests
    for request in requests:
        assert world.sealer.open(contact.anchor, request.subject, Identity).names == []
        found = world.sealer.open(contact.anchor, request.mother, Identity)
        assert found.names[0].given == "Imke"
        text = world.sealer.open(contact.anchor, request.ask, CheckWords).text
        if request.agency == "probation":
            assert (found.addresses, text) == ([], "Is she still at [address withheld]?")
        else:
            assert ([a.lines for a in found.addresses], text) == (
                [["14 Larkrise Road"]],
                "Is she still at 14 Larkrise Road?",
            )


def test_a_safe_contact_that_a_referrer_gives_is_read_by_whoever_is_asked(driver, world):
    words = ContactWords(worry="They are hungry", safe_contact="Ring Imke at work alone")
    _, contacts = take_down(call(words=words), HASHES, world.sealer)
    driver.feed(contacts[0])
    check_id = check_id_of("call-1")
    gate = {"basis": "overridden", "override_reason": "risk_of_harm", "family": "not_safe"}
    steps = [
        ("screen", {}),
        ("open", {"rating": "amber"}),
        ("read", {"version": "1", "reason": "screening"}),
        ("gate", gate),
    ]
    for action, codes in steps:
        driver.feed(world.command(check_id, action, **codes).model_copy(update={"anchor": contacts[0].anchor}))
    told = [world.sealer.open(contacts[0].anchor, r.subject, Identity).safe_contact for r in driver.sent("requests")]
    assert told
    assert set(told) == {"Ring Imke at work alone"}


def test_a_safe_contact_tells_no_confidential_address(driver, world):
    hidden = Address(lines=["1 Hidden Lane"], postcode="ZZ99 1AA", refuge=True, confidential=True)
    said = world.identity("health").model_copy(update={"safe_contact": "Write to 1 Hidden Lane", "addresses": [hidden]})
    entry = world.entry("health", "health.adt.registration", 2, [], identity=said)
    driver.feed(world.proposal(snapshot=world.snapshot(entries=[entry])))
    check_id = driver.sent("check-events")[0].check_id
    driver.feed(world.command(check_id, "open", rating="amber"))
    driver.feed(world.command(check_id, "gate", basis="statutory", provision="ca1989_s17", family="informed"))
    told = {world.sealer.open(ANCHOR, r.subject, Identity).safe_contact for r in driver.sent("requests")}
    assert told == {"Write to [address withheld]"}
