"""Runs a file from where it was left to its end: batches to Kafka, then the position. No format and no terminal here.

The position is written only after Kafka has confirmed the batch (architecture, principle 2): after a kill -9 the batch
in hand is sent again, with the same ids and contents, and has no second effect.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from connectors.kit.api import Context, Format, Unreadable
from connectors.kit.checkpoint import Checkpoints, Position
from connectors.kit.outcomes import Outcome, outcomes
from connectors.kit.publish import Publisher
from connectors.kit.source import Source, look_at
from connectors.kit.tally import Gauges, Tally
from hub.log import get_logger

BATCH_BYTES = 8 << 20
"""A batch also closes at so many bytes of native records, so that large ones don't fill the memory."""

PACES_A_SECOND = 10

log = get_logger("connector")


@dataclass(frozen=True, slots=True)
class Options:
    """What a run is told.

    Attributes:
        system: which system of the agency; '' takes the format's own.
        history: back-loaded: updates pictures and opens nothing.
        agreement: id of the sharing agreement.
        again: read files that were read before.
        batch_records: native records between two positions.
        rate: most native records a second, so that a back-load leaves room for the day's work; 0 has no limit.
    """

    system: str = ""
    history: bool = False
    agreement: str = ""
    again: bool = False
    batch_records: int = 500
    rate: float = 0

    @property
    def batch_size(self) -> int:
        """Native records of a batch: where the rate is limited, what comes in a tenth of a second."""
        return min(self.batch_records, max(1, int(self.rate / PACES_A_SECOND))) if self.rate else self.batch_records


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands, for whoever watches.

    Attributes:
        done: bytes read of the file in hand.
        size: its size.
    """

    done: int
    size: int


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs files.

    Attributes:
        choose: the format of a file by its first bytes and its name; raises `Unreadable`.
        publisher: to Kafka.
        checkpoints: positions.
        feed: id of the topic that positions belong to.
        options: what this run is told.
        stop: set, the run ends after the batch in hand.
        watch: told after every batch.
    """

    choose: Callable[[Path], Format]
    publisher: Publisher
    checkpoints: Checkpoints
    feed: str
    options: Options
    stop: threading.Event
    watch: Callable[[Progress], None] = lambda _progress: None

    def run(self, path: Path, tally: Tally) -> None:
        """One file, from where it was left.

        Raises:
            SourceChanged: it was written to meanwhile; it is not marked as read.
            SourceUnreadable: it can't be read, or is not there any more.
            hub.errors.Fatal: Kafka refuses.
            hub.errors.Retriable: told to stop while Kafka was away.
        """
        source = look_at(path, self.publisher.pseudonyms)
        try:
            fmt = self.choose(path)
        except Unreadable as error:
            self._refuse(source, error, tally)
            return
        self._run(fmt, source, tally)

    def _run(self, fmt: Format, source: Source, tally: Tally) -> None:
        gauges = Gauges(fmt.name, fmt.agency)
        gauges.heard(self.publisher.now())
        system = self.options.system or fmt.system
        source_id = self._source_id(fmt.name, system, source)
        position = Position() if self.options.again else self.checkpoints.position(source_id)
        if position.finished:
            tally.skipped += 1
            log.info("a file that was read before is passed over", connector=fmt.name, code=source.name)
            return
        tally.files += 1
        taken = position.taken
        with source.path.open("rb") as stream:
            found = outcomes(fmt, stream, self._context(system, source), source=source.name, skip=taken)
            for batch in _batches(found, self.options.batch_size):
                due = time.monotonic() + (len(batch) / self.options.rate if self.options.rate else 0)
                self.publisher.publish(batch, fmt.name, source, tally, gauges)
                taken += len(batch)
                self.checkpoints.advance(source_id, Position(taken))
                self.watch(Progress(stream.tell(), source.size))
                self.stop.wait(max(0.0, due - time.monotonic()))
                if self.stop.is_set():
                    log.info("stopped; the next run goes on from here", connector=fmt.name, records=taken)
                    return
        source.check_unchanged()
        self.checkpoints.advance(source_id, Position(taken, finished=True))
        log.info("a file is read to its end", connector=fmt.name, code=source.name, records=taken)

    def _refuse(self, source: Source, error: Unreadable, tally: Tally) -> None:
        """One dead letter for a file that no format takes."""
        source_id = self._source_id("auto", self.options.system, source)
        if self.checkpoints.position(source_id).finished and not self.options.again:
            tally.skipped += 1
            return
        tally.files += 1
        with source.path.open("rb") as stream:
            outcome = Outcome.of_file(stream, error, f"{source.name}:")
        self.publisher.publish([outcome], "auto", source, tally, Gauges("auto", "unknown"))
        self.checkpoints.advance(source_id, Position(1, finished=True))

    def _context(self, system: str, source: Source) -> Context:
        return Context(
            partnership=self.publisher.partnership,
            system=system,
            received_at=self.publisher.now(),
            extracted_at=source.modified_at,
            history=self.options.history,
            agreement=self.options.agreement,
        )

    def _source_id(self, name: str, system: str, source: Source) -> str:
        return self.publisher.pseudonyms.name(
            "source", f"{self.feed}/{name}/{system}/{source.name}/{source.content.hex()}"
        )


def _batches(found: Iterator[Outcome], records: int) -> Iterator[list[Outcome]]:
    """Runs of outcomes, each of at most so many native records and about `BATCH_BYTES`."""
    while True:
        batch, size = [], 0
        for outcome in itertools.islice(found, records):
            batch.append(outcome)
            size += outcome.size
            if size > BATCH_BYTES:
                break
        if not batch:
            return
        yield batch
