"""The checks that are open now, kept in memory as long as nothing has changed: what the queue is made of.

What is kept is no answer to "may they": walls and designations are asked of it anew for every visitor. It holds what
the view holds, seals closed, and whether it still does is asked of the database each time: another desk may be ahead.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine

from triage.queue import Group, ordered
from triage.sql import queries
from triage.sql.queries import Entry


@dataclass(frozen=True, slots=True)
class Listing:
    """The open checks of one moment.

    Attributes:
        entries: all of them.
        near: check_id -> the people around each.
        groups: all of them, in the queue's order.
    """

    entries: Sequence[Entry]
    near: Mapping[str, set[str]]
    groups: Sequence[Group]

    def shown_to(self, account: str, *, mine: bool = False) -> tuple[Sequence[Entry], Sequence[Group]]:
        """What somebody's queue holds, and its order.

        Args:
            account: of whoever looks; what a wall keeps from them binds no families together either.
            mine: only what they are designated to.
        """
        seen = [e for e in self.entries if account not in e.standing.walled]
        wanted = [e for e in seen if account in e.standing.designated] if mine else seen
        groups = self.groups if len(wanted) == len(self.entries) else ordered(wanted, self.near)
        return seen, groups


class OpenChecks:
    """Keeps them."""

    def __init__(self, engine: Engine) -> None:
        """Over the desk's database."""
        self._engine = engine
        self._one = threading.Lock()
        self._stamp = ""
        self._kept = Listing((), {}, ())

    def get(self) -> Listing:
        """The open checks, as the view has them at this moment."""
        with self._engine.connect() as connection:
            stamp = queries.stamp(connection)
            if stamp == self._stamp and stamp:
                return self._kept
            with self._one:
                if stamp != self._stamp or not stamp:
                    # The stamp was read before the rows: a change in between is seen the next time.
                    self._kept, self._stamp = self._read(connection), stamp
                return self._kept

    def _read(self, connection: Connection) -> Listing:
        known = {e.check.check_id: e for e in self._kept.entries}
        entries = queries.open_entries(connection, known)
        near = queries.neighbours(connection, [e.check.check_id for e in entries])
        return Listing(entries, near, ordered(entries, near))
