"""A rule in its file: where a mistake of it stands. No checking here."""

from __future__ import annotations

from dataclasses import dataclass

from streams.picture.rules.load import LoadedPack, Problem
from streams.picture.rules.pack import Combination, Indicator


@dataclass(frozen=True, slots=True)
class Place:
    """A rule in the file."""

    loaded: LoadedPack
    kind: str
    index: int
    rule: Indicator | Combination

    def problem(self, field: str, what: str, remedy: str) -> Problem:
        """A mistake in one of its fields, with the line of the field."""
        steps = (int(step) if step.isdigit() else step for step in field.split("."))
        line = self.loaded.line(self.kind, self.index, *steps)
        return Problem(line, f"{self.rule.id}.{field}", what, remedy)


def places_of(loaded: LoadedPack) -> list[Place]:
    """Every rule of a pack, in the file's order."""
    pack = loaded.pack
    return [
        *(Place(loaded, "indicators", n, r) for n, r in enumerate(pack.indicators)),
        *(Place(loaded, "combinations", n, r) for n, r in enumerate(pack.combinations)),
    ]
