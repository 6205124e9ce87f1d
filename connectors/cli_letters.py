"""Dead letters: list what was set aside, show one, send it through its connector again."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from connectors.kit import letter_box
from connectors.kit.api import Context, Format, Unreadable
from connectors.kit.outcomes import Outcome, outcomes
from connectors.kit.site import opened, system_time
from connectors.kit.source import Source
from connectors.kit.tally import Gauges, Tally
from connectors.registry import AUTO, FORMATS, HEAD_BYTES, by_name, recognise
from hub import log
from hub.cli.output import AsJson, console, write_json, write_table
from hub.kafka.clients import connection
from hub.messages import DeadLetter
from hub.sealing import Sealer
from hub.secret_files import key_store
from hub.settings import LONDON, Settings, load

app = typer.Typer(
    help="Dead letters: list what was set aside, show one, send it through its connector again.\n\n"
    "Example: mash dead-letters list",
    no_args_is_help=True,
)
Why = Annotated[str, typer.Option("--reason", help="Why you open it; written to the audit file with your name.")]
LetterId = Annotated[str, typer.Argument(help="Id of the letter, or how it begins.")]
SHORT_ID = 8


@app.command("list", epilog="Example: mash dead-letters list --stage police.notice.csv --json")
def list_letters(
    as_json: AsJson = False,
    stage: Annotated[str, typer.Option(help="Only those of this connector or stage.")] = "",
    reason: Annotated[str, typer.Option(help="Only those with this reason code.")] = "",
) -> None:
    """List dead letters, oldest first. Shows no personal data."""
    found = [x for x in _all(load()) if (not stage or x.stage == stage) and (not reason or x.reason == reason)]
    if as_json:
        write_json([_row(letter) for letter in found])
        return
    rows = [
        (
            letter.letter_id[:SHORT_ID],
            f"{letter.at.astimezone(LONDON):%d %B %Y %H:%M}",
            letter.stage,
            letter.reason,
            letter.position,
            letter.detail,
        )
        for letter in found
    ]
    write_table(f"{len(rows)} dead letters", ("id", "when", "set aside by", "reason", "where", "what to do"), rows)


@app.command(epilog='Example: mash dead-letters show 3f2a91c0 --reason "call 4711: force asks which row"')
def show(letter_id: LetterId, reason: Why, as_json: AsJson = False) -> None:
    """Show a letter with its original bytes: personal data. Who, when and why is written to the audit file first."""
    settings = load()
    log.configure(settings.log_level, process="dead-letters")
    letter = _audited(settings, letter_id, "show", reason)
    keys = key_store(settings)
    try:
        original = letter_box.opened(letter, Sealer(keys))
    finally:
        keys.close()
    text = original.decode("utf-8", errors="backslashreplace")
    if as_json:
        write_json(_row(letter) | {"original": text})
        return
    console().print(f"{letter.stage}: {letter.reason} at {letter.position}\n{letter.detail}\n", markup=False)
    sys.stdout.write(text + "\n")


@app.command(epilog='Example: mash dead-letters replay 3f2a91c0 --reason "mapping mended"')
def replay(
    letter_id: LetterId,
    reason: Why,
    system: Annotated[str, typer.Option(help="Which system of the agency it was from.")] = "",
    history: Annotated[bool, typer.Option("--history", help="Back-load: updates pictures, opens nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Send a letter's original bytes through its connector again. The same failure makes no second letter."""
    settings = load()
    log.configure(settings.log_level, process="dead-letters")
    letter = _audited(settings, letter_id, "replay", reason)
    tally = Tally()
    with opened(settings, threading.Event()) as site:
        publisher = site.publisher
        stream = letter_box.as_source(letter, publisher.sealer)
        inner = _format_of(letter, stream.getvalue())
        fmt: Format = letter_box.Replayed(inner, letter) if letter.stage != AUTO else inner
        at = system_time()
        context = Context(settings.partnership, system or fmt.system, at, letter.at, history=history)
        batch: list[Outcome] = list(outcomes(fmt, stream, context))
        source = _source(letter)
        publisher.publish(batch, fmt.name, source, tally, Gauges(fmt.name, fmt.agency))
    if as_json:
        write_json(tally.as_dict())
        return
    again = ", ".join(f"{n} set aside again: {r}" for r, n in sorted(tally.rejected.items()))
    console().print(f"{tally.published} records published and confirmed{'; ' + again if again else ''}.")


def _all(settings: Settings) -> Iterator[DeadLetter]:
    return letter_box.letters(connection(settings), settings.topic_prefix)


def _audited(settings: Settings, letter_id: str, doing: str, reason: str) -> DeadLetter:
    letter = letter_box.by_id(_all(settings), letter_id)
    audit = settings.data_dir / "audit" / "dead-letters.jsonl"
    letter_box.write_audit(audit, letter, doing, reason, system_time())
    log.get_logger("dead-letters").info("a dead letter was opened", code=letter.letter_id, state=doing)
    return letter


def _format_of(letter: DeadLetter, data: bytes) -> Format:
    if letter.stage == AUTO:
        return recognise(data[:HEAD_BYTES], "")
    if letter.stage not in {fmt.name for fmt in FORMATS}:
        raise Unreadable(
            f"The letter is of the stage {letter.stage}, not of a connector.",
            "Mend the stage, then send the record again from its source (`mash connector run --again`).",
            reason="not-a-connector",
        )
    return by_name(letter.stage)


def _source(letter: DeadLetter) -> Source:
    return Source(Path(), letter.source, letter.original_hash, letter.original_size, letter.at)


def _row(letter: DeadLetter) -> dict[str, object]:
    return {
        "letter_id": letter.letter_id,
        "at": letter.at.isoformat(),
        "stage": letter.stage,
        "reason": letter.reason,
        "detail": letter.detail,
        "source": letter.source,
        "position": letter.position,
        "original_size": letter.original_size,
    }
