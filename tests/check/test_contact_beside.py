"""A call goes two ways: to its check at once, and as a record through matching and picture to the same check."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.ids import Pseudonyms
from hub.keys_in_memory import MemoryKeys
from hub.messages import CheckCommand, ContactWords, Identity, Reporter
from hub.messages.record import BirthDate, Name
from hub.sealing import Sealer
from hub.state.memory import MemoryTurnDriver
from packs import HERE
from streams.check.contacts import check_id_of
from streams.check.core import CheckCore
from streams.check.front_door import Call, Person, take_down
from streams.check.rows import Rows
from streams.check.state import State
from streams.identity.core import IdentityCore
from streams.identity.model import shipped_model
from streams.picture.evidence import EvidenceBox
from streams.picture.facts_core import FactsCore
from streams.picture.person_core import PersonCore
from streams.picture.rules.engine import load_engine
from tests.check.people import NOW

HASHES = Pseudonyms(b"k" * 32, "demo")


class Hub:
    """The four stages in memory, each hearing what is sent to its topic."""

    def __init__(self, packs) -> None:
        self.sealer = Sealer(MemoryKeys())
        box = EvidenceBox(self.sealer, HASHES, None)
        self.stages = {
            "records": MemoryTurnDriver(IdentityCore(HASHES, self.sealer, shipped_model())),
            "facts": MemoryTurnDriver(FactsCore()),
            "persons": MemoryTurnDriver(PersonCore(load_engine(HERE / "rules" / "default.yaml"), box)),
            "checks": MemoryTurnDriver(CheckCore(packs, self.sealer, HASHES)),
        }
        for stage in self.stages.values():
            self.carry(stage.tick(NOW))

    def carry(self, outputs) -> None:
        for output in outputs:
            if output.topic in self.stages:
                self.carry(self.stages[output.topic].feed(output.message))

    def say(self, topic: str, message) -> None:
        self.carry(self.stages[topic].feed(message))

    def check(self, check_id: str):
        return Rows(self.stages["checks"].store).check(check_id)


@pytest.fixture(scope="module")
def hub(packs):
    return Hub(packs)


def call(call_id: str, hours: int) -> Call:
    who = Identity(names=[Name(given="Wren", family="Applegarth")], birth=BirthDate(value="2017-06-02"), sex="F")
    return Call(
        call_id=call_id,
        people=(Person("child-1", who, "child"),),
        words=ContactWords(worry="Bruises, and afraid to go home"),
        channel="telephone",
        reporter=Reporter(name="Ms Quill"),
        agency="education",
        at=NOW + timedelta(hours=hours),
    )


@pytest.mark.parametrize("order", [("checks", "records"), ("records", "checks")])
def test_the_picture_finds_its_check_whichever_comes_first(packs, order):
    hub = Hub(packs)
    record, (contact,) = take_down(call("call-1", 0), HASHES, hub.sealer)
    for topic in order:
        hub.say(topic, {"checks": contact, "records": record}[topic])
    (check_id,) = {e.check_id for e in hub.stages["checks"].sent("check-events")}
    check = hub.check(check_id)
    assert check.state is State.CONTACT
    assert check.person_id, "matched beside the screening"
    bundle = [b for b in hub.stages["checks"].sent("bundles") if b.check_id == check_id][-1]
    assert [e.record_id for e in bundle.picture.entries] == [record.record_id]
    assert [stage.rejects for stage in hub.stages.values()] == [[], [], [], []]


def test_a_second_call_is_seen_in_the_first_one_s_check(hub):
    ids = []
    for number in (1, 2):
        record, (contact,) = take_down(call(f"call-{number}", number), HASHES, hub.sealer)
        hub.say("checks", contact)
        hub.say("records", record)
        ids.append([e for e in hub.stages["checks"].sent("check-events") if e.kind == "contacted"][-1].check_id)
    one, two = map(hub.check, ids)
    assert one.person_id == two.person_id
    assert (one.links, two.links) == ({ids[1]: "same_person"}, {ids[0]: "same_person"}), "whoever took which call"
    for check_id in ids:
        bundle = [b for b in hub.stages["checks"].sent("bundles") if b.check_id == check_id][-1]
        assert len(bundle.picture.entries) == 2, "each sees the other's call"
    assert "Quill" not in str(hub.stages["checks"].sent("bundles"))


def test_a_rating_of_the_other_check_is_kept_and_its_decision_is_news(packs):
    hub = Hub(packs)
    for number in (1, 2):
        record, (contact,) = take_down(call(f"call-{number}", number), HASHES, hub.sealer)
        hub.say("checks", contact)
        hub.say("records", record)
    one, two = (hub.check(check_id_of(f"call-{number}")) for number in (1, 2))

    def say(action: str, **codes: str) -> None:
        command = CheckCommand(
            command_id=f"one-{action}", partnership="demo", check_id=one.check_id, anchor=one.anchor, action=action,
            actor="r.hale", role="duty_manager", codes=codes, words=b"sealed", at=NOW,
        )  # fmt: skip
        hub.say("checks", command)

    read = hub.check(two.check_id).bundle
    say("read", version=str(hub.check(one.check_id).bundle), reason="screening")
    say("screen")
    say("open", rating="amber")
    assert hub.check(two.check_id).bundle == read, "nothing new to be read"
    say("transfer", area="E99000002")
    say("accept", by="Elsewhere MASH")
    assert hub.check(two.check_id).others[one.check_id]["rating"] == "amber"
    assert hub.check(two.check_id).bundle == read


def test_a_call_after_the_end_is_linked_as_a_re_referral(hub):
    ended = next(e for e in hub.stages["checks"].sent("check-events") if e.kind == "contacted")
    contact_anchor = hub.check(ended.check_id).anchor

    def say(action: str, role: str = "duty_manager", **codes: str) -> None:
        command = CheckCommand(
            command_id=f"end-{action}", partnership="demo", check_id=ended.check_id, anchor=contact_anchor, action=action,
            actor="r.hale", role=role, codes=codes, words=b"sealed", at=NOW,
        )  # fmt: skip
        hub.say("checks", command)

    say("read", version=str(hub.check(ended.check_id).bundle), reason="screening")
    say("screen")
    say("advise", **{"reason.contact": "below_threshold"})
    say("feed_back", channel="telephone", threshold="level_2")
    say("close")
    assert hub.check(ended.check_id).state is State.CLOSED
    record, (contact,) = take_down(call("call-9", 9), HASHES, hub.sealer)
    hub.say("checks", contact)
    hub.say("records", record)
    again = hub.check(check_id_of("call-9"))
    assert again.links[ended.check_id] == "re_referral"
    assert hub.check(ended.check_id).state is State.CLOSED, "what is closed stays as it was"
    bundle = [b for b in hub.stages["checks"].sent("bundles") if b.check_id == again.check_id][-1]
    (before,) = [c for c in bundle.checks if c.check_id == ended.check_id]
    assert (before.link, before.began, before.outcome) == ("re_referral", "2026-03-03", "advised")
