"""Kafka headers of the hub: CloudEvents, W3C trace context, and when the record entered. No message content.

CloudEvents 1.0 Kafka binding (binary mode: `ce_` + attribute), W3C Trace Context (`traceparent`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

Headers = tuple[tuple[str, bytes], ...]

PUBLISHED = "mash_published"
"""Microseconds since 1970 (decimal ASCII) at which the record entered the hub: carried from hop to hop."""
TRACEPARENT = "traceparent"
CE_ID = "ce_id"
CE_SOURCE = "ce_source"
CE_TYPE = "ce_type"
CE_TIME = "ce_time"
CE_SPECVERSION = "ce_specversion"
_CE_VERSION = (CE_SPECVERSION, b"1.0")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    """Whole microseconds since 1970 (UTC)."""
    since = moment - _EPOCH  # its parts: a division of timedeltas takes three times as long
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_micros(value: int) -> datetime:
    """The UTC time that many microseconds after 1970."""
    return _EPOCH + timedelta(microseconds=value)


def published_at(headers: Iterable[tuple[str, bytes]], broker_time_ms: int) -> datetime:
    """When the record entered the hub: the header, else (absent or unreadable) the broker's time."""
    for name, value in headers:
        if name == PUBLISHED:
            try:
                return from_micros(int(value))
            except (ValueError, OverflowError):
                break
    return from_micros(max(broker_time_ms, 0) * 1000)


def carried(headers: Iterable[tuple[str, bytes]], published: datetime) -> Headers:
    """What an output takes over from the message that caused it."""
    trace = tuple((name, value) for name, value in headers if name == TRACEPARENT)
    return ((PUBLISHED, b"%d" % micros(published)), *trace)


def cloud_event(*, identifier: str, source: str, kind: str, time: bytes) -> Headers:
    """The CloudEvents attributes of one message.

    Args:
        identifier: unique within `source`; the same when the same effect is computed again.
        source: URI reference of the stage or connector.
        kind: the message's full Avro name.
        time: RFC 3339, ASCII.
    """
    return (
        _CE_VERSION,
        (CE_ID, identifier.encode()),
        _header(CE_SOURCE, source),
        _header(CE_TYPE, kind),
        (CE_TIME, time),
    )


@lru_cache(maxsize=1024)
def _header(name: str, value: str) -> tuple[str, bytes]:
    """Sources and kinds are few, and stand on every message."""
    return name, value.encode()
