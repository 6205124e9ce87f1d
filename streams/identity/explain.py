"""An explanation of a pair for people: plain English and a waterfall. Levels and weights: no name, date, address.

So an explanation may be shown, printed and logged: it says that the addresses agree, never what they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from rich.table import Table
from rich.text import Text

from streams.identity.compare import TWO_NUMBERS, Comparison, bits
from streams.identity.model import MILLI, MatchModel
from streams.identity.steps import Step

_WIDTH = 40
"""Characters of the waterfall's bar field."""

_SCHEMES: Final = {
    "nhs_number": "NHS number", "upn": "UPN (pupil number)", "uln": "ULN (learner number)", "pnc": "PNC number",
    "cro": "CRO number", "nino": "National Insurance number", "la_child_id": "council's child number",
    "nominal_id": "police nominal number", "hospital_number": "hospital number",
}  # fmt: skip
_NAMES: Final = {
    "given": "first name", "middle": "second given name", "family": "family name", "birth": "birth date", "sex": "sex",
    "order": "order of a multiple birth", "place": "address", "phone": "telephone number", "email": "e-mail address",
    "mother": "mother",
}  # fmt: skip
_LEVELS: Final = {
    ("given", "nickname"): "one first name is a short or other form of the other",
    ("given", "similar"): "the first names differ by what looks like a slip",
    ("given", "middle"): "one's first name is the other's second given name",
    ("given", "close"): "the first names differ by two slips, or by less than names of two people do",
    ("given", "crossed"): "one's first name is the other's family name",
    ("given", "swapped"): "first and family name stand in each other's place",
    ("given", "initial"): "the first names share no more than an initial",
    ("middle", "initial"): "the second given names share an initial",
    ("middle", "similar"): "the second given names differ by what looks like a slip",
    ("family", "close"): "the family names differ by two slips",
    ("family", "swapped"): "first and family name stand in each other's place",
    ("family", "part"): "one part of a double family name agrees",
    ("family", "similar"): "the family names differ by what looks like a slip",
    ("birth", "swapped"): "day and month of birth stand in each other's place",
    ("birth", "typing"): "the birth dates differ by one keystroke",
    ("birth", "close"): "the birth dates differ by two keystrokes",
    ("birth", "month"): "month and year of birth agree; no more is known of one of them",
    ("birth", "year"): "the year of birth agrees; no more is known of one of them",
    ("birth", "expected"): "the birth lies near the expected date",
    ("birth", "near"): "the birth dates differ, by about a year or less",
    ("stage", "alike"): "both are grown-ups, or both children, of one first name in one house",
    ("stage", "differ"): "records speak of one as a grown-up and of the other as a child",
    ("place", "property"): "they have an address in common (the same property)",
    ("place", "house"): "they have an address in common (the same house)",
    ("place", "similar"): "they have an address in common, written in two ways",
    ("place", "moved"): "others of their household lived at both their addresses: they moved together",
    ("mother", "same"): "records name one mother of both, and one of the two was not born yet",
    ("place", "unhoused"): "they have a street and postcode in common; one record does not say the house",
    ("place", "street"): "they have a street in common; the house differs or is not said",
    ("household", "one_name"): "one first name, family name and house: few houses have two people of one name",
    ("household", "one_name_child"): "one first name, family name and house, though a parent may bear the same name",
    ("stage", "generation"): "born a generation apart: the number may be a parent's, written on a child's record",
    ("household", "birth_slip"): "one family name and house: few brothers' or sisters' dates are one keystroke apart",
    ("household", "two_slips"): "one family name and house, and first names and birth dates that slips would explain",
    ("household", "initial"): "one initial, family name and house: few houses have two grown-ups of one initial",
    ("unnamed", "other_number"): "no first name to tell twins by, and their numbers differ",
    ("unnamed", "one_of_twins"): "one is said to be a twin, and no first name tells which",
    ("place", "postcode"): "they have a postcode in common, not a house",
    ("place", "differ"): "they have no address in common",
}
_NUMBER_LEVELS: Final = {
    "failed": "agrees, but fails its check digit",
    "similar": "differs by one keystroke",
    "short": "agrees, but is so short that others may have it",
}
_CONFLICTS: Final = {
    TWO_NUMBERS: "Each has a valid number of its own of a kind that nobody has two of (NHS number, UPN or ULN).",
    "birth": "Their birth dates can't be one person's.",
    "generation": "One is a grown-up, the other a child.",
    "birth_order": "They are different children of one multiple birth.",
    "twins": "Same birth date and one family, but different first names: twins, so far as the records tell.",
    "sex": "Same birth date, different sex, and no first name in common: twins, so far as the records tell.",
    "unnamed": "Same birth date, no first name to tell by, and two numbers: twins, so far as the records tell.",
    "side_by_side": "A record names them side by side as two people.",
}


class Bar(NamedTuple):
    """One line of the waterfall."""

    says: str
    weight: int
    total: int


class Explanation(NamedTuple):
    """What can be said of a pair.

    Attributes:
        verdict: in one sentence.
        bars: the waterfall.
        weight: thousandths of a bit, in all.
        conflict: why they can't be one person, in one sentence; '' if nothing speaks against it.
        decision: what people have decided; '' if nothing.
        model: version.
    """

    verdict: str
    bars: tuple[Bar, ...]
    weight: int
    conflict: str
    decision: str
    model: str


def explain(result: Comparison, model: MatchModel, *, conflict: str = "", decision: str = "") -> Explanation:
    """Put a comparison into words.

    Args:
        result: of the pair.
        model: that it was made with.
        conflict: code of a conflict that the features alone don't show.
        decision: of people, where there is one.
    """
    total, bars = 0, []
    for step in result.steps:
        total += step.weight
        bars.append(Bar(sentence(step), step.weight, total))
    why = _CONFLICTS.get(result.conflict or conflict, "")
    return Explanation(
        _verdict(result.weight, model, why, decision), tuple(bars), result.weight, why, decision, model.version
    )


def sentence(step: Step) -> str:
    """One step in plain English."""
    level, _, once = step.level.partition(", ")
    words = _LEVELS.get((step.name, level)) or _general(step.name, level)
    return f"{words[0].upper()}{words[1:]}{' (families share this: counted once)' if once else ''}."


def _general(name: str, level: str) -> str:
    what = _NAMES.get(name) or _SCHEMES.get(name) or f"number of the kind {name!r}"
    if level in _NUMBER_LEVELS:
        return f"the {what} {_NUMBER_LEVELS[level]}"
    return f"the {what} {'agrees' if level in {'exact', 'same'} else 'differs'}"


def _verdict(weight: int, model: MatchModel, conflict: str, decision: str) -> str:
    if decision in {"same", "different"}:
        what = "one person" if decision == "same" else "different people"
        return f"People have decided that they are {what}: that holds."
    if conflict:
        return "The machine keeps them apart."
    if weight >= model.link:
        return f"Enough to join them: {bits(weight)} bits, the threshold is {bits(model.link)}."
    if weight >= model.review:
        return f"In between ({bits(weight)} bits): a person has to look."
    return f"Too little to join them, or to trouble anybody with: {bits(weight)} bits."


def chart(explanation: Explanation) -> Table:
    """The waterfall as a table with bars."""
    table = Table(title=f"Waterfall (bits; model {explanation.model})", title_justify="left", header_style="bold")
    table.add_column("what the records show")
    table.add_column("weight", justify="right")
    table.add_column("so far", justify="right")
    table.add_column("", width=_WIDTH)
    reach = [0, *(bar.total for bar in explanation.bars)]
    low, high = min(reach), max(*reach, 1)
    for before, bar in zip(reach, explanation.bars, strict=False):
        drawn = _bar(before, bar, low, high)
        table.add_row(bar.says, bits(bar.weight), bits(bar.total), drawn)
    return table


def _bar(before: int, bar: Bar, low: int, high: int) -> Text:
    start, end = (round((x - low) / max(high - low, 1) * (_WIDTH - 1)) for x in sorted((before, bar.total)))
    colour = "green" if bar.weight >= 0 else "red"
    return Text(" " * start) + Text("█" * max(end - start, 1) if bar.weight else "·", style=colour)


def as_json(explanation: Explanation) -> Mapping[str, Any]:
    """For machines; weights in bits."""
    return {
        "verdict": explanation.verdict,
        "weight": explanation.weight / MILLI,
        "steps": [{"says": b.says, "weight": b.weight / MILLI} for b in explanation.bars],
        "conflict": explanation.conflict,
        "decision": explanation.decision,
        "model": explanation.model,
    }
