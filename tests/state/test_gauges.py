"""What a worker shows of its stages' state: nothing stale, and no failure of a core ends the watchdog."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from faust.types import TP
from prometheus_client import REGISTRY

from hub.worker import gauges, watchdog
from hub.worker.gauges import StateGauges

PARTITION = 41
"""Of no other test: gauges are the process's."""


def lane(said: Callable[[], Any], *, partition: int = PARTITION, next_offset: int | None = 5) -> Any:
    tp = TP("checks", partition)
    return SimpleNamespace(
        tp=tp, stage="check", pending=0, ticks=0, next_offset=next_offset, moved_at=time.monotonic(), gauges=said
    )


def shown(name: str, partition: int = PARTITION, **labels: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"partition": str(partition), **labels})


def fail() -> dict[tuple[str, ...], float]:
    raise ValueError("Ada Vosper is quoted here")


def logged(show: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Lines that `show` logs, with a logger that has not met another test's settings."""
    with structlog.testing.capture_logs() as lines:
        monkeypatch.setattr(gauges, "log", structlog.get_logger(part="gauges"))
        show()
    return lines


def test_what_is_said_no_more_is_shown_no_more() -> None:
    said: dict[tuple[str, ...], float] = {("returns_overdue", "health"): 2, ("reviews_open",): 1}
    worker = StateGauges()
    worker.show([lane(lambda: said)])
    assert shown("mash_returns_overdue", agency="health") == 2
    del said["returns_overdue", "health"]
    worker.show([lane(lambda: said)])
    assert (shown("mash_returns_overdue", agency="health"), shown("mash_reviews_open")) == (None, 1)
    worker.show([])
    assert shown("mash_reviews_open") is None, "another worker has the partition now"


def test_a_lane_that_still_restores_its_rows_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert logged(lambda: StateGauges().show([lane(fail, next_offset=None)]), monkeypatch) == []


def test_a_core_that_fails_loses_its_numbers_and_no_other_does(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = StateGauges()
    worker.show([lane(lambda: {("reviews_open",): 3})])
    other = lane(lambda: {("reviews_open",): 4}, partition=PARTITION + 1)
    lines = logged(lambda: worker.show([lane(fail), other]), monkeypatch)
    assert (shown("mash_reviews_open"), shown("mash_reviews_open", PARTITION + 1)) == (None, 4)
    assert [(line["stage"], line["partition"]) for line in lines] == [("check", "41")]


def unknown() -> dict[tuple[str, ...], float]:
    return {("no_such_gauge",): 1}


def test_each_failure_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    worker = StateGauges()

    def show() -> None:
        for said in (fail, fail, unknown, unknown, fail):
            worker.show([lane(said)])

    assert [type(line["error"]) for line in logged(show, monkeypatch)] == [ValueError, KeyError]


def test_the_watchdog_goes_on_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "LOOK_SECONDS", 0.01)
    faults: list[BaseException] = []

    async def run() -> None:
        asked = 0
        again = asyncio.Event()

        def said() -> dict[tuple[str, ...], float]:
            nonlocal asked
            asked += 1
            if asked == 3:
                again.set()
            return fail()

        async def ends() -> dict[TP, tuple[int, int]]:
            return {TP("checks", PARTITION): (8, 8)}

        task = asyncio.ensure_future(watchdog.watch([lane(said)], ends, faults.append))
        async with asyncio.timeout(5):
            await again.wait()
        assert not task.done()
        task.cancel()

    lines = logged(lambda: asyncio.run(run()), monkeypatch)
    assert (len(lines), faults) == (1, [])
