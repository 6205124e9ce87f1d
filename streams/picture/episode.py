"""An episode: from the first combination that fires until none does and no check watches. One proposal, updated.

What is told to whom is decided here; what fired is decided by the rules, and nothing here looks at evidence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

import msgspec

from hub.ids import derived_id
from hub.state.api import Store
from streams.picture.keys import key
from streams.picture.rules.combine import OPENING_LEVEL
from streams.picture.rules.inforce import Fire

GRAVEST = 4
_KEPT = 1_000
"""Records remembered as told, 8 characters each: 11 kB at most."""


class Episode(msgspec.Struct):
    """The row.

    Attributes:
        proposal_id: of the one proposal of this episode.
        rule: the rule that opened it.
        anchor: source identity that the proposal is attached to.
        first: earliest evidence when it opened, microseconds.
        told: rule -> highest level told.
        records: hash of all records told.
        grave: records behind level 3 and 4 that were told, here or in episodes before, hashed.
        ended: nothing fires any more; the row stays so that the next episode is another one.
    """

    proposal_id: str
    rule: str
    anchor: str
    first: int
    told: dict[str, int] = {}
    records: str = ""
    grave: list[str] = []
    ended: bool = False

    @classmethod
    def load(cls, store: Store, person_id: str) -> Episode | None:
        """The last episode, if there was one."""
        value = store.parsed(key("z", person_id), bytes)  # remembered, above all that there is none
        return _decode(value) if value else None

    def save(self, store: Store, person_id: str) -> None:
        """Write the row."""
        store.put(key("z", person_id), _encode(self))

    def tell(self, case: Case, *, keep: bool) -> None:
        """Note what is told now; `keep` what was told before, too."""
        self.told = {**self.told, **case.levels} if keep else dict(case.levels)
        self.records = case.records
        self.grave = sorted({*self.grave, *case.grave})[:_KEPT]


_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(Episode).decode


@dataclass(frozen=True, slots=True)
class Case:
    """What fires now.

    Attributes:
        fires: gravest first.
        levels: rule -> level, of combinations and of what stands behind them.
        records: hash of all records behind them.
        grave: records behind level 3 and 4, hashed.
    """

    fires: tuple[Fire, ...]
    levels: dict[str, int]
    records: str
    grave: frozenset[str]


def is_over(store: Store, person_id: str) -> bool:
    """Whether nothing was proposed, or what was proposed has ended."""
    last = Episode.load(store, person_id)
    return last is None or last.ended


_QUIET = Case((), {}, "", frozenset())


def case_of(fires: Iterable[Fire]) -> Case:
    """What may make a proposal: at the opening level, and not made of back-loaded history alone."""
    opening = tuple(f for f in fires if f.level >= OPENING_LEVEL and not f.history)
    if not opening:
        return _QUIET
    levels = {f.rule.id: f.level for f in opening}
    grave: set[str] = set()
    for fire in opening:
        for i in fire.behind:
            levels[i.rule.id] = max(i.level, levels.get(i.rule.id, 0))
            if i.level >= OPENING_LEVEL:
                grave.update(i.records)
        if not fire.behind:
            grave.update(fire.records)
    everything = "/".join(sorted({record for fire in opening for record in fire.records}))
    return Case(opening, levels, _short(everything), frozenset(map(_short, grave)))


def current(last: Episode | None, case: Case, anchor: str, watched: str) -> Episode:
    """The episode that what fires belongs to: the running one, or a new one.

    A new one begins after the last has ended, and when new grave evidence comes after its check was closed without
    raising a rule or a level that was not told: with those, the closed check is opened again.
    """
    if last is None:
        return _begin(case, anchor, [])
    fresh = sorted(case.grave - set(last.grave))
    if last.ended or (watched == "closed" and fresh and not _raised(last, case)):
        return _begin(case, anchor, last.grave, *fresh[:1])
    return last


def _begin(case: Case, anchor: str, grave: list[str], *fresh: str) -> Episode:
    fire = case.fires[0]
    identifier = derived_id("proposal", fire.rule.id, anchor, str(fire.first), *fresh)
    return Episode(identifier, fire.rule.id, anchor, fire.first, grave=grave)


def has_news(episode: Episode, case: Case, watched: str) -> bool:
    """Whether the proposal has to be sent (again).

    Args:
        episode: what was told.
        case: what fires now.
        watched: state of the gravest watch on the person: '' none, or proposed | open | closed.
    """
    if watched == "open":
        return any(level >= GRAVEST for level in _raised(episode, case).values())
    if watched == "closed":
        return bool(_raised(episode, case))
    return case.levels != episode.told or case.records != episode.records


def _raised(episode: Episode, case: Case) -> dict[str, int]:
    """Rules that were not told, or not at this level."""
    return {rule: level for rule, level in case.levels.items() if level > episode.told.get(rule, 0)}


@lru_cache(maxsize=10_000)  # an episode's records are hashed again at each update
def _short(text: str) -> str:
    return blake2b(text.encode(), digest_size=4).hexdigest()
