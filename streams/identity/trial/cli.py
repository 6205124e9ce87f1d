"""`mash identity evaluate` and `train`: the matching tried, and weights estimated, on a file of records."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from hub.cli.output import AsJson, console, write_json
from hub.settings import load
from streams.identity.features import contribution_of
from streams.identity.model import DEFAULT, MatchModel, ModelFile, load_model, read_model
from streams.identity.stage import model_of
from streams.identity.trial.csv_records import WrongFile, read_cells, read_records
from streams.identity.trial.retrained import REGION, as_yaml, retrained
from streams.identity.trial.run import Outcome, run
from streams.identity.trial.score import Score, score
from streams.identity.trial.train import Trained
from streams.identity.trial.train import train as estimate

Records = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV file, a row a record.")]
Model = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="A match model; else the hub's own.")]


def evaluate(
    records: Records,
    *,
    clusters: Annotated[Path, typer.Option(help="Where to write who is who: record_id, person_id.")],
    truth: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="record_id, person_id.")] = None,
    model: Model = None,
    as_json: AsJson = False,
) -> None:
    """Form persons from a file by the very code that the stream runs, and measure them where the truth is known."""
    chosen = chosen_model(model)
    known = {c["record_id"]: c["person_id"] for c in read_cells(truth, {"record_id", "person_id"})} if truth else None
    started = time.process_time()
    with progress("records") as told:
        outcome = run(read_records(records), chosen, told)
    seconds = time.process_time() - started
    _write(clusters, outcome)
    measured = _measure(records, truth, outcome, known)
    figures: dict[str, Any] = {
        "records": len(outcome.persons),
        "persons": len({person for _, person in outcome.persons}),
        "open_reviews": len(outcome.reviews),
        "rejects": outcome.rejects,
        "model": chosen.version,
        "cpu_seconds": round(seconds, 2),
    }
    if measured is not None:
        figures["score"] = {k: round(v, 5) if isinstance(v, float) else v for k, v in measured._asdict().items()}
    if as_json:
        write_json(figures)
        return
    told_figures = figures | figures.pop("score", {})
    for name, value in told_figures.items():
        console().print(f"{name.replace('_', ' '):<18} {value}", highlight=False)


def train(
    records: Records,
    *,
    out: Annotated[Path, typer.Option(help="Where to write the model.")],
    people: Annotated[
        int, typer.Option(min=2, help="How many people the model will serve: with fewer, less chance agreement.")
    ] = REGION,
    model: Model = None,
    as_json: AsJson = False,
) -> None:
    """Estimate weights and frequencies of names from records, without labels. Start from the hub's own model."""
    base = model or DEFAULT
    raw, _ = read_model(base)
    chosen = load_model(base)
    with progress("records") as told:
        features = []
        for done, row in enumerate(read_records(records), start=1):
            features.append(contribution_of(row.record.subjects[0].identity, chosen.tables).features)
            told(done)
    with progress("pairs") as told:
        trained = estimate(features, chosen, raw.levels, told=told)
    _write_model(out, raw, trained, records.name, people)
    figures = {
        "records": len(features),
        "pairs": trained.pairs,
        "matches": round(trained.matches),
        "families": trained.families,
        "model": load_model(out).version,
    }
    if as_json:
        write_json(figures)
    else:
        for name, value in figures.items():
            console().print(f"{name:<18} {value}", highlight=False)


def _write_model(path: Path, raw: ModelFile, trained: Trained, source: str, people: int) -> None:
    text = as_yaml(retrained(raw, trained, people=people), source, people)
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise WrongFile(f"{path.name} cannot be written ({type(error).__name__}).", "Name another place.") from error


def chosen_model(path: Path | None) -> MatchModel:
    """The model that was named, else the partnership's or the hub's."""
    return load_model(path) if path else model_of(load(find_running=False))


@contextmanager
def progress(what: str) -> Iterator[Callable[[int], None]]:
    """Tells on a terminal's stderr how far long work is; nothing elsewhere."""
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.completed:,} " + what), TimeElapsedColumn(), console=Console(stderr=True),
        transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task(what, total=None)
        yield lambda done: bar.update(task, completed=done)


def _measure(records: Path, truth: Path | None, outcome: Outcome, known: dict[str, str] | None) -> Score | None:
    if known is None or truth is None:
        return None
    found = dict(outcome.persons)
    if len(found) < len(outcome.persons):
        raise WrongFile(f"{records.name} has the same record_id twice.", "Give every row one of its own to measure it.")
    if not found.keys() & known.keys():
        raise WrongFile(f"{truth.name} has no record_id of {records.name}.", "Check that the two belong together.")
    return score(found, known)


def _write(path: Path, outcome: Outcome) -> None:
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(("record_id", "person_id"))
            writer.writerows(outcome.persons)
    except OSError as error:
        raise WrongFile(f"{path.name} cannot be written ({type(error).__name__}).", "Name another place.") from error
