"""A report and a comparison as tables for people. Words only; nothing is counted here."""

from __future__ import annotations

from collections.abc import Iterable

from hub.cli.output import console, write_table
from streams.backtest.compare import Comparison
from streams.backtest.report import YIELD_DAYS, Pair, Rate, Report
from streams.picture.rules.engine import Engine

_NAMED = 30
"""Differences listed for people; --json has all."""


def show_report(report: Report, engine: Engine) -> None:
    """All of it."""
    _headline(report)
    _rules(report, engine)
    write_table(
        "By agency: episodes that it had a part in (an echo is nobody's)",
        ("agency", "episodes", "share"),
        ((agency, f"{n:,}", _share(n, report.begun)) for agency, n in report.agencies.items()),
    )
    write_table(
        "Overlap: rules that fired in the same episode",
        ("rule", "and", "episodes", "of the episodes of either"),
        (_pair(p) for p in report.overlap),
    )
    for trait, rates in report.fairness.items():
        title = f"Fairness, by {trait}: not recorded for {report.unrecorded[trait]:.0%} of children"
        write_table(title, (trait, "children", "with a trigger", "rate", "95 % interval"), map(_rate, rates))
    if report.notes:
        console().print("Set aside: " + ", ".join(f"{n:,} {reason}" for reason, n in sorted(report.notes.items())))


def _headline(report: Report) -> None:
    out = console()
    out.print(f"[bold]{report.pack}[/bold], {report.first} to {report.last}", highlight=False)
    levels = ", ".join(f"{n:,} at level {level}" for level, n in report.by_level.items()) or "none"
    whom = ", ".join(f"{n:,} {subject}" for subject, n in report.by_subject.items())
    out.print(f"Episodes that began: {report.begun:,} ({levels}; {whom or 'nobody'}).", highlight=False)
    out.print(
        f"Of them {report.routed:,} open to a worker already; {report.rose:,} rose to a higher level later.",
        highlight=False,
    )
    out.print(
        f"{report.children:,} children among {report.people:,} people: {report.month_per_10000:.1f} episodes a month "
        f"per 10,000 children; {report.working_day_per_300000:.1f} a working day in an area of 300,000 children.",
        highlight=False,
    )
    known, led = report.outcomes
    out.print(
        f"Yield: of {known:,} whose outcome is known, {led:,} ({_share(led, known)}) were followed by help or "
        f"protection within {YIELD_DAYS} days.",
        highlight=False,
    )
    days = len(report.by_day) or 1
    busiest = max(report.by_day.values(), default=0)
    out.print(f"A day: {report.begun / days:.2f} on average, {busiest} on the busiest.", highlight=False)


def _rules(report: Report, engine: Engine) -> None:
    cells = (
        (r.rule, f"{r.triggers:,}", f"{r.alone:,}" if r.rule in engine.combinations else "", _yield(r.led, r.known))
        for r in report.rules
    )
    write_table("By rule", ("rule", "episodes", "by it alone", "led to help or protection"), cells)
    silent = [name for name in (*engine.combinations, *engine.indicators) if name not in {r.rule for r in report.rules}]
    if silent:
        console().print(f"Never part of an episode: {', '.join(silent)}.", highlight=False)


def _yield(led: int, known: int) -> str:
    return f"{led:,} of {known:,} ({_share(led, known)})"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "-"


def _pair(pair: Pair) -> tuple[str, ...]:
    return pair.first, pair.second, f"{pair.both:,}", f"{pair.share:.0%}"


def _rate(rate: Rate) -> tuple[str, ...]:
    return (
        rate.group,
        f"{rate.people:,}",
        f"{rate.triggered:,}",
        f"{rate.rate:.2%}",
        f"{rate.low:.2%} to {rate.high:.2%}",
    )


def show_comparison(found: Comparison) -> None:
    """All of it; of the differences, the first ones."""
    out = console()
    out.print(
        f"{found.live} began {found.live_begun:,} episodes, {found.shadow} {found.shadow_begun:,}. "
        f"The same of {found.same:,} people; another thing of {len(found.differences):,}.",
        highlight=False,
    )
    write_table("How they differ", ("under the shadow pack", "people"), _counts(found.how))
    write_table("By which rules", ("rule", "people whom it sets apart"), _counts(found.rules))
    rows = (
        (
            d.anchor[:8],
            d.how,
            f"{d.live or '-'} (level {d.live_level or '-'})",
            f"{d.shadow or '-'} (level {d.shadow_level or '-'})",
            " ".join(d.live_rules),
            " ".join(d.shadow_rules),
        )
        for d in found.differences[:_NAMED]
    )
    columns = ("who (key)", "how", "live", "shadow", "only live's rules", "only shadow's rules")
    write_table(f"The first {min(_NAMED, len(found.differences))}", columns, rows)


def _counts(counts: dict[str, int]) -> Iterable[tuple[str, str]]:
    return ((name, f"{n:,}") for name, n in counts.items())
