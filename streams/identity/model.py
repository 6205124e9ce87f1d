"""The match model: weights, thresholds, limits and name frequencies, read once from packs/match. No comparison here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from math import log2
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from packs import HERE
from streams.identity.clean.tables import Tables, load_tables
from streams.identity.errors import ModelWrong
from streams.identity.steps import StepTable

DEFAULT = HERE / "match" / "model-1.yaml"
SAME_TWO_NUMBERS = "same_two_numbers"
"""Among decisions that need a second person: that two are one although each has a number that nobody has two of."""
SAME_IN_CONFLICT = "same_in_conflict"
"""Another: that two are one, which would make one of others too that can't be, a twin and a twin, say."""
MILLI = 1000
"""Weights are whole thousandths of a bit: sums are exact and the same on every machine."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Level(_Strict):
    """How often records of one person (m) and of different people (u) show this level."""

    m: float = Field(gt=0, lt=1)
    u: float = Field(gt=0, lt=1)


class Thresholds(_Strict):
    """In bits."""

    link: float
    review: float
    margin: float
    sure: float
    step: float = Field(gt=0)


class Limits(_Strict):
    """Bounds of work; what is over them waits in the backlog."""

    candidates: int = Field(gt=0)
    backlog: int = Field(gt=0)
    keys: int = Field(gt=0, le=64)


class Frequencies(_Strict):
    """Share of people who bear a name; names not listed count as the level's u."""

    family: dict[str, float]
    given: dict[str, float]


class ModelFile(_Strict):
    """The file as it stands."""

    version: str
    cleaning: str
    thresholds: Thresholds
    cap: int = Field(gt=1)
    limits: Limits
    blocking: list[str]
    levels: dict[str, dict[str, Level]]
    schemes: dict[str, str]
    families: bool = True
    twins_since: int = Field(default=2001, ge=1900, le=2100)
    shared: list[str] = Field(default_factory=list)
    second_person: list[Literal["same", "different", "same_two_numbers", "same_in_conflict"]] = [
        "same_two_numbers",
        "same_in_conflict",
    ]
    frequencies: str | Frequencies


@dataclass(frozen=True, slots=True)
class MatchModel:
    """The model in the form that scoring uses: integers in thousandths of a bit.

    Attributes:
        version: model and cleaning table, as named in every assignment.
        fingerprint: of all that the model says, its frequencies and cleaning table included.
        weights: comparison -> level -> weight.
        given: name -> weight of agreeing on it.
        family: as `given`.
        schemes: identifier scheme -> comparison.
        shared: words in the name of a scheme that is not listed, by which it is a household's or a case's.
        families: whether people of one family share houses in the records: then what a family shares counts once.
        twins_since: year of birth from which twins are taken to live in one house.
        second_person: decisions that hold only once another person takes them as well.
        steps: every step of a waterfall.
        blocking: admissible block keys, in order of preference.
    """

    version: str
    fingerprint: str
    tables: Tables
    link: int
    review: int
    margin: int
    sure: int
    step: int
    cap: int
    limits: Limits
    blocking: tuple[str, ...]
    weights: Mapping[str, Mapping[str, int]]
    given: Mapping[str, int]
    family: Mapping[str, int]
    schemes: Mapping[str, str]
    shared: tuple[str, ...]
    twins_since: str
    families: bool
    second_person: frozenset[str]
    steps: StepTable

    def comparison_of(self, scheme: str) -> str:
        """How numbers of a scheme are compared: as the model says, else as a household's, else as a person's."""
        known = self.schemes.get(scheme)
        return known if known is not None else _unknown(scheme, self.shared)


@lru_cache(maxsize=10_000)
def _unknown(scheme: str, shared: tuple[str, ...]) -> str:
    return "shared" if any(word in scheme for word in shared) else "other"


def load_model(path: Path = DEFAULT) -> MatchModel:
    """Read and check a model file with its cleaning table.

    Raises:
        ModelWrong: a file is missing or breaks its shape.
    """
    raw, frequencies = read_model(path)
    tables = load_tables(_beside(path, raw.cleaning))
    weights = {c: {name: weight_of(level) for name, level in levels.items()} for c, levels in raw.levels.items()}
    unknown = set(raw.schemes.values()) - weights.keys()
    if unknown:
        raise ModelWrong(f"The match model {path.name} maps schemes to comparisons it lacks: {sorted(unknown)}.")
    t = raw.thresholds
    given = _by_name(raw.levels["given"]["exact"], frequencies.given)
    family = _by_name(raw.levels["family"]["exact"], frequencies.family)
    return MatchModel(
        version=f"{raw.version}+clean-{tables.version}",
        fingerprint=_fingerprint(raw, frequencies, _beside(path, raw.cleaning).read_bytes()),
        tables=tables,
        link=round(t.link * MILLI),
        review=round(t.review * MILLI),
        margin=round(t.margin * MILLI),
        sure=round(t.sure * MILLI),
        step=round(t.step * MILLI),
        cap=raw.cap,
        limits=raw.limits,
        blocking=tuple(raw.blocking),
        weights=weights,
        given=given,
        family=family,
        schemes=raw.schemes,
        shared=tuple(raw.shared),
        families=raw.families,
        second_person=frozenset(raw.second_person),
        twins_since=f"{raw.twins_since:04d}",
        steps=StepTable(weights, given, family),
    )


def _fingerprint(raw: ModelFile, frequencies: Frequencies, cleaning: bytes) -> str:
    said = blake2b(cleaning, digest_size=12)
    for part in (raw, frequencies):
        said.update(json.dumps(part.model_dump(), sort_keys=True).encode())
    return said.hexdigest()


def read_model(path: Path = DEFAULT) -> tuple[ModelFile, Frequencies]:
    """A model file with its frequencies. Levels that it lacks, since it is older than they, are the hub's own.

    Raises:
        ModelWrong: a file is missing or breaks its shape.
    """
    try:
        raw = ModelFile.model_validate(_read(path))
        if path != DEFAULT:
            own = ModelFile.model_validate(_read(DEFAULT)).levels
            levels = {c: own.get(c, {}) | raw.levels.get(c, {}) for c in own | raw.levels}
            raw = raw.model_copy(update={"levels": levels})
        named = raw.frequencies
        whole = Frequencies.model_validate(_read(_beside(path, named))) if isinstance(named, str) else named
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise ModelWrong(f"The match model {path.name} cannot be used: {error}.") from error
    return raw, whole


def _beside(path: Path, name: str) -> Path:
    """A file that a model names: beside it, else the one that comes with the hub."""
    near = path.with_name(name)
    return near if near.is_file() else DEFAULT.with_name(name)


def _read(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), Loader=_LOADER)  # noqa: S506 - the safe loader, in C where there is one


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@lru_cache(maxsize=4)
def shipped_model() -> MatchModel:
    """The model that comes with the hub."""
    return load_model()


def weight_of(level: Level) -> int:
    """log2(m / u) in thousandths of a bit."""
    return round(MILLI * log2(level.m / level.u))


def _by_name(exact: Level, shares: Mapping[str, float]) -> dict[str, int]:
    """A rare name weighs no more than one that is not listed: lists come from elsewhere."""
    return {name: weight_of(Level(m=exact.m, u=max(share, exact.u))) for name, share in shares.items()}
