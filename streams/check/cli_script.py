"""`mash check script`: scripted parties act on checks of made-up people. No person's command is given here."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.process import stop_on_signal
from hub.settings import load
from streams.check import cli_desk as desk
from streams.check.render.words import plain


def script_command(
    *,
    until_quiet: Annotated[
        float, typer.Option(help="Stop when nothing has happened for so many seconds; 0: until stopped.", min=0)
    ] = 0,
    leave: Annotated[float, typer.Option(help="Leave this share of the checks to people (0 to 1).", min=0, max=1)] = 0,
) -> None:
    """Let scripted parties act on every check: made-up people only."""
    from streams.check import scripted  # noqa: PLC0415 - only here

    quiet, stop = desk.Quiet(until_quiet), stop_on_signal()
    settings = load()
    model = scripted.run(settings, lambda _model: stop.is_set() or quiet.over(), quiet.heard, leave)
    for check in model.checks.values():
        typer.echo(f"{check.check_id[:8]}  {plain(check.state)}  {check.decision or '-'}")
