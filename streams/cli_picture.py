"""`mash picture show`: a picture inside its check, or of a test county. Joins what two stages read; decides nothing."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli.output import AsJson, console, write_json
from hub.settings import load
from streams.check import cli_desk as desk
from streams.check.render import terminal
from streams.picture.cli import app, show_in_county

Whom = Annotated[
    str, typer.Argument(metavar="KEY", help="The picture's label or a member's source identity, or how it begins.")
]


@app.command(epilog="Example: mash picture show --check 3f2a --as r.hale; HUB_TEST_COUNTY=1 mash picture show 3f2a")
def show(
    whom: Whom = "",
    *,
    check: Annotated[str, typer.Option(help="Read the picture inside this check, as far as you may.")] = "",
    who: Annotated[str, typer.Option("--as", envvar="MASH_AS", help="Who you are: your account.")] = "",
    role: Annotated[str, typer.Option(envvar="MASH_ROLE", help="Your role in the check.")] = "screener",
    reason: Annotated[str, typer.Option(help="Why you read; else by role.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show one picture: chronology, indicators, circle. Inside a check, or in a test county; each reading is logged."""
    if not check:
        show_in_county(whom, as_json=as_json)
        return
    if not who:
        raise typer.BadParameter("say who you are", param_hint="--as")
    view = desk.read(load(), check, desk.Person(who, role), reason)
    write_json(view) if as_json else terminal.show(view, console())
