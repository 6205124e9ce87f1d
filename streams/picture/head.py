"""The head row of a person: who belongs, what is held, what was last sent. Counts are invertible; no entry here."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from hub.state.api import Store
from streams.picture.keys import key


@dataclass(slots=True)
class Held:
    """A source identity as this person holds it.

    Attributes:
        seq: the highest assignment heard of.
        lost: that assignment is held elsewhere: what remains is a tombstone.
        rows: records held under it, tombstones included.
        expected: records that facts said there are.
        visible: live records that may be counted.
    """

    seq: int = 0
    lost: bool = False
    rows: int = 0
    expected: int = 0
    visible: int = 0


@dataclass(slots=True)
class Head:
    """See the module.

    Attributes:
        partnership: whose.
        membership_seq: the last membership heard; 0 before the first.
        members: (source identity, assignment), most senior first.
        merged_into: where the person went, if merged away.
        sources: by source identity.
        agencies: live visible records by agency.
        roles: live visible records by role.
        codes: rows of evidence by coded fact code.
        due: when time itself next changes something, microseconds; 0 never.
        digest_seq: of the last own digest sent.
        sent: neighbour -> hash of the digest it was last sent.
        summary: hash of the last summary sent.
        revision: increases with every change of the picture.
        waiting: receipts wait in rows of their own.
    """

    partnership: str = ""
    membership_seq: int = 0
    members: list[tuple[str, int]] = field(default_factory=list)
    merged_into: str = ""
    sources: dict[str, Held] = field(default_factory=dict)
    agencies: dict[str, int] = field(default_factory=dict)
    roles: dict[str, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    due: int = 0
    digest_seq: int = 0
    sent: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    revision: int = 0
    waiting: bool = False

    @classmethod
    def load(cls, store: Store, person_id: str) -> Head:
        """The stored head, or an empty one."""
        value = store.get(key("p", person_id))
        if value is None:
            return cls()
        row: dict[str, Any] = json.loads(value)
        row["sources"] = {source: Held(*held) for source, held in row["sources"].items()}
        row["members"] = [(source, seq) for source, seq in row["members"]]
        return cls(**row)

    def save(self, store: Store, person_id: str) -> None:
        """Write the row."""
        row = {name: getattr(self, name) for name in _FIELDS}
        row["sources"] = {s: [h.seq, h.lost, h.rows, h.expected, h.visible] for s, h in self.sources.items()}
        store.put(key("p", person_id), json.dumps(row, separators=(",", ":")).encode())

    @property
    def settled(self) -> bool:
        """Whether what is held is just what membership expects, every record of it.

        Of a person that came and went within one batch of identity no membership is ever heard: nothing is expected.
        """
        if not self.membership_seq:
            return bool(self.sources) and all(h.lost for h in self.sources.values())
        held = {source: h for source, h in self.sources.items() if not h.lost}
        if len(held) != len(self.members):
            return False
        return all(
            source in held and held[source].seq == seq and 0 < held[source].expected <= held[source].rows
            for source, seq in self.members
        )

    @property
    def entries(self) -> int:
        """Live entries that may be counted."""
        return sum(self.agencies.values())

    @property
    def anchor(self) -> str:
        """The senior member; '' where nobody is left."""
        return self.members[0][0] if self.members else ""


_FIELDS = tuple(Head.__dataclass_fields__)


def bump(counts: dict[str, int], name: str, by: int) -> None:
    """Change a count; what comes to nothing leaves."""
    counts[name] = counts.get(name, 0) + by
    if not counts[name]:
        del counts[name]
