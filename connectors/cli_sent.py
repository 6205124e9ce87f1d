"""`mash connector sent | arrived`: a system's list of what it sent, told to the hub, and held against what arrived."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from connectors.kit.api import Unreadable
from connectors.kit.dispatches import SENT, Dispatch, Unread, Whose, missing, read_list, receipts
from connectors.kit.publish import receipt_message
from connectors.kit.site import opened, system_time
from connectors.kit.standing import values
from connectors.registry import by_name
from hub import log
from hub.avro import BadAvro, decode_as
from hub.cli.output import AsJson, console, write_json, write_table
from hub.errors import Fatal
from hub.kafka.clients import connection
from hub.messages import Receipt
from hub.secret_files import pseudonyms
from hub.settings import Settings, load
from hub.topics import topic, topic_for

SENT_EXAMPLE = "Example: mash connector sent police.notice.csv sent-2026-03-04.csv"
ARRIVED_EXAMPLE = "Example: mash connector arrived police.notice.csv sent-2026-03-04.csv --json"
DAY_HOURS = 24
FormatName = Annotated[str, typer.Argument(metavar="FORMAT", help="Of `mash connector formats`: whose records.")]
ListFile = Annotated[
    Path, typer.Argument(help="CSV with the columns record and sent_at.", exists=True, dir_okay=False, readable=True)
]
System = Annotated[str, typer.Option(help="As `mash connector run` was told.")]


def sent(name: FormatName, file: ListFile, *, system: System = "", as_json: AsJson = False) -> None:
    """Tell the hub which records a system says it has sent, so that one that never comes is missed within a day.

    `record` is the system's own id of a record, which `mash connector preview` shows as "record's own id". The
    same list twice has no second effect. Ends with 1 where a row can't be read; the others are told all the same.
    """
    settings = load()
    log.configure(settings.log_level, process="connector")
    whose = _whose(name, system)
    found, unread = _read(file, whose, settings)
    with opened(settings, threading.Event()) as site:
        messages = [receipt_message(r, name, system_time()) for r in receipts(found, whose, settings.partnership)]
        site.publisher.outbox.send_all(messages)
    if as_json:
        write_json({"told": len(found), "unread": _rows(unread)})
    else:
        console().print(f"{len(found)} records are told and confirmed.")
    _refuse(unread, as_json=as_json)


def arrived(
    name: FormatName,
    file: ListFile,
    *,
    system: System = "",
    hours: Annotated[float, typer.Option(min=0, help="How long a record may be on its way.")] = DAY_HOURS,
    as_json: AsJson = False,
) -> None:
    """Hold a system's list against what the hub received: which lines have not arrived, though sent a day ago.

    Needs the right to read this agency's receipts and nothing else. Ends with 1 where one is missing or can't be read.
    """
    settings = load()
    log.configure(settings.log_level, process="connector")
    whose = _whose(name, system)
    found, unread = _read(file, whose, settings)
    there = _received(settings, whose)
    gone = missing(found, there, system_time() - timedelta(hours=hours))
    if as_json:
        lines = [{"line": one.line, "sent_at": one.at.isoformat()} for one in gone]
        write_json({"listed": len(found), "missing": lines, "unread": _rows(unread)})
    else:
        write_table(f"{len(gone)} of {len(found)} have not arrived", ("where in the list",), [(g.line,) for g in gone])
    _refuse(unread, as_json=as_json)
    if gone:
        raise Fatal(
            f"{len(gone)} record(s) that were sent have not been received.",
            "See `mash dead-letters list`: were they set aside? Else send them again; what did arrive has no second "
            "effect.",
        )


def _whose(name: str, system: str) -> Whose:
    chosen = by_name(name)
    return Whose(chosen.agency, system or chosen.system)


def _read(file: Path, whose: Whose, settings: Settings) -> tuple[list[Dispatch], list[Unread]]:
    try:
        with file.open("rb") as stream:
            rows = list(read_list(stream, whose, pseudonyms(settings), system_time()))
    except Unreadable as error:
        raise Fatal(error.what, "Give it a header with `record` and `sent_at`, and a row for each record.") from None
    return [r for r in rows if isinstance(r, Dispatch)], [r for r in rows if isinstance(r, Unread)]


def _received(settings: Settings, whose: Whose) -> set[str]:
    name = topic(topic_for("receipts", f"{whose.agency}/{whose.system}")).full_name(settings.topic_prefix)
    found: set[str] = set()
    for value in values(connection(settings), [name]):
        try:
            receipt = decode_as(Receipt, value)
        except BadAvro:  # a stranger's bytes on the topic say nothing
            continue
        if receipt.stage != SENT:
            found.update(receipt.record_ids)
    return found


def _rows(unread: Sequence[Unread]) -> list[dict[str, str]]:
    return [{"line": one.line, "why": one.why} for one in unread]


def _refuse(unread: Sequence[Unread], *, as_json: bool) -> None:
    if not unread:
        return
    if not as_json:
        write_table("Rows that were not read", ("where", "why"), [(one.line, one.why) for one in unread])
    raise Fatal(f"{len(unread)} row(s) of the list could not be read.", "Mend them and give the list again.")
