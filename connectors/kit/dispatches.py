"""What a system says it has sent: its list, read, and as receipts. Sends nothing; opens no record.

Reviews of deaths found notices that their sender took for sent and that never came. Whoever sends has a list; the hub
has receipts; what is on the one and, a day later, not on the other, somebody has to look for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import BinaryIO, Final

from connectors.kit.api import Native, Reject
from connectors.kit.csv_rows import read_rows
from connectors.kit.values import read_moment
from hub.ids import Pseudonyms
from hub.messages import Receipt
from hub.receipting import in_parts

RECORD, SENT_AT = "record", "sent_at"
SENT: Final = "sent"
"""The stage that a receipt of such a list speaks of: what the sender says, not the hub."""
_DAYS_END: Final = time(23, 59)
"""Of a day without a time: nobody is to look for a record before it has had its day."""
_AHEAD: Final = timedelta(hours=1)
"""How far a sender's clock may be ahead of the hub's."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Which system's records."""

    agency: str
    system: str


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One record that was sent.

    Attributes:
        line: where it stands in the list; told in the place of its id, which people may be known by.
        record_id: its id in the hub.
        at: when it was sent, UTC.
    """

    line: str
    record_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Unread:
    """A row that says no record or no time.

    Attributes:
        line: where it stands.
        why: what is wrong and what to do; none of the row's values.
    """

    line: str
    why: str


def read_list(source: BinaryIO, whose: Whose, names: Pseudonyms, now: datetime) -> Iterator[Dispatch | Unread]:
    """Rows of a CSV with the columns `record` (the system's own id of a record) and `sent_at`.

    Args:
        source: opened in binary.
        whose: the system that sent them, by the names under which its connector sends.
        names: keyed hashes.
        now: when, UTC.

    Raises:
        connectors.kit.api.Unreadable: it is empty, or lacks a column.
    """
    for row in read_rows(source, required=(RECORD, SENT_AT), normal=str.lower):
        yield Unread(row.position, row.detail) if isinstance(row, Reject) else _read(row, whose, names, now)


def _read(row: Native, whose: Whose, names: Pseudonyms, now: datetime) -> Dispatch | Unread:
    said = {name.lower(): text for name, text in row.value.items()}
    if not said[RECORD]:
        return Unread(row.position, "It names no record. Give the system's own id of each record.")
    earliest, latest = read_moment(said[SENT_AT]), read_moment(said[SENT_AT], _DAYS_END)
    if earliest is None or latest is None:
        return Unread(row.position, "Its `sent_at` is no date and time. Write 2026-03-04T17:05, for example.")
    if earliest > now + _AHEAD:
        return Unread(row.position, "Its `sent_at` lies in the future. Look at the clock of the system, and its zone.")
    at = min(latest, now)
    return Dispatch(row.position, names.record_id(whose.agency, whose.system, said[RECORD]), at)


def receipts(found: Iterable[Dispatch], whose: Whose, partnership: str) -> list[Receipt]:
    """What was sent, as receipts: a message for each minute, ids in the order of their first mention, none twice."""
    by_minute: dict[datetime, dict[str, None]] = {}
    for one in found:
        by_minute.setdefault(one.at.replace(second=0, microsecond=0), {})[one.record_id] = None
    owner = (partnership, whose.agency, whose.system)
    return [one for at, ids in sorted(by_minute.items()) for one in in_parts(owner, SENT, list(ids), at)]


def missing(found: Iterable[Dispatch], arrived: Collection[str], before: datetime) -> list[Dispatch]:
    """Those that were sent before then and have not arrived."""
    return [one for one in found if one.at < before and one.record_id not in arrived]
