"""Scripted parties: they carry child, adult and routed checks to their end, and say in every line that they are scripted."""

from __future__ import annotations

import pytest

from hub.messages import AgencyReturn, CheckWords
from streams.check.readmodel import NoSuchCheck, ReadModel
from streams.check.script import Script
from streams.check.state import State
from tests.check.people import ANCHOR, NOW


def play(driver, world, packs, **proposal) -> tuple[ReadModel, str, list]:
    """Let them act until it is nobody's turn."""
    driver.feed(world.proposal(**proposal))
    script = Script(packs, world.sealer, lambda _check, agency: ["3 March: an entry"] if agency == "police" else [])
    model, moves, seen = ReadModel(), [], 0
    while True:
        model.take(o.message for o in driver.outputs[seen:])
        seen = len(driver.outputs)
        check_id = next(iter(model.checks))
        assert not model.is_behind(check_id)
        next_moves = script.next_moves(model, check_id, NOW)
        if not next_moves:
            return model, check_id, moves
        moves += next_moves
        assert len(moves) < 100
        driver.feed(*next_moves)


@pytest.mark.parametrize(
    ("proposal", "decision"),
    [
        ({"level": 4, "brag": "RED"}, "section_47"),
        ({"level": 3}, "section_17"),
        ({"subject": "adult"}, "section_42"),
        ({"subject": "unborn", "brag": "GREEN"}, "section_17"),
        ({"route": True}, ""),
    ],
)
def test_every_kind_of_check_comes_to_its_end(driver, world, packs, proposal, decision):
    model, check_id, moves = play(driver, world, packs, **proposal)
    check = model.checks[check_id]
    assert check.state is State.CLOSED
    assert check.decision == decision
    assert check.scripted
    assert driver.rejects == []
    assert "refused" not in {e.kind for e in model.events[check_id]}
    for move in moves:
        assert move.role == "scripted"
        assert move.actor.startswith("scripted ")
        if move.words:
            words = world.sealer.open(ANCHOR, move.words, CheckWords)
            assert words.text.startswith("Scripted: ")
            assert all(answer.startswith("Scripted: ") for answer in words.answers.values())
    outcomes = {m.agency: m.outcome for m in moves if isinstance(m, AgencyReturn)}
    assert not outcomes or (outcomes.pop("police"), set(outcomes.values())) == ("answered", {"not_known"})


def test_the_same_state_gives_the_same_move(driver, world, packs):
    driver.feed(world.proposal())
    script = Script(packs, world.sealer, lambda _check, _agency: [])
    model = ReadModel()
    model.take(o.message for o in driver.outputs)
    check_id = next(iter(model.checks))
    one, other = (script.next_moves(model, check_id, NOW)[0] for _ in range(2))
    assert one.command_id == other.command_id


def test_the_read_model_is_the_fold_and_takes_repeats(driver, world, packs):
    model, check_id, _ = play(driver, world, packs)
    again = ReadModel()
    again.take([o.message for o in driver.outputs for _ in range(2)])
    assert again.checks[check_id] == model.checks[check_id]
    assert again.events == model.events
    assert again.bundles[check_id].version == model.checks[check_id].bundle
    assert again.find(check_id[:6]).check_id == check_id
    with pytest.raises(NoSuchCheck, match="No check has"):
        again.find("zz")


def test_checks_of_one_person_are_linked(driver, world):
    driver.feed(world.proposal(), world.proposal(proposal_id="another", rules=("DA02",)))
    model = ReadModel()
    model.take(o.message for o in driver.outputs)
    one, other = model.checks.values()
    assert one.linked == [other.check_id]
    assert other.linked == [one.check_id]
    with pytest.raises(NoSuchCheck, match="2 checks have"):
        model.find("")


def test_what_others_write_meanwhile_makes_no_second_move(driver, world, packs):
    """A link that arrives while a command is on its way is no reason to give the command again."""
    driver.feed(world.proposal())
    check_id = driver.sent("check-events")[0].check_id
    script = Script(packs, world.sealer, lambda _check, _agency: [])
    model = ReadModel()
    model.take(o.message for o in driver.outputs)
    (before,) = script.next_moves(model, check_id, NOW)
    other = "1" * 8 + "-1111-1111-1111-" + "1" * 12
    model.take(o.message for o in driver.feed(world.command(check_id, "link", check=other)))
    (after,) = script.next_moves(model, check_id, NOW)
    assert before.command_id == after.command_id
