"""Which partitions a worker copies: all that it has no lane for, and no file is open twice."""

from __future__ import annotations

import asyncio

import pytest
from faust.types import TP

from hub.worker.standbys import Standbys

ALL = [TP("facts", n) for n in range(3)]


class Copies:
    """Stands for the copies; says which are open."""

    def __init__(self, fault=None):
        self.open: list[int] = []
        self.closed: list[int] = []
        self._fault = fault

    def make(self, tp):
        copies = self

        class Copy:
            async def run(self):
                copies.open.append(tp.partition)
                try:
                    if copies._fault:
                        raise copies._fault
                    await asyncio.Event().wait()
                finally:
                    copies.open.remove(tp.partition)
                    copies.closed.append(tp.partition)

        return Copy()


@pytest.mark.parametrize(
    ("assignments", "open_at_the_end", "closed"),
    [
        ([[0]], [1, 2], []),
        ([[]], [0, 1, 2], []),
        ([[0], [0, 1]], [2], [1]),
        ([[0], [1]], [0, 2], [1]),
        ([[0, 1, 2]], [], []),
        ([[0], [0]], [1, 2], []),
    ],
)
def test_what_others_own_is_copied_and_left_to_its_lane(assignments, open_at_the_end, closed):
    async def run():
        copies, faults = Copies(), []
        standbys = Standbys(copies.make, ALL, faults.append)
        for assigned in assignments:
            await standbys.leave_to_lanes({TP("facts", n) for n in assigned})
            assert not set(copies.open) & set(assigned), "closed by the time that the lanes open"
            await asyncio.sleep(0)
        assert (sorted(copies.open), copies.closed, faults) == (open_at_the_end, closed, [])
        await standbys.close()
        assert copies.open == []

    asyncio.run(run())


def test_a_fault_that_nobody_foresaw_ends_the_process():
    async def run():
        told = asyncio.get_running_loop().create_future()
        fault = ZeroDivisionError()
        standbys = Standbys(Copies(fault).make, ALL[:1], told.set_result)
        await standbys.leave_to_lanes(set())
        assert await asyncio.wait_for(told, 10) is fault
        await standbys.close()

    asyncio.run(run())
