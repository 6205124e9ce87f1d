"""What a watcher is, and how one goes through a person's evidence. No rule is compiled here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from streams.picture.evidence import Evidence
from streams.picture.rules.look import SKEW, Look

KEPT = 50
"""Records and incidents named behind an indicator: more tell a reader nothing, and rows and messages stay small."""
LOOKED_AT = 100
"""Facts of one code looked at in one evaluation, newest first: twice what is kept, so that repeated echoes don't hide a
second incident, while a person with 20,000 records costs no more than one with 100."""
REFUTED = "refuted"

Found = dict[str, Any]
Answer = tuple[Found | None, int]
"""What was found (None: nothing), and when time may change it (microseconds; 0 never)."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """A compiled rule or signal.

    Attributes:
        name: rule id, or the signal's name.
        codes: fact codes whose change makes it worth asking again.
        needs: without a fact of these it finds nothing.
        ask: the function.
    """

    name: str
    codes: frozenset[str]
    needs: frozenset[str]
    ask: Callable[[Look], Answer]


def current(look: Look, codes: Iterable[str]) -> Iterator[Evidence]:
    """What counts now of each code, its newest first."""
    limit = look.now + SKEW
    for code in look.held_of(codes):
        for e in islice(look.evidence(code), LOOKED_AT):
            if e.at <= limit and e.status != REFUTED:
                yield e


def ahead(look: Look, codes: Iterable[str]) -> list[int]:
    """When facts that lie ahead of the clock come to count."""
    limit = look.now + SKEW
    found: list[int] = []
    for code in look.held_of(codes):
        for e in islice(look.evidence(code), LOOKED_AT):
            if e.at <= limit:
                break
            found.append(e.at - SKEW)
    return found
