"""One check from the proposal to its end, and what goes out on the way."""

from __future__ import annotations

from datetime import timedelta

from hub.messages import Identity
from tests.check.people import ANCHOR, NOW


def kinds(outputs) -> list[str]:
    return [o.message.kind for o in outputs if o.topic == "check-events"]


def test_a_child_from_proposal_to_closing(world, driver):
    out = driver.feed(world.proposal())
    assert kinds(out) == ["proposed", "bundled"]
    check_id = out[0].message.check_id
    assert [o.message.state for o in out if o.topic == "facts"] == ["proposed"]
    assert {(o.message.agency, o.message.stage) for o in out if o.topic == "receipts"} == {
        ("police", "proposed"),
        ("education", "proposed"),
    }

    def say(action, **codes):
        out = driver.feed(world.command(check_id, action, **codes))
        refusals = [o.message.codes for o in out if o.topic == "check-events" and o.message.kind == "refused"]
        assert not refusals, refusals
        return out

    assert kinds(say("open", rating="amber")) == ["opened", "rated"]
    assert not driver.sent("requests"), "nothing leaves before the gate"
    out = say("gate", basis="overridden", override_reason="risk_of_harm", family="not_informed")
    requests = driver.sent("requests")
    assert {"police", "health", "education", "social_care"} <= {r.agency for r in requests}
    police = next(r for r in requests if r.agency == "police")
    assert "police.domestic_abuse" in police.questions
    assert "police.missing" not in police.questions
    assert police.basis == "overridden:risk_of_harm"
    card = world.sealer.open(ANCHOR, police.subject, Identity)
    assert [n.family for n in card.names] == ["Okoro-Vale", "Vale"]
    assert "ZZ99 1AA" not in str(card)

    for request in requests[:-1]:
        assert "bundle_ready" not in kinds(driver.feed(world.answer(request)))
    out = driver.feed(world.answer(requests[-1], "not_known"))
    assert kinds(out) == ["returned", "bundle_ready", "bundled"]
    bundle = driver.sent("bundles")[-1]
    assert {r.status for r in bundle.returns} == {"answered", "not_known"}
    assert bundle.gaps == []

    out = driver.feed(world.command(check_id, "decide", decision="section_47"))
    assert out[0].message.codes["reason"] == "wrong-state"
    out = say("read", version=str(bundle.version), reason="deciding")
    assert {(o.message.agency, o.message.stage) for o in out if o.topic == "receipts"} == {
        (a, "seen") for a in ("police", "health", "education")
    }
    out = say("decide", decision="section_47")
    assert {o.message.outcome for o in out if o.topic == "receipts"} == {"section_47"}
    say("disseminate", to="health police")
    out = driver.feed(world.command(check_id, "feed_back"))
    assert out[0].message.codes["reason"] == "not-accepted"
    say("hand_over", service="section_47")
    driver.feed(world.command(check_id, "accept", role="service"))
    say("feed_back")
    out = say("close")
    assert [o.message.state for o in out if o.topic == "facts"] == ["closed"]
    assert [e.seq for e in driver.sent("check-events") if e.seq] == list(
        range(1, len([e for e in driver.sent("check-events") if e.seq]) + 1)
    )
    assert driver.rejects == []
    left = [k.decode().rpartition("/")[2] for k, _ in driver.store.scan(b"due/")]
    assert left == ["assessment"], "what was agreed outlasts the check, and nothing else does"


def test_red_goes_day_and_night_and_overdue_escalates(world, driver):
    out = driver.feed(world.proposal(level=4))
    check_id = out[0].message.check_id
    assert kinds(out) == ["proposed", "paged", "bundled"]
    evening = NOW.replace(hour=23)
    driver.feed(world.command(check_id, "open", rating="red"))
    driver.tick(evening)
    driver.feed(world.command(check_id, "gate", basis="statutory", provision="ca1989_s47", family="not_safe"))
    events = {e.codes["agency"]: e for e in driver.sent("check-events") if e.kind == "requested"}
    assert events["education"].codes["by"] == "out_of_hours_telephone"
    assert events["police"].codes["by"] == "desk"
    assert {r.due_at for r in driver.sent("requests")} == {evening + timedelta(hours=2)}
    out = driver.tick(evening + timedelta(hours=2, minutes=5))
    overdue = [o.message for o in out if o.topic == "check-events" and o.message.kind == "overdue"]
    assert {e.at for e in overdue} == {evening + timedelta(hours=2)}
    assert len(overdue) == len(driver.sent("requests"))
    assert "escalated" in kinds(driver.tick(evening + timedelta(hours=3)))
