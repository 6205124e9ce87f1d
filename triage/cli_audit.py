"""`mash audit`: whether the desk's audit is whole and unaltered."""

from __future__ import annotations

import typer

from hub.cli.output import AsJson, write_json
from hub.settings import load

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The desk's audit. Example: mash audit verify")


@app.callback()
def _group() -> None:
    """The desk's audit. Example: mash audit verify."""


@app.command("verify", epilog="Example: mash audit verify --json")
def verify_command(*, as_json: AsJson = False) -> None:
    """Walk the audit's chain from its first entry, and hold it against the heads that Kafka remembers."""
    from triage.audit import verify  # noqa: PLC0415 - imports SQLAlchemy
    from triage.sql import queries  # noqa: PLC0415
    from triage.sql.database import open_database  # noqa: PLC0415

    with open_database(load()).connect() as connection:
        finding = verify(connection, queries.audit_heads(connection))
    if as_json:
        write_json(finding)
    elif finding.broken_at is None:
        typer.echo(f"The audit is whole: {finding.entries:,} entries; the last one's hash is {finding.head}.")
    else:
        typer.echo(f"The audit is broken at entry {finding.broken_at:,}: {finding.why}.", err=True)
        typer.echo(
            "Everything before it holds. Keep the database as it is, and tell whoever is answerable for records.",
            err=True,
        )
    raise typer.Exit(0 if finding.broken_at is None else 1)
