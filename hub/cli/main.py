"""`mash`: the one command of the hub. Names the commands and reports errors; what they do stands elsewhere."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from typer.core import TyperGroup
from typer.main import get_group

from hub.cli.lazy import built_in, from_packages
from hub.errors import HubError

BUILT_IN = (
    ("up", "hub.cli.up:app", "Start the hub on this machine: Kafka, topics, workers, clock."),
    ("down", "hub.cli.down:app", "Stop the hub on this machine."),
    ("status", "hub.cli.status:app", "Show what runs: processes, memory, restarts, lag."),
    ("doctor", "hub.cli.doctor:app", "Find what is wrong on this machine, and how to mend it."),
    ("topics", "hub.cli.topics:app", "Make and inspect the topics of the catalogue."),
    ("settings", "hub.cli.settings:app", "List every setting, its value and its default."),
    ("metrics", "hub.cli.metrics:app", "List every metric that the hub publishes."),
    ("worker", "hub.cli.worker:app", "Run the workers of one stage in this process."),
    ("eraser", "hub.cli.eraser:app", "Destroy the keys of erased persons once every stage has let go of them."),
    ("erase", "hub.cli.erase:app", "Erase a person, as one agency's system knows them: for good."),
    ("keys", "hub.cli.keys:app", "Erasures and their keys: what is pending; a restored key store."),
    ("clock", "hub.cli.clock:app", "Send ticks: time, as messages to every stage."),
)
EXIT_FAILED = 1
EXIT_FAULT = 70
"""EX_SOFTWARE of BSD's sysexits.h: an internal fault."""

app = typer.Typer(
    name="mash",
    help="MASH Hub: agencies' records in, one picture of a child or adult, safeguarding checks out.\n\n"
    "Example: mash up && mash status",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


@app.callback(invoke_without_command=True)
def _root(
    *,
    version: Annotated[bool, typer.Option("--version", help="Show the version and leave.")] = False,
) -> None:
    if version:
        from hub.metrics import hub_version  # noqa: PLC0415 - only here

        typer.echo(f"mash-hub {hub_version()}")
        raise typer.Exit


def group() -> TyperGroup:
    """The whole command, every group in its place."""
    root = get_group(app)
    for entry in BUILT_IN:
        root.add_command(built_in(*entry))
    for command in from_packages():
        if command.name not in root.commands:  # a package cannot take the place of a command of the hub's own
            root.add_command(command)
    return root


def main() -> None:
    """Run. Ends with 0 (done), 1 (failed, and said why), 2 (called wrongly), 70 (a fault of ours) or 130 (Ctrl-C)."""
    try:
        group().main(prog_name="mash")
    except HubError as error:
        tell(error)
        sys.exit(EXIT_FAILED)
    except Exception as error:  # noqa: BLE001 - the last resort: Python's own would quote the exception's text
        _tell_fault(error)
        sys.exit(EXIT_FAULT)


def _tell_fault(error: Exception) -> None:
    """Class and place of a foreign exception; its text may quote a record."""
    from hub import log  # noqa: PLC0415 - slow to import, seldom needed

    log.configure()
    log.get_logger("command").error("a fault in the hub itself; report it with this line", exc_info=error)


def tell(error: HubError) -> None:
    """An error for people: what happened, then what to do."""
    typer.secho(f"mash: {error.what}", fg=typer.colors.RED, err=True)
    if error.remedy:
        typer.echo(error.remedy, err=True)


if __name__ == "__main__":
    main()
