"""A person's newest evidence by fact code, kept in memory beside the head. A cache of rows; it reads and writes none.

A busy person's evidence is asked for again at each change: without it every row is fetched anew. It lives and dies
with the head that it was kept with (see `head.Heads`), so that what a rejected message did to it is forgotten.
"""

from __future__ import annotations

from bisect import bisect_left, insort

from streams.picture.evidence import Evidence
from streams.picture.rules.watcher import LOOKED_AT

Placed = tuple[int, bytes, Evidence]
"""Minus its time (the newest come first), its row's key, the evidence."""
WHOLE = b"~"
"""After every span of time, as keys write them: all that there is of a code is known."""
_KEPT = 2 * LOOKED_AT
"""More than any rule looks at: then the oldest are fetched again if somebody asks."""


class _Known:
    """What is known of one code: all of its evidence in the spans of time up to `reached`."""

    __slots__ = ("placed", "reached")

    def __init__(self, reached: bytes) -> None:
        self.placed: list[Placed] = []
        self.reached = reached


class Recent:
    """See the module. Codes are coded, as in keys."""

    __slots__ = ("_codes",)

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._codes: dict[str, _Known] = {}

    def clear(self) -> None:
        """Forget everything: a key was erased, or the rules ask for other codes."""
        self._codes.clear()

    def begin(self, tag: str) -> None:
        """There is no evidence of this code."""
        self._codes[tag] = _Known(WHOLE)

    def of(self, tag: str) -> tuple[list[Evidence], bytes]:
        """What is known, newest first, and how far that reaches; nothing reaches to ''."""
        known = self._codes.get(tag)
        return ([evidence for _, _, evidence in known.placed], known.reached) if known else ([], b"")

    def extend(self, tag: str, placed: list[Placed], reached: bytes) -> None:
        """Evidence of the next span, in order, was fetched."""
        known = self._codes.get(tag)
        if known is None:
            known = self._codes[tag] = _Known(reached)
        known.placed += placed
        known.reached = reached

    def add(self, tag: str, span: bytes, row_key: bytes, evidence: Evidence) -> None:
        """A row was written whose key was not there."""
        known = self._codes.get(tag)
        if known is None or span > known.reached:
            return
        insort(known.placed, (-evidence.at, row_key, evidence))
        if len(known.placed) > _KEPT:
            del self._codes[tag]

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
