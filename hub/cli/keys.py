"""`mash keys`: what the list of erasures says of the keys."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from hub import log
from hub.cli.output import AsJson, console, when, write_json, write_table
from hub.erasure.ledger import Ledger
from hub.kafka.clients import connection
from hub.messages import Erasure
from hub.secret_files import key_store
from hub.settings import load

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Erasures and their keys. Example: mash keys erasures"
)


@app.command("erasures", epilog="Example: mash keys erasures --all --json")
def erasures_command(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Those that are done, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List erasures whose keys are not yet destroyed. Shows no personal data."""
    settings = load()
    with Ledger(connection(settings), settings.topic_prefix) as ledger:
        ledger.catch_up()
        found = [*(ledger.done.values() if everything else ()), *ledger.pending.values()]
    found.sort(key=lambda erasure: (erasure.at, erasure.part))
    if as_json:
        write_json([_row(erasure) for erasure in found])
        return
    columns = ("erasure", "part", "asked for", "by", "reason", "state", "keys")
    write_table(f"{len(found)} erasures", columns, (_cells(erasure) for erasure in found))


@app.command(epilog="Example: mash keys reapply")
def reapply(*, as_json: AsJson = False) -> None:
    """Destroy again the keys that a restored key store brought back. Run it before anything else is started."""
    settings = load()
    log.configure(settings.log_level, process="keys")
    with (
        Ledger(connection(settings), settings.topic_prefix) as ledger,
        closing(key_store(settings)) as keys,
    ):
        listed = list(ledger.catch_up().destroyed())
        back = keys.reapply(listed)
    if as_json:
        write_json({"listed": len(listed), "destroyed": back})
    else:
        console().print(f"{back} keys were back and are destroyed again; {len(listed)} stand on the list.")


def _row(erasure: Erasure) -> dict[str, object]:
    return {
        "erasure_id": erasure.erasure_id,
        "part": erasure.part,
        "source_id": erasure.source_id,
        "state": erasure.state.value,
        "held": erasure.held,
        "actor": erasure.actor,
        "reason": erasure.reason,
        "at": erasure.at,
        "done_at": erasure.done_at,
        "keys": len(erasure.keys),
        "destroyed": len(erasure.destroyed),
    }


def _cells(erasure: Erasure) -> tuple[str, ...]:
    keys = str(len(erasure.destroyed if erasure.done_at else erasure.keys))
    at = when(erasure.at.timestamp())
    return (erasure.erasure_id, str(erasure.part), at, erasure.actor, erasure.reason, erasure.state.value, keys)
