"""The small parts of a worker: watchdog, slot, headers, dead letters, what a stage tells of itself."""

from __future__ import annotations

import asyncio
import math
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from aiokafka.partitioner import DefaultPartitioner
from faust.types import TP
from hypothesis import given
from hypothesis import strategies as st

from hub import metrics
from hub.errors import Fatal
from hub.keystore import SqliteKeyStore
from hub.sealing import Sealer
from hub.state import headers
from hub.state.api import MessageMeta
from hub.state.batch import Inbound, Reject
from hub.state.dead_letters import KEPT_BYTES, dead_letter
from hub.state.slot import take_slot
from hub.state.transaction import _hash
from hub.worker import watchdog
from hub.worker.spec import find_stages
from hub.worker.watchdog import Stalled, watch

PARTITION = TP("facts", 0)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def lane(**fields):
    values = {
        "tp": PARTITION,
        "stage": "facts",
        "pending": 0,
        "ticks": 0,
        "next_offset": 5,
        "moved_at": time.monotonic() - 60,
        "gauges": dict,
    }
    return SimpleNamespace(**(values | fields))


async def look(monkeypatch, one, ends, *, looks=3):
    """Let the watchdog look a few times and return the faults that it reported."""
    monkeypatch.setattr(watchdog, "LOOK_SECONDS", 0.01)
    faults: list[BaseException] = []
    seen = 0

    async def counted():
        nonlocal seen
        seen += 1
        return await ends()

    task = asyncio.ensure_future(watch([one], counted, faults.append))
    async with asyncio.timeout(5):
        while seen < looks and not faults:  # noqa: ASYNC110 - two conditions, neither with an event of its own
            await asyncio.sleep(0.001)
    task.cancel()
    return faults


def answers(seen, end):
    async def ends():
        return {PARTITION: (seen, end)}

    return ends


@pytest.mark.parametrize(
    ("one", "seen", "end"), [(lane(pending=3), 8, 8), (lane(), 5, 9)], ids=["records wait in it", "records wait for it"]
)
def test_a_lane_with_records_that_does_not_move_ends_the_process(monkeypatch, one, seen, end):
    monkeypatch.setattr(watchdog, "STALL_SECONDS", 30)
    faults = asyncio.run(look(monkeypatch, one, answers(seen, end)))
    assert isinstance(faults[0], Stalled)


@pytest.mark.parametrize("one", [lane(), lane(pending=3, moved_at=math.inf), lane(next_offset=None, pending=3)])
def test_an_idle_a_moving_and_an_opening_lane_are_left_alone(monkeypatch, one):
    monkeypatch.setattr(watchdog, "STALL_SECONDS", 30)
    assert asyncio.run(look(monkeypatch, one, answers(8, 8))) == []


@pytest.mark.parametrize(
    ("one", "seen", "lag"),
    [(lane(pending=1, ticks=1), 12, 0), (lane(pending=4, ticks=1), 12, 3), (lane(pending=4, ticks=1), 10, 5)],
)
def test_a_tick_in_hand_is_no_lag(monkeypatch, one, seen, lag):
    asyncio.run(look(monkeypatch, one, answers(seen, 12)))
    assert metrics.LAG.labels("facts", "facts", "0")._value.get() == lag


def test_what_a_core_says_of_its_state_becomes_a_gauge_of_its_partition(monkeypatch):
    said = {("unsettled_pictures",): 3, ("checks_open", "proposed"): 2}
    asyncio.run(look(monkeypatch, lane(moved_at=math.inf, gauges=lambda: said), answers(8, 8)))
    assert metrics.UNSETTLED.labels("0")._value.get() == 3
    assert metrics.CHECKS_OPEN.labels("proposed", "0")._value.get() == 2


def test_silence_ends_the_process_too(monkeypatch):
    monkeypatch.setattr(watchdog, "STALL_SECONDS", 0.03)

    async def never():
        await asyncio.Event().wait()

    faults = asyncio.run(look(monkeypatch, lane(), never, looks=1000))
    assert isinstance(faults[0], Stalled)


@given(st.binary(max_size=80), st.integers(1, 64))
def test_a_key_is_placed_where_kafkas_own_clients_place_it(key, partitions):
    every = list(range(partitions))
    assert every[_hash(key) % partitions] == DefaultPartitioner()(key, every, every)


def test_two_processes_never_share_a_slot(tmp_path):
    mine = take_slot(tmp_path)
    code = f"from pathlib import Path; from hub.state.slot import take_slot; print(take_slot(Path({str(tmp_path)!r})).folder.name)"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (mine.folder.name, other.stdout.strip()) == ("0", "1")
    again = take_slot(tmp_path)
    assert again.folder.name == "1", "free again: its process has ended"
    mine.release()
    again.release()


@given(st.integers(0, 7 * 10**15).map(headers.from_micros))
def test_when_a_record_entered_survives_its_header(moment):
    carried = headers.carried((("traceparent", b"00-a-b-01"), ("other", b"x")), moment)
    assert headers.published_at(carried, 0) == moment
    assert dict(carried).keys() == {headers.PUBLISHED, headers.TRACEPARENT}


@pytest.mark.parametrize("value", [b"", b"yesterday", b"9" * 40])
def test_an_unreadable_header_gives_the_brokers_time(value):
    broker_time = NOON - timedelta(hours=1)
    given_headers = ((headers.PUBLISHED, value),)
    assert headers.published_at(given_headers, int(broker_time.timestamp() * 1000)) == broker_time


@pytest.fixture
def sealer(tmp_path):
    keys = SqliteKeyStore(tmp_path / "keys.sqlite", b"k" * 32)
    yield Sealer(keys)
    keys.close()


def reject(value, offset=7, settle_key=None):
    cause = Inbound(MessageMeta("mash.facts.v1", 3, offset, NOON), None, value)
    return Reject(cause, "bad-avro", "What happened.", "demo", settle_key)


def letter(a_reject, sealer, at=NOON):
    return dead_letter(a_reject, stage="facts", at=at, sealer=sealer)


def test_a_dead_letter_holds_the_original_sealed_and_its_position(sealer):
    made = letter(reject(b"original \xff"), sealer)
    assert b"original" not in made.original
    assert sealer.open_bytes(made.key_id, made.original) == b"original \xff"
    assert (made.source, made.position, made.partnership) == ("mash.facts.v1-3", "7", "demo")
    assert made.key_id == "dead-letters:2026-01"


def test_a_retry_makes_no_second_letter(sealer):
    later = NOON + timedelta(days=40)
    assert letter(reject(b"x"), sealer).letter_id == letter(reject(b"x"), sealer, later).letter_id
    ids = {
        letter(r, sealer).letter_id
        for r in (reject(b"x"), reject(b"x", 8), reject(b"x", 7, b"a"), reject(b"x", 7, b"b"))
    }
    assert len(ids) == 4


def test_what_is_larger_than_a_letter_is_cut_and_its_size_told(sealer):
    made = letter(reject(b"x" * (KEPT_BYTES + 1)), sealer)
    assert made.original_size == KEPT_BYTES + 1
    assert sealer.open_bytes(made.key_id, made.original) == b"x" * KEPT_BYTES


def test_an_unknown_worker_is_told_the_known_ones():
    with pytest.raises(Fatal, match="identity"):
        find_stages("nobody")
