"""The waterfall of a pair as a picture (SVG 1.1), from an explanation. No name, date or address can be in it."""

from __future__ import annotations

from html import escape
from itertools import pairwise
from textwrap import wrap
from typing import Final

from streams.identity.compare import bits
from streams.identity.explain import Bar, Explanation
from streams.identity.model import MILLI, MatchModel

_WIDTH, _SAYS, _ROW, _TOP, _LINE = 1000, 460, 44, 96, 17
"""Pixels: of the picture, of the words at its left, of a row, of the heading, of a line of text."""
_MARGIN: Final = 60
_WORDS: Final = 58
"""Characters of a line of words."""
_FOR, _AGAINST, _SUM = "#00703c", "#d4351c", "#1d70b8"
"""Green, red and blue of the GOV.UK palette: each with a contrast over 4.5 on white; the sign is also written."""


def as_svg(explanation: Explanation, model: MatchModel) -> str:
    """The picture: a bar for each thing that the records show, the sum, and the two thresholds."""
    reach = [0, *(bar.total for bar in explanation.bars), model.link, model.review]
    low, high = min(reach), max(reach)
    rows = len(explanation.bars) + 1
    height = _TOP + rows * _ROW + 90

    def at(weight: float) -> float:
        """Where a weight stands, in pixels from the left."""
        return _SAYS + (weight - low) / max(high - low, 1) * (_WIDTH - _SAYS - _MARGIN)

    box = f'viewBox="0 0 {_WIDTH} {height}" role="img" font-family="sans-serif" font-size="14"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box}><title>{escape(_heading(explanation))}</title>',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        *_text(20, 30, wrap(_heading(explanation), 100), weight="bold", size=18),
        f'<text x="20" y="{_TOP - 16}" fill="#505a5f">What the records show</text>',
    ]
    ends = [0, *(bar.total for bar in explanation.bars)]
    for row, ((before, _), bar) in enumerate(zip(pairwise(ends), explanation.bars, strict=True)):
        parts += _row(_TOP + row * _ROW, bar, at(before), at(bar.total))
    bottom = _TOP + (rows - 1) * _ROW
    parts += _sum(bottom, explanation.weight, at(0), at(explanation.weight))
    for weight, says in ((model.review, "a person looks"), (model.link, "joined")):
        parts += _threshold(at(weight), bottom + _ROW, says, weight)
    parts += _text(20, height - 14, [f"Bits of evidence, for (+) and against (-). Model {explanation.model}."], size=12)
    return "\n".join([*parts, "</svg>", ""])


def _heading(explanation: Explanation) -> str:
    return " ".join(filter(None, (explanation.verdict, explanation.conflict)))


def _row(top: int, bar: Bar, before: float, after: float) -> list[str]:
    colour = _FOR if bar.weight >= 0 else _AGAINST
    left, wide = min(before, after), max(abs(after - before), 1.0)
    return [
        *_text(20, top + 16, wrap(bar.says, _WORDS)),
        f'<rect x="{left:.1f}" y="{top + 4}" width="{wide:.1f}" height="22" fill="{colour}"/>',
        f'<text x="{max(before, after) + 6:.1f}" y="{top + 20}" fill="{colour}">{bits(bar.weight)}</text>',
    ]


def _sum(top: int, weight: int, zero: float, end: float) -> list[str]:
    left, wide = min(zero, end), max(abs(end - zero), 1.0)
    return [
        *_text(20, top + 18, ["In all"], weight="bold"),
        f'<rect x="{left:.1f}" y="{top + 4}" width="{wide:.1f}" height="22" fill="{_SUM}"/>',
        f'<text x="{max(zero, end) + 6:.1f}" y="{top + 20}" fill="{_SUM}" font-weight="bold">{bits(weight)}</text>',
    ]


def _threshold(at: float, bottom: int, says: str, weight: int) -> list[str]:
    lower = bottom + (14 if says == "joined" else 30)
    return [
        f'<line x1="{at:.1f}" y1="{_TOP - 6}" x2="{at:.1f}" y2="{bottom}" stroke="#0b0c0c" stroke-dasharray="4 4"/>',
        f'<text x="{at:.1f}" y="{lower}" text-anchor="middle" font-size="12">{says}: {weight / MILLI:g}</text>',
    ]


def _text(x: int, y: int, lines: list[str], *, weight: str = "normal", size: int = 14) -> list[str]:
    return [
        f'<text x="{x}" y="{y + n * _LINE}" font-weight="{weight}" font-size="{size}">{escape(line)}</text>'
        for n, line in enumerate(lines)
    ]
