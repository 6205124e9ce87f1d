"""Blocking keys: under which names a source identity is looked for. No comparison may live here.

A key is hashed under the partnership's secret before it is kept (BLAKE2b, RFC 7693, keyed), so that the index tells
nothing to whoever reads the journal.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple

from jellyfish import metaphone

from hub.ids import Pseudonyms
from streams.identity.clean import dates
from streams.identity.clean.names import family_parts
from streams.identity.features import Features
from streams.identity.levels.births import EXPECTED_DAYS
from streams.identity.model import MatchModel

HASH_BYTES = 12
"""96 bits: with ten million keys the chance of one collision is under 1e-15, and a collision costs one comparison."""
_WRITTEN_OUT = (dates.DAY, dates.WRONG)
_FEW = 4
"""Names, places or telephones of one identity that go into combined keys: their product stays small."""


_ABOUT_DUE = (-EXPECTED_DAYS, EXPECTED_DAYS)
"""Days about an expected date between which a birth may come: of one year, or of two that follow each other."""


class KeyHasher:
    """Keyed hashes of short texts, 12 bytes."""

    def __init__(self, pseudonyms: Pseudonyms) -> None:
        """Derive a secret of its own, so that these hashes say nothing about ids."""
        self._keyed = blake2b(key=bytes.fromhex(pseudonyms.name("identity-blocking", "1")), digest_size=HASH_BYTES)

    def __call__(self, text: str) -> bytes:
        """The hash."""
        started = self._keyed.copy()
        started.update(text.encode())
        return started.digest()


@lru_cache(maxsize=100_000)
def sound(name: str) -> str:
    """How a name sounds; its first letters where the rules of English find nothing in it."""
    return metaphone(name) or name[:4]


class _Parts(NamedTuple):
    """What keys are made of, found once. Names are sounds; `full` has given and family name in either order."""

    firsts: list[str]
    families: list[str]
    middles: list[str]
    full: list[str]
    days: list[str]
    years: list[str]
    homes: list[str]
    codes: list[str]
    grown: bool
    features: Features


def _parts(f: Features, model: MatchModel) -> _Parts:
    firsts = _sounds([n for n in f.firsts if len(n) > 1])[:_FEW]
    families = _sounds([p for n in f.families for p in _heard(n)])[:_FEW]
    return _Parts(
        firsts,
        families,
        _sounds([m for m in f.middles if len(m) > 1])[:2],
        [f"{min(g, n)}:{max(g, n)}" for g in firsts for n in families],
        [b[0] for b in f.births if b[1] == dates.DAY][:_FEW],
        _years(f) if f.births else [],
        [k for p in f.places[:_FEW] for k in p.names()],
        list(dict.fromkeys([p.postcode for p in f.places[:_FEW] if p.postcode])),
        not any(b[0][:4] >= model.twins_since for b in f.births),
        f,
    )


def _heard(family: str) -> tuple[str, ...]:
    """A family name's parts; run together where one is a single letter, which is a slip of the space bar."""
    parts = family_parts(family)
    return parts if len(parts) == 1 or all(len(p) > 1 for p in parts) else (family.replace(" ", ""),)


def _sounds(names: list[str]) -> list[str]:
    return [sound(names[0])] if len(names) == 1 else sorted({sound(n) for n in names})


def block_keys(features: Features, model: MatchModel) -> list[str]:
    """The admissible keys, in the model's order of preference, at most its limit."""
    parts = _parts(features, model)
    found: dict[str, None] = {}
    for kind in model.blocking:
        for key in _KINDS[kind](parts):
            found[f"{kind}:{key}"] = None
    return list(found)[: model.limits.keys]


def _identifier(p: _Parts) -> list[str]:
    return [f"{i.scheme}:{i.value}" for i in p.features.ids]


def _name_birth(p: _Parts) -> list[str]:
    """Given and family names under one kind: names in each other's place meet as well."""
    if not p.days:
        return []
    names = dict.fromkeys((*p.firsts, *p.families, *p.middles))
    return [f"{n}:{d}" for d in p.days for n in names]


def _postcode_birth(p: _Parts) -> list[str]:
    return [f"{c}:{d}" for d in p.days for c in p.codes]


def _years(f: Features) -> list[str]:
    """Years of birth; of an expected birth both in which it may come."""
    years: dict[str, None] = {}
    for value, precision in f.births[:_FEW]:
        if precision == dates.EXPECTED:
            due = date.fromisoformat(value)
            years |= {(due + timedelta(days=d)).isoformat()[:4]: None for d in _ABOUT_DUE}
        else:
            years[value[:4]] = None
    return list(years)


def _place_birth(p: _Parts) -> list[str]:
    """By the year: a slip in the day or the month still meets, and few of one house are born in one year."""
    return [f"{k}:{y}" for y in p.years for k in p.homes]


def _place_day(p: _Parts) -> list[str]:
    """Day and month in either order: whoever has no first name and a slip in the year still meets."""
    return [f"{k}:{d}" for d in _swapped_days(p) for k in p.homes]


def _swapped_days(p: _Parts) -> list[str]:
    days = [b[0] for b in p.features.births[:_FEW] if b[1] in _WRITTEN_OUT]
    return [":".join(sorted((d[5:7], d[8:]))) for d in days]


def _street_birth(p: _Parts) -> list[str]:
    """Without the postcode, by the very day: who has no first name and a slip in the postcode still meets."""
    return [f"{h}:{d}" for d in p.days for h in _street_houses(p)]


def _phone_birth(p: _Parts) -> list[str]:
    return [f"{t}:{y}" for y in p.years for t in p.features.phones[:_FEW]]


def _names_year(p: _Parts) -> list[str]:
    return [f"{n}:{y}" for y in p.years for n in p.full]


def _names_swapped_day(p: _Parts) -> list[str]:
    """Day and month in either order, without the year: a slip in the year still meets."""
    return [f"{n}:{d}" for d in _swapped_days(p) for n in p.full]


def _names_place(p: _Parts) -> list[str]:
    return [f"{n}:{c}" for c in p.codes for n in p.full]


def _given_postcode(p: _Parts) -> list[str]:
    """Without house and family name: who has a slip in each, or does not say the house, still meets."""
    return [f"{n}:{c}" for c in p.codes for n in p.firsts]


def _given_place(p: _Parts) -> list[str]:
    """By the initial's sound: short forms and slips meet, and few of one house share it."""
    return [f"{g}:{k}" for g in _initials(p) for k in p.homes]


def _initials(p: _Parts) -> list[str]:
    return list(dict.fromkeys([g[:1] for g in p.firsts]))


def _family_place(p: _Parts) -> list[str]:
    """Of grown-ups, of whom few share a house: what is left where first name and birth date are both wrong."""
    return [f"{n}:{k}" for k in p.homes for n in dict.fromkeys((*p.families, *p.firsts))] if p.grown else []


def _given_street(p: _Parts) -> list[str]:
    """Without the postcode: a slip in it, or in the birth date, still meets."""
    return [f"{g}:{h}" for h in _street_houses(p) for g in p.firsts]


def _street_houses(p: _Parts) -> list[str]:
    return list(dict.fromkeys([f"{x.house}/{x.street}" for x in p.features.places[:_FEW] if x.house and x.street]))


def _given_phone(p: _Parts) -> list[str]:
    return [f"{g}:{t}" for g in _initials(p) for t in p.features.phones[:_FEW]]


def _given_email(p: _Parts) -> list[str]:
    return [f"{g}:{e}" for g in _initials(p) for e in p.features.emails[:_FEW]]


_KINDS: Final[dict[str, Callable[[_Parts], list[str]]]] = {
    "identifier": _identifier,
    "name_birth": _name_birth,
    "postcode_birth": _postcode_birth,
    "place_birth": _place_birth,
    "place_day": _place_day,
    "street_birth": _street_birth,
    "phone_birth": _phone_birth,
    "names_year": _names_year,
    "names_swapped_day": _names_swapped_day,
    "names_place": _names_place,
    "given_postcode": _given_postcode,
    "given_place": _given_place,
    "family_place": _family_place,
    "given_street": _given_street,
    "given_phone": _given_phone,
    "given_email": _given_email,
}


def hashed_keys(features: Features, model: MatchModel, hasher: KeyHasher, partnership: str) -> list[bytes]:
    """As `block_keys`, hashed with the partnership, across which nothing is matched."""
    return [hasher(f"{partnership}|{key}") for key in block_keys(features, model)]
