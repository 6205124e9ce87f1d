"""`mash doctor`: what is wrong on this machine, and how to mend it."""

from __future__ import annotations

import typer

from hub.cli.output import AsJson, console, write_json
from hub.doctor import Finding, examine
from hub.settings import load

app = typer.Typer(add_completion=False)

SHOWN = {"ok": "[green]ok[/green]", "warning": "[yellow]look[/yellow]", "wrong": "[red]wrong[/red]"}


@app.command(epilog="Example: mash doctor --json")
def doctor(*, as_json: AsJson = False) -> None:
    """Examine this machine: Python, Java, disk, ports, secrets, Kafka, topics ... Ends with 1 if anything is wrong."""
    findings = examine(load())
    if as_json:
        write_json(findings)
    else:
        for finding in findings:
            _show(finding)
    if any(finding.state == "wrong" for finding in findings):
        raise typer.Exit(1)


def _show(finding: Finding) -> None:
    console().print(f"{SHOWN[finding.state]:<22} [bold]{finding.what}[/bold]: {finding.found}", highlight=False)
    if finding.remedy:
        console().print(f"       {finding.remedy}", highlight=False)
