"""`mash picture`: look at pictures of a test county. Inside a check they are read by `streams.cli_picture`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from hub.cli.output import AsJson, console, write_json, write_table
from hub.errors import Fatal
from hub.settings import load
from streams.picture.dump import text_of
from streams.picture.reading import read

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Look at pictures of a test county. Example: HUB_TEST_COUNTY=1 mash picture dump",
)


@app.command("dump", epilog="Example: HUB_TEST_COUNTY=1 mash picture dump > run-1.jsonl")
def dump_command(
    *,
    as_json: AsJson = False,
    at: Annotated[datetime | None, typer.Option(help="Moment to take them at, UTC. Default: the last tick.")] = None,
) -> None:
    """Write every picture in a canonical form: the same records give the same bytes in every run.

    One picture a line; with --json one document. Person ids stand as the smallest key of their members.
    """
    pictures = read(load(), "dump", at=at.replace(tzinfo=UTC) if at else None).pictures()
    if as_json:
        write_json(pictures)
    else:
        sys.stdout.write(text_of(pictures))


def show_in_county(whom: str, *, as_json: bool) -> None:
    """Show one picture of a test county: chronology, indicators, circle. The reading is logged.

    Raises:
        typer.BadParameter: no key.
        hub.errors.Fatal: it is no test county, or the key does not name one picture.
    """
    if not whom:
        raise typer.BadParameter("a key, or --check for the picture of a check", param_hint="KEY")
    found = [p for p in read(load(), "show").pictures() if _is(p, whom)]
    if len(found) != 1:
        what = "No picture begins with that key." if not found else f"{len(found)} pictures begin with that key."
        raise Fatal(what, "Give more of the key; `mash picture dump` lists all.")
    if as_json:
        write_json(found[0])
    else:
        _print(found[0])


def _is(picture: dict[str, Any], whom: str) -> bool:
    return any(name.startswith(whom) for name in (picture["person"], *picture["members"]))


def _print(picture: dict[str, Any]) -> None:
    state = "settled" if picture["settled"] else "not settled"
    console().print(f"Picture {picture['person']}: {picture['subject']}, {state}")
    write_table("Chronology, newest first", ("when", "agency", "kind", "facts", "record"), _chronology(picture))
    write_table("Indicators in force", ("rule", "level", "agencies", "from", "to", "through"), _indicators(picture))
    write_table("Circle", ("who", "tie", "relation", "since", "until"), picture["circle"])
    console().print(f"Combinations that hold: {', '.join(picture['fires'] + picture['notes']) or 'none'}")


def _chronology(picture: dict[str, Any]) -> list[tuple[str, ...]]:
    rows = []
    for entry in picture["entries"]:
        when = (entry["occurred_at"] or entry["recorded_at"] or "")[:16].replace("T", " ")
        facts = ", ".join(_fact(f) for f in (entry["content"] or {}).get("facts", ()))
        kind = entry["kind"] if entry["operation"] == "upsert" else f"{entry['kind']} ({entry['operation']})"
        rows.append((when, entry["agency"], kind, facts, entry["record_id"][:8]))
    return sorted(rows, reverse=True)


def _fact(fact: dict[str, Any]) -> str:
    details = [fact["value"], *(f"{k}={v}" for k, v in sorted(fact["attributes"].items()))]
    shown = " ".join(d for d in details if d)
    return f"{fact['code']} ({shown})" if shown else str(fact["code"])


def _indicators(picture: dict[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            i["rule_id"],
            str(i["level"]),
            ", ".join(sorted(set(i["agencies"]))),
            i["first_at"][:10],
            (i["until"] or "")[:10],
            f"{i['path']} {i['through'][:8]}".strip(),
        )
        for i in (*picture["own"], *picture["context"])
    ]
