"""What a watcher is, and how one goes through a person's evidence. No rule is compiled here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from streams.picture.evidence import Evidence
from streams.picture.rules.look import SKEW, Look

KEPT = 50
"""Records and incidents named behind an indicator: more tell a reader nothing, and rows and messages stay small."""
LOOKED_AT = 100
"""Facts of one code looked at in one evaluation, newest first: twice what is kept, so that repeated echoes don't hide a
second incident, while a person with 20,000 records costs no more than one with 100."""
REFUTED = "refuted"
ANY_TIME = 2**63
"""After every time (microseconds): of what changed nobody knows how old it is, or it does not matter."""

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
        reach: of some codes, how far back from now a fact may still matter, microseconds; of others any fact may.
    """

    name: str
    codes: frozenset[str]
    needs: frozenset[str]
    ask: Callable[[Look], Answer]
    reach: Mapping[str, int] = field(default_factory=dict)


def current(look: Look, codes: Iterable[str]) -> list[Evidence]:
    """What counts now of each code, its newest first."""
    limit = look.now + SKEW
    return [e for code in look.held_of(codes) for e in look.newest(code, None) if e.at <= limit and e.status != REFUTED]


def ahead(look: Look, codes: Iterable[str]) -> list[int]:
    """When facts that lie ahead of the clock come to count."""
    return [e.at - SKEW for code in look.held_of(codes) for e in look.newest(code, look.now + SKEW)]
