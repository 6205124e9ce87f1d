"""A timeline across agencies: one lane each, one mark a record. The chronology under it says the same in words."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.settings import LONDON
from streams.check.render.opening import OpenEntry
from streams.check.render.story import happened
from streams.check.render.words import Catalogue, date_of, plain

_LONGEST_DAYS = 3 * 365
"""Further back a mark would be a pixel among pixels; what is older stands at the left edge, and says so."""
_SHORTEST_DAYS = 28
WIDTH, LANE, LEFT, TOP, RIGHT = 1000, 44, 190, 34, 24
_TICKS_WANTED = 6


@dataclass(frozen=True, slots=True)
class Spot:
    """A record on the timeline."""

    at: datetime
    agency: str
    text: str
    grave: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A record, drawn."""

    x: float
    y: float
    text: str
    grave: bool
    older: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A month's beginning on the axis."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything that the template draws."""

    width: int
    height: int
    left: int
    lanes: Sequence[tuple[str, float, int]]
    marks: Sequence[Mark]
    ticks: Sequence[Tick]
    summary: str


def spots_of(entries: Iterable[OpenEntry], catalogue: Catalogue, agencies: Mapping[str, str]) -> list[Spot]:
    """Records as spots: what kind, from whom, when."""
    found = []
    for opened in entries:
        entry = opened.entry
        when = happened(entry)
        name = agencies.get(entry.agency, plain(entry.agency).capitalize())
        grave = any("level: 4" in catalogue.fact(f) for f in (opened.content.facts if opened.content else []))
        found.append(Spot(when, name, f"{date_of(when)}: {catalogue.kind(entry.kind)}", grave))
    return found


def draw_timeline(spots: Sequence[Spot], now: datetime) -> Timeline | None:
    """The drawing; None where there is nothing to draw."""
    if not spots:
        return None
    agencies = sorted({spot.agency for spot in spots})
    first = max(min(spot.at for spot in spots), now - timedelta(days=_LONGEST_DAYS))
    first = min(first, now - timedelta(days=_SHORTEST_DAYS)) - timedelta(days=2)
    total = (now - first).total_seconds()

    def x(at: datetime) -> float:
        share = max(0.0, min(1.0, (at - first).total_seconds() / total))
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    lanes = [
        (agency, TOP + LANE * (number + 0.5), sum(spot.agency == agency for spot in spots))
        for number, agency in enumerate(agencies)
    ]
    heights = {agency: y for agency, y, _ in lanes}
    marks = [
        Mark(x(spot.at), heights[spot.agency] + _jitter(number), spot.text, spot.grave, spot.at < first)
        for number, spot in enumerate(sorted(spots, key=lambda spot: (spot.agency, spot.at)))
    ]
    height = TOP + LANE * len(agencies) + 10
    counted = ", ".join(f"{agency} {count}" for agency, _, count in lanes)
    began, ended = (date_of(which(s.at for s in spots)) for which in (min, max))
    span = f"on {began}" if began == ended else f"from {began} to {ended}"
    summary = f"{len(spots)} record{'s' * (len(spots) > 1)} {span}: {counted}."
    return Timeline(WIDTH, height, LEFT, lanes, marks, _ticks(first, now, x), summary)


def _jitter(number: int) -> float:
    """Records of one day stand beside each other rather than on top."""
    return (-6.0, 0.0, 6.0)[number % 3]


def _ticks(first: datetime, now: datetime, x: object) -> list[Tick]:
    assert callable(x)
    months = (now.year - first.year) * 12 + now.month - first.month
    step = max(1, -(-months // _TICKS_WANTED))
    found = []
    for back in range(0, months + 1, step):
        month = now.month - back - 1
        year, month = now.year + month // 12, month % 12 + 1
        at = datetime(year, month, 1, tzinfo=LONDON)
        if at > first:
            found.append(Tick(x(at), f"{calendar.month_abbr[month]} {year}"))
    return found[::-1]
