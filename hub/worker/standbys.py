"""The warm copies that a worker keeps of partitions that others own; never of one that it has a lane for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from faust.types import TP

from hub.state.standby import Standby


class Standbys:
    """See the module.

    Args:
        make_standby: the copy of one input partition's state, unopened.
        all_partitions: of all stages of this worker.
        on_fault: ends the process.
    """

    def __init__(
        self,
        make_standby: Callable[[TP], Standby],
        all_partitions: Iterable[TP],
        on_fault: Callable[[BaseException], None],
    ) -> None:
        """See the class."""
        self._make_standby = make_standby
        self._all = frozenset(all_partitions)
        self._on_fault = on_fault
        self._tasks: dict[TP, asyncio.Task[None]] = {}

    async def leave_to_lanes(self, assigned: Iterable[TP]) -> None:
        """Close the copies of these partitions, so that their lanes can open the files, and copy all others."""
        await self._close(set(assigned))
        for tp in sorted(self._all - set(assigned) - set(self._tasks)):
            self._tasks[tp] = asyncio.create_task(self._guard(tp), name=f"standby {tp.topic}-{tp.partition}")

    async def close(self) -> None:
        """Close every copy."""
        await self._close(set(self._tasks))

    async def _close(self, tps: set[TP]) -> None:
        closing = [self._tasks.pop(tp) for tp in tps & set(self._tasks)]
        for task in closing:
            task.cancel()
        await asyncio.gather(*closing, return_exceptions=True)

    async def _guard(self, tp: TP) -> None:
        """A fault that nobody foresaw ends the process: it may have left the file open that a lane is to have."""
        try:
            await self._make_standby(tp).run()
        except Exception as error:  # noqa: BLE001 - see above
            self._on_fault(error)
