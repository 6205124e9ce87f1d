"""The check stage's figures, set out for people: a row an agency, a rule, a rating. Pure; measures nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from streams.check.figures import MEASURES, Figure

_BY_AGENCY = ("requests", "overdue_share", "not_known_share", "refused_share", "hours_to_answer_median",
              "hours_to_answer_90th", "hours_entered")  # fmt: skip
_ARRIVALS = ("records", "hours_to_arrival_median", "hours_to_arrival_90th")
_BY_RULE = ("proposals", "yield")
_BY_RATING = ("hours_to_decision_median", "hours_to_decision_90th")


@dataclass(frozen=True, slots=True)
class Table:
    """Figures of one kind of group.

    Attributes:
        rows: group -> measure -> figure; a measure that says nothing of a group is not there.
        most: the highest first measure, for the length of bars.
    """

    rows: Mapping[str, Mapping[str, Figure]]
    most: float


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the page."""

    agencies: Table
    rules: Table
    ratings: Table
    sources: Table
    arrivals: Table
    single: Mapping[str, Figure]
    """Measures of all checks together."""
    open_states: Mapping[str, int]


def board(figures: Sequence[Figure]) -> Board:
    """The figures, by what they are about."""
    return Board(
        agencies=_table(figures, _BY_AGENCY),
        rules=_table(figures, _BY_RULE),
        ratings=_table(figures, _BY_RATING),
        sources=_table(figures, ("no_further_action_share",)),
        arrivals=_table(figures, _ARRIVALS),
        single={f.measure: f for f in figures if f.group == "all"},
        open_states={f.group: int(f.value) for f in figures if f.measure == "open_checks"},
    )


def _table(figures: Iterable[Figure], measures: Sequence[str]) -> Table:
    rows: dict[str, dict[str, Figure]] = {}
    for figure in figures:
        if figure.measure in measures:
            rows.setdefault(figure.group, {})[figure.measure] = figure
    firsts = [row[measures[0]].value for row in rows.values() if measures[0] in row]
    ordered = sorted(rows.items(), key=lambda pair: (-_first(pair[1], measures[0]), pair[0]))
    return Table(dict(ordered), max(firsts, default=0.0))


def _first(row: Mapping[str, Figure], measure: str) -> float:
    return row[measure].value if measure in row else 0.0


def as_rows(figures: Iterable[Figure]) -> list[tuple[str, str, str, str, str]]:
    """Everything for a spreadsheet: measure, in words, of what, value, unit and how many cases."""
    return [(MEASURES.get(f.measure, f.measure), f.group, f"{f.value:.4g}", f.unit, str(f.of)) for f in figures]
