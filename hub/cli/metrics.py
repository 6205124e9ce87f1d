"""`mash metrics`: the catalogue of `hub.metrics`, for people, dashboards and the reference page."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.output import AsJson, write_json, write_table
from hub.metrics import CATALOGUE

app = typer.Typer(add_completion=False)


@app.command(epilog="Example: mash metrics --json")
def metrics(
    *,
    as_json: AsJson = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The reference page's table.")] = False,
) -> None:
    """List every metric that the hub publishes: name, kind, unit, labels and meaning."""
    if as_json:
        write_json(CATALOGUE)
    elif markdown:
        typer.echo(reference())
    else:
        cells = ((m.name, m.kind, m.unit, ", ".join(m.labels), m.help) for m in CATALOGUE)
        write_table("Metrics", ("name", "kind", "unit", "labels", "meaning"), cells)


def reference() -> str:
    """The metrics as a Markdown table."""
    lines = ["| Metric | Kind | Unit | Labels | Meaning |", "| --- | --- | --- | --- | --- |"]
    for metric in CATALOGUE:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(f"| `{metric.name}` | {metric.kind} | {metric.unit} | {labels} | {metric.help} |")
    return "\n".join(lines)
