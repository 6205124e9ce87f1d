"""Whose part is lent to whom, in the view: folded from the desk's topic like everything there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from hub.avro import encode
from hub.messages import DeskEvent
from triage import delegation
from triage.access import FOR
from triage.delegation import Delegation
from triage.roles import Role
from triage.sql.database import put
from triage.sql.tables import delegations, people


def take(connection: Connection, event: DeskEvent) -> bool:
    """Note a delegation or its end; False where it changes nothing."""
    return _make(connection, event) if event.kind == delegation.DELEGATED else _end(connection, event)


def _make(connection: Connection, event: DeskEvent) -> bool:
    found = delegation.made(event, by_manager(connection, event.actor))
    if found is not None:
        put(connection, delegations, asdict(found) | {"body": encode(event)})
    return found is not None


def _end(connection: Connection, event: DeskEvent) -> bool:
    held = one(connection, event.codes.get("delegation", ""))
    found = delegation.revoked(held, event) if held else None
    if found is not None:
        here = delegations.c.delegation_id == found.delegation_id
        end = {"revoked_at": found.revoked_at, "revoked_by": found.revoked_by}
        connection.execute(delegations.update().where(here).values(**end))
    return found is not None


def as_lent(connection: Connection, event: DeskEvent) -> DeskEvent:
    """The event; where it was given in a manager's stead and nobody had lent that part then, without any role."""
    manager = event.codes.get(FOR)
    if not manager or any(d.by == manager and d.holds(event.at) for d in to_account(connection, event.actor)):
        return event
    return event.model_copy(update={"role": ""})


def one(connection: Connection, delegation_id: str) -> Delegation | None:
    """One of them."""
    row = connection.execute(select(delegations).where(delegations.c.delegation_id == delegation_id)).first()
    return _read(row) if row else None


def by_manager(connection: Connection, account: str) -> list[Delegation]:
    """All that a manager has made, the latest first."""
    return _all(connection, delegations.c.by == account)


def to_account(connection: Connection, account: str) -> list[Delegation]:
    """All that was lent to somebody, the latest first."""
    return _all(connection, delegations.c.to == account)


def lent_now(connection: Connection, account: str, now: datetime) -> list[tuple[Delegation, str]]:
    """What is lent to somebody now, with the manager's name; nothing of whom the sign-in calls no manager any more."""
    chosen = select(delegations, people.c.name, people.c.roles).join(
        people, people.c.account == delegations.c.by, isouter=True
    )
    held = chosen.where(delegations.c.to == account, delegations.c.until > now, delegations.c.revoked_at.is_(None))
    rows = connection.execute(held.order_by(delegations.c.until))
    return [
        (_read(row), row.name or row.by)
        for row in rows
        if row.since <= now and (row.roles is None or Role.DUTY_MANAGER in row.roles.split())
    ]


def standing(connection: Connection, after: datetime) -> list[tuple[Delegation, bytes]]:
    """All that end after a moment, each with the event that made it, the latest first."""
    chosen = select(delegations).where(delegations.c.until > after).order_by(delegations.c.since.desc())
    return [(_read(row), row.body) for row in connection.execute(chosen)]


def _all(connection: Connection, where: Any) -> list[Delegation]:
    rows: Sequence[Row[Any]] = connection.execute(
        select(delegations).where(where).order_by(delegations.c.since.desc())
    ).all()
    return [_read(row) for row in rows]


def _read(row: Any) -> Delegation:
    return Delegation(row.delegation_id, row.by, row.to, row.since, row.until, row.revoked_at, row.revoked_by)
