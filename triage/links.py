"""One-time links: a request passed on to somebody who has no account here. Kept as hashes; no page is known here.

A link is good for one request, one browser, one answer, and some days; its maker can call it back. Its code is shown
once, stands in no address that a server sees, and is stored only as a hash. The first browser that brings the code
along has it from then on: a copy of the link opens nothing any more.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, insert, select, update

from triage.sql.tables import links

DAYS = (1, 3, 7)
"""How long a link may be good for."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link, without its code."""

    link_id: str
    request_id: str
    agency: str
    made_by: str
    made_at: datetime
    until: datetime
    questions: tuple[str, ...]
    body: bytes
    opened_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None

    def state(self, now: datetime) -> str:
        """`used`, `revoked`, `expired`, `opened` or `waiting`."""
        if self.used_at:
            return "used"
        if self.revoked_at:
            return "revoked"
        if self.until <= now:
            return "expired"
        return "opened" if self.opened_at else "waiting"


@dataclass(frozen=True, slots=True)
class New:
    """What a link is made of."""

    request_id: str
    agency: str
    made_by: str
    questions: tuple[str, ...]
    body: bytes
    days: int


class Links:
    """Keeps links."""

    def __init__(self, engine: Engine) -> None:
        """Over the desk's database."""
        self._engine = engine

    def make(self, new: New, now: datetime) -> tuple[Link, str]:
        """A link and its code, which nobody can be shown again."""
        code, link_id = secrets.token_urlsafe(32), str(uuid.uuid4())
        row = {
            "link_id": link_id, "code": _hash(code), "request_id": new.request_id, "agency": new.agency,
            "made_by": new.made_by, "made_at": now, "until": now + timedelta(days=new.days),
            "questions": list(new.questions), "body": new.body, "browser": "", "revoked_by": "",
        }  # fmt: skip
        with self._engine.begin() as connection:
            connection.execute(insert(links).values(**row))
            made = connection.execute(select(links).where(links.c.link_id == link_id)).one()
        return _link(made), code

    def open(self, code: str, browser: str, now: datetime) -> Link | None:
        """Give the link to the browser that brings its code; None where it is not good (any more).

        Of two browsers at once one has it: the database decides.
        """
        mine, who = links.c.code == _hash(code), _hash(browser)
        good = (
            mine,
            links.c.browser == "",
            links.c.used_at.is_(None),
            links.c.revoked_at.is_(None),
            links.c.until > now,
        )
        with self._engine.begin() as connection:
            connection.execute(update(links).where(*good).values(browser=who, opened_at=now))
            row = connection.execute(select(links).where(mine, links.c.browser == who)).first()
        found = _link(row) if row else None
        return found if found and found.state(now) == "opened" else None

    def of_browser(self, browser: str) -> Link | None:
        """The link that this browser opened last, good or not any more."""
        chosen = select(links).where(links.c.browser == _hash(browser)).order_by(links.c.opened_at.desc()).limit(1)
        with self._engine.connect() as connection:
            row = connection.execute(chosen).first()
        return _link(row) if row and browser else None

    def of_request(self, request_id: str) -> list[Link]:
        """Links of a request, the latest first."""
        chosen = select(links).where(links.c.request_id == request_id).order_by(links.c.made_at.desc())
        with self._engine.connect() as connection:
            return [_link(row) for row in connection.execute(chosen)]

    def use(self, link_id: str, now: datetime) -> None:
        """Its answer has arrived: it is good for nothing any more."""
        with self._engine.begin() as connection:
            connection.execute(
                update(links).where(links.c.link_id == link_id, links.c.used_at.is_(None)).values(used_at=now)
            )

    def revoke(self, link_id: str, request_id: str, account: str, now: datetime) -> bool:
        """Call it back; False where it is no link of that request, or is no longer good."""
        good = (links.c.link_id == link_id, links.c.request_id == request_id, links.c.used_at.is_(None),
                links.c.revoked_at.is_(None))  # fmt: skip
        with self._engine.begin() as connection:
            done = connection.execute(update(links).where(*good).values(revoked_at=now, revoked_by=account))
        return bool(done.rowcount)


def _link(row: Row[Any]) -> Link:
    return Link(
        row.link_id, row.request_id, row.agency, row.made_by, row.made_at, row.until, tuple(row.questions), row.body,
        row.opened_at, row.used_at, row.revoked_at,
    )  # fmt: skip


def _hash(secret: str) -> str:
    return hashlib.sha256(b"mash desk: link\0" + secret.encode()).hexdigest()
