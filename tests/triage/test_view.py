"""The SQL view, on both databases: a fold of topics, the same however it came about, with every seal closed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kafka import TopicPartition
from sqlalchemy import Engine, select

from hub.messages import AgencyRequest, Bundle, CheckEvent, DeskEvent
from hub.settings import load
from hub.state.memory import MemoryTurnDriver
from streams.check import config
from streams.check.core import CheckCore
from tests.check.people import ANCHOR, NOW, World
from tests.triage.databases import KINDS, opened
from triage.projector import TOPICS, Batch, Moved, Projector
from triage.sql import queries, view
from triage.sql import tables as t
from triage.sql.database import empty_view, put, stored_positions


@pytest.fixture(params=KINDS)
def engine(request, tmp_path) -> Iterator[Engine]:
    with opened(request.param, tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def told() -> list:
    """What the real check stage says about one check, up to its decision, as it stands on the topics."""
    world, said = World(), []
    driver = MemoryTurnDriver(CheckCore(config.load(), world.sealer))
    driver.tick(NOW)

    def feed(message) -> None:
        said.extend(output.message for output in driver.feed(message) if output.topic in TOPICS)

    feed(world.proposal(level=4))
    check_id = said[0].check_id
    feed(world.command(check_id, "open", rating="red"))
    feed(world.command(check_id, "gate", basis="statutory", provision="ca1989_s47", family="not_safe"))
    for request in driver.sent("requests"):
        feed(world.answer(request))
    feed(world.command(check_id, "read", version=str(driver.sent("bundles")[-1].version), reason="deciding"))
    feed(world.command(check_id, "decide", decision="section_47"))
    return said


def everything(engine: Engine) -> dict[str, list]:
    """What the view holds, but for the stamp that says how often it changed."""
    with engine.connect() as connection:
        found = {table.name: connection.execute(select(table)).all() for table in t.VIEW.sorted_tables}
    found["meta"] = [row for row in found["meta"] if row.name != t.STAMP]
    return {name: sorted(map(repr, rows)) for name, rows in found.items()}


def claim(check_id: str, actor: str, number: int, kind: str = "claimed", account: str = "") -> DeskEvent:
    return DeskEvent(
        event_id=f"e-{number}", partnership="demo", check_id=check_id, kind=kind, actor=actor, role="screener",
        account=account or actor, at=NOW,
    )  # fmt: skip


def test_a_batch_of_all_is_as_many_batches_of_one_and_twice_is_as_once(engine, told):
    with engine.begin() as connection:
        view.take(connection, told)
    whole = everything(engine)
    assert len(whole["checks"]) == 1
    empty_view(engine)
    for message in told:
        with engine.begin() as connection:
            view.take(connection, [message])
    assert everything(engine) == whole
    with engine.begin() as connection:
        view.take(connection, told)
    again = everything(engine)
    assert whole.pop("receipt_days") != again.pop("receipt_days"), "counted: their topic's position guards them"
    assert again == whole


def test_topics_may_come_in_any_order_among_each_other(engine, told):
    for kind in (AgencyRequest, Bundle, CheckEvent):
        with engine.begin() as connection:
            view.take(connection, [m for m in told if isinstance(m, kind)])
    with engine.connect() as connection:
        check = queries.open_entries(connection)[0].check
        assert (check.state, check.decision, check.rating) == ("decided", "section_47", "red")
        statuses = set(connection.scalars(select(t.requests.c.status)))
        assert statuses == {"answered"}
        assert queries.bundle_of(connection, check.check_id).version == check.bundle
        assert [e.seq for e in queries.history(connection, check.check_id)] == list(range(1, check.seq + 1))
        row = connection.execute(select(t.checks)).one()
        assert (row.rated_at, row.decided_at, row.begun_at) == (NOW, NOW, NOW)


def test_every_seal_stays_closed(engine, told):
    with engine.begin() as connection:
        view.take(connection, told)
    text = repr(everything(engine))
    assert ANCHOR in text
    for secret in ("Tamsin", "Okoro", "Larkrise", "Shouting", "because", "Answer to"):
        assert secret not in text


def test_of_two_claims_the_first_holds_and_a_wall_undoes_a_designation(engine, told):
    check_id = told[0].check_id
    with engine.begin() as connection:
        view.take(connection, told)
        view.take(connection, [claim(check_id, "r.hale", 1), claim(check_id, "s.okafor", 2)])
        assert queries.standing_of(connection, check_id).owner == "r.hale"
        assert [took for _, took in queries.desk_history(connection, check_id)] == [True, False]
        view.take(connection, [claim(check_id, "r.hale", 1)])
        view.take(connection, [claim(check_id, "r.hale", 3, "walled", "r.hale")])
        standing = queries.standing_of(connection, check_id)
        assert (standing.owner, standing.designated, standing.walled) == ("", frozenset(), {"r.hale"})
        view.take(connection, [claim(check_id, "r.hale", 4), claim(check_id, "r.hale", 5, "glass_broken")])
        assert queries.standing_of(connection, check_id) == standing


def test_a_view_of_another_version_is_emptied_and_what_is_the_desks_own_stays(engine, told, tmp_path, monkeypatch):
    from triage.audit import Audit, Entry
    from triage.sql import database

    with engine.begin() as connection:
        view.take(connection, told)
    Audit(engine).write(Entry(NOW, "r.hale", "screener", "sign_in"))
    monkeypatch.setattr(database, "_made", lambda: "another")
    with engine.begin() as connection:
        database._view(connection)
    found = everything(engine)
    assert found["checks"] == []
    with engine.connect() as connection:
        assert len(connection.execute(select(t.audit)).all()) == 1


def test_how_old_records_were_on_arrival_each_counted_once(engine, told):
    from streams.check.figures import arrivals

    with engine.begin() as connection:
        view.take(connection, told)
        view.take(connection, [m for m in told if isinstance(m, Bundle)])
        rows = connection.execute(select(t.arrivals)).all()
    assert len({row.record_id for row in rows}) == len(rows) == 4
    assert {row.hours for row in rows} == {2.0}, "the made-up records come two hours after"
    found = {(f.measure, f.group): f.value for f in arrivals((r.agency, r.hours) for r in rows)}
    assert (found["records", "police"], found["hours_to_arrival_median", "police"]) == (2, 2.0)


@pytest.mark.parametrize("begun", [None, 5], ids=["a partition's beginning", "later"])
def test_of_two_desks_at_one_place_the_second_learns_that_the_first_has_gone_on(engine, tmp_path, begun):
    settings, place = load(find_running=False, data_dir=tmp_path), TopicPartition("check-events", 0)
    if begun is not None:
        with engine.begin() as connection:
            put(connection, t.positions, {"topic": place.topic, "partition": 0, "next": begun})
    one, other = (Projector(settings, engine) for _ in range(2))

    def batch() -> Batch:
        made = Batch({})
        made.ends = {place: (begun, 7)}
        return made

    one._take(batch())
    with pytest.raises(Moved):
        other._take(batch())
    with engine.connect() as connection:
        assert stored_positions(connection) == {("check-events", 0): 7}
