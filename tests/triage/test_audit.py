"""The audit's chain: whatever is changed, taken out, put in or cut off is found, and by whom it was written is kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, select, update

from hub.settings import load
from tests.check.people import NOW
from triage.audit import Audit, Entry, verify
from triage.sql.database import open_database
from triage.sql.tables import audit


@pytest.fixture
def engine(tmp_path):
    engine = open_database(load(find_running=False, data_dir=tmp_path))
    yield engine
    engine.dispose()


def written(engine, count: int = 20, who: str = "person") -> dict[int, str]:
    book = Audit(engine)
    for number in range(count):
        book.write(Entry(NOW, f"{who}.{number % 3}", "screener", "read", f"check-{number}"))
    with engine.connect() as connection:
        return {row.number: row.chain for row in connection.execute(select(audit))}


def finding(engine, heads=None):
    with engine.connect() as connection:
        return verify(connection, heads or {})


def test_a_whole_chain_holds(engine):
    chains = written(engine)
    found = finding(engine, {7: chains[7], 20: chains[20]})
    assert (found.entries, found.broken_at, found.head) == (20, None, chains[20])


@pytest.mark.parametrize("column", ["account", "role", "act", "check_id", "outcome", "detail", "chain"])
def test_a_changed_entry_is_found(engine, column):
    written(engine)
    with engine.begin() as connection:
        connection.execute(update(audit).where(audit.c.number == 9).values({column: "another"}))
    assert finding(engine).broken_at == 9


def test_an_entry_taken_out_is_found(engine):
    written(engine)
    with engine.begin() as connection:
        connection.execute(delete(audit).where(audit.c.number == 9))
    assert finding(engine).broken_at == 9


def test_a_cut_end_and_a_chain_written_anew_are_found_by_the_heads_on_kafka(engine):
    chains = written(engine)
    with engine.begin() as connection:
        connection.execute(delete(audit).where(audit.c.number > 15))
    assert finding(engine).broken_at is None, "the chain alone cannot know"
    assert finding(engine, {20: chains[20]}).broken_at == 16
    with engine.begin() as connection:
        connection.execute(delete(audit))
    written(engine, 20, "nobody")
    assert finding(engine).broken_at is None, "a chain written anew is whole in itself"
    assert finding(engine, {7: chains[7], 20: chains[20]}).broken_at == 7


def test_many_at_once_make_one_chain(engine):
    books = [Audit(engine) for _ in range(4)]  # as of four processes: each with a lock of its own
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: books[n % 4].write(Entry(NOW, f"p.{n}", "screener", "read")), range(80)))
    found = finding(engine)
    assert (found.entries, found.broken_at) == (80, None)
