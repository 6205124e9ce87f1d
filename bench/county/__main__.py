"""`python -m bench.county OUT`: makes a county. Arguments in, a table or JSON out."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bench.county.config import BadConfig, Config, Summary
from bench.county.county import generate
from hub.errors import HubError


def main(
    out: Annotated[Path, typer.Argument(help="New or empty folder for the files.")],
    people: Annotated[int, typer.Option(help="How many people: 500 to 1,400,000.")] = 5_000,
    seed: Annotated[int, typer.Option(help="The same seed and options give the same bytes.")] = 1,
    as_of: Annotated[str, typer.Option(help="End of the period, exclusive: a day as 2026-01-05.")] = "2026-01-05",
    days: Annotated[int, typer.Option(help="Length of the period, at least 120.")] = 365,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,  # noqa: FBT002
) -> None:
    """Make a synthetic county: native files per agency, and the truth beside them.

    Example: python -m bench.county county --people 5000 --seed 7 --as-of 2026-01-05
    """
    try:
        summary = generate(Config(out, people, seed, _day(as_of), days))
    except HubError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(json.dumps(summary.as_json(), indent=1, sort_keys=True))
    else:
        _show(summary, out)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadConfig("The end of the period is no date.", "Give --as-of as 2026-01-05.") from None


def _show(summary: Summary, out: Path) -> None:
    table = Table(title=f"A county in {out}")
    table.add_column("What")
    table.add_column("How many", justify="right")
    for name, value in sorted(summary.counts.items()):
        table.add_row(name.replace("_", " "), f"{value:,}")
    for agency, value in sorted(summary.files.items()):
        table.add_row(f"files of {agency.replace('_', ' ')}", f"{value:,}")
    table.add_row("megabytes", f"{summary.bytes / 1e6:,.1f}")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
