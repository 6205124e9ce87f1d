"""Blocking keys: under which names a source identity is looked for. No comparison may live here.

A key is hashed under the partnership's secret before it is kept (BLAKE2b, RFC 7693, keyed), so that the index tells
nothing to whoever reads the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from hashlib import blake2b
from typing import Final

from jellyfish import metaphone

from hub.ids import Pseudonyms
from streams.identity.clean import dates
from streams.identity.clean.names import family_parts
from streams.identity.features import Features
from streams.identity.levels.births import EXPECTED_DAYS
from streams.identity.model import MatchModel

HASH_BYTES = 12
"""96 bits: with ten million keys the chance of one collision is under 1e-15, and a collision costs one comparison."""
_FEW = 4
"""Names, places or telephones of one identity that go into combined keys: their product stays small."""


_ABOUT_DUE = (-EXPECTED_DAYS, -20, 0, 20, EXPECTED_DAYS)
"""Days about an expected date, closer than the shortest month, so that no month between is missed."""


class KeyHasher:
    """Keyed hashes of short texts, 12 bytes."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        """Derive a secret of its own, so that these hashes say nothing about ids."""
        self._secret = bytes.fromhex(pseudonyms.name("identity-blocking", "1"))

    def __call__(self, text: str) -> bytes:
        """The hash."""
        return blake2b(text.encode(), key=self._secret, digest_size=HASH_BYTES).digest()


def sound(name: str) -> str:
    """How a name sounds; its first letters where the rules of English find nothing in it."""
    return metaphone(name) or name[:4]


def block_keys(features: Features, model: MatchModel) -> list[str]:
    """The admissible keys, in the model's order of preference, at most its limit."""
    found: dict[str, None] = {}
    for kind in model.blocking:
        for key in _KINDS[kind](features):
            found[f"{kind}:{key}"] = None
    return list(found)[: model.limits.keys]


def _days(f: Features) -> list[str]:
    return [b[0] for b in f.births if b[1] == dates.DAY][:_FEW]


def _firsts(f: Features) -> list[str]:
    return sorted({sound(n) for n in f.firsts if len(n) > 1})[:_FEW]


def _families(f: Features) -> list[str]:
    return sorted({sound(p) for n in f.families for p in family_parts(n)})[:_FEW]


def _property_keys(f: Features) -> list[str]:
    return [k for p in f.places[:_FEW] for k in p.names()]


def _identifier(f: Features) -> Iterator[str]:
    return (f"{i.scheme}:{i.value}" for i in f.ids)


def _name_birth(f: Features) -> Iterator[str]:
    """Given and family names under one kind: names in each other's place meet as well."""
    names = dict.fromkeys((*_firsts(f), *_families(f), *sorted({sound(m) for m in f.middles if len(m) > 1})[:2]))
    return (f"{n}:{d}" for d in _days(f) for n in names)


def _postcode_birth(f: Features) -> Iterator[str]:
    codes = dict.fromkeys(p.postcode for p in f.places[:_FEW] if p.postcode)
    return (f"{c}:{d}" for d in _days(f) for c in codes)


def _months(f: Features) -> list[str]:
    """Months of birth; of an expected birth all months in which it may come."""
    months: dict[str, None] = {}
    for value, precision in f.births[:_FEW]:
        if precision == dates.EXPECTED:
            due = date.fromisoformat(value)
            months |= {(due + timedelta(days=d)).isoformat()[:7]: None for d in _ABOUT_DUE}
        elif precision != dates.YEAR:
            months[value[:7]] = None
    return list(months)


def _place_birth(f: Features) -> Iterator[str]:
    return (f"{k}:{m}" for m in _months(f) for k in _property_keys(f))


def _phone_birth(f: Features) -> Iterator[str]:
    return (f"{t}:{m}" for m in _months(f) for t in f.phones[:_FEW])


def _full(f: Features) -> list[str]:
    return [f"{g}:{n}" for g in _firsts(f) for n in _families(f)]


def _names_year(f: Features) -> Iterator[str]:
    years = dict.fromkeys(b[0][:4] for b in f.births[:_FEW])
    return (f"{n}:{y}" for y in years for n in _full(f))


def _names_swapped_day(f: Features) -> Iterator[str]:
    """Day and month in either order, without the year: a slip in the year still meets."""
    return (f"{n}:{':'.join(sorted((d[5:7], d[8:])))}" for d in _days(f) for n in _full(f))


def _names_place(f: Features) -> Iterator[str]:
    codes = dict.fromkeys(p.postcode for p in f.places[:_FEW] if p.postcode)
    return (f"{n}:{c}" for c in codes for n in _full(f))


def _given_place(f: Features) -> Iterator[str]:
    return (f"{g}:{k}" for g in _firsts(f) for k in _property_keys(f))


def _given_street(f: Features) -> Iterator[str]:
    """Without the postcode: a slip in it, or in the birth date, still meets."""
    homes = dict.fromkeys(f"{p.house}/{p.street}" for p in f.places[:_FEW] if p.house and p.street)
    return (f"{g}:{h}" for h in homes for g in _firsts(f))


def _given_phone(f: Features) -> Iterator[str]:
    return (f"{g}:{t}" for g in _firsts(f) for t in f.phones[:_FEW])


def _given_email(f: Features) -> Iterator[str]:
    return (f"{g}:{e}" for g in _firsts(f) for e in f.emails[:_FEW])


_KINDS: Final[dict[str, Callable[[Features], Iterator[str]]]] = {
    "identifier": _identifier,
    "name_birth": _name_birth,
    "postcode_birth": _postcode_birth,
    "place_birth": _place_birth,
    "phone_birth": _phone_birth,
    "names_year": _names_year,
    "names_swapped_day": _names_swapped_day,
    "names_place": _names_place,
    "given_place": _given_place,
    "given_street": _given_street,
    "given_phone": _given_phone,
    "given_email": _given_email,
}


def hashed_keys(features: Features, model: MatchModel, hasher: KeyHasher, partnership: str) -> list[bytes]:
    """As `block_keys`, hashed with the partnership, across which nothing is matched."""
    return [hasher(f"{partnership}|{key}") for key in block_keys(features, model)]
