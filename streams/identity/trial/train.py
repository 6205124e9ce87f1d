"""Weights estimated from records without labels: m by expectation maximisation over blocked pairs, u from random pairs.

Fellegi and Sunter (1969) for the weights; Winkler, "Using the EM algorithm for weight computation" (1988) for m; the
classes start from the weights of the model in use, so that siblings, who agree in much, begin as different people.
Nothing is decided here and no file is read.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Final

from streams.identity.blocking import block_keys
from streams.identity.compare import Comparison, compare
from streams.identity.features import Features
from streams.identity.model import MILLI, Level, MatchModel

TRAINED: Final = {
    "given": (), "middle": (), "family": (), "sex": (), "place": (), "phone": (), "email": (),
    "birth": ("exact", "swapped", "typing", "close", "near", "differ"),
    "national": (), "nhs_number": (), "local": (), "other": (),
}  # fmt: skip
"""Comparisons that are estimated, and which of their levels where not all: a coarse date says how coarse."""
PAIRS: Final = 300_000
"""Pairs of each kind that are looked at: enough that a level of one in ten thousand is seen thirty times."""
LARGEST_BLOCK: Final = 300
ROUNDS: Final = 25
PRIOR: Final = 10.0
"""Observations that the model in use counts for, at each level: it speaks where records are few."""
ALMOST_ONE: Final = 0.9999
RARE: Final = 5
"""Bearers below which a name's share is not estimated."""
FAMILY_SHARE: Final = 0.02
"""Share of different people among those of one family name and house, from which the data hold families."""

Pattern = tuple[tuple[str, str], ...]
Counts = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Trained:
    """What was estimated.

    Attributes:
        levels: comparison -> level -> m and u, for what was estimated.
        given: name -> share of bearers.
        family: as `given`.
        families: whether people of one family share houses in these records.
        pairs: blocked pairs looked at.
        matches: how many of them are taken to be of one person.
    """

    levels: dict[str, dict[str, Level]]
    given: dict[str, float]
    family: dict[str, float]
    families: bool
    pairs: int
    matches: float


def train(
    features: Sequence[Features],
    model: MatchModel,
    base: dict[str, dict[str, Level]],
    *,
    seed: int = 1,
    told: Callable[[int], None] = lambda _n: None,
) -> Trained:
    """Estimate from features, starting from `model` whose levels are `base`."""
    rng = random.Random(seed)  # noqa: S311 - a sample, no secret
    blocked: Counter[tuple[Pattern, bool]] = Counter()
    start: defaultdict[tuple[Pattern, bool], float] = defaultdict(float)
    housemates = strangers = 0
    for done, (a, b) in enumerate(_blocked_pairs(features, model, rng)):
        found = compare(features[a], features[b], model)
        likely = _likely(found, model)
        key = (_pattern(found, model), bool(found.conflict))
        blocked[key] += 1
        start[key] += likely
        if _one_house(found):
            housemates += 1
            strangers += likely < 0.01  # noqa: PLR2004 - plainly two people
        told(done)
    families = strangers > FAMILY_SHARE * max(housemates, 1)
    m, matches = _expect(blocked, start, base, families=families)
    u = _random_levels(features, model, rng)
    return Trained(
        {c: _levels(base[c], TRAINED[c], m[c], u[c]) for c in TRAINED if c in base},
        _shares(f.firsts for f in features),
        _shares(f.families for f in features),
        families,
        sum(blocked.values()),
        matches,
    )


def _levels(
    base: dict[str, Level], which: tuple[str, ...], m: Mapping[str, float], u: Mapping[str, float]
) -> dict[str, Level]:
    of_m, of_u = sum(m.values()), sum(u.values())
    return {
        name: Level(
            m=min(_share(m.get(name, 0.0), of_m, known.m), ALMOST_ONE),
            u=min(_share(u.get(name, 0.0), of_u, known.u), ALMOST_ONE),
        )
        for name, known in base.items()
        if not which or name in which
    }


def _likely(found: Comparison, model: MatchModel) -> float:
    """How likely a pair is one person's by the model in use, at even odds on its threshold."""
    if found.conflict:
        return 0.0
    bits = max(min((found.weight - model.link) / MILLI, 40.0), -40.0)
    return float(1 / (1 + 2.0**-bits))


def _one_house(found: Comparison) -> bool:
    levels = {(s.name, s.level.partition(",")[0]) for s in found.steps}
    return ("family", "exact") in levels and not levels.isdisjoint({("place", "house"), ("place", "property")})


def _pattern(found: Comparison, model: MatchModel) -> Pattern:
    """The levels, without what is not estimated."""
    said = []
    for step in found.steps:
        # A number stands under its scheme; what is neither estimated nor a number is left as it is.
        number = step.name not in model.weights or step.name in model.schemes
        name = model.comparison_of(step.name) if number else step.name
        level = step.level.partition(",")[0]
        if name in TRAINED and (not TRAINED[name] or level in TRAINED[name]):
            said.append((name, level))
    return tuple(said)


def _blocked_pairs(features: Sequence[Features], model: MatchModel, rng: random.Random) -> list[tuple[int, int]]:
    """Pairs that share a key, each once; a sample where there are too many."""
    blocks: defaultdict[str, list[int]] = defaultdict(list)
    for number, f in enumerate(features):
        for key in block_keys(f, model):
            blocks[key].append(number)
    pairs: set[tuple[int, int]] = set()
    for members in blocks.values():
        if len(members) <= LARGEST_BLOCK:
            pairs.update((a, b) for at, a in enumerate(members) for b in members[at + 1 :])
    found = sorted(pairs)
    return found if len(found) <= PAIRS else sorted(rng.sample(found, PAIRS))


def _expect(
    blocked: Counter[tuple[Pattern, bool]],
    start: dict[tuple[Pattern, bool], float],
    base: dict[str, dict[str, Level]],
    *,
    families: bool,
) -> tuple[Counts, float]:
    """Rounds of expectation and maximisation over patterns; counts of levels among matches, and their number."""
    likely = {key: start[key] / n for key, n in blocked.items()}
    m: Counts = {}
    for _ in range(ROUNDS):
        m, q = _counts(blocked, likely, matches=True), _counts(blocked, likely, matches=False)
        total = sum(n * likely[key] for key, n in blocked.items())
        prior = log2(max(total, 1.0) / max(sum(blocked.values()) - total, 1.0))
        likely = {key: 0.0 if key[1] and families else _posterior(key[0], m, q, prior, base) for key in blocked}
    return m, sum(n * likely[key] for key, n in blocked.items())


def _counts(
    blocked: Counter[tuple[Pattern, bool]], likely: dict[tuple[Pattern, bool], float], *, matches: bool
) -> Counts:
    counts: Counts = {c: defaultdict(float) for c in TRAINED}
    for (pattern, conflict), n in blocked.items():
        share = likely[pattern, conflict] if matches else 1 - likely[pattern, conflict]
        for name, level in pattern:
            counts[name][level] += n * share
    return counts


def _posterior(pattern: Pattern, m: Counts, q: Counts, prior: float, base: dict[str, dict[str, Level]]) -> float:
    bits = prior
    for name, level in pattern:
        known = base[name][level]
        bits += log2(_share(m[name][level], sum(m[name].values()), known.m))
        bits -= log2(_share(q[name][level], sum(q[name].values()), known.u))
    return float(1 / (1 + 2.0 ** -max(min(bits, 60.0), -60.0)))


def _share(seen: float, of: float, known: float) -> float:
    """A share, where what is known already counts as PRIOR observations."""
    return (seen + PRIOR) / (of + PRIOR / known)


def _random_levels(features: Sequence[Features], model: MatchModel, rng: random.Random) -> Counts:
    """Levels of random pairs: nearly all of them different people."""
    counts: Counts = {c: defaultdict(float) for c in TRAINED}
    if len(features) < 2:  # noqa: PLR2004 - no pair
        return counts
    for _ in range(PAIRS):
        a, b = rng.sample(range(len(features)), 2)
        for name, level in _pattern(compare(features[a], features[b], model), model):
            counts[name][level] += 1
    return counts


def _shares(names: Iterable[tuple[str, ...]]) -> dict[str, float]:
    counts: Counter[str] = Counter()
    people = 0
    for some in names:
        people += bool(some)
        counts.update(some)
    return {name: n / people for name, n in sorted(counts.items()) if n >= RARE and len(name) > 1}
