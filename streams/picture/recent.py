"""What is kept in memory of one person beside the head: newest evidence, own layer, and what followed from them.

A cache of rows; it reads and writes none. A busy person's are asked for again at each change: without it every row is
fetched and read anew. It lives and dies with the head that it was kept with (see `head.Heads`), so that what a rejected
message did to it is forgotten.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from streams.picture.evidence import Evidence
from streams.picture.keys import newest_span_first
from streams.picture.rules.watcher import LOOKED_AT

if TYPE_CHECKING:  # these modules read and write what is kept here
    from streams.picture.own import Own
    from streams.picture.rules.look import Person
    from streams.picture.settle import Said

Placed = tuple[int, bytes, Evidence]
"""Minus its time (the newest come first), its row's key, the evidence."""
Spans = Iterable[tuple[bytes, Callable[[], list[Placed]]]]
"""Evidence in the spans of time that keys tell apart, the newest first; a span's is opened when it is asked for."""
WHOLE = b"~"
"""After every span of time, as keys write them: all that there is of a code is known."""
_KEPT = 2 * LOOKED_AT
"""More than any rule looks at. Then the older half is left to its rows."""


class _Known:
    """What is known of one code: the newest of its evidence.

    Attributes:
        placed: in order.
        reached: all in the spans of time up to here is known, unless something is cut off.
        cut: nothing behind this one is known; None where nothing was cut off.
    """

    __slots__ = ("cut", "placed", "reached")

    def __init__(self, reached: bytes) -> None:
        self.placed: list[Placed] = []
        self.reached = reached
        self.cut: tuple[int, bytes] | None = None

    def cut_off(self) -> None:
        if len(self.placed) > _KEPT:
            del self.placed[LOOKED_AT:]
            self.cut, self.reached = self.placed[-1][:2], b""

    def reaches(self, oldest: int | None) -> bool:
        """Whether all is known that anybody may look at, back to a time."""
        placed = self.placed
        if self.reached == WHOLE or len(placed) >= LOOKED_AT:
            return True
        return oldest is not None and bool(placed) and -placed[-1][0] <= oldest


class Recent:
    """See the module. Codes are coded, as in keys.

    Attributes:
        own: the own layer as its row says; None not read yet.
        person: birth and roles as the head says; None not read yet.
        said: what the last evaluation came to; None if it may come to something else.
    """

    __slots__ = ("_codes", "own", "person", "said")

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._codes: dict[str, _Known] = {}
        self.own: Own | None = None
        self.person: Person | None = None
        self.said: Said | None = None

    def clear(self) -> None:
        """Forget everything but the own layer: a key was erased, or the rules ask for other codes."""
        self._codes.clear()
        self.person = self.said = None

    def begin(self, tag: str) -> None:
        """There is no evidence of this code."""
        self._codes[tag] = _Known(WHOLE)

    def newest(self, tag: str, oldest: int | None, fetch: Callable[[str], Spans]) -> list[Placed]:
        """Evidence of a code, newest first, at least back to a time: for `LOOKED_AT` of them and no more to be read.

        Args:
            tag: which code.
            oldest: microseconds; None any time.
            fetch: gives a code's evidence as its rows have it.
        """
        known = self._codes.get(tag)
        if known is None or not known.reaches(oldest):
            known = self._further(tag, oldest, fetch)
        return known.placed

    def _further(self, tag: str, oldest: int | None, fetch: Callable[[str], Spans]) -> _Known:
        known = self._codes.setdefault(tag, _Known(b""))
        cut = known.cut
        after = known.reached if cut is None else newest_span_first(-cut[0]).encode()
        for span, opened in fetch(tag):
            if span < after or (span == after and cut is None):
                continue
            behind = opened() if span > after or cut is None else [p for p in opened() if p[:2] > cut]
            known.placed += sorted(behind)  # no two have one key
            known.cut, known.reached = None, span
            if known.reaches(oldest):
                break
        else:
            known.cut, known.reached = None, WHOLE
        known.cut_off()
        return known

    def add(self, tag: str, span: bytes, row_key: bytes, evidence: Evidence) -> None:
        """A row was written whose key was not there."""
        known = self._codes.get(tag)
        if known is None:
            return
        place = (-evidence.at, row_key, evidence)
        if span > known.reached if known.cut is None else place[:2] > known.cut:
            return
        insort(known.placed, place)
        known.cut_off()

    def remove(self, tag: str, row_key: bytes, evidence: Evidence | None) -> None:
        """A row was deleted; None: nobody can tell what it said."""
        known = self._codes.get(tag)
        if known is None:
            return
        if evidence is None:
            del self._codes[tag]
            return
        at = bisect_left(known.placed, (-evidence.at, row_key))
        if at < len(known.placed) and known.placed[at][1] == row_key:
            del known.placed[at]
