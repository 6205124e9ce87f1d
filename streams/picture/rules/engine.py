"""A pack made ready: watchers by fact code, combinations, and rules by id. Compiled once a process; holds no state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from streams.picture.evidence import BIRTH, ROLES
from streams.picture.rules.combine import Judges, judges
from streams.picture.rules.compiled import watchers
from streams.picture.rules.lint import check
from streams.picture.rules.load import LoadedPack, load_pack, refuse
from streams.picture.rules.pack import Combination, Indicator, RulePack
from streams.picture.rules.watcher import ANY_TIME, Watcher


@dataclass(frozen=True, slots=True)
class Engine:
    """See the module.

    Attributes:
        pack: what it was made from.
        watchers: by name, in the pack's order.
        by_code: fact code -> names of the watchers that look at it, and how far back (microseconds).
        judges: combinations in the pack's order.
        indicators: by rule id.
        combinations: by rule id.
        rules: ids of both.
        with_circle: indicators that ask for others' in the circle, in the pack's order.
        networks: indicators that look beyond the family, in the pack's order.
        network_categories: what they look for.
        fingerprint: of all that the pack says: another one, and everybody has to be looked at again.
    """

    pack: RulePack
    watchers: dict[str, Watcher]
    by_code: dict[str, tuple[tuple[str, int], ...]]
    judges: Judges
    indicators: dict[str, Indicator]
    combinations: dict[str, Combination]
    rules: frozenset[str]
    with_circle: tuple[Indicator, ...]
    networks: tuple[Indicator, ...]
    network_categories: frozenset[str]
    fingerprint: str

    def asked_by(self, changed: Mapping[str, int], now: int) -> set[str]:
        """Names of the watchers that have to be asked again.

        Args:
            changed: fact code -> when the newest of its facts was that changed, microseconds.
            now: microseconds.
        """
        none = ()
        return {
            name for code, at in changed.items() for name, reach in self.by_code.get(code, none) if at > now - reach
        }


def engine_of(pack: RulePack) -> Engine:
    """Compile a pack."""
    found = {w.name: w for w in watchers(pack)}
    by_code: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for watcher in found.values():
        for code in watcher.codes:
            by_code[code].append((watcher.name, watcher.reach.get(code, 2 * ANY_TIME)))
    by_code.setdefault(BIRTH, [])
    by_code[ROLES] = []  # no watcher looks at them; what applies to the person depends on them
    return Engine(
        pack,
        found,
        {code: tuple(names) for code, names in by_code.items()},
        judges(pack),
        {i.id: i for i in pack.indicators},
        {c.id: c for c in pack.combinations},
        frozenset(rule.id for rule in (*pack.indicators, *pack.combinations)),
        tuple(i for i in pack.indicators if i.with_circle),
        tuple(i for i in pack.indicators if i.network),
        frozenset(c for i in pack.indicators if i.network for c in i.network.categories),
        blake2b(pack.model_dump_json().encode(), digest_size=8).hexdigest(),
    )


def load_engine(path: Path) -> Engine:
    """Read, check and compile a pack.

    Raises:
        RulePackWrong: with every mistake and its line.
    """
    loaded: LoadedPack = load_pack(path)
    refuse(path, check(loaded))
    return engine_of(loaded.pack)
