"""The circle as a map: the person in the middle, household close by, others further out. A list says the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from streams.check.render.view import BundleView, Tie

WIDTH, HEIGHT = 760, 460
_NEAR = (225, 125)
_FAR = (315, 185)
_HOME = ("household", "mother", "father", "parent", "sibling", "carer", "partner", "step")
_SHOWN = 14
"""More than that round one table is a crowd that nobody reads; the list has everybody."""


@dataclass(frozen=True, slots=True)
class Node:
    """Somebody around the person, drawn."""

    x: float
    y: float
    name: str
    relation: str
    risky: bool
    home: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that the template draws."""

    width: int
    height: int
    title: str
    nodes: Sequence[Node]
    left_out: int
    summary: str


def draw_circle(view: BundleView) -> Drawing | None:
    """The map; None where nobody is around."""
    if not view.circle:
        return None
    ties = sorted(view.circle, key=lambda tie: (not tie.risks, not _at_home(tie), tie.relation, tie.name))[:_SHOWN]
    ties.sort(key=lambda tie: (not _at_home(tie), tie.relation, tie.name))
    nodes = [_node(number, len(ties), tie) for number, tie in enumerate(ties)]
    risky = [tie.name for tie in view.circle if tie.risks]
    summary = f"{len(view.circle)} {'person' if len(view.circle) == 1 else 'people'} around. " + (
        f"Something counts through {', '.join(risky)}." if risky else "Nothing counts through any of them."
    )
    return Drawing(WIDTH, HEIGHT, view.subject.title, nodes, len(view.circle) - len(ties), summary)


def _at_home(tie: Tie) -> bool:
    return any(word in tie.relation for word in _HOME)


def _node(number: int, total: int, tie: Tie) -> Node:
    angle = -math.pi / 2 + 2 * math.pi * number / total
    wide, high = _NEAR if _at_home(tie) and total <= 8 else _FAR  # noqa: PLR2004 - that many fit on the inner ring
    x, y = WIDTH / 2 + wide * math.cos(angle), HEIGHT / 2 + high * math.sin(angle)
    return Node(round(x, 1), round(y, 1), tie.name, tie.relation, bool(tie.risks), _at_home(tie))
