"""A person's context: what digests of others' own layers mean here, and the digest of one's own for others.

A digest is made of the own layer only and a context never causes one, so that nothing loops.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import msgspec

from hub.messages import OwnDigest
from hub.messages.picture import Indicator as IndicatorMessage
from hub.state.api import Store
from hub.state.headers import from_micros, micros
from streams.picture.keys import key
from streams.picture.network import network_of
from streams.picture.own import Own, indicator_of
from streams.picture.ring import FAMILY_TIES, Ring, Tie, edge_times, holds
from streams.picture.rules.engine import Engine
from streams.picture.rules.inforce import InForce

Digests = dict[str, list[InForce]]


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
        if not _counts(edge, engine) or not holds(begins, ends, now):
            continue
        for indicator in digests.get(edge.person_id, ()):
            if indicator.rule.subject == "household" and not (indicator.until and indicator.until <= now):
                due += [indicator.until] if indicator.until else []
                household.append(_through(indicator, edge))
    household = _once(household)
    network = list(network_of(ring, digests, engine, now))
    due += [i.until for i in network if i.until]
    return Context((*household, *_with_circle(own, household, engine), *network), min(due, default=0))


def _counts(edge: Tie, engine: Engine) -> bool:
    return edge.kind == "household" or (edge.kind in FAMILY_TIES and edge.relation in engine.pack.ties.relations)


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
