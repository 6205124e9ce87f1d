"""Row keys of both stages. Parts are joined by '/'; they are hashes, uuids and digits. No values here.

The one part that an agency's format chooses, a subject's reference, goes through `quoted`.

Person rows, so that one scan of a prefix finds what belongs together:
    p/<person>                                     head: membership, sources, counts, what was last sent
    f/<person>/<source>/<record>/<ref>             entry, under what putting it in did
    x/<person>/<code>/<newest span first>/<source>/<record>/<ref>/<n>   evidence, sealed under its source
    c/<person>/<newest first>/<source>/<record>/<ref>   entries by time, of a person with many
    l/<person>/<incident>/<record>/<ref>           an incident that was prompted by another
    i/<person>                                     indicators and signals in force, if any
    q/<person>, g/<person>/<about>                 circle; digests of others
    w/<person>/<anchor>/<check>, z/<person>        watches; episode of the proposal
    n/<person>/<record>                            receipts that wait until the picture is settled, beyond the head's
    t/<due>/<person>                               when time itself changes something
    o/<since>                                      unsettled pictures since then, a count (in 0.1: u/<since>/<person>)
    v/pack                                         rule pack that everybody was looked at with, and how far
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote

from hub.state.api import Store

LISTED = ("l", "g", "w")
"""Kinds of rows that are asked for as lists: of most persons there are none, and that is remembered too."""
_ASCII = 128
_DIGITS = 19
_SPAN = 182 * 24 * 60 * 60 * 1_000_000
SPAN_DIGITS = 6
_TOP = 10**18
"""Above the microseconds of year 9999 (2.5e17): newest-first keys stay above zero, before 1970 too."""


def key(kind: str, *parts: str) -> bytes:
    """A row key; a last part of '' makes a prefix of all below it."""
    return f"{kind}/{'/'.join(parts)}".encode()


@lru_cache(maxsize=4_096)  # references are few: child-1, mother ...
def quoted(ref: str) -> str:
    """A subject's reference as a part of a key."""
    return quote(ref, safe="")


def newest_span_first(at: int) -> str:
    """The half-year in which a time (microseconds) lies, as text that sorts the newest first.

    No finer, so that a record whose newer version says the same of a later day (a census, a register) mostly keeps its
    row; no coarser, because all that a person has of one fact code in a span is fetched at once.
    """
    return f"{(_TOP - at) // _SPAN:0{SPAN_DIGITS}d}"


def newest_first(at: int) -> str:
    """A time (microseconds) as text that sorts the newest first."""
    return f"{_TOP - at:0{_DIGITS}d}"


def due_text(due: int) -> str:
    """A time (microseconds since 1970) as text that sorts the earliest first."""
    return f"{max(due, 0):0{_DIGITS}d}"


def begin(store: Store, person_id: str) -> None:
    """Say that there are no lists of rows of a person yet: before the first row of theirs, whatever it is."""
    for kind in LISTED:
        store.begin_list(key(kind, person_id, ""))


def row(row_key: bytes, value: bytes) -> tuple[bytes, bytes]:
    """A row as it stands, for `Store.listed`: most prefixes have none, and that is remembered too."""
    return row_key, value


def rows_after(store: Store, prefix: bytes, last: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Rows below a prefix whose key comes after `last`, in key order; all of them if `last` is the prefix.

    A store seeks by prefix only: what follows a key begins with it, or with a shorter part of it and a later byte.
    """
    for length in range(len(last), len(prefix) - 1, -1):
        first = last[length] + 1 if length < len(last) else 0
        for byte in range(first, _ASCII):
            yield from store.scan(last[:length] + bytes((byte,)))
