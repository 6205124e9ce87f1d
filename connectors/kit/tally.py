"""Counts of a run, for people and for /metrics. No record, no Kafka."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from datetime import datetime

from hub import metrics

STAGE = "connector"
REMEMBERED = 200_000
"""Records whose content a run remembers to count duplicates: about 30 MB. Older ones count as new."""


@dataclass(slots=True)
class Tally:
    """What a run has done so far.

    Attributes:
        files: sources read, wholly or in part.
        skipped: sources that had been read before.
        read: native records, rejects included.
        published: records confirmed by Kafka.
        duplicates: of those, such as said the same as one published before in this run.
        rejected: dead letters confirmed by Kafka, by reason.
        unmapped: source fields without a map.
    """

    files: int = 0
    skipped: int = 0
    read: int = 0
    published: int = 0
    duplicates: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    unmapped: int = 0
    _seen: OrderedDict[bytes, None] = field(default_factory=OrderedDict)

    def note_published(self, record_id: str, content: bytes) -> None:
        """One record is confirmed."""
        self.published += 1
        key = bytes.fromhex(record_id)[:8] + content[:8]
        if key in self._seen:
            self.duplicates += 1
            return
        self._seen[key] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)

    def as_dict(self) -> dict[str, object]:
        """For `--json`."""
        return {
            "files": self.files,
            "skipped": self.skipped,
            "read": self.read,
            "published": self.published,
            "duplicates": self.duplicates,
            "rejected": dict(sorted(self.rejected.items())),
            "unmapped": self.unmapped,
        }


@dataclass(frozen=True, slots=True)
class Gauges:
    """A connector's metrics under its labels."""

    connector: str
    agency: str

    def heard(self, at: datetime) -> None:
        """The source sent something, even if it was empty."""
        metrics.SOURCE_LAST_HEARD.labels(self.agency, self.connector).set(at.timestamp())

    def rejected(self, reasons: list[str]) -> None:
        """Native records were set aside."""
        for reason in reasons:
            metrics.REJECTS.labels(STAGE, self.connector, reason).inc()

    def confirmed(self, *, read: int, records: int, letters: list[str], seconds: float) -> None:
        """A batch is confirmed by Kafka."""
        metrics.RECORDS_IN.labels(STAGE, self.connector).inc(read)
        metrics.OUTPUTS.labels(STAGE, "records").inc(records)
        for reason in letters:
            metrics.DEAD_LETTERS.labels(STAGE, self.connector, reason).inc()
        if records:
            metrics.LATENCY.labels(STAGE, self.connector).observe(seconds)
