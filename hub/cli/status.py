"""`mash status`: what runs on this machine."""

from __future__ import annotations

import typer

from hub.cli.output import AsJson, console, megabytes, when, write_json, write_table
from hub.settings import load
from hub.supervisor.look import HubReport, ProcessReport, report

app = typer.Typer(add_completion=False)

EXIT_NOT_UP = 3
"""As LSB init scripts say it: the program is not running."""


@app.command(epilog="Example: mash status --json")
def status(*, as_json: AsJson = False) -> None:
    """Show each process, the broker, each stage's lag and pending erasures. Ends with 3 if not everything is up."""
    settings = load(find_running=False)
    found = report(settings.data_dir)
    if as_json:
        write_json(found)
    elif not found.processes:
        typer.echo(f"No hub runs from {settings.data_dir}. Start one with `mash up`.")
    else:
        _show(found)
    if not found.up:
        raise typer.Exit(EXIT_NOT_UP)


def _show(found: HubReport) -> None:
    kind = "embedded" if found.embedded else "yours"
    console().print(f"Hub: {found.phase} {found.detail}".rstrip())
    console().print(f"Kafka: {found.bootstrap or 'not yet'} ({kind})")
    write_table(
        "Processes",
        ("process", "state", "since", "restarts", "memory", "metrics", "last end"),
        (_cells(process) for process in found.processes),
    )
    if found.erasures:
        console().print(f"Erasures: {found.erasures} pending. See `mash keys erasures`.")
    if found.lag:
        cells = ((stage, f"{lag:,}") for stage, lag in sorted(found.lag.items()))
        write_table("Lag", ("stage", "messages to do"), cells)


def _cells(process: ProcessReport) -> tuple[str, ...]:
    page = f"http://127.0.0.1:{process.metrics_port}/metrics" if process.metrics_port else ""
    return (
        process.name,
        "[green]up[/green]" if process.up else "[red]down[/red]",
        when(process.since) if process.since else "",
        str(process.restarts),
        megabytes(process.memory_bytes) if process.up else "",
        page,
        process.last_exit,
    )
