"""A lane's rules: when a batch closes, what a gap does, what happens at revocation. State and broker are stand-ins here;
both are real in `tests/kafka`."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from faust.types import TP

from hub.clock import KEY
from hub.state.batch import BEGINNING, BatchResult
from hub.worker.lane import InputCutShort, Lane, Limits, gathers_until
from hub.worker.lanes import LaneSet
from hub.worker.transport import ChainBroken, Chunk

PARTITION = TP("facts", 0)


class State:
    """Notes what it is asked to apply; `gate` holds a batch back."""

    def __init__(self, next_offset=None):
        self.core = SimpleNamespace(name="facts")
        self.position = SimpleNamespace(next_offset=next_offset)
        self.restored = 0
        self.batches: list[tuple[list[int], int]] = []
        self.opened = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.opened.set()
        self.closed = False

    async def open(self):
        await self.opened.wait()

    async def apply(self, inbound, next_offset):
        self.batches.append(([record.meta.offset for record in inbound], next_offset))
        await self.gate.wait()
        return BatchResult(BEGINNING, records=inbound)

    async def close(self):
        self.closed = True


class Rig:
    """One lane of a set, and the faults it reports."""

    def __init__(self, state, *, records=5, seconds=0.0, first=0, end=100):
        async def read_from(_tp, offset, _lane):
            return max(first, offset or 0), first, end

        self.state = state
        self.faults: list[BaseException] = []
        self.dropped: list[set[TP]] = []
        self.lanes = LaneSet(
            lambda _tp: state, Limits(records, seconds), read_from, self.dropped.append, self.faults.append
        )
        self.lanes.open([PARTITION])

    @property
    def lane(self) -> Lane:
        return next(iter(self.lanes))

    def feed(self, start, end, offsets=None, lane=None, key=None):
        records = [
            SimpleNamespace(topic="facts", partition=0, offset=n, key=key, value=b"", headers=(), timestamp=0)
            for n in (range(start, end) if offsets is None else offsets)
        ]
        chunk = Chunk(PARTITION, self.lane.number if lane is None else lane, start, end, records)
        self.lanes.fetched(chunk)
        self.lanes.deliver(chunk)

    async def until(self, condition):
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 - many conditions, none with an event of its own
                await asyncio.sleep(0)


def run(test):
    asyncio.run(test())


def test_chunks_join_into_batches_up_to_the_limit():
    async def test():
        rig = Rig(State(), records=5, seconds=60)
        await rig.until(lambda: rig.lane.has_room)
        rig.state.gate.clear()
        rig.feed(0, 5)
        await rig.until(lambda: rig.state.batches)
        for start in (5, 7, 9):  # 2 + 2 and, as 6 would be over the limit, 2 to wait
            rig.feed(start, start + 2)
        rig.feed(11, 14)
        rig.state.gate.set()
        await rig.until(lambda: len(rig.state.batches) == 3)
        assert [next_offset for _, next_offset in rig.state.batches] == [5, 9, 14]
        assert [len(offsets) for offsets, _ in rig.state.batches] == [5, 4, 5]
        await rig.lanes.close()
        assert rig.faults == []

    run(test)


def test_a_batch_closes_when_its_time_is_over():
    async def test():
        rig = Rig(State(), records=500, seconds=0.05)
        await rig.until(lambda: rig.lane.has_room)
        rig.feed(0, 1)
        await rig.until(lambda: len(rig.state.batches) == 1)
        rig.feed(1, 2)
        await rig.until(lambda: len(rig.state.batches) == 2)
        await rig.lanes.close()

    run(test)


def test_a_short_transaction_makes_nobody_wait_and_a_long_one_gathers_more_within_bounds():
    assert gathers_until(100.0, 100.005, 0.05) == 100.05
    assert gathers_until(100.0, 100.12, 0.05) == pytest.approx(100.12 + 0.12)
    assert gathers_until(100.0, 108.0, 0.05) == pytest.approx(108.25)


def test_offsets_may_jump_but_chunks_must_meet():
    async def test():
        rig = Rig(State())
        await rig.until(lambda: rig.lane.has_room)
        rig.feed(0, 20, offsets=[3, 9, 17])
        rig.feed(20, 30, offsets=[29])
        await rig.until(lambda: rig.lane.next_offset == 30)
        rig.feed(31, 40, offsets=[31])
        await rig.until(lambda: rig.faults)
        assert isinstance(rig.faults[0], ChainBroken)
        assert rig.state.batches[-1][1] == 30

    run(test)


def test_a_chunk_of_an_earlier_lane_is_not_taken():
    async def test():
        rig = Rig(State())
        await rig.until(lambda: rig.lane.has_room)
        rig.feed(7, 9, lane=99)
        rig.feed(0, 2)
        await rig.until(lambda: rig.lane.next_offset == 2)
        assert rig.lane.pending == 0
        await rig.lanes.close()
        assert rig.faults == []

    run(test)


def test_revocation_finishes_the_batch_in_hand_and_drops_the_rest():
    async def test():
        rig = Rig(State(), records=2)
        await rig.until(lambda: rig.lane.has_room)
        rig.state.gate.clear()
        rig.feed(0, 2)
        await rig.until(lambda: rig.state.batches)
        rig.feed(2, 4)
        closing = asyncio.ensure_future(rig.lanes.close([PARTITION]))
        await asyncio.sleep(0)
        assert not rig.state.closed
        rig.state.gate.set()
        await closing
        assert rig.state.closed
        assert rig.state.batches == [([0, 1], 2)]
        assert rig.dropped == [{PARTITION}]
        assert rig.faults == []
        assert rig.lanes.applied() == {}

    run(test)


def test_revocation_while_opening_commits_nothing():
    async def test():
        state = State()
        state.opened.clear()
        rig = Rig(state)
        await asyncio.sleep(0)
        assert rig.lanes.wanting() == set()
        await rig.lanes.close()
        assert state.closed
        assert rig.faults == []

    run(test)


def test_a_lane_has_room_for_two_batches():
    async def test():
        rig = Rig(State(), records=5)
        await rig.until(lambda: rig.lane.has_room)
        rig.state.gate.clear()
        rig.feed(0, 5)
        assert rig.lanes.wanting() == {PARTITION}
        rig.feed(5, 10)
        assert rig.lanes.wanting() == set()
        rig.state.gate.set()
        await rig.until(rig.lanes.wanting)
        await rig.lanes.close()

    run(test)


def test_a_lane_knows_how_many_ticks_are_on_their_way():
    async def test():
        rig = Rig(State(), records=2)
        rig.state.gate.clear()
        await rig.until(lambda: rig.lane.next_offset is not None)
        rig.feed(0, 2)
        rig.feed(2, 4, key=KEY)
        assert (rig.lane.pending, rig.lane.ticks) == (4, 2)
        rig.state.gate.set()
        await rig.until(lambda: rig.lane.next_offset == 4)
        assert (rig.lane.pending, rig.lane.ticks) == (0, 0)

    run(test)


def test_what_is_handled_and_not_in_the_journal_is_not_told_to_the_group():
    async def test():
        rig = Rig(State(next_offset=3))
        await rig.until(lambda: rig.lane.next_offset is not None)
        rig.feed(3, 5)  # this state's position stays where it is
        await rig.until(lambda: rig.lane.next_offset == 5)
        assert rig.lanes.applied() == {PARTITION: 3}

    run(test)


def test_an_input_that_ends_before_what_is_applied_is_refused():
    async def test():
        rig = Rig(State(next_offset=50), end=40)
        await rig.until(lambda: rig.faults)
        assert isinstance(rig.faults[0], InputCutShort)

    run(test)


def test_records_that_expired_unread_are_told_and_reading_goes_on(caplog):
    async def test():
        rig = Rig(State(next_offset=5), first=10)
        await rig.until(lambda: rig.lane.has_room)
        assert rig.lane.next_offset == 10
        await rig.lanes.close()

    run(test)


@pytest.mark.parametrize("error", [OSError(), RuntimeError(), KeyboardInterrupt()])
def test_whatever_a_batch_raises_is_a_fault(error):
    async def test():
        rig = Rig(State())

        async def broken(_inbound, _next_offset):
            raise error

        rig.state.apply = broken
        await rig.until(lambda: rig.lane.has_room)
        rig.feed(0, 1)
        await rig.until(lambda: rig.faults)
        assert rig.faults == [error]

    run(test)
