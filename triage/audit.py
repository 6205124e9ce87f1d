"""The audit: every reading and every act at the desk, each entry chained to the one before it by a hash.

Whoever changes, removes or adds an entry breaks the chain from there on; whoever cuts its end off is found out by the
heads that the desk sends to Kafka now and then. No personal data of families stands in it: numbers, accounts, codes.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import IntegrityError

from hub.errors import Retriable
from triage.sql.tables import audit

BEGINNING = "0" * 64
_TRIES = 50
"""Of processes that write at once each has its turn after a few; after fifty the database is the matter."""
_PAGE = 5_000


class NotAudited(Retriable):
    """The entry could not be written: what it would have told of must not happen."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is written down.

    Attributes:
        at: when.
        account: who; empty where nobody was signed in.
        role: their roles.
        act: `read`, `command:rate`, `refused`, `signed_in` ...
        check_id: of which check, or request; empty otherwise.
        outcome: `done`, or why not, as a code.
        detail: codes; no personal data.
    """

    at: datetime
    account: str
    role: str
    act: str
    check_id: str = ""
    outcome: str = "done"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What verification says: sound, or the first entry that is not."""

    entries: int
    head: str
    broken_at: int | None = None
    why: str = ""


class Audit:
    """Writes entries, one after the other."""

    def __init__(self, engine: Engine) -> None:
        """Over the desk's database."""
        self._engine = engine
        self._one = threading.Lock()

    def write(self, entry: Entry) -> int:
        """Write an entry and return its number; it is durable when this returns.

        Raises:
            NotAudited: it is not written.
        """
        with self._one:
            for _ in range(_TRIES):
                try:
                    with self._engine.begin() as connection:
                        number, chain = head(connection)
                        row = _row(number + 1, entry)
                        connection.execute(insert(audit).values(**row, chain=_link(chain, row)))
                except IntegrityError:
                    continue  # another process has taken the number
                return number + 1
        raise NotAudited("The audit could not be written.", "Look at the desk's database.")


def head(connection: Connection) -> tuple[int, str]:
    """Number and chain of the last entry."""
    last = connection.execute(select(audit.c.number, audit.c.chain).order_by(audit.c.number.desc()).limit(1)).first()
    return (last.number, last.chain) if last else (0, BEGINNING)


def verify(connection: Connection, heads: dict[int, str]) -> Finding:
    """Walk the whole chain.

    Args:
        connection: to the desk's database.
        heads: number -> chain, as the desk has sent them to Kafka.
    """
    chain, number = BEGINNING, 0
    for row in _rows(connection):
        number += 1
        if row["number"] != number:
            return Finding(number - 1, chain, number, "an entry is missing")
        stored = row.pop("chain")
        chain = _link(chain, row)
        if stored != chain:
            return Finding(number - 1, chain, number, "the entry is not what was written, or was put in later")
        if number in heads and heads[number] != chain:
            return Finding(number - 1, chain, number, "Kafka remembers another entry here")
    last = max(heads, default=0)
    if last > number:
        return Finding(number, chain, number + 1, f"Kafka remembers {last} entries: the end was cut off")
    return Finding(number, chain)


def _rows(connection: Connection) -> Iterator[dict[str, Any]]:
    after = 0
    while found := connection.execute(
        select(audit).where(audit.c.number > after).order_by(audit.c.number).limit(_PAGE)
    ).all():
        for row in found:
            yield dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public way to a row as a mapping
        after = found[-1].number


def _row(number: int, entry: Entry) -> dict[str, Any]:
    return {
        "number": number, "at": entry.at.astimezone(UTC), "account": entry.account, "role": entry.role,
        "act": entry.act, "check_id": entry.check_id, "outcome": entry.outcome, "detail": entry.detail[:400],
    }  # fmt: skip


def _link(before: str, row: dict[str, Any]) -> str:
    plain = {**row, "at": row["at"].isoformat(timespec="microseconds")}
    return hashlib.sha256(f"{before}\n{json.dumps(plain, sort_keys=True)}".encode()).hexdigest()
