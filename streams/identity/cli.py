"""`mash identity`: why two records are one person or not, who a person consists of, and what people have to look at."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hub.cli.output import AsJson, console, write_json, write_table
from hub.ids import derived_id
from hub.messages import IdentityCommand
from hub.settings import Settings, load
from streams.identity import cli_shadow
from streams.identity import explain as explaining
from streams.identity.chart import as_svg
from streams.identity.compare import bits, compare
from streams.identity.explain import Explanation, chart
from streams.identity.features import contribution_of
from streams.identity.lookup import SHORT, Lookup, NotFound, ReviewLine, open_lookup
from streams.identity.model import MatchModel
from streams.identity.preview_file import subject_of
from streams.identity.stage import model_of
from streams.identity.trial import cli as trial

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Why two records are one person or not, and what a person has to look at.\n\n"
    "Example: mash identity explain 1 2 --file preview.jsonl",
)
review = typer.Typer(
    no_args_is_help=True, help="Links that the machine neither makes nor drops. Example: mash identity review list"
)
app.add_typer(review, name="review")
app.command(epilog="Example: mash identity evaluate records.csv --clusters persons.csv")(trial.evaluate)
app.command(epilog="Example: mash identity train records.csv --out model.yaml")(trial.train)
app.command(epilog="Example: mash identity shadow packs/match/model-2.yaml")(cli_shadow.shadow)


class Decision(StrEnum):
    """What a person can decide on a pair."""

    SAME = "same"
    DIFFERENT = "different"
    CANNOT_TELL = "cannot_tell"
    WITHDRAWN = "withdrawn"


@app.command("explain", epilog="Example: mash identity explain 3:child-1 7 --file preview.jsonl")
def explain_command(
    a: Annotated[str, typer.Argument(help="A source identity, or how it begins; with --file LINE[:REF].")],
    b: Annotated[str, typer.Argument(help="The other.")],
    *,
    file: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Compare subjects of a preview (`mash connector preview --json`)."
        ),
    ] = None,
    chart_file: Annotated[
        Path | None, typer.Option("--chart", dir_okay=False, help="Write the waterfall as a picture (SVG) here, too.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show why two are one person or not: a waterfall and plain English, never names, dates or places."""
    settings = load(find_running=file is None)
    model = model_of(settings)
    found = _of_file(file, a, b, model) if file else _of_journal(open_lookup(settings), a, b)
    if chart_file is not None:
        chart_file.write_text(as_svg(found, model), "utf-8")
    if as_json:
        write_json(explaining.as_json(found))
        return
    console().print(chart(found))
    if found.conflict:
        console().print(found.conflict)
    console().print(found.verdict, style="bold", markup=False)


def _of_file(file: Path, a: str, b: str, model: MatchModel) -> Explanation:
    one, two = (contribution_of(subject_of(file, x).identity, model.tables).features for x in (a, b))
    return explaining.explain(compare(one, two, model), model)


def _of_journal(lookup: Lookup, a: str, b: str) -> Explanation:
    return lookup.explain(lookup.find(a), lookup.find(b))


@app.command(epilog="Example: mash identity show 3f2a9c")
def show(
    whom: Annotated[str, typer.Argument(help="A source identity, how it begins, or any person id ever given out.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show the person that an id stands for now, and the source identities it consists of."""
    lookup = open_lookup(load())
    found = lookup.find(whom)
    members = lookup.members(found)
    person = lookup.person_id(found)
    if as_json:
        write_json(
            {"person_id": person, "members": [{"source_id": s, "assignment_seq": n, "live": x} for s, n, x in members]}
        )
        return
    lines = [(source, str(seq), "live" if live else "withdrawn") for source, seq, live in members]
    write_table(f"Person {person}, most senior first", ("source identity", "assignment", "records"), lines)


@review.command("list", epilog="Example: mash identity review list --json")
def list_command(
    *,
    state: Annotated[str, typer.Option(help="open, decided or moot.")] = "open",
    as_json: AsJson = False,
) -> None:
    """List links that a person has to look at, the most likely first."""
    lines = open_lookup(load()).reviews(state=state)
    if as_json:
        write_json([line._asdict() for line in lines])
        return
    rows = [(x.review_id, x.source_a[:SHORT], x.source_b[:SHORT], bits(x.weight), _waits(x)) for x in lines]
    columns = ("review", "source identity", "source identity", "bits", "waits for a second person")
    write_table(f"{len(rows)} reviews, {state}", columns, rows)
    if rows:
        console().print(
            "See why with `mash identity explain A B`; decide with `mash identity review decide REVIEW ...`."
        )


def _waits(line: ReviewLine) -> str:
    return f"{line.proposed}, by {line.proposed_by}" if line.proposed else ""


@review.command(epilog="Example: mash identity review decide 5d0c same --as s.jones --reason birth-certificate-seen")
def decide(
    number: Annotated[str, typer.Argument(metavar="REVIEW", help="The review's id, or how it begins.")],
    decision: Annotated[Decision, typer.Argument(help="What you decide; withdrawn takes an earlier decision back.")],
    *,
    actor: Annotated[str, typer.Option("--as", "--actor", envvar="MASH_AS", help="Who you are: your account.")],
    reason: Annotated[str, typer.Option(help="Reason code or words, without personal data of families.")],
    expires: Annotated[datetime | None, typer.Option(help="Day on which it must be looked at again.")] = None,
    as_json: AsJson = False,
) -> None:
    """Decide on a pair. It outranks every score, can be taken back, and is saved once the stage has applied it.

    Where the match model asks for a second person, it holds once somebody else has decided the same.
    """
    settings = load()
    line = _the_review(open_lookup(settings), number)
    command = _command(settings, line, decision, actor, reason, expires)
    from streams.identity.desk import send  # noqa: PLC0415 - Kafka only where something is sent

    send(settings, command, line.partition)
    now = _the_review(open_lookup(settings), line.review_id)
    waits = now.state == "open" and now.proposed == decision.value
    if as_json:
        saved = {"saved": True, "command_id": command.command_id, "review_id": line.review_id}
        write_json(saved | {"waits_for_second": waits})
    elif waits:
        console().print(f"Saved: {decision.value}. It holds once somebody else decides the same.")
    else:
        console().print(f"Saved: review {line.review_id} is decided as {decision.value}.")


def _the_review(lookup: Lookup, number: str) -> ReviewLine:
    found = [
        x
        for state in ("open", "decided", "moot")
        for x in lookup.reviews(state=state)
        if x.review_id.startswith(number)
    ]
    if len(found) != 1:
        raise NotFound(f"{len(found) or 'No'} reviews have an id that begins with {number!r}.")
    return found[0]


def _command(
    settings: Settings, line: ReviewLine, decision: Decision, actor: str, reason: str, expires: datetime | None
) -> IdentityCommand:
    at = datetime.now(UTC)
    return IdentityCommand(
        command_id=derived_id("decision", line.review_id, decision.value, actor, at.isoformat()),
        partnership=settings.partnership,
        source_a=line.source_a,
        source_b=line.source_b,
        decision=decision.value,
        actor=actor,
        reason=reason,
        at=at,
        expires=expires.replace(tzinfo=UTC) if expires else None,
    )
