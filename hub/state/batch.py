"""Runs one batch of messages through a core: decode, handle, settle. No Kafka, no LMDB, no await.

The same code runs under the worker (`hub.worker.lane`) and under the tests' driver (`hub.state.memory`), so that what a
test sees of a batch is what happens in production. A message that can't be processed leaves no trace but its `Reject`:
its neighbours never notice.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from pydantic import BaseModel

from hub.avro import decode as avro_decode
from hub.avro import encode as avro_encode
from hub.errors import HubError, Skippable
from hub.messages import Part, Tick
from hub.state.api import Core, MessageMeta
from hub.state.headers import Headers
from hub.state.rows import BatchStore
from hub.topics import LARGEST_MESSAGE
from hub.topics import topic as catalogue

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""A partition's `now` before its first tick."""
OUTPUT_LIMIT = LARGEST_MESSAGE - 4096
"""Largest encoded output: the broker's limit counts the batch's frame, the key and the headers too (under 4 kB)."""
HANDLER_ERROR = "handler-error"
OUTPUT_TOO_LARGE = "output-too-large"

Encode = Callable[[Part], bytes]


class Inbound(NamedTuple):
    """One record as it came, undecoded."""

    meta: MessageMeta
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Outbound(NamedTuple):
    """One message to send if the batch commits.

    Attributes:
        made: the message, or only its type where a core had its bytes already.
    """

    topic: str
    key: str
    made: Part | type[Part]
    value: bytes
    partition: int | None
    cause: Inbound

    @property
    def kind(self) -> type[Part]:
        """The message's type."""
        return self.made if isinstance(self.made, type) else type(self.made)

    @property
    def message(self) -> Part:
        """The message, decoded where a core had its bytes already."""
        return avro_decode(self.value) if isinstance(self.made, type) else self.made


class Reject(NamedTuple):
    """One record (or its part in settling one key) that was set aside."""

    cause: Inbound
    reason: str
    detail: str
    partnership: str = ""
    settle_key: bytes | None = None


@dataclass(slots=True)
class BatchResult:
    """What came of a batch.

    Attributes:
        now: the latest tick, these messages' own included.
        outputs: what to send.
        rejects: what was set aside.
        records: the messages that were no ticks, processed or not.
    """

    now: datetime
    outputs: list[Outbound] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    records: list[Inbound] = field(default_factory=list)


class BatchTurn:
    """The `hub.state.api.Turn` of one batch; outputs and touches of the message in hand can be dropped."""

    def __init__(self, store: BatchStore, now: datetime, encode: Encode) -> None:
        """See the class."""
        self.store = store
        self.now = now
        self._encode = encode
        self._cause: Inbound | None = None
        self.pending: list[Outbound] = []
        self.touching: list[bytes] = []

    @property
    def meta(self) -> MessageMeta:
        """See `Turn.meta`."""
        assert self._cause is not None
        return self._cause.meta

    @property
    def value(self) -> bytes:
        """See `Turn.value`."""
        assert self._cause is not None
        return self._cause.value or b""

    def begin(self, cause: Inbound) -> None:
        """Start on a message, or on a key that it touched."""
        self._cause = cause
        self.pending = []
        self.touching = []
        self.store.savepoint()

    def rollback(self) -> None:
        """Forget what the message in hand wrote, sent and touched."""
        self.pending = []
        self.touching = []
        self.store.rollback()

    def emit(self, topic: str, key: str, message: BaseModel, *, partition: int | None = None) -> bytes:
        """See `Turn.emit`.

        Raises:
            Skippable: the message is larger than a topic takes (`output-too-large`).
            TypeError: the catalogue doesn't list this type for the topic: a mistake in the core.
        """
        if not isinstance(message, Part):
            raise TypeError(f"{type(message).__name__} is no message")
        value = self._encode(message)
        self._send(topic, key, message, value, partition)
        return value

    def emit_encoded(self, topic: str, key: str, kind: type[Part], value: bytes) -> None:
        """See `Turn.emit_encoded`.

        Raises:
            Skippable, TypeError: as `emit`.
        """
        self._send(topic, key, kind, value, None)

    def _send(self, topic: str, key: str, made: Part | type[Part], value: bytes, partition: int | None) -> None:
        assert self._cause is not None
        output = Outbound(topic, key, made, value, partition, self._cause)
        if output.kind not in catalogue(topic).messages:
            raise TypeError(f"{output.kind.__name__} may not stand on topic {topic}")
        if len(value) + len(key) > OUTPUT_LIMIT:
            raise Skippable(
                f"A {output.kind.__name__} of {len(value)} bytes for topic {topic}, which takes {OUTPUT_LIMIT}.",
                "Find what grew without bound in this record or its aggregate.",
                reason=OUTPUT_TOO_LARGE,
            )
        self.pending.append(output)

    def touch(self, key: bytes) -> None:
        """See `Turn.touch`."""
        self.touching.append(key)


def run_batch(
    core: Core,
    store: BatchStore,
    now: datetime,
    inbound: Iterable[Inbound],
    *,
    decode: Callable[[bytes], Part] = avro_decode,
    encode: Encode = avro_encode,
) -> BatchResult:
    """Handle every message in order, then settle every touched key once, in key order.

    A message that raises `Skippable` is set aside with its reason. One that makes the core raise anything else is
    tried a second time (a hiccup is not the message's fault) and then set aside as `handler-error`.

    Raises:
        hub.errors.Fatal, hub.errors.Retriable, OSError, MemoryError: the fault is not the message's; the batch is
            void, and the process must end without committing it.
    """
    result = BatchResult(now)
    turn = BatchTurn(store, now, encode)
    touched: dict[bytes, Inbound] = {}
    for cause in inbound:
        handle = _Handle(core, turn, cause, decode)
        if _attempt(turn, cause, handle, result, handle):
            touched.update(dict.fromkeys(turn.touching, cause))
        if not handle.is_tick:
            result.records.append(cause)
    _settle(core, turn, touched, result)
    store.flush()
    result.now = turn.now
    return result


class _Handle:
    """One message's decode and handle, as something that can be tried twice; knows the partnership once decoded."""

    __slots__ = ("_cause", "_core", "_decode", "_turn", "is_tick", "partnership")

    def __init__(self, core: Core, turn: BatchTurn, cause: Inbound, decode: Callable[[bytes], Part]) -> None:
        self._core = core
        self._turn = turn
        self._cause = cause
        self._decode = decode
        self.partnership = ""
        self.is_tick = False

    def __call__(self) -> None:
        message = self._decode(self._cause.value or b"")
        self.partnership = getattr(message, "partnership", "")
        if isinstance(message, Tick):
            self.is_tick = True
            self._turn.now = max(self._turn.now, message.at)
        self._core.handle(message, self._turn)


def _settle(core: Core, turn: BatchTurn, touched: dict[bytes, Inbound], result: BatchResult) -> None:
    """Settle in rounds: what settling touches is settled too, but no key twice in a batch."""
    settled: set[bytes] = set()
    while touched:
        fresh: dict[bytes, Inbound] = {}
        for key in sorted(touched):
            cause = touched[key]
            if _attempt(turn, cause, partial(core.settle_one, key, turn), result, settle_key=key):
                fresh.update(dict.fromkeys(turn.touching, cause))
        settled |= touched.keys()
        touched = {key: cause for key, cause in fresh.items() if key not in settled}


def _attempt(
    turn: BatchTurn,
    cause: Inbound,
    action: Callable[[], None],
    result: BatchResult,
    handle: _Handle | None = None,
    *,
    settle_key: bytes | None = None,
) -> bool:
    """Run the action and keep its outputs, or roll it back and note the reject. True if it was kept."""
    for last in (False, True):
        turn.begin(cause)
        try:
            action()
        except Skippable as error:
            turn.rollback()
            reason, detail = error.reason, error.what
        except (HubError, OSError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever one message makes the core raise, its neighbours go on
            turn.rollback()
            if not last:
                continue
            reason, detail = HANDLER_ERROR, where(error)
        else:
            result.outputs += turn.pending
            return True
        partnership = handle.partnership if handle else ""
        result.rejects.append(Reject(cause, reason, detail, partnership, settle_key))
        return False
    raise AssertionError("unreachable")


def where(error: BaseException) -> str:
    """Class and place of an error, without its text, which could quote personal data."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else "nowhere"
    return f"{type(error).__name__} at {place}"
