"""`mash check figures | sample | receipts`: what the hub reports on itself and to agencies. No personal data here."""

from __future__ import annotations

import csv
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from hub.cli.output import AsJson, write_json, write_table
from hub.messages import Receipt
from hub.settings import load
from hub.topics import topic_for
from streams.check import agency_view, config, sampling
from streams.check import cli_desk as desk
from streams.check.figures import MEASURES, Figure, figures
from streams.check.render.words import moment, plain
from streams.check.wire import TopicReader

AsCsv = Annotated[bool, typer.Option("--csv", help="Comma-separated values, for a spreadsheet.")]


def figures_command(
    *,
    days: Annotated[int, typer.Option(help="Checks that began in so many days; 0 takes all.", min=0)] = 0,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """What the hub reports on itself: times, overdue, not known, re-referrals, yield of each rule, feedback."""
    settings = load()
    now = datetime.now(UTC)
    since = now - timedelta(days=days) if days else None
    packs = config.load(settings.packs_dir).decisions
    found = figures(desk.checks(settings), packs, now, since)
    if as_json:
        write_json([asdict(figure) for figure in found])
        return
    if as_csv:
        _csv(found)
        return
    if not found:
        typer.echo("No checks yet.")
        return
    rows = ((MEASURES[f.measure], plain(f.group), _value(f), str(f.of)) for f in found)
    write_table("Figures", ("measure", "of", "value", "cases"), rows)


def _csv(found: list[Figure]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(("measure", "group", "value", "unit", "cases"))
    writer.writerows((f.measure, f.group, f"{f.value:.4f}", f.unit, f.of) for f in found)


def _value(figure: Figure) -> str:
    forms = {"share": f"{figure.value:.0%}", "hours": f"{figure.value:.1f} h"}
    return forms.get(figure.unit, f"{figure.value:.0f}")


def sample_command(
    week: Annotated[str, typer.Argument(help="ISO week, such as 2026-W10.")],
    *,
    seed: Annotated[str, typer.Option(envvar="MASH_AUDIT_SEED", help="Kept from those whose work is audited.")],
    size: Annotated[int, typer.Option(help="How many checks.", min=1)] = sampling.SIZE,
    as_json: AsJson = False,
) -> None:
    """Draw the week's random sample of closed checks for the quality audit."""
    settings = load()
    zone = ZoneInfo(config.load(settings.packs_dir).clocks.zone)
    drawn = sampling.sample(desk.checks(settings), week, seed, zone, size)
    if as_json:
        write_json([desk.as_json(check) for check in drawn])
        return
    if not drawn:
        typer.echo(f"No check ended in {week}.")
        return
    rows = (
        (c.check_id[:8], plain(c.state), plain(c.decision) or "-", moment(c.ended_at), plain(c.audit) or "-")
        for c in drawn
    )
    write_table(f"Sample of {week}", ("check", "state", "decision", "ended", "audit"), rows)


def receipts_command(
    agency: Annotated[str, typer.Argument(help="Whose requests and records.")], *, as_json: AsJson = False
) -> None:
    """What one agency was asked, what is overdue, and what became of the records that it sent."""
    settings = load()
    asked = agency_view.asked(desk.checks(settings), agency, datetime.now(UTC))
    with TopicReader(settings, sorted({"receipts", topic_for("receipts", f"{agency}/")})) as reader:
        records = agency_view.records((m for m in reader.to_end() if isinstance(m, Receipt)), agency)
    if as_json:
        write_json({"requests": [asdict(line) for line in asked], "records": records})
        return
    columns = ("check", "rating", "asked", "due", "status", "answered", "read", "outcome")
    rows = (
        (
            line.check,
            line.rating,
            moment(line.sent_at),
            moment(line.due_at),
            plain(line.status),
            moment(line.answered_at),
            "yes" if line.read else "no",
            plain(line.outcome),
        )
        for line in asked
    )
    write_table(f"Asked of {plain(agency)}", columns, rows)
    write_table("Records", ("stage", "records"), ((plain(s), str(n)) for s, n in records.items()))
