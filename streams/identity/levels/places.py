"""Addresses: the same property or house, the same with a slip, a street, a postcode, or another place."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rapidfuzz.distance import OSA, JaroWinkler

from streams.identity.clean.places import Place
from streams.identity.features import Features
from streams.identity.model import MatchModel
from streams.identity.steps import Step

ALIKE: Final = 0.9
"""Jaro-Winkler from which two street or town names may be one misspelt."""
_ORDER: Final = ("property", "house", "similar", "unhoused", "street", "postcode", "differ")
_RANK: Final = {level: at for at, level in enumerate(_ORDER)}


def place_step(a: Features, b: Features, model: MatchModel) -> Step | None:
    """The best level over all pairs of addresses."""
    if not a.places or not b.places:
        return None
    best = ""
    for x in a.places:
        for y in b.places:
            level = place_level(x, y)
            if level == "property":
                return model.steps("place", level)
            if level and (not best or _RANK[level] < _RANK[best]):
                best = level
    return model.steps("place", best) if best else None


def place_level(x: Place, y: Place) -> str:
    """How alike two addresses are; '' where they have nothing that can be compared."""
    if x.uprn and x.uprn == y.uprn:
        return "property"
    same_code = bool(x.postcode) and x.postcode == y.postcode
    if same_code and x.house and x.house == y.house:
        return "house"
    graded = _graded(x, y, same_code=same_code)
    if graded:
        return graded
    apart = (x.uprn and y.uprn) or (x.postcode and y.postcode)
    return "differ" if apart or (x.street and y.street and not _alike(x.street, y.street)) else ""


def _graded(x: Place, y: Place, *, same_code: bool) -> str:
    """Where not all agrees: what is left of it."""
    if not x.street or not y.street:
        return "postcode" if same_code else ""
    one_street = _alike(x.street, y.street)
    one_house = bool(x.house) and x.house == y.house
    if not same_code and not (x.postcode and y.postcode) and not (x.town and y.town):
        return "street" if one_street and one_house else ""  # in what town, one of them does not say
    if not (same_code or _one_slip(x.postcode, y.postcode) or _alike(x.town, y.town)):
        return ""
    if one_street:
        return "similar" if one_house else "street" if (x.house and y.house) or not same_code else "unhoused"
    return "postcode" if same_code else ""


@lru_cache(maxsize=100_000)
def _alike(x: str, y: str) -> bool:
    if x == y:
        return bool(x)
    return bool(x and y and JaroWinkler.similarity(x, y, score_cutoff=ALIKE) >= ALIKE)


@lru_cache(maxsize=100_000)
def _one_slip(x: str, y: str) -> bool:
    return bool(x and y and OSA.distance(x, y, score_cutoff=1) <= 1)
