"""`mash erase`: erases one source identity in every stage, and its key."""

from __future__ import annotations

import re
import sys
import time
from typing import Annotated

import typer

from hub import log
from hub.cli.output import AsJson, console, write_json
from hub.clock import system_time
from hub.erasure.ledger import Ledger
from hub.erasure.post import Post
from hub.errors import Fatal
from hub.ids import derived_id
from hub.kafka.clients import connection
from hub.messages import EraseCommand
from hub.secret_files import pseudonyms
from hub.settings import Settings, load

WAIT_SECONDS = 60.0
"""Half a minute is usual: a stage whose input holds only ticks commits every 10 s; three are waited for in turn."""
LOOK_SECONDS = 0.5
_SOURCE_ID = re.compile(r"[0-9a-f]{32}")

app = typer.Typer(add_completion=False)


@app.command(
    epilog="Example: mash erase --agency police --system niche --person - --actor s.jones --reason art17-upheld"
)
def erase(
    source_id: Annotated[str, typer.Argument(help="Source identity (`mash identity show` lists a person's).")] = "",
    *,
    agency: Annotated[str, typer.Option(help="Instead of SOURCE_ID: the agency.")] = "",
    system: Annotated[str, typer.Option(help="Its system.")] = "",
    person: Annotated[str, typer.Option(help="The system's own id of the person; - reads it from stdin.")] = "",
    actor: Annotated[str, typer.Option(help="Your account: you answer for it.")],
    reason: Annotated[str, typer.Option(help="Reason code, without personal data.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait until the keys are destroyed.", min=0)] = WAIT_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Erase a person as one system knows them. Every record it sent becomes unreadable, in topics and backups too.

    What other systems said of the same person stays: erase each of the source identities that `mash identity show`
    lists. Ends with 0 when it is saved; `state` says whether the keys are gone yet.
    """
    settings = load()
    log.configure(settings.log_level, process="erase")
    whom = _whom(settings, source_id, agency, system, person)
    if not yes:
        console().print(
            f"Source identity {whom}: all that this system said of the person becomes unreadable, and the narratives "
            "of records shared with others. This cannot be taken back. Records under legal hold must not be erased."
        )
        typer.confirm("Erase?", abort=True)
    at = system_time()
    command = EraseCommand(
        erasure_id=derived_id("erasure", whom, actor, at.isoformat()),
        partnership=settings.partnership,
        source_id=whom,
        actor=actor,
        reason=reason,
        at=at,
    )
    way = connection(settings)
    with Post(way, settings.topic_prefix) as post:
        post.ask(command)
    keys = _await(settings, command.erasure_id, wait)
    if as_json:
        state = "pending" if keys is None else "done"
        write_json({"erasure_id": command.erasure_id, "source_id": whom, "state": state, "keys_destroyed": keys or 0})
    elif keys is None:
        console().print(f"Saved as {command.erasure_id}; not done yet. `mash keys erasures` shows it.")
    else:
        console().print(f"Erased: {keys} keys are destroyed ({command.erasure_id}).")


def _whom(settings: Settings, source_id: str, agency: str, system: str, person: str) -> str:
    named = (agency, system, person)
    if source_id and any(named):
        raise Fatal("Both a source identity and an agency's own id are given.", "Give one of the two.")
    if source_id:
        if not _SOURCE_ID.fullmatch(source_id):
            raise Fatal("That is no source identity: it has 32 hexadecimal digits.", "`mash identity show` lists them.")
        return source_id
    if not all(named):
        raise Fatal("Nobody is named.", "Give a SOURCE_ID, or --agency, --system and --person.")
    local = sys.stdin.readline().strip() if person == "-" else person
    return pseudonyms(settings).source_id(agency, system, local)


def _await(settings: Settings, erasure_id: str, seconds: float) -> int | None:
    """How many keys were destroyed; None if it is not done in time."""
    deadline = time.monotonic() + seconds
    with Ledger(connection(settings), settings.topic_prefix) as ledger:
        while True:
            ledger.catch_up()
            done = [e for e in ledger.done.values() if e.erasure_id == erasure_id]
            if done and not any(item.erasure_id == erasure_id for item in ledger.pending):
                return sum(len(e.destroyed) for e in done)
            if time.monotonic() >= deadline:
                return None
            time.sleep(LOOK_SECONDS)
