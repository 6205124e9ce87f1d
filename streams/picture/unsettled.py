"""How many pictures are not settled, and since when. No picture is looked into.

Row: `o/<since>` how many became unsettled then and still are. Many do with one batch of identity and at one tick: one
row is written for all of them, where a row each would be two writes for every new record.
"""

from __future__ import annotations

from itertools import islice

from hub.state.api import Rows, Store
from streams.picture.head import Head
from streams.picture.keys import due_text, key

COUNTED = 10_000
"""Rows counted at most, some 10 ms."""


def note(store: Store, person_id: str, head: Head, *, settled: bool, now: int) -> None:
    """Keep the count, and in the head since when (microseconds)."""
    if head.unsettled:  # as 0.1 wrote it: a row of its own
        store.delete(key("u", due_text(head.unsettled), person_id))
        head.unsettled = 0
    if settled == (not head.amiss):
        return
    if settled:
        _count(store, head.amiss, -1)
        head.amiss = 0
    else:
        head.amiss = max(now, 1)  # a partition that has heard no tick yet stands at zero, which means settled
        _count(store, head.amiss, 1)


def _count(store: Store, since: int, by: int) -> None:
    row_key = key("o", due_text(since))
    count = int(store.get(row_key) or b"0") + by
    if count:
        store.put(row_key, b"%d" % count)
    else:
        store.delete(row_key)


def standing(store: Rows) -> tuple[int, int | None]:
    """How many there are, and since when the oldest is (microseconds); None without any."""
    found = 0
    oldest: int | None = None
    for kind in ("u", "o"):
        prefix = key(kind, "")
        for row_key, value in islice(store.scan(prefix), COUNTED):
            since = int(row_key[len(prefix) :].split(b"/", 1)[0])
            oldest = since if oldest is None else min(oldest, since)
            found += int(value)
    return found, oldest
