"""What recipients were told of decisions, and who of them has read it. Opens no seal; writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from hub.avro import decode_as
from hub.messages import CheckEvent, Summary
from triage.sql import tables as t


@dataclass(frozen=True, slots=True)
class Reading:
    """Who read a summary first or again, and when."""

    account: str
    at: datetime


def one(connection: Connection, summary_id: str) -> Summary | None:
    """One summary."""
    body = connection.scalar(select(t.summaries.c.body).where(t.summaries.c.summary_id == summary_id))
    return decode_as(Summary, body) if body else None


def of_check(connection: Connection, check_id: str) -> list[Summary]:
    """What recipients were told of its decision, by recipient."""
    chosen = select(t.summaries.c.body).where(t.summaries.c.check_id == check_id)
    found = connection.scalars(chosen.order_by(t.summaries.c.recipient, t.summaries.c.at))
    return [decode_as(Summary, body) for body in found]


def to_agency(connection: Connection, agency: str, limit: int) -> list[Summary]:
    """What an agency was told, the latest first."""
    chosen = select(t.summaries.c.body).where(t.summaries.c.recipient == agency)
    return [decode_as(Summary, b) for b in connection.scalars(chosen.order_by(t.summaries.c.at.desc()).limit(limit))]


def readings(connection: Connection, told: Iterable[Summary]) -> dict[str, list[Reading]]:
    """Summary -> who of its recipient read it, each person once, the first first."""
    checks = {summary.check_id for summary in told}
    chosen = select(t.events.c.body).where(t.events.c.check_id.in_(checks), t.events.c.kind == "summary_read")
    found: dict[str, list[Reading]] = {}
    for body in connection.scalars(chosen.order_by(t.events.c.at, t.events.c.seq)):
        event = decode_as(CheckEvent, body)
        known = found.setdefault(event.codes["summary"], [])
        if event.actor not in {reading.account for reading in known}:
            known.append(Reading(event.actor, event.at))
    return found
