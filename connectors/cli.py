"""Connectors: preview a file, check a folder, run files into Kafka, list the formats."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from connectors import cli_mllp, cli_sent
from connectors.kit.api import Context, Format, Unreadable
from connectors.kit.live import Live
from connectors.kit.outcomes import Outcome, outcomes
from connectors.kit.runner import Options, Runner
from connectors.kit.site import opened, system_time
from connectors.kit.source import SourceChanged, SourceUnreadable
from connectors.kit.tally import Tally
from connectors.kit.watch import dropped, files_of
from connectors.registry import AUTO, FORMATS, HEAD_BYTES, by_name, recognise
from hub import collector, log, metrics
from hub.cli.output import AsJson, console, write_json, write_table
from hub.cli.process import stand_back, stop_on_signal
from hub.errors import Fatal
from hub.settings import Settings, load

app = typer.Typer(
    help="Connectors: preview a file, check a folder, run files into Kafka, list the formats.\n\n"
    "Example: mash connector preview auto notices.csv",
    no_args_is_help=True,
)
app.command(epilog=cli_mllp.EXAMPLE)(cli_mllp.mllp)
app.command(epilog=cli_sent.SENT_EXAMPLE)(cli_sent.sent)
app.command(epilog=cli_sent.ARRIVED_EXAMPLE)(cli_sent.arrived)
_log = log.get_logger("connector")
FormatName = Annotated[
    str, typer.Argument(metavar="FORMAT|auto", help="A format of `mash connector formats`, or auto.")
]
READ_AGAIN = 3
"""How often a file that changes under us is read anew before the run gives up on it."""


@app.command(epilog="Example: mash connector formats --json")
def formats(as_json: AsJson = False) -> None:
    """List the formats that are read."""
    if as_json:
        write_json([{"name": f.name, "agency": f.agency, "system": f.system, "what": _what(f)} for f in FORMATS])
        return
    rows = [(f.name, f.agency, f.system, _what(f)) for f in FORMATS]
    write_table("Formats", ("name", "agency", "system, unless --system says other", "what"), rows)


@app.command(epilog="Example: mash connector preview police.notice.csv notices.csv --limit 3")
def preview(
    name: FormatName,
    file: Annotated[Path, typer.Argument(help="The file.", exists=True, dir_okay=False, readable=True)],
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(min=0, help="Stop after so many native records; 0 reads all.")] = 0,
    system: Annotated[str, typer.Option(help="Which system of the agency the file is from.")] = "",
) -> None:
    """Show what each native record of a file becomes, field by field. Nothing is sent; no Kafka is needed.

    JSON: a line a record, {"record": {...}}, or a reject, {"reject": {"position", "reason", "detail"}}.
    """
    from connectors.kit import preview as previewing  # noqa: PLC0415 - rich and yaml are slow to import

    settings = load(find_running=False)
    with file.open("rb") as stream:
        found = _limited(_looked_through(name, file, stream, settings, system), limit)
        if as_json:
            for outcome in found:
                for line in previewing.as_json(outcome):
                    sys.stdout.write(line + "\n")
        else:
            previewing.show(console(), found)


@app.command(epilog="Example: mash connector check exports/ --json")
def check(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders.")],
    as_json: AsJson = False,
    name: Annotated[str, typer.Option("--format", help="A format, or auto.")] = AUTO,
) -> None:
    """Count what files would become and what would be set aside. Nothing is sent; no Kafka is needed."""
    settings = load(find_running=False)
    rows = [_checked(name, path, settings) for path in files_of(paths)]
    if as_json:
        write_json({"files": rows, "total": _totals(rows)})
        return
    columns = ("file", "format", "records", "set aside", "why")
    table = [
        (str(r["file"]), str(r["format"]), str(r["records"]), str(r["rejected"]), _reasons(r["reasons"])) for r in rows
    ]
    write_table("Nothing was sent", columns, table)
    totals = _totals(rows)
    console().print(
        f"{totals['files']} files: {totals['records']} records, {totals['rejected']} set aside "
        f"({_reasons(totals['reasons']) or 'none'})."
    )


@app.command(epilog="Example: mash connector run auto /srv/drop --watch --metrics-port 9470")
def run(
    name: FormatName,
    paths: Annotated[list[Path], typer.Argument(help="Files or folders.")],
    *,
    system: Annotated[str, typer.Option(help="Which system of the agency the files are from.")] = "",
    agreement: Annotated[str, typer.Option(help="Id of the sharing agreement that admits the feed.")] = "",
    history: Annotated[bool, typer.Option("--history", help="Back-load: updates pictures, opens nothing.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on, and take files as they are dropped.")] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Read files that were read before (no second effect).")
    ] = False,
    rate: Annotated[float, typer.Option(min=0, help="At most so many native records a second; 0 has no limit.")] = 0,
    metrics_port: Annotated[int, typer.Option(min=0, max=65535, help="Serve /metrics there; 0 does not.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Read files into Kafka, from where the last run stopped. What can't be read becomes a dead letter.

    Ends with 0, also where records were set aside; with 1 where it could not go on, or where a file could not be opened
    (the others are read first). Ctrl-C or SIGTERM ends it after the batch in hand. It runs at a lower priority, so that
    on a shared machine the stages go first.
    """
    settings = load()
    stand_back()
    log.configure(settings.log_level, process="connector")
    metrics.serve(metrics_port, "connector", settings.metrics_host)
    stop = stop_on_signal()
    if name != AUTO:
        by_name(name)  # a mistaken name must not make a dead letter of every file
    collector.tune()
    options = Options(system, history, agreement, again, settings.batch_records, rate)
    tally, unreadable = Tally(), 0
    with opened(settings, stop) as site, Live(tally, quiet=as_json) as live:
        runner = Runner(
            lambda path: chosen(name, path), site.publisher, site.checkpoints, site.feed, options, stop, live.told
        )
        for path in dropped(paths, stop) if watch else files_of(paths):
            if stop.is_set():
                break
            live.begin(path)
            unreadable += not _was_read(runner, path, tally, stop, patient=watch)
    _tell(tally, stopped=stop.is_set(), as_json=as_json)
    if unreadable:
        raise Fatal(f"{unreadable} file(s) could not be read.", "Give this user the right to read them and run again.")


def chosen(name: str, path: Path) -> Format:
    """The format of a file: the one named, or the one that its content fits.

    Raises:
        Unreadable: see `recognise`.
    """
    if name != AUTO:
        return by_name(name)
    with path.open("rb") as stream:
        return recognise(stream.read(HEAD_BYTES), path.name)


def _was_read(runner: Runner, path: Path, tally: Tally, stop: threading.Event, *, patient: bool) -> bool:
    """Run one file. False where it can't be read: the others are read all the same."""
    try:
        _run_one(runner, path, tally, stop, patient=patient)
    except SourceUnreadable as error:
        if patient and not path.exists():  # taken away by its owner between two looks
            return True
        _log.warning("a file cannot be read; the others are", code=error.source)
        return False
    return True


def _run_one(runner: Runner, path: Path, tally: Tally, stop: threading.Event, *, patient: bool) -> None:
    """One file, again where it changed meanwhile; while watching, its next rest brings it back."""
    for attempt in range(1, READ_AGAIN + 1):
        try:
            runner.run(path, tally)
        except SourceChanged:
            if patient or stop.is_set():
                return
            if attempt == READ_AGAIN:
                raise
        except FileNotFoundError:
            if patient:  # taken away by its owner between two looks
                return
            raise Fatal("A file went away while it was read.", "Run again with the files that remain.") from None
        else:
            return


def _looked_through(name: str, path: Path, stream: BinaryIO, settings: Settings, system: str = "") -> Iterator[Outcome]:
    """What a file becomes, with nothing sent. A file of no format is one reject."""
    try:
        fmt = chosen(name, path)
    except Unreadable as error:
        yield Outcome.of_file(stream, error)
        return
    at = system_time()
    made = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    context = Context(settings.partnership, system or fmt.system, at, made)
    yield from outcomes(fmt, stream, context)


def _limited(found: Iterator[Outcome], limit: int) -> Iterator[Outcome]:
    for number, outcome in enumerate(found, start=1):
        yield outcome
        if number == limit:
            return


def _checked(name: str, path: Path, settings: Settings) -> dict[str, object]:
    fmt, records, reasons = "", 0, Counter[str]()
    try:
        with contextlib.suppress(Unreadable):
            fmt = chosen(name, path).name
        with path.open("rb") as stream:
            for outcome in _looked_through(name, path, stream, settings):
                records += len(outcome.records)
                if outcome.reject is not None:
                    reasons[outcome.reject.reason] += 1
    except OSError:  # the file's own: no right to read it, or gone since it was listed
        reasons["unreadable-file"] += 1
    rejected = sum(reasons.values())
    return {"file": str(path), "format": fmt, "records": records, "rejected": rejected, "reasons": dict(reasons)}


def _totals(rows: list[dict[str, object]]) -> dict[str, object]:
    reasons: Counter[str] = Counter()
    records = 0
    for row in rows:
        assert isinstance(row["reasons"], dict)
        assert isinstance(row["records"], int)
        reasons.update(row["reasons"])
        records += row["records"]
    return {"files": len(rows), "records": records, "rejected": sum(reasons.values()), "reasons": dict(reasons)}


def _reasons(reasons: object) -> str:
    assert isinstance(reasons, dict)
    return ", ".join(f"{reason} {number}" for reason, number in sorted(reasons.items()))


def _what(fmt: Format) -> str:
    """First line of the class's docstring, or of its module's where the class only refers to it."""
    own = (type(fmt).__doc__ or "").strip().partition("\n")[0]
    return own if not own.startswith("`") else (sys.modules[type(fmt).__module__].__doc__ or "").partition("\n")[0]


def _tell(tally: Tally, *, stopped: bool, as_json: bool) -> None:
    if as_json:
        write_json(tally.as_dict() | {"stopped": stopped})
        return
    rows: list[tuple[str, str]] = [
        ("files read", str(tally.files)),
        ("files read before, passed over (--again reads them)", str(tally.skipped)),
        ("native records read", str(tally.read)),
        ("records published and confirmed", str(tally.published)),
        ("of these, the same as one before", str(tally.duplicates)),
        ("fields kept without a map", str(tally.unmapped)),
        *((f"set aside as dead letters: {reason}", str(n)) for reason, n in sorted(tally.rejected.items())),
    ]
    write_table("Stopped; the next run goes on from here" if stopped else "Done", ("what", "how many"), rows)
