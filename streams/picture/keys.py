"""Row keys of both stages. Parts are joined by '/'; they are hashes, uuids and digits. No values here.

The one part that an agency's format chooses, a subject's reference, goes through `quoted`.

Person rows, so that one scan of a prefix finds what belongs together:
    p/<person>                                     head: membership, sources, counts, what was last sent
    f/<person>/<source>/<record>/<ref>             entry, with the keys of the evidence rows that it made
    h/<person>/<newest first>/<source>/<record>/<ref>      chronology: the order of the entries
    x/<person>/<code>/<newest first>/<source>/<record>/<ref>/<n>   evidence, sealed under its source
    b/<person>/<source>                            birth dates that the source gives, counted, sealed
    l/<person>/<incident>/<record>/<ref>           an incident that was prompted by another
    i/<person>                                     indicators and signals in force
    q/<person>, g/<person>/<about>                 circle; digests of others
    w/<person>/<anchor>/<check>, z/<person>        watches; episode of the proposal
    n/<person>/<record>                            receipts that wait until the picture is settled
    t/<due>/<person>                               when time itself changes something
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from urllib.parse import quote

from hub.state.headers import micros

_DIGITS = 19
_TOP = 10**18
"""Above the microseconds of year 9999 (2.5e17): newest-first keys stay above zero, before 1970 too."""


def key(kind: str, *parts: str) -> bytes:
    """A row key; a last part of '' makes a prefix of all below it."""
    return "/".join((kind, *parts)).encode()


@lru_cache(maxsize=4_096)  # references are few: child-1, mother ...
def quoted(ref: str) -> str:
    """A subject's reference as a part of a key."""
    return quote(ref, safe="")


def newest_first(at: datetime) -> str:
    """A time as text that sorts the newest first."""
    return f"{_TOP - micros(at):0{_DIGITS}d}"


def due_text(due: int) -> str:
    """A time (microseconds since 1970) as text that sorts the earliest first."""
    return f"{max(due, 0):0{_DIGITS}d}"
