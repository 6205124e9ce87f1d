"""Shows on /metrics what the lanes' cores say of their state, and nothing that no lane says any more.

A metric must never end a stage: a core that fails to say how it stands is told of in the log, once, and goes on.
"""

from __future__ import annotations

from collections.abc import Iterable

from hub import metrics
from hub.log import class_name, frames, get_logger
from hub.worker.lane import Lane

log = get_logger("gauges")

Series = tuple[str, tuple[str, ...]]
"""Key of `metrics.STATE_GAUGES`, and label values, the partition last."""


class StateGauges:
    """The state gauges of one worker."""

    def __init__(self) -> None:
        """Nothing is shown yet."""
        self._shown: set[Series] = set()
        self._told: set[tuple[str, str, str]] = set()

    def show(self, lanes: Iterable[Lane]) -> None:
        """Ask every open lane, and take back what none says any more: a label's, a failing core's, a closed lane's."""
        said: set[Series] = set()
        for lane in lanes:
            try:
                _set(lane, said)
            except Exception as error:  # noqa: BLE001 - whatever a core does wrong here, its records are not to wait
                self._tell(lane, error)
        for name, labels in self._shown - said:
            metrics.STATE_GAUGES[name].remove(*labels)
        self._shown = said

    def _tell(self, lane: Lane, error: Exception) -> None:
        """Log a failure the first time that this stage fails so, there."""
        fault = (lane.stage, class_name(error), frames(error.__traceback__)[-1])
        if fault not in self._told:
            self._told.add(fault)
            log.error("a stage cannot say how its state stands", stage=lane.stage, partition=_number(lane), error=error)


def _set(lane: Lane, said: set[Series]) -> None:
    if lane.next_offset is None:
        return  # its rows are still being restored
    for (name, *rest), value in lane.gauges().items():
        labels = (*rest, _number(lane))
        metrics.STATE_GAUGES[name].labels(*labels).set(value)
        said.add((name, labels))


def _number(lane: Lane) -> str:
    return str(lane.tp.partition)
