"""Every picture in a canonical form, to compare two runs byte for byte. For test counties: sealed parts are opened.

Left out is what two runs over the same records may differ in: when the hub read them, seals (their nonces are random),
the order in which things were sent, and person ids, which stand as the smallest member key.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from hub.keystore import Erased
from hub.messages import Identity, RecordContent, SubjectContent
from hub.messages.base import Part
from hub.messages.picture import Entry
from hub.state.api import Store
from streams.picture import chronology
from streams.picture.context import message_of, read_digests
from streams.picture.entries import ALL_CODES
from streams.picture.evaluate import evaluate
from streams.picture.evidence import EvidenceBox
from streams.picture.head import Head
from streams.picture.keys import key
from streams.picture.own import Asking, Own, bring_up_to_date, read_person
from streams.picture.ring import Ring
from streams.picture.rules.engine import Engine
from streams.picture.rules.watcher import ANY_TIME

_RUN_DEPENDENT: Final = dict.fromkeys(
    ("identity", "content", "record_content", "received_at", "original_hash"), True
) | {
    "others": {"__all__": {"identity"}}  # sealed, and written out with the entry that it is about
}


class PartitionState(NamedTuple):
    """A partition's rows and its clock (microseconds)."""

    store: Store
    now: int


def dump(partitions: Iterable[PartitionState], engine: Engine, box: EvidenceBox) -> list[dict[str, Any]]:
    """Every picture with members or entries, sorted by label."""
    states = list(partitions)
    heads = {person: head for state in states for person, head in _heads(state.store)}
    labels = {person: _label(head) for person, head in heads.items() if _label(head)}
    return sorted(
        (
            _Picture(state, engine, box, person, heads[person], labels).as_plain()
            for state in states
            for person, _ in _heads(state.store)
            if person in labels
        ),
        key=lambda picture: str(picture["person"]),
    )


def text_of(pictures: list[dict[str, Any]]) -> str:
    """One picture a line, keys sorted: the bytes that are compared."""
    return "".join(json.dumps(p, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n" for p in pictures)


def _heads(store: Store) -> Iterable[tuple[str, Head]]:
    prefix = key("p", "")
    for row_key, _ in store.scan(prefix):
        person = row_key[len(prefix) :].decode()
        yield person, Head.load(store, person)


def _label(head: Head) -> str:
    members = [source for source, _ in head.members] or [s for s, held in head.sources.items() if held.rows]
    return min(members, default="")


class _Picture:
    """One person, written out."""

    def __init__(
        self, state: PartitionState, engine: Engine, box: EvidenceBox, person: str, head: Head, labels: dict[str, str]
    ) -> None:
        self._store, self._now = state
        self._engine, self._box = engine, box
        self._person, self._head, self._labels = person, head, labels

    def as_plain(self) -> dict[str, Any]:
        own = Own.load(self._store, self._person)
        whose = read_person(self._box, self._head)
        if self._head.owed:  # not settled, and the rules were not asked since
            asking = Asking(self._store, self._box, self._engine, self._person, self._head, whose, self._now)
            bring_up_to_date(own, asking, {ALL_CODES: ANY_TIME})
        ring = Ring.load(self._store, self._person).meaning(self._engine.pack.ties.most_sharing)
        digests = read_digests(self._store, self._person, self._engine)
        seen = evaluate(own, ring, digests, whose, self._engine, self._now)
        return {
            "person": self._labels[self._person],
            "subject": whose.subject(self._now),
            "settled": self._head.settled,
            "members": sorted(source for source, _ in self._head.members),
            "agencies": self._head.agencies,
            "entries": [self._entry(e) for e in chronology.every(self._store, self._person)],
            "found": own.found,
            "own": [message_of(i).model_dump(mode="json") for i in seen.own],
            "context": sorted(
                (
                    message_of(i).model_dump(mode="json") | {"through": self._label(i.through)}
                    for i in seen.context.indicators
                ),
                key=lambda i: (i["rule_id"], i["through"], i["path"]),
            ),
            "circle": sorted(
                [self._label(e.person_id), e.kind, e.relation, e.since or "", e.until or ""] for e in ring.edges
            ),
            "crowded": ring.crowded,
            "fires": sorted(f.rule.id for f in seen.verdict.fires),
            "notes": sorted(f.rule.id for f in seen.verdict.notes),
        }

    def _label(self, person: str) -> str:
        return self._labels.get(person, "?") if person else ""

    def _entry(self, entry: Entry) -> dict[str, Any]:
        plain = entry.model_dump(mode="json", exclude=_RUN_DEPENDENT)
        plain["others"] = sorted(plain["others"], key=str)
        return plain | {
            "original_hash": entry.original_hash.hex(),
            "identity": self._opened(entry.source_id, entry.identity, Identity),
            "content": self._opened(entry.source_id, entry.content, SubjectContent),
            "record_content": self._opened(entry.record_id, entry.record_content, RecordContent),
        }

    def _opened(self, name: str, sealed: bytes, model: type[Part]) -> Any:
        if not sealed:
            return None
        try:
            return self._box.sealer.open(name, sealed, model).model_dump(mode="json")
        except Erased:
            return "erased"
