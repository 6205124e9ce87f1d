"""What a stage's core sees of the world: a store, a clock, outputs. No Kafka, no LMDB, no Faust may be named here.

A core turns (state, message) into (state, outputs) through these types alone, so that the same core runs
under the shell (`hub.worker`) and under the in-memory driver (`hub.state.memory`) of the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel

from hub.messages import Part

T = TypeVar("T")


class Rows(Protocol):
    """Ordered bytes -> bytes, to read."""

    def get(self, key: bytes) -> bytes | None:
        """The row's value, or None."""
        ...

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Rows whose key starts with `prefix`, in key order."""
        ...

    def parsed(self, key: bytes, parse: Callable[[bytes], T]) -> T | None:
        """What `parse` makes of the row, remembered until it is written; always the same `parse` for a key."""
        ...

    def listed(self, prefix: bytes, parse: Callable[[bytes, bytes], T]) -> tuple[T, ...]:
        """What `parse` makes of each row under `prefix`, in key order; remembered as in `parsed`."""
        ...


class Store(Rows, Protocol):
    """The rows of one (stage, input partition). A row (key + value) stays under 256 kB.

    Reads see the writes made earlier in the same batch.
    """

    def begin_list(self, prefix: bytes) -> None:
        """Say that no row has ever stood under `prefix`, so that `listed` need not look for the first time."""
        ...

    def put(self, key: bytes, value: bytes, parsed: object = None) -> None:
        """Write a row. `parsed`, if given, is what the row's parser would make of it: remembered at once."""
        ...

    def delete(self, key: bytes) -> None:
        """Remove a row; an absent one is no error."""
        ...


@dataclass(frozen=True, slots=True)
class MessageMeta:
    """Where the message in hand came from."""

    topic: str
    partition: int
    offset: int
    published_at: datetime
    """When the record entered the hub (header `mash_published`, carried from hop to hop), UTC; else the broker's."""


class Turn(Protocol):
    """One message (in `handle`) or one touched key (in `settle_one`) of one batch."""

    @property
    def store(self) -> Store:
        """This partition's rows."""
        ...

    @property
    def now(self) -> datetime:
        """The latest tick seen by this partition (UTC). Never the wall clock, so that a replay gives the same."""
        ...

    @property
    def meta(self) -> MessageMeta:
        """Of the message in hand; in `settle_one`, of the last message that touched the key."""
        ...

    @property
    def value(self) -> bytes:
        """The message in hand as it came (see `meta`): what a row may keep without encoding it again."""
        ...

    def emit(self, topic: str, key: str, message: BaseModel, *, partition: int | None = None) -> bytes:
        """Send `message` to a catalogue topic when, and only when, this batch commits.

        Returns its bytes: what a row may keep without encoding it again.

        Args:
            topic: the catalogue's short name (`facts`), without prefix or generation.
            key: an opaque identifier (a keyed hash or a derived uuid), never personal data.
            message: one of the types that the catalogue lists for the topic.
            partition: explicit partition, where the catalogue says that the topic is placed by region.
        """
        ...

    def emit_encoded(self, topic: str, key: str, kind: type[Part], value: bytes) -> None:
        """As `emit`, of a message of this type whose bytes the core has already."""
        ...

    def touch(self, key: bytes) -> None:
        """Ask for one `settle_one(key)` at the end of the batch, however often it was touched."""
        ...


class Core(Protocol):
    """A stage without input or output."""

    name: str
    """The stage's name: also the stem of its transactional id, journal and metrics."""
    input_topic: str
    """Short name of its one input topic."""

    def handle(self, message: BaseModel, turn: Turn) -> None:
        """Take one decoded message.

        Raises:
            hub.errors.Skippable: this message's writes and outputs are dropped and it becomes a dead letter.
        """
        ...

    def settle_one(self, key: bytes, turn: Turn) -> None:
        """Do, once per touched key and batch, what need not be done per message."""
        ...


GaugeValues = dict[tuple[str, ...], float]
"""Name of a gauge of `hub.metrics` without `mash_`, then its labels but the last, which is the partition."""


@runtime_checkable
class Gauging(Protocol):
    """A core that can say how its state stands, for metrics: asked every few seconds, of committed rows only."""

    def gauges(self, store: Rows, now: datetime) -> GaugeValues:
        """What stands at `now` (the partition's latest tick). Looks at few rows, and changes none."""
        ...
