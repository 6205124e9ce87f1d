"""What the check stage says of its state for metrics: open checks by state, late answers by agency."""

from __future__ import annotations

from datetime import timedelta

from hub.state.memory import MemoryTurnDriver
from streams.check import gauges as counting
from streams.check.core import CheckCore
from tests.check.people import NOW, World

OPEN = {"rating": "red"}
GATE = {"basis": "statutory", "provision": "ca1989_s47", "family": "not_safe"}


def said(driver: MemoryTurnDriver) -> dict[tuple[str, ...], float]:
    assert isinstance(driver.core, CheckCore)
    return driver.core.gauges(driver.store, driver.now)


def open_checks(driver: MemoryTurnDriver) -> dict[str, float]:
    return {labels[1]: n for labels, n in said(driver).items() if labels[0] == "checks_open" and n}


def overdue(driver: MemoryTurnDriver) -> dict[str, float]:
    return {labels[1]: n for labels, n in said(driver).items() if labels[0] == "returns_overdue"}


def propose(driver: MemoryTurnDriver, world: World, **proposal) -> str:
    driver.feed(world.proposal(**proposal))
    return driver.sent("check-events")[-1].check_id


def test_an_empty_partition_says_nought_for_every_open_state(driver):
    assert set(said(driver).values()) == {0}
    states = {state for _, state in said(driver)}
    assert {"screening", "checks_open", "reopened"} <= states
    assert not states & {"closed", "dismissed", "duplicate"}


def test_a_check_is_counted_where_it_stands_until_it_ends(world, driver):
    check_id = propose(driver, world)
    assert open_checks(driver) == {"screening": 1}
    driver.feed(world.command(check_id, "open", rating="amber"))
    assert open_checks(driver) == {"rated": 1}
    other = propose(driver, world, rules=("CB02",), proposal_id="another")
    assert open_checks(driver) == {"rated": 1, "screening": 1}
    driver.feed(world.command(other, "dismiss", reason__CB02="explained"))
    assert open_checks(driver) == {"rated": 1}
    assert len(list(driver.store.scan(b"open/"))) == 1, "what has ended costs nothing"


def test_a_request_is_overdue_from_its_due_time_until_it_is_answered(world, driver):
    check_id = propose(driver, world, level=4)
    driver.feed(world.command(check_id, "open", **OPEN), world.command(check_id, "gate", **GATE))
    requests = driver.sent("requests")
    due = requests[0].due_at
    driver.tick(due - timedelta(seconds=1))
    assert overdue(driver) == dict.fromkeys((r.agency for r in requests), 0)
    driver.tick(due)
    late = {r.agency: 1 for r in requests if r.due_at == due}
    assert {agency: n for agency, n in overdue(driver).items() if n} == late
    first = requests[0]
    driver.feed(world.answer(first, "acknowledged"))
    assert overdue(driver)[first.agency] == 1, "to have read the question is no answer"
    driver.feed(world.answer(first))
    assert first.agency not in overdue(driver)
    driver.tick(NOW + timedelta(days=60))
    assert set(overdue(driver)) == {r.agency for r in requests[1:]}


def test_no_more_checks_are_looked_at_than_a_worker_has_time_for(world, driver, monkeypatch):
    for name in ("one", "two", "three"):
        propose(driver, world, proposal_id=name)
    monkeypatch.setattr(counting, "COUNTED", 2)
    assert open_checks(driver) == {"screening": 2}
