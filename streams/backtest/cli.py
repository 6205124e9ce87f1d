"""`mash rules`: check, read and try a rule pack, also on recorded history."""

from __future__ import annotations

import json
import secrets
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from hub import collector
from hub.cli.output import AsJson, write_json
from hub.cli.process import stop_on_signal
from hub.errors import Fatal
from hub.ids import Pseudonyms
from hub.keys_in_memory import MemoryKeys
from hub.log import get_logger
from hub.sealing import Sealer
from hub.settings import SECRET_BYTES, Settings, load
from streams.backtest.chart import svg
from streams.backtest.compare import Comparison, Difference, compare
from streams.backtest.history import DayOf, Known, records_of, sealed
from streams.backtest.hub import RecordsTopic, read_decisions
from streams.backtest.report import report
from streams.backtest.shown import show_comparison, show_report
from streams.backtest.trial import YEAR, Outcome, Trial
from streams.identity.stage import model_of
from streams.picture.evidence import EvidenceBox
from streams.picture.rules.engine import Engine, load_engine
from streams.picture.rules_cli import Pack, app, path_of
from streams.picture.stage import box_of

__all__ = ["app"]
_log = get_logger("rules")
_POLL_SECONDS = 5.0
"""How often a followed hub is asked for more: a shadow has no hurry."""

History = Annotated[
    list[Path] | None,
    typer.Argument(help="Files of records, as `mash connector preview FORMAT FILE --json` writes them."),
]
FromHub = Annotated[bool, typer.Option("--hub", help="Read the history of the running hub instead (topic records).")]
Days = Annotated[int, typer.Option(min=1, help="Count the last so many days; earlier records are known before.")]
Until = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day. Default: the history's.")]
When = Annotated[
    Literal["recorded", "received"],
    typer.Option(help="When a record counts as known: when it was written down, or when the hub read it."),
]


@app.command(epilog="Example: mash rules backtest history.jsonl --pack our-rules.yaml --chart report.svg")
def backtest(
    history: History = None,
    *,
    hub: FromHub = False,
    pack: Pack = None,
    days: Days = YEAR,
    until: Until = None,
    known: When = "recorded",
    chart: Annotated[Path | None, typer.Option(help="Also write a chart (SVG) there.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what a pack would have proposed over recorded history: how often, by which rules, with what yield, of whom.

    Records are matched, joined and judged by the very code that runs live; nothing is sent, and no check opens. Only
    counts leave: no name, no record.
    """
    source = Source(load(find_running=hub), history or [], hub=hub, by=known)
    engine = load_engine(path_of(pack))
    with source.trial([engine]) as trial:
        outcome = trial.play(days=days, until=_day(until), told=_told)
    found = report(engine.pack.name, outcome.played[0].triggers, outcome.people, outcome.span)
    found.notes = dict(outcome.notes + source.notes)
    if chart:
        chart.write_text(svg(found), "utf-8")
    if as_json:
        write_json(asdict(found))
    else:
        show_report(found, engine)


@app.command(epilog="Example: mash rules shadow our-rules-2.yaml --hub --follow")
def shadow(
    other: Annotated[Path, typer.Argument(help="The pack that is tried beside the live one.")],
    history: History = None,
    *,
    hub: FromHub = False,
    pack: Pack = None,
    days: Days = YEAR,
    until: Until = None,
    known: When = "recorded",
    follow: Annotated[
        bool, typer.Option("--follow", help="With --hub: go on as records come, until Ctrl-C. A line a difference.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run a second pack beside the live one over the same records; say of whom they differ, how, and by which rules.

    Nothing of the shadow pack leaves: it proposes to nobody. People stand as keyed hashes. With --follow what comes
    after the history is told as it comes.
    """
    if follow and not hub:
        raise Fatal("Only a running hub can be followed.", "Add --hub, or leave --follow out.")
    source = Source(load(find_running=hub), history or [], hub=hub, by=known)
    engines = [load_engine(path_of(pack)), load_engine(other)]
    with source.trial(engines) as trial:
        last = _day(until) or (datetime.now(UTC).date() if follow else None)
        outcome = trial.play(days=days, until=last, told=_told)
        found = _compared(outcome)
        if as_json and not follow:
            write_json(asdict(found))
        elif not as_json:
            show_comparison(found)
        if follow:
            _follow(source, trial, outcome)


def _told(day: date) -> None:
    """Where it is, for somebody who waits."""
    if day.day == 1 and sys.stderr.isatty():
        typer.echo(f"{day:%B %Y} ...", err=True)


def _compared(outcome: Outcome) -> Comparison:
    live, shadow_ = outcome.played
    return compare((live.pack, shadow_.pack), live.triggers, shadow_.triggers, outcome.persons.by_source())


def _follow(source: Source, trial: Trial, outcome: Outcome) -> None:
    stop, told = stop_on_signal(), set(_compared(outcome).differences)
    while not stop.wait(_POLL_SECONDS):
        trial.go_on(source.more(), datetime.now(UTC).date())
        for difference in _compared(outcome).differences:
            if difference not in told:
                told.add(difference)
                typer.echo(_line(difference))


def _line(d: Difference) -> str:
    """A difference in a line; JSON, so that it can be filed."""
    return json.dumps(asdict(d), default=str)


class Source:
    """Where the history comes from: files, or a hub's records topic.

    Attributes:
        notes: what was set aside: reason -> count.
    """

    def __init__(self, settings: Settings, files: list[Path], *, hub: bool, by: Known) -> None:
        """See the class.

        Raises:
            Fatal: neither files nor a hub are named, or both.
        """
        if hub == bool(files):
            raise Fatal("There is no history to play, or two.", "Name files, or give --hub for the running hub's.")
        collector.tune()
        self._settings, self._files, self._by = settings, files, by
        self.notes: Counter[str] = Counter()
        self._topic = RecordsTopic(settings, by, self.notes) if hub else None
        self._box = self._hubs_box() if hub else _own_box(settings.partnership)

    @contextmanager
    def trial(self, engines: list[Engine]) -> Iterator[Trial]:
        """A trial that has taken the whole history."""
        with Trial(engines, self._box, model_of(self._settings)) as trial:
            if self._topic is not None:
                self._topic.read(trial.take)
                read_decisions(self._settings, trial.helped)
            else:
                names, sealer = self._box.pseudonyms, self._box.sealer
                for entry in sealed(records_of(self._files, self.notes), names, sealer, self._by):
                    trial.take(entry)
            _log.info("history read", command="rules", records=trial.messages, pack=engines[0].pack.name)
            yield trial

    def more(self) -> list[DayOf]:
        """What has come since, of a hub."""
        found: list[DayOf] = []
        if self._topic is not None:
            self._topic.read(found.append)
        return found

    def _hubs_box(self) -> EvidenceBox:
        """The hub's keys; history is judged as if it were told on its day, so nothing is too early."""
        box = box_of(self._settings)
        return EvidenceBox(box.sealer, box.pseudonyms, None)


def _own_box(partnership: str) -> EvidenceBox:
    """Keys and names for this run alone: what it wrote to its scratch folder opens for nobody afterwards."""
    return EvidenceBox(Sealer(MemoryKeys()), Pseudonyms(secrets.token_bytes(SECRET_BYTES), partnership), None)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
