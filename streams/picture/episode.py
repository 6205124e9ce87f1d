"""An episode: from the first combination that fires until none does and no check watches; one proposal, updated.

What is told to whom is decided here; what fired is decided by the rules, and nothing here looks at evidence.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

from hub.ids import derived_id
from hub.state.api import Store
from streams.picture.keys import key
from streams.picture.rules.combine import OPENING_LEVEL, Fire

GRAVEST = 4


@dataclass(slots=True)
class Episode:
    """The row.

    Attributes:
        proposal_id: of the one proposal of this episode.
        rule: the rule that opened it.
        anchor: source identity that the proposal is attached to.
        first: earliest evidence when it opened, microseconds.
        told: rule -> highest level told.
        records: hash of the records told.
    """

    proposal_id: str
    rule: str
    anchor: str
    first: int
    told: dict[str, int] = field(default_factory=dict)
    records: str = ""

    @classmethod
    def load(cls, store: Store, person_id: str) -> Episode | None:
        """The running episode, if there is one."""
        value = store.get(key("z", person_id))
        return cls(**json.loads(value)) if value else None

    def save(self, store: Store, person_id: str) -> None:
        """Write the row."""
        store.put(key("z", person_id), json.dumps(asdict(self), separators=(",", ":"), sort_keys=True).encode())


def begin(fire: Fire, anchor: str) -> Episode:
    """A new episode: its proposal's id is made of rule, anchor and earliest evidence."""
    identifier = derived_id("proposal", fire.rule.id, anchor, str(fire.first))
    return Episode(identifier, fire.rule.id, anchor, fire.first)


def opening(fires: Iterable[Fire]) -> list[Fire]:
    """What may make a proposal: at the opening level, and not made of back-loaded history alone."""
    return [f for f in fires if f.level >= OPENING_LEVEL and not f.history]


def has_news(episode: Episode, levels: dict[str, int], records: str, watched: str) -> bool:
    """Whether the proposal has to be sent (again).

    Args:
        episode: what was told.
        levels: rule -> level of all that fires now.
        records: hash of the records behind it now.
        watched: state of the gravest watch on the person: '' none, or proposed | open | closed.
    """
    new = {rule: level for rule, level in levels.items() if level > episode.told.get(rule, 0)}
    if watched == "open":
        return any(level >= GRAVEST for level in new.values())
    if watched == "closed":
        return bool(new)
    return levels != episode.told or records != episode.records
