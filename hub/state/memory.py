"""Rows in memory, and a driver that runs a core on them: for fast tests of cores, and for folding a journal to look at.

No Kafka and no file. The driver runs the very batch code that a worker runs.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from hub.avro import decode, encode
from hub.messages import Part, Tick
from hub.state.api import Core, MessageMeta
from hub.state.batch import BEGINNING, Inbound, Reject, run_batch
from hub.state.memo import Memo, Unremembered
from hub.state.rows import BatchStore


class MemoryStore(Unremembered):
    """Ordered rows in memory; a `hub.state.api.Store`."""

    def __init__(self, rows: Iterable[tuple[bytes, bytes]] = ()) -> None:
        """Begin with `rows`."""
        self._values: dict[bytes, bytes] = dict(rows)
        self._keys: list[bytes] = sorted(self._values)

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, key: bytes) -> bytes | None:
        """See `Store.get`."""
        return self._values.get(key)

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """See `Store.scan`; each step looks for the next key in the rows as they are then."""
        at = bisect_left(self._keys, prefix)
        while at < len(self._keys):
            key = self._keys[at]
            if not key.startswith(prefix):
                return
            yield key, self._values[key]
            at = bisect_right(self._keys, key)

    def put(self, key: bytes, value: bytes, parsed: object = None) -> None:  # noqa: ARG002 - nothing is remembered
        """See `Store.put`."""
        if key not in self._values:
            insort(self._keys, key)
        self._values[key] = bytes(value)

    def delete(self, key: bytes) -> None:
        """See `Store.delete`."""
        if self._values.pop(key, None) is not None:
            del self._keys[bisect_left(self._keys, key)]


class Output(NamedTuple):
    """What a core sent."""

    topic: str
    key: str
    message: Part


class MemoryTurnDriver:
    """Feeds messages to a core and keeps what comes of them.

    Attributes:
        store: the core's rows, to inspect.
        outputs: everything sent so far, in order.
        rejects: everything set aside so far.
        now: the latest tick.
    """

    def __init__(self, core: Core, *, partition: int = 0, store: MemoryStore | None = None) -> None:
        """Run `core` over `store` (a new, empty one if None) as the given input partition."""
        self.core = core
        self.partition = partition
        self.store = MemoryStore() if store is None else store
        self.outputs: list[Output] = []
        self.rejects: list[Reject] = []
        self.now = BEGINNING
        self._offset = 0
        self._memo = Memo()

    def feed(
        self, *messages: Part | bytes, batch: int | None = None, published_at: datetime | None = None
    ) -> list[Output]:
        """Handle messages in order and return the outputs that they caused.

        Args:
            messages: models, or raw bytes as they might come from a broken writer.
            batch: messages a batch; None puts all of them into one.
            published_at: when they entered the hub; None is `now`.
        """
        before = len(self.outputs)
        size = batch or len(messages) or 1
        for start in range(0, len(messages), size):
            self._run(messages[start : start + size], published_at or self.now)
        return self.outputs[before:]

    def tick(self, at: datetime) -> list[Output]:
        """Let time pass to `at` (UTC)."""
        return self.feed(Tick(at=at.astimezone(UTC)))

    def sent(self, topic: str) -> list[Part]:
        """Every message sent to a topic so far."""
        return [output.message for output in self.outputs if output.topic == topic]

    def _run(self, messages: Iterable[Part | bytes], published_at: datetime) -> None:
        models: dict[bytes, Part] = {}
        inbound = []
        for message in messages:
            # A model stands for its own bytes: tests of cores need not pay for a decode.
            value = message if isinstance(message, bytes) else encode(message)
            if not isinstance(message, bytes):
                models[value] = message
            meta = MessageMeta(self.core.input_topic, self.partition, self._offset, published_at)
            inbound.append(Inbound(meta, None, value))
            self._offset += 1
        result = run_batch(self.core, BatchStore(self.store, self._memo), self.now, inbound, decode=_Decoder(models))
        self.now = result.now
        self.outputs += [Output(o.topic, o.key, o.message) for o in result.outputs]
        self.rejects += result.rejects


class _Decoder:
    """Models given as models; bytes decoded as a worker would."""

    def __init__(self, models: dict[bytes, Part]) -> None:
        self._models = models

    def __call__(self, value: bytes) -> Part:
        return self._models.get(value) or decode(value)
