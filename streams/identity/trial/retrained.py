"""A model file with what was estimated in the place of what stood there. No estimating here."""

from __future__ import annotations

from hashlib import blake2b
from math import log2
from typing import Final

import yaml

from streams.identity.model import Frequencies, ModelFile
from streams.identity.trial.train import Trained

REGION: Final = 1_400_000
"""People for whom the thresholds of the hub's own model are set: a large county."""
_DIGITS: Final = 4


def retrained(raw: ModelFile, trained: Trained, *, people: int = REGION) -> ModelFile:
    """The model file with new weights, frequencies and, for another number of people, thresholds.

    Chance agreement grows with the number of people: a pair needs log2 of their ratio more bits, or fewer.
    """
    shift = log2(people / REGION)
    levels = {c: known | trained.levels.get(c, {}) for c, known in raw.levels.items()}
    old = raw.thresholds
    thresholds = old.model_copy(
        update={name: round(getattr(old, name) + shift, 1) for name in ("link", "review", "sure")}
    )
    new = raw.model_copy(
        update={
            "levels": levels,
            "thresholds": thresholds,
            "families": trained.families,
            "frequencies": Frequencies(family=trained.family, given=trained.given),
        }
    )
    name = blake2b(new.model_dump_json(exclude={"version"}).encode(), digest_size=4).hexdigest()
    return new.model_copy(update={"version": f"trained-{name}"})


def as_yaml(model: ModelFile, source: str, people: int) -> str:
    """The file's text."""
    values = model.model_dump(mode="json")
    for levels in values["levels"].values():
        for level in levels.values():
            level.update({k: float(f"{v:.{_DIGITS}g}") for k, v in level.items()})
    for names in values["frequencies"].values():
        names.update({k: float(f"{v:.{_DIGITS}g}") for k, v in names.items()})
    head = (
        f"# Estimated without labels by `mash identity train` from {source}, for {people:,} people.\n"
        "# Levels that the records show too seldom, and limits, are those of the model it began with.\n"
    )
    return head + yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=120)
