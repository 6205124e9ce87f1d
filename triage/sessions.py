"""Sessions, kept on the server: a cookie is a random token, of which only the hash is stored. No page here."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from triage.access import Visitor
from triage.roles import Role
from triage.sql.database import put
from triage.sql.tables import people, sessions

LONGEST = timedelta(hours=12)
"""A shift: after it one signs in again, however busy."""
LOOKED_BACK = timedelta(hours=1)
"""After its end a session still tells whose form it was that came too late (`triage.web.unsent`), and nothing else."""
_TOUCH = timedelta(seconds=30)
"""A session's last click is noted this exactly; a write for every picture and page would be waste."""


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in.

    Attributes:
        key: hash of the cookie.
        visitor: who; None while they are at the provider, signing in.
        form_token: what every form must bring along (CSRF).
        doc: what the sign-in itself has to remember.
    """

    key: str
    visitor: Visitor | None
    form_token: str
    doc: dict[str, Any] = field(default_factory=dict)


class Sessions:
    """Begins, finds and ends sessions.

    Args:
        engine: the desk's database.
        idle: after so long without a click one is signed out.
    """

    def __init__(self, engine: Engine, idle: timedelta) -> None:
        """See the class."""
        self._engine = engine
        self.idle = idle

    def begin(self, visitor: Visitor | None, now: datetime, doc: dict[str, Any] | None = None) -> tuple[str, Session]:
        """A new session and the cookie's value."""
        token, form_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        account = visitor.account if visitor else ""
        with self._engine.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.begun_at < now - LONGEST - LOOKED_BACK))
            connection.execute(
                insert(sessions).values(
                    token=_hash(token), account=account, form_token=form_token, doc=doc or {}, begun_at=now, seen_at=now
                )
            )
            if visitor:
                row = {"account": account, "name": visitor.name, "agency": visitor.agency, "last_at": now}
                put(connection, people, row | {"roles": " ".join(sorted(visitor.roles))})
        return token, Session(_hash(token), visitor, form_token, doc or {})

    def find(self, token: str, now: datetime, *, touch: bool = True) -> Session | None:
        """The session of a cookie; None where there is none any more.

        Args:
            token: the cookie.
            now: when.
            touch: whether this is a person's click, which keeps the session alive.
        """
        row = self._row(token)
        if row is None or row.seen_at < now - self.idle or row.begun_at < now - LONGEST:
            return None
        if touch and row.seen_at < now - _TOUCH:
            with self._engine.begin() as connection:
                connection.execute(update(sessions).where(sessions.c.token == row.token).values(seen_at=now))
        return _session(row)

    def late(self, token: str, now: datetime) -> Session | None:
        """The session of a cookie whatever its age, to tell whose form came too late; it lets nobody in."""
        row = self._row(token)
        return _session(row) if row and row.begun_at >= now - LONGEST - LOOKED_BACK else None

    def _row(self, token: str) -> Row[Any] | None:
        if not token:
            return None
        statement = select(sessions, people).join(people, people.c.account == sessions.c.account, isouter=True)
        with self._engine.connect() as connection:
            return connection.execute(statement.where(sessions.c.token == _hash(token))).first()

    def end(self, session: Session) -> None:
        """Sign out."""
        with self._engine.begin() as connection:
            connection.execute(delete(sessions).where(sessions.c.token == session.key))


def roles_of(connection: Connection, account: str) -> frozenset[Role] | None:
    """Somebody's roles as of their last sign-in; None where they have never signed in."""
    found = connection.scalar(select(people.c.roles).where(people.c.account == account))
    return None if found is None else _roles(found)


def staff(connection: Connection) -> list[tuple[str, str, frozenset[Role]]]:
    """Account, name and roles of everybody who has ever signed in, by name."""
    rows = connection.execute(select(people).order_by(people.c.name))
    return [(row.account, row.name, _roles(row.roles)) for row in rows]


def _session(row: Row[Any]) -> Session:
    visitor = Visitor(row.account, row.name, _roles(row.roles), row.agency) if row.account else None
    return Session(row.token, visitor, row.form_token, row.doc)


def _roles(stored: str) -> frozenset[Role]:
    return frozenset(Role(role) for role in stored.split())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
