"""The circle as the person stage holds it: ties to others, as identity last said them, and when each holds."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

import msgspec

from hub.messages import Circle
from hub.messages.identity import Edge
from hub.settings import LONDON
from hub.state.api import Store
from hub.state.headers import micros
from streams.picture import watches
from streams.picture.keys import key

FAMILY_TIES = frozenset({"relationship", "household"})


class Tie(NamedTuple):
    """An edge of the circle, as `hub.messages.identity.Edge` describes it."""

    person_id: str
    kind: str
    relation: str
    since: str | None
    until: str | None
    evidence: list[str]
    shared_by: int = 0

    def as_edge(self) -> Edge:
        """As messages hold it."""
        return Edge.model_construct(**self._asdict())


class Ring(NamedTuple):
    """A person's circle as it is stored: each message replaces the one before."""

    seq: int = 0
    crowded: bool = False
    edges: tuple[Tie, ...] = ()

    @classmethod
    def load(cls, store: Store, person_id: str) -> Ring:
        """The stored circle, or an empty one."""
        return store.parsed(key("q", person_id), _decode_ring) or _NOBODY

    def meaning(self, most_sharing: int) -> Ring:
        """Without what more people share than the pack lets mean something: a switchboard, a hospital."""
        if all(e.shared_by <= most_sharing for e in self.edges):
            return self
        return self._replace(edges=tuple(e for e in self.edges if e.shared_by <= most_sharing))

    def neighbours(self) -> set[str]:
        """Person ids at the other end of every tie."""
        return {e.person_id for e in self.edges}


_NOBODY = Ring()
_said = attrgetter(*Tie._fields)
_EVIDENCE = Tie._fields.index("evidence")
_encode_ring = msgspec.json.Encoder().encode
_decode_ring = msgspec.json.Decoder(Ring).decode


def keep_circle(store: Store, message: Circle) -> bool:
    """Store a circle; False if a newer one is there, or nothing of it matters to anybody.

    Which records are behind a tie is only shown, so it matters to those who watch.
    """
    before = Ring.load(store, message.person_id)
    if message.seq <= before.seq:
        return False
    edges = tuple([Tie._make(_said(e)) for e in message.edges])
    ring = Ring(message.seq, message.crowded, edges)
    store.put(key("q", message.person_id), _encode_ring(ring), ring)
    same = before.seq > 0 and len(before.edges) == len(edges)
    same = same and all(_matters(was) == _matters(now) for was, now in zip(before.edges, edges, strict=True))
    return not same or bool(watches.of(store, message.person_id))


def _matters(tie: Tie) -> tuple[object, ...]:
    return (*tie[:_EVIDENCE], tie.shared_by)


def holds(begins: int | None, ends: int | None, now: int) -> bool:
    """Whether what begins and ends then is so now."""
    return (begins is None or begins <= now) and (ends is None or ends > now)


def edge_times(edge: Tie) -> tuple[int | None, int | None]:
    """When a tie begins and ends, microseconds; None where nobody said."""
    return _midnight(edge.since), _midnight(edge.until)


@lru_cache(maxsize=10_000)  # days are few, ties are many
def _midnight(day: str | None) -> int | None:
    """The first moment of a day, where people live. A month or year stands for its first day; nonsense for nothing."""
    if not day:
        return None
    try:
        first = date.fromisoformat(day if len(day) > 7 else f"{day}-01" if len(day) > 4 else f"{day}-01-01")  # noqa: PLR2004
    except ValueError:
        return None
    return micros(datetime.combine(first, time(), LONDON))
