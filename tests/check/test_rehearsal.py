"""What a command lacks is told at once, and it is what the check would have said, one thing after the other."""

from __future__ import annotations

import pytest

from streams.check import config
from streams.check.actions import ACTIONS
from streams.check.rehearsal import lacking
from streams.check.situation import Desk, Refusal, Situation
from streams.check.state import Check, State
from streams.check.working_time import WorkingTime
from triage import forms

from .people import NOW, World

AROUND = forms.Around(
    {"DA02": "Domestic abuse"}, {"3f2a0000-0000-5000-8000-000000000002": "Check 3F2A0000"}, {"1": "x"}
)


@pytest.fixture(scope="module")
def desk() -> Desk:
    packs = config.load()
    return Desk(packs, WorkingTime(packs.clocks))


def check(subject: str = "child", **changes) -> Check:
    return Check(check_id="3f2a0000-0000-5000-8000-000000000001", partnership="demo", anchor="a" * 32, subject=subject,
                 state=State.RATED, rating="amber", bundle=1, rules={"DA02": 3}, **changes)  # fmt: skip


def test_the_gate_says_all_that_it_lacks_at_once(desk: Desk) -> None:
    command = World().command("3f2a0000-0000-5000-8000-000000000001", "gate")
    form = forms.form_for("gate", check(), desk.config, AROUND, {})
    found = lacking(desk, check(), command, NOW, forms.likely_of(form, NOW))
    assert {"basis", "family"} <= {r.codes["code"] for r in found}


@pytest.mark.parametrize("subject", ["child", "adult", "unborn"])
@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_what_it_names_first_is_what_the_check_misses_and_nothing_is_named_twice(
    desk: Desk, action: str, subject: str
) -> None:
    of = check(subject)
    command = World().command(of.check_id, action).model_copy(update={"codes": {}, "words": b""})
    form = forms.form_for(action, of, desk.config, AROUND, {})
    found = lacking(desk, of, command, NOW, forms.likely_of(form, NOW))
    codes = [r.codes.get("code", "") for r in found]
    assert len(codes) == len(set(codes))
    if of.state not in ACTIONS[action].states:
        assert not found
    elif found:
        with pytest.raises(Refusal) as refused:
            ACTIONS[action].act(Situation(desk, of, command, NOW))
        assert (refused.value.reason, refused.value.codes) == (found[0].reason, found[0].codes)


def test_an_action_without_an_owner_or_a_date_is_named_and_never_left_out(desk: Desk) -> None:
    world = World()
    command = world.command("x", "add_action", parts={"action.1": b"ring", "action.3": b"visit"})
    with pytest.raises(Refusal) as refused:
        ACTIONS["add_action"].act(Situation(desk, check(), command, NOW))
    assert refused.value.codes == {"code": "action.1.owner"}
    form = forms.form_for("add_action", check(), desk.config, AROUND, {})
    found = lacking(desk, check(), command, NOW, forms.likely_of(form, NOW))
    assert [r.codes["code"] for r in found] == [
        "action.1.owner", "action.1.due", "action.3.owner", "action.3.due",
    ]  # fmt: skip
