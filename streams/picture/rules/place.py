"""A rule in its file: where a mistake of it stands. And what both kinds of rules name."""

from __future__ import annotations

from collections.abc import Iterator
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


def unknown_categories(
    place: Place, field: str, names: list[str], among: list[Indicator] | None = None
) -> Iterator[Problem]:
    """Categories that no indicator has (of `among`: the household's)."""
    there = place.loaded.pack.indicators if among is None else among
    known = {i.category for i in there}
    for name in names:
        if name not in known:
            of = "No indicator of the household" if among is not None else "No indicator"
            yield place.problem(field, f"{of} has the category {name!r}.", "Name a category of the pack.")
