"""Reads pictures from the person journal, for a test county only; every reading is logged. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.errors import Fatal
from hub.kafka.clients import connection
from hub.log import get_logger
from hub.settings import Settings
from hub.state.headers import micros
from hub.state.read import read_partition
from hub.topics import topic
from streams.picture.dump import PartitionState, dump
from streams.picture.evidence import EvidenceBox
from streams.picture.rules.engine import Engine, load_engine
from streams.picture.stage import box_of, pack_path

_log = get_logger("picture")


class NotHere(Fatal):
    """Pictures of real people are read inside an open check, and nowhere else."""


@dataclass(frozen=True, slots=True)
class Reading:
    """All person partitions as they stand, with what opens them."""

    partitions: list[PartitionState]
    engine: Engine
    box: EvidenceBox

    def pictures(self) -> list[dict[str, Any]]:
        """Every picture in canonical form."""
        return dump(self.partitions, self.engine, self.box)


def read(settings: Settings, command: str, *, at: datetime | None = None) -> Reading:
    """Fold the person journal.

    Args:
        settings: of this hub; says whether it is a test county.
        command: what reads, for the log.
        at: the moment to take all pictures at; None is each partition's own last tick.

    Raises:
        NotHere: this is no test county.
        Fatal, Retriable: there is no Kafka, or no journal.
    """
    if not settings.test_county:
        _log.warning("picture refused", command=command, reason="no-test-county")
        raise NotHere(
            "Whole pictures can be read only where everybody is made up.",
            "Read a picture inside its check (`mash picture show --check NUMBER --as YOU`); in a test county set "
            "HUB_TEST_COUNTY=1.",
        )
    journal = topic("person-journal")
    name = journal.full_name(settings.topic_prefix)
    states = []
    for partition in range(journal.partitions(settings.partitions)):
        folded = read_partition(connection(settings), name, partition)
        reached = at or (folded.position.now if folded.position else None)
        now = micros(reached) if reached else 0
        states.append(PartitionState(folded.store, now))
    rows = sum(len(list(state.store.scan(b"p/"))) for state in states)
    _log.info("pictures read", command=command, count=rows)
    return Reading(states, load_engine(pack_path(settings)), box_of(settings))
