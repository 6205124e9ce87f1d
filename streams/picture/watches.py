"""Which checks watch a person, and what they were last told."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from hub.messages import Watch
from hub.state.api import Store
from streams.picture.keys import key, row

OPEN = "open"
PROPOSED = "proposed"
CLOSED = "closed"
_GRAVEST_FIRST = (OPEN, PROPOSED, CLOSED)
_ASSIGNMENT_BITS = 32
"""Updates of one assignment: more than a person's revisions can count."""


@dataclass(slots=True)
class Watching:
    """One check's interest in this person.

    Attributes:
        check_id: check.
        anchor: the source identity that it is attached to.
        state: proposed | open | closed.
        seq: the check's own count of its states.
        assignment_seq: the assignment under which the watch came here.
        told: revision of the picture that it was last told; -1 none.
    """

    check_id: str
    anchor: str
    state: str
    seq: int
    assignment_seq: int
    told: int = -1

    def save(self, store: Store, person_id: str) -> None:
        """Write the row."""
        row = json.dumps(asdict(self), separators=(",", ":")).encode()
        store.put(key("w", person_id, self.anchor, self.check_id), row)

    def update_seq(self, revision: int) -> int:
        """Increases from update to update, also where the anchor moved to another person in between."""
        return (self.assignment_seq << _ASSIGNMENT_BITS) + revision


def keep(store: Store, message: Watch) -> bool:
    """Store a watch; False if a newer word of the check is there. A check that (re)opens is owed the picture."""
    value = store.get(key("w", message.person_id, message.anchor, message.check_id))
    before = Watching(**json.loads(value)) if value else None
    if before is not None and (before.assignment_seq, before.seq) >= (message.assignment_seq, message.seq):
        return False
    opens = message.state == OPEN and (before is None or before.state != OPEN)
    told = before.told if before is not None and not opens else -1
    watching = Watching(message.check_id, message.anchor, message.state, message.seq, message.assignment_seq, told)
    watching.save(store, message.person_id)
    return True


def of(store: Store, person_id: str) -> list[Watching]:
    """Every watch on a person."""
    return [Watching(**json.loads(value)) for _, value in store.listed(key("w", person_id, ""), row)]


def leave(store: Store, person_id: str, source_id: str, seq: int) -> None:
    """The anchor went to another person under this assignment, and its watches with it."""
    for row_key, value in list(store.scan(key("w", person_id, source_id, ""))):
        if Watching(**json.loads(value)).assignment_seq < seq:
            store.delete(row_key)


def gravest(watches: list[Watching]) -> str:
    """The state that decides what is told: open before proposed before closed; '' without any."""
    states = {w.state for w in watches}
    return next((s for s in _GRAVEST_FIRST if s in states), "")
