"""A person's context: what digests of others' own layers mean here, and the digest of one's own for others.

A digest is made of the own layer only and a context never causes one, so that nothing loops.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from hub.messages import Circle, OwnDigest
from hub.messages.identity import Edge
from hub.messages.picture import Indicator as IndicatorMessage
from hub.settings import LONDON
from hub.state.api import Store
from hub.state.headers import from_micros, micros
from streams.picture import watches
from streams.picture.keys import key
from streams.picture.own import Own, indicator_of
from streams.picture.rules.engine import Engine
from streams.picture.rules.inforce import InForce
from streams.picture.rules.pack import Indicator as IndicatorRule

FAMILY_TIES = frozenset({"relationship", "household"})
WAYS = {
    "telephone": "telephone shared",
    "place": "place shared",
    "peer": "peer",
    "named_together": "named together",
    "same_adult": "named with the same adult",
}
"""Ties beyond the family, in words."""
Digests = dict[str, list[InForce]]


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


def keep_digest(store: Store, message: OwnDigest) -> bool:
    """Store what was heard of somebody; False if something newer is there."""
    row_key = key("g", message.person_id, message.about)
    before = store.get(row_key)
    if before is not None and _decode_digest(before)[0] >= message.seq:
        return False
    store.put(row_key, msgspec.json.encode((message.seq, [_plain(i) for i in message.indicators])))
    return True


def read_digests(store: Store, person_id: str, engine: Engine) -> Digests:
    """What is known of others. A rule that today's pack doesn't have is left out."""
    return {
        about: [indicator_of(rule_id, found, engine) for rule_id, found in told if rule_id in engine.indicators]
        for about, told in store.listed(key("g", person_id, ""), _digest_of)
    }


def _digest_of(row_key: bytes, value: bytes) -> tuple[str, list[tuple[str, dict[str, Any]]]]:
    """About whom, and what was told: rule and what a watcher would have found."""
    return row_key.rsplit(b"/", 1)[1].decode(), _decode_digest(value)[1]


_decode_digest = msgspec.json.Decoder(tuple[int, list[tuple[str, dict[str, Any]]]]).decode


class Context(msgspec.Struct, frozen=True):
    """What the circle means, and when time alone may change it (microseconds; 0 never)."""

    indicators: tuple[InForce, ...] = ()
    due: int = 0


NO_CONTEXT = Context()


def context_of(ring: Ring, digests: Digests, own: Own, engine: Engine, now: int) -> Context:
    """Household indicators of those who live with the person or are family, and rules that ask for a circle."""
    if not digests:
        return NO_CONTEXT
    household: list[InForce] = []
    due: list[int] = []
    for edge in ring.edges:
        begins, ends = edge_times(edge)
        due += [t for t in (begins, ends) if t is not None and t > now]
        if not _counts(edge, engine) or not _holds(begins, ends, now):
            continue
        for indicator in digests.get(edge.person_id, ()):
            if indicator.rule.subject == "household" and not (indicator.until and indicator.until <= now):
                due += [indicator.until] if indicator.until else []
                household.append(_through(indicator, edge))
    household = _once(household)
    network = list(_network(ring, digests, engine, now))
    due += [i.until for i in network if i.until]
    return Context((*household, *_with_circle(own, household, engine), *network), min(due, default=0))


def _counts(edge: Tie, engine: Engine) -> bool:
    return edge.kind == "household" or (edge.kind in FAMILY_TIES and edge.relation in engine.pack.ties.relations)


def _holds(begins: int | None, ends: int | None, now: int) -> bool:
    return (begins is None or begins <= now) and (ends is None or ends > now)


def _through(indicator: InForce, edge: Tie) -> InForce:
    return msgspec.structs.replace(
        indicator, through=edge.person_id, path=edge.relation or edge.kind, since=edge.since or ""
    )


def _once(found: Iterable[InForce]) -> list[InForce]:
    """One path a person and rule: what the person is to the child says more than that they share an address."""
    best: dict[tuple[str, str], InForce] = {}
    for one in sorted(found, key=lambda i: (i.path == "household", i.path, i.since)):
        best.setdefault((one.through, one.rule.id), one)
    return [best[k] for k in sorted(best)]


def _with_circle(own: Own, household: list[InForce], engine: Engine) -> Iterable[InForce]:
    for rule in engine.with_circle:
        if rule.id in own.found and any(i.rule.category in rule.with_circle for i in household):
            yield indicator_of(rule.id, own.found[rule.id], engine)


def _network(ring: Ring, digests: Digests, engine: Engine, now: int) -> Iterable[InForce]:
    """Peers, places and telephones shared, now, with people of whom something is known: one indicator a person."""
    family = {e.person_id for e in ring.edges if e.kind in FAMILY_TIES}
    for rule in engine.networks:
        assert rule.network is not None
        ways: dict[str, list[Tie]] = {}
        for edge in ring.edges:
            if edge.kind in rule.network.ties and edge.person_id not in family and _holds(*edge_times(edge), now):
                ways.setdefault(edge.person_id, []).append(edge)
        known = {p: _of_categories(digests.get(p, ()), rule.network.categories, now) for p in sorted(ways)}
        known = {p: indicators for p, indicators in known.items() if indicators}
        if len(known) >= rule.network.others:
            for person, indicators in known.items():
                yield _shared(rule, indicators, ways[person])


def _of_categories(indicators: Iterable[InForce], categories: list[str], now: int) -> list[InForce]:
    return [i for i in indicators if i.rule.category in categories and not (i.until and i.until <= now)]


def _shared(rule: IndicatorRule, behind: list[InForce], ways: list[Tie]) -> InForce:
    """One indicator of all that is known of somebody with whom something is shared, and by which ways it is."""
    return InForce(
        rule=rule,
        level=rule.level,
        origins={incident: origin for i in behind for incident, origin in i.origins.items()},
        records=tuple(dict.fromkeys(record for i in behind for record in i.records)),
        first=min(i.first for i in behind),
        last=max(i.last for i in behind),
        until=0 if any(not i.until for i in behind) else max(i.until for i in behind),
        history=all(i.history for i in behind),
        count=len({incident for i in behind for incident in i.origins}),
        through=ways[0].person_id,
        path=" and ".join(_way(tie) for tie in ways),
    )


def _way(tie: Tie) -> str:
    """A way by which something is shared, in words: since when, and how many records say so."""
    what = WAYS.get(tie.relation) or WAYS.get(tie.kind, tie.kind)
    since = f" since {_in_words(tie.since)}" if tie.since else ""
    records = len(tie.evidence)
    return what + since + (f", {records} record{'s' if records > 1 else ''}" if records else "")


def _in_words(day: str) -> str:
    """A whole date as people write it; less, as it stands."""
    try:
        whole = date.fromisoformat(day)
    except ValueError:
        return day
    return f"{whole.day} {whole:%B %Y}"


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


def digest_of(own: tuple[InForce, ...], engine: Engine) -> list[InForce]:
    """Own indicators that mean something for others: household ones, and those that a network rule asks for."""
    if not own:
        return []
    wanted = engine.network_categories
    return [i for i in own if i.rule.subject == "household" or i.rule.category in wanted]


def digest_hash(indicators: list[InForce], birth: str) -> str:
    """Tells one digest from another by all that `message_of` says of these; '' for an empty one."""
    if not indicators:
        return ""
    told = [
        (i.rule.id, i.rule.category, i.level, tuple(i.origins.items()), i.records, i.first, i.last, i.until, i.history)
        for i in indicators
    ]
    return blake2b(msgspec.json.encode((birth, told)), digest_size=8).hexdigest()


def message_of(indicator: InForce) -> IndicatorMessage:
    """An indicator as messages hold it."""
    i = indicator
    return IndicatorMessage(
        rule_id=i.rule.id,
        level=i.level,
        category=i.rule.category,
        agencies=[agency for agency, _ in i.origins.values()],
        incidents=list(i.origins),
        records=list(i.records),
        first_at=from_micros(i.first),
        last_at=from_micros(i.last),
        until=from_micros(i.until) if i.until else None,
        through=i.through,
        path=f"{i.path} since {i.since}" if i.since else i.path,
        history=i.history,
        echoes=[name for name, (_, echo) in i.origins.items() if echo],
    )


def _plain(message: IndicatorMessage) -> list[Any]:
    """A digest's indicator in the shape in which watchers leave theirs."""
    found = {
        "level": message.level,
        "incidents": message.incidents,
        "agencies": message.agencies,
        "echoes": message.echoes,
        "records": message.records,
        "first": micros(message.first_at),
        "last": micros(message.last_at),
        "until": micros(message.until) if message.until else 0,
        "history": message.history,
        "count": len(message.incidents),
    }
    return [message.rule_id, found]
