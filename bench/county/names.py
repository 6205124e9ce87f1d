"""Names by origin, with realistic skew, and the ways in which agencies write them. No persons, no dates."""

from __future__ import annotations

import unicodedata
from bisect import bisect
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

import yaml

_FILE = Path(__file__).with_name("names.yaml")
_LETTERS_BESIDE = {
    "a": "sq",
    "e": "wr",
    "i": "uo",
    "o": "ip",
    "n": "bm",
    "r": "et",
    "s": "ad",
    "t": "ry",
    "l": "kp",
    "m": "nj",
}
"""Neighbours on a QWERTY keyboard, for typing errors."""
_SOUNDS = (
    ("ie", "ei"),
    ("ey", "y"),
    ("ph", "f"),
    ("ck", "k"),
    ("ll", "l"),
    ("tt", "t"),
    ("ss", "s"),
    ("y", "i"),
    ("c", "k"),
)
"""Swaps that a clerk who heard the name makes."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Names with their cumulative weights."""

    names: tuple[str, ...]
    weights: tuple[float, ...]

    def draw(self, rng: Random) -> str:
        """One name, by weight."""
        return self.names[bisect(self.weights, rng.random() * self.weights[-1])]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a family's names come from."""

    name: str
    female: Pool
    male: Pool
    family: Pool

    def given(self, sex: str, rng: Random) -> str:
        """A given name for a sex (F or M)."""
        return (self.female if sex == "F" else self.male).draw(rng)


def _pool(text: str, skew: float) -> Pool:
    names = tuple(dict.fromkeys(word.split("/")[0] for word in text.split()))
    return Pool(names, tuple(accumulate(1 / rank**skew for rank in range(1, len(names) + 1))))


class Names:
    """The pools of names.yaml."""

    def __init__(self) -> None:
        data: dict[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
        self._origins: dict[str, Origin] = {}
        self.variants: dict[str, tuple[str, ...]] = {}
        for name, o in data["origins"].items():
            pools = {key: _pool(o[key], o["skew"]) for key in ("female", "male", "family")}
            self._origins[name] = Origin(name, **pools)
            for key in pools:
                self._note_variants(o[key])
        shares = [o["share"] for o in data["origins"].values()]
        self._by_share = Pool(tuple(self._origins), tuple(accumulate(shares)))
        self._tail_share: float = data["tail"]["share"]
        self._stems: list[str] = data["tail"]["stems"].split()
        self._endings: list[str] = data["tail"]["endings"].split()
        self.nicknames: dict[str, str] = data["nicknames"]

    def _note_variants(self, text: str) -> None:
        for word in text.split():
            spellings = word.split("/")
            if len(spellings) > 1:
                self.variants.setdefault(spellings[0], tuple(spellings[1:]))

    def origin(self, rng: Random) -> Origin:
        """An origin, by its share of people."""
        return self._origins[self._by_share.draw(rng)]

    def family(self, origin: Origin, rng: Random) -> str:
        """A family name; English ones have a long tail of rare ones."""
        if origin.name == "british" and rng.random() < self._tail_share:
            return rng.choice(self._stems) + rng.choice(self._endings)
        return origin.family.draw(rng)

    def variant(self, name: str, rng: Random) -> str:
        """Another spelling of the name: transliterated, without its accents, or the name itself where it has none."""
        if others := self.variants.get(name):
            return rng.choice(others)
        return plain(name)


@cache
def pools() -> Names:
    """The pools, read once."""
    return Names()


@cache
def plain(name: str) -> str:
    """The name in unaccented letters, as older systems keep it."""
    folded = name.replace("ł", "l").replace("Ł", "L")
    return "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))


def misspell(name: str, rng: Random) -> str:
    """The name with one error of typing or hearing in it (the first letter stays: most do)."""
    if len(name) < 3:
        return name
    lower = name.lower()
    heard = [(a, b) for a, b in _SOUNDS if a in lower[1:]]
    if heard and rng.random() < 0.4:
        a, b = rng.choice(heard)
        at = lower.index(a, 1)
        return name[:at] + b + name[at + len(a) :]
    at = rng.randrange(1, len(name) - 1)
    kind = rng.randrange(4)
    if kind == 0:
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    if kind == 1:
        return name[:at] + name[at + 1 :]
    if kind == 2:
        return name[:at] + name[at] + name[at:]
    return name[:at] + rng.choice(_LETTERS_BESIDE.get(lower[at], "ae")) + name[at + 1 :]
