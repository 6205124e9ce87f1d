"""A whole picture as a check receives it: within what a message holds, gaps shown. Sealed parts stay closed."""

from __future__ import annotations

from datetime import datetime

from hub.avro import encode_body, field_in
from hub.ids import birth_id
from hub.messages.picture import Entry, Snapshot
from hub.state.api import Store
from streams.picture import chronology
from streams.picture.context import message_of
from streams.picture.head import Head
from streams.picture.ring import Ring
from streams.picture.rules.inforce import InForce

SNAPSHOT_BYTES = 800_000
"""What a snapshot may take: a message may have 1,048,576 bytes (the broker's default), a proposal's explanations take
up to some 100,000, and a bundle puts the agencies' returns beside the snapshot."""
INDICATORS = 60
"""Indicators shown, gravest first: each may name 50 records and 50 incidents, 3.5 kB."""


def take(
    store: Store, person_id: str, head: Head, ring: Ring, indicators: tuple[InForce, ...], at: datetime
) -> Snapshot:
    """The picture now, newest entries first. Its entries are bodies: to be encoded, not looked into."""
    shown = sorted(indicators, key=lambda i: (-i.level, i.rule.id, i.through))[:INDICATORS]
    bare = Snapshot(
        person_id=person_id,
        settled=head.settled,
        as_of=at,
        members=[source for source, _ in head.members],
        entries=[],
        indicators=[message_of(i) for i in shown],
        circle=[tie.as_edge() for tie in ring.edges],
    )
    entries: list[bytes] = []
    left = SNAPSHOT_BYTES - len(encode_body(bare))
    for row in chronology.newest(store, person_id, head):
        left -= len(row)  # a little more than it takes in a list
        if left < 0:
            break
        entries.append(chronology.body_of_row(row))
    return bare.model_copy(
        update={
            "entries": entries,
            "omitted": head.entries - len(entries),
            "circle_members": _named(entries, ring.neighbours()),
        }
    )


def _named(entries: list[bytes], neighbours: set[str]) -> dict[str, str]:
    """Ties whose senior source identity stands in a record: a person's id is that identity's birth id."""
    if not neighbours:
        return {}
    sources = {other.source_id for body in entries for other in field_in(Entry, "others", body)}
    ids = {birth_id(source): source for source in sources}
    return {person: ids[person] for person in sorted(neighbours & ids.keys())}
