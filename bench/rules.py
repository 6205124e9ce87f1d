"""The rule pack over a synthetic county: planted stories found, triggers a day. In one process, without Kafka.

    python -m bench.rules COUNTY [--pack PACK] [--json OUT]

COUNTY is a folder that `python -m bench.county` wrote. Native files go through the real connectors, identity, facts and
person, day by day; what is proposed is held against the county's truth. Ends with 1 if a planted story was missed, a
quiet family proposed, or a trigger names no rule.
"""

from __future__ import annotations

import json
import resource
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from bench.county import verify
from bench.county.feed import read_plan
from connectors.kit.api import Context, Unreadable
from connectors.kit.outcomes import outcomes
from connectors.registry import HEAD_BYTES, recognise
from hub import collector
from hub.ids import Pseudonyms
from hub.keys_in_memory import MemoryKeys
from hub.messages import AgencyRecord
from hub.sealing import Sealer
from streams.backtest.chart import svg
from streams.backtest.history import sealed
from streams.backtest.report import report
from streams.backtest.trial import Outcome, Trial
from streams.picture.evidence import EvidenceBox
from streams.picture.rules.engine import Engine, load_engine
from streams.picture.rules.load import default_pack

PARTNERSHIP = "backtest"


def records(county: Path, rejects: Counter[str]) -> Iterator[AgencyRecord]:
    """All records of a county's files, each read on the day on which its agency made the file."""
    for item in read_plan(county):
        path = county / item.path
        made = datetime.combine(date.fromisoformat(item.made), datetime.min.time(), UTC)
        with path.open("rb") as stream:
            try:
                fmt = recognise(stream.read(HEAD_BYTES), path.name)
            except Unreadable as error:
                rejects[error.reason] += 1
                continue
            stream.seek(0)
            for outcome in outcomes(fmt, stream, Context(PARTNERSHIP, fmt.system, made, made)):
                yield from outcome.records
                if outcome.reject is not None:
                    rejects[outcome.reject.reason] += 1


def judged(county: Path, trial: Outcome, names: Pseudonyms) -> verify.Report:
    """What was proposed, against the truth."""
    whose, members = trial.persons.by_source(), trial.persons.members
    proposals = [
        verify.Proposal(t.anchor, members.get(whose.get(t.anchor, ""), ()), (*t.rules, *t.behind))
        for t in trial.played[0].triggers
    ]
    return verify.check(county, proposals, names, [m for m in members.values() if m])


def main(
    county: Annotated[Path, typer.Argument(help="Folder of a county.")],
    pack: Annotated[Path | None, typer.Option(help="Rule pack; default: the one that comes with the hub.")] = None,
    out: Annotated[
        Path | None, typer.Option("--json", help="Also write everything as JSON, and a chart beside it.")
    ] = None,
) -> None:
    """Print recall of planted stories and triggers by rule.

    Example: python -m bench.rules county
    """
    collector.tune()
    console, rejects = Console(highlight=False), Counter[str]()
    engine: Engine = load_engine(pack or default_pack())
    names, sealer = Pseudonyms(secrets.token_bytes(32), PARTNERSHIP), Sealer(MemoryKeys())
    start, cpu = time.monotonic(), time.process_time()
    with Trial([engine], EvidenceBox(sealer, names, None)) as played:
        for entry in sealed(records(county, rejects), names, sealer, "received"):
            played.take(entry)
        trial = played.play(told=lambda day: _told(console, day))
    seconds, used = time.monotonic() - start, time.process_time() - cpu
    found = report(engine.pack.name, trial.played[0].triggers, trial.people, trial.span)
    found.notes = dict(trial.notes + rejects)
    truth = judged(county, trial, names)
    verify.show(truth, console)
    planted = [s for s in truth.stories if not s.quiet]
    console.print(
        f"{trial.messages:,} records, {used:,.0f} s of CPU ({used / trial.messages * 1e6:,.0f} us a record), "
        f"{seconds:,.0f} s, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:,.0f} MB"
    )
    console.print(f"recall of planted stories: {len(planted) - len(truth.missed)} of {len(planted)}")
    unexplained = sum(not t.rules for t in trial.played[0].triggers)
    console.print(f"triggers that name no rule: {unexplained}")
    console.print(
        f"{found.begun:,} episodes in {found.children:,} children and {found.people - found.children:,} others, "
        f"{found.month_per_10000:.1f} a month per 10,000 children, "
        f"{found.working_day_per_300000:.1f} a working day per 300,000 children"
    )
    ordinary = truth.ordinary / max(1, truth.proposals) * found.month_per_10000
    console.print(
        f"of them on ordinary families, whom base rates alone put there: {truth.ordinary:,}, "
        f"about {ordinary:.1f} a month per 10,000 children"
    )
    for rule in found.rules:
        console.print(f"  {rule.rule}  {rule.triggers:6,}  alone {rule.alone:6,}")
    if out:
        out.write_text(json.dumps({"report": asdict(found), "truth": truth.as_json()}, indent=1, default=str), "utf-8")
        out.with_suffix(".svg").write_text(svg(found), "utf-8")
    raise typer.Exit(0 if truth.good and not unexplained else 1)


def _told(console: Console, day: date) -> None:
    if day.day == 1:
        console.print(f"  {day.isoformat()}")


if __name__ == "__main__":
    typer.run(main)
