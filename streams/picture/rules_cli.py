"""`mash rules` without a history: check, read and test a rule pack. Touches no record and no Kafka."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from hub.cli.output import AsJson, console, write_json, write_table
from hub.errors import Fatal
from hub.settings import load
from streams.picture.explain import GRADES, basis
from streams.picture.rules.engine import Engine, load_engine
from streams.picture.rules.in_words import condition
from streams.picture.rules.lint import check
from streams.picture.rules.load import Problem, RulePackWrong, load_pack
from streams.picture.rules.pack import Combination, Indicator
from streams.picture.stage import pack_path
from streams.picture.stories import describe, differences, play
from streams.picture.story import load_story

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Check, read and try a rule pack. Example: mash rules lint"
)
Pack = Annotated[Path | None, typer.Option("--pack", help="A rule pack; default: the partnership's.")]
_FOUND = 1
"""Exit code where something is wrong, as linters give it."""


def path_of(pack: Path | None) -> Path:
    """The pack that was named, else the partnership's."""
    return pack or pack_path(load(find_running=False))


@app.command(epilog="Example: mash rules lint --pack our-rules.yaml")
def lint(*, pack: Pack = None, as_json: AsJson = False) -> None:
    """Look for mistakes: unknown facts, rules that never or always fire, contradictions. Ends with 1 if any."""
    path = path_of(pack)
    name, rules, problems = _linted(path)
    if as_json:
        write_json({"pack": name, "problems": problems})
    else:
        for problem in problems:
            typer.echo(f"{path.name} {problem}")
        typer.echo(f"{name}: {rules}{len(problems)} problems.")
    if problems:
        raise typer.Exit(_FOUND)


def _linted(path: Path) -> tuple[str, str, list[Problem]]:
    """Name of the pack, how many rules, and its mistakes; one that breaks the model goes by its file's name."""
    try:
        loaded = load_pack(path)
    except RulePackWrong as error:
        if not error.problems:
            raise
        return path.name, "", error.problems
    rules = len(loaded.pack.indicators) + len(loaded.pack.combinations)
    return loaded.pack.name, f"{rules} rules, ", check(loaded)


@app.command("list", epilog="Example: mash rules list --json")
def list_command(*, pack: Pack = None, as_json: AsJson = False) -> None:
    """List all rules with level, window and evidence grade."""
    engine = load_engine(path_of(pack))
    rules: list[Indicator | Combination] = [*engine.pack.indicators, *engine.pack.combinations]
    if as_json:
        write_json([_plain(rule, engine) for rule in rules])
        return
    cells = (
        (r.id, r.subject, r.category, str(r.level or ""), str(r.window_days or ""), r.evidence, r.text) for r in rules
    )
    write_table(engine.pack.name, ("rule", "whose", "category", "level", "days", "evidence", "what fires"), cells)


@app.command(epilog="Example: mash rules explain CB02")
def explain(
    rule: Annotated[str, typer.Argument(help="Rule id, such as DA02.")], *, pack: Pack = None, as_json: AsJson = False
) -> None:
    """Say in plain English what a rule asks for, where it comes from and how sure the source is."""
    engine = load_engine(path_of(pack))
    found = engine.indicators.get(rule.upper()) or engine.combinations.get(rule.upper())
    if found is None:
        raise Fatal(f"{engine.pack.name} has no rule {rule!r}.", "`mash rules list` shows all.")
    if as_json:
        write_json(_plain(found, engine))
        return
    console().print(f"[bold]{found.id}[/bold]  {found.text}")
    console().print(f"Fires: {condition(found)}")
    console().print(f"Level {found.level or '-'}, {found.brag or 'no rating'}; counts for: {found.subject}.")
    console().print(f"Basis: {basis(found)}.")
    console().print(f"Owner: {_owner(found, engine)}; version {found.version}; review by {_review(found, engine)}.")


@app.command("test", epilog="Example: mash rules test stories/")
def play_stories(
    stories: Annotated[list[Path], typer.Argument(help="Story files, or folders of them.")],
    *,
    pack: Pack = None,
    as_json: AsJson = False,
) -> None:
    """Play families' stories day by day; compare what is proposed with what is expected. Ends with 1 if any differs."""
    engine = load_engine(path_of(pack))
    paths = [p for given in stories for p in (sorted(given.glob("*.yaml")) if given.is_dir() else [given])]
    if not paths:
        raise Fatal("There is no story there.", "Name a YAML file, or a folder that holds some.")
    results = [_result(path, engine) for path in paths]
    if as_json:
        write_json(results)
    else:
        cells = ((r["file"], "[red]differs[/red]" if r["differs"] else "as expected", _lines(r)) for r in results)
        write_table("Stories", ("story", "result", "what was proposed, or differs"), cells)
    if any(r["differs"] for r in results):
        raise typer.Exit(_FOUND)


def _result(path: Path, engine: Engine) -> dict[str, Any]:
    story = load_story(path)
    return {
        "file": path.name,
        "story": story.story,
        "proposed": [describe(t) for t in play(story, engine)],
        "differs": differences(story, engine),
    }


def _lines(result: dict[str, Any]) -> str:
    return "\n".join(result["differs"] or result["proposed"] or ["nothing"])


def _owner(rule: Indicator | Combination, engine: Engine) -> str:
    return rule.owner or engine.pack.owner


def _review(rule: Indicator | Combination, engine: Engine) -> str:
    return (rule.review or engine.pack.review).isoformat()


def _plain(rule: Indicator | Combination, engine: Engine) -> dict[str, Any]:
    return {
        "id": rule.id,
        "kind": "indicator" if isinstance(rule, Indicator) else "combination",
        "subject": rule.subject,
        "category": rule.category,
        "text": rule.text,
        "fires": condition(rule),
        "level": rule.level,
        "brag": rule.brag,
        "window_days": rule.window_days,
        "evidence": rule.evidence,
        "evidence_means": GRADES[rule.evidence],
        "basis": rule.basis,
        "owner": _owner(rule, engine),
        "version": rule.version,
        "review": _review(rule, engine),
    }
