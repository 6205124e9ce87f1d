"""A report as a picture: plain SVG, readable without colour, with a text for those who don't see it. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from html import escape
from typing import Final

from streams.backtest.report import Rate, Report, RuleCount

WIDTH: Final = 960
_LEFT: Final = 300
"""Room for names of groups."""
_RIGHT: Final = 40
_ROW: Final = 20
_WEEKS: Final = 160
"""Height of the panel of weeks."""
_RULES: Final = 20
"""The most frequent ones; the table has all."""
_FEW: Final = 10
"""Groups of fewer children are left out: their intervals say nothing, and a picture is shown around."""
_INK, _BAR, _LED, _PALE = "#0b0c0c", "#1d70b8", "#003078", "#b1b4b6"
"""Colours of the GOV.UK design system: at least 3 to 1 against white (WCAG 2.2, 1.4.11), but for the pale lines."""
_FONT: Final = 'font-family="Arial, Helvetica, sans-serif"'


def svg(report: Report) -> str:
    """The chart: triggers a week, by rule with what they led to, and rates by group with their intervals."""
    rules = sorted(report.rules, key=lambda r: (-r.triggers, r.rule))[:_RULES]
    rates = [(trait, rate) for trait, found in report.fairness.items() for rate in found if rate.people >= _FEW]
    parts: list[str] = []
    top = 70
    parts += _weeks(report, top)
    top += _WEEKS + 70
    parts += _rules(rules, top)
    top += _ROW * len(rules) + 70
    parts += _rates(rates, top)
    height = top + _ROW * (len(rates) + len({trait for trait, _ in rates})) + 40
    title = escape(f"Back-test of {report.pack}, {report.first} to {report.last}")
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
                f'viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title desc">'
            ),
            f'<title id="title">{title}</title>',
            f'<desc id="desc">{escape(_said(report))}</desc>',
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            _text(20, 32, title, size=20, bold=True),
            *parts,
            "</svg>\n",
        ]
    )


def _said(report: Report) -> str:
    known, led = report.outcomes
    return (
        f"{report.begun} episodes began, {report.month_per_10000:.1f} a month per 10,000 children. "
        f"Of {known} whose outcome is known, {led} were followed by help or protection."
    )


def _weeks(report: Report, top: int) -> Iterator[str]:
    weeks = list(_by_week(report))
    most = max((n for _, n in weeks), default=0) or 1
    step = (WIDTH - _LEFT - _RIGHT) / max(1, len(weeks))
    bottom = top + _WEEKS
    yield _text(20, top - 12, "Episodes that began, by week", bold=True)
    yield _text(_LEFT - 10, top + 10, str(most), anchor="end")
    yield _text(_LEFT - 10, bottom, "0", anchor="end")
    yield _line(_LEFT, bottom, WIDTH - _RIGHT, bottom)
    for number, (monday, begun) in enumerate(weeks):
        high = begun / most * _WEEKS
        yield _bar(_LEFT + number * step, bottom - high, max(1.0, step - 1), high, _BAR, f"week of {monday}: {begun}")
    if weeks:
        yield _text(_LEFT, bottom + 18, str(weeks[0][0]))
        yield _text(WIDTH - _RIGHT, bottom + 18, str(weeks[-1][0]), anchor="end")


def _by_week(report: Report) -> Iterator[tuple[date, int]]:
    sums: dict[date, int] = {}
    for text, begun in report.by_day.items():
        day = date.fromisoformat(text)
        monday = day - timedelta(days=day.weekday())
        sums[monday] = sums.get(monday, 0) + begun
    yield from sorted(sums.items())


def _rules(rules: Sequence[RuleCount], top: int) -> Iterator[str]:
    yield _text(
        20, top - 12, "Episodes by rule (of those whose outcome is known, followed by help or protection)", bold=True
    )
    most = max((r.triggers for r in rules), default=1)
    for number, rule in enumerate(rules):
        y, scale = top + number * _ROW, (WIDTH - _LEFT - _RIGHT - 60) / most
        yield _text(_LEFT - 10, y + 14, rule.rule, anchor="end")
        yield _bar(_LEFT, y + 3, rule.triggers * scale, _ROW - 6, _BAR, f"{rule.rule}: {rule.triggers} episodes")
        yield _bar(_LEFT, y + 3, rule.led * scale, _ROW - 6, _LED, f"{rule.rule}: {rule.led} of {rule.known} led on")
        yield _text(_LEFT + rule.triggers * scale + 6, y + 14, f"{rule.triggers} ({rule.led} of {rule.known})")


def _rates(rates: Sequence[tuple[str, Rate]], top: int) -> Iterator[str]:
    yield _text(
        20,
        top - 12,
        f"Children with a trigger, of all children of a group of {_FEW} or more (95 % interval)",
        bold=True,
    )
    most = max((rate.high for _, rate in rates), default=0.0) or 1.0
    scale = (WIDTH - _LEFT - _RIGHT - 110) / most
    y, before = top, ""
    for trait, rate in rates:
        if trait != before:
            yield _text(20, y + 14, trait, bold=True)
            y, before = y + _ROW, trait
        said = f"{trait} {rate.group}: {rate.triggered} of {rate.people}"
        middle = y + _ROW / 2
        yield _text(_LEFT - 10, y + 14, rate.group, anchor="end")
        yield _line(_LEFT + rate.low * scale, middle, _LEFT + rate.high * scale, middle, _BAR, 2)
        yield (
            f'<circle cx="{_LEFT + rate.rate * scale:.1f}" cy="{middle:.1f}" r="4" fill="{_BAR}">'
            f"<title>{escape(said)}</title></circle>"
        )
        yield _text(_LEFT + rate.high * scale + 8, y + 14, f"{rate.rate:.2%} ({rate.triggered} of {rate.people})")
        y += _ROW


def _text(x: float, y: float, text: str, *, size: int = 13, bold: bool = False, anchor: str = "start") -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" {_FONT} font-size="{size}"{weight} text-anchor="{anchor}" '
        f'fill="{_INK}">{escape(text)}</text>'
    )


def _line(x: float, y: float, to_x: float, to_y: float, colour: str = _PALE, width: int = 1) -> str:
    return f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{colour}" stroke-width="{width}"/>'


def _bar(x: float, y: float, width: float, height: float, colour: str, said: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}">'
        f"<title>{escape(said)}</title></rect>"
    )
