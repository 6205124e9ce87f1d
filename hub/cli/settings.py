"""`mash settings`: every setting, from the fields of `hub.settings`."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import typer

from hub.cli.output import AsJson, write_json, write_table
from hub.settings import SettingRow, load, rows

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: HUB_BATCH_MS=20 mash settings --json")
def settings(
    *,
    as_json: AsJson = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The reference page's table, with defaults.")] = False,
) -> None:
    """List every setting with its value, default, unit and meaning; secrets are masked."""
    listed = list(rows(load(find_running=not markdown)))
    if as_json:
        write_json([dataclasses.asdict(row) for row in listed])
    elif markdown:
        typer.echo(reference(listed))
    else:
        cells = ((row.variable, row.value, row.unit, row.description) for row in listed)
        write_table("Settings", ("variable", "value", "unit", "meaning"), cells)


def reference(listed: list[SettingRow]) -> str:
    """The settings as a Markdown table, without the values of this machine."""
    lines = ["| Variable | Default | Unit | Meaning |", "| --- | --- | --- | --- |"]
    for row in listed:
        default = f"`{row.default}`" if row.default else ""
        lines.append(f"| `{row.variable}` | {default} | {row.unit} | {row.description} |")
    return "\n".join(lines)
