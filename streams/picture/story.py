"""A story as people write it: a family's facts by day, and what is expected. Read and checked here, not played."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hub.errors import Fatal
from hub.messages.record import FactStatus, Role
from streams.picture.rules.load import agency_codes, fact_catalogue, line_in, lines_of


class StoryWrong(Fatal):
    """A story that cannot be run; the text names the file and the field."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Someone(_Strict):
    """A person of the story."""

    role: Role
    born: date | None = None
    due: date | None = Field(default=None, description="Expected date of an unborn child.")


class Tie(_Strict):
    """`other` is the `relation` of `of`."""

    of: str
    other: str
    relation: str
    kind: str = "relationship"
    since: date | None = None
    until: date | None = None
    shared_by: int = Field(default=0, description="Of a telephone or a place: how many people have it.")
    telling: bool = Field(default=False, description="Without it nothing is proposed.")


class Happening(_Strict):
    """One record: what one agency writes of one person on one day."""

    day: date
    agency: str
    about: str
    facts: list[str | dict[str, dict[str, str]]] = Field(
        default_factory=list, description="Codes of the catalogue; with attributes, and `value` for the fact's value."
    )
    status: FactStatus = FactStatus.OBSERVED
    incident: str = ""
    prompted_by: str = ""
    history: bool = False
    withdraws: str = Field(default="", description="`name` of the happening that is taken back.")
    name: str = ""
    telling: bool = Field(default=False, description="Without it nothing is proposed.")


class Expected(_Strict):
    """A proposal that begins, or rises to a higher level, on a day."""

    day: date
    about: str
    rule: str = Field(description="The opening rule, or the gravest that now fires.")
    level: int
    rises: bool = False
    route: bool = False


class Story(_Strict):
    """The whole file."""

    story: str = Field(min_length=5)
    source: str = Field(default="", description="Published review or practice that it stands for.")
    people: dict[str, Someone] = Field(min_length=1)
    ties: list[Tie] = Field(default_factory=list)
    happens: list[Happening] = Field(min_length=1)
    until: date
    expect: list[Expected] = Field(description="Empty for a quiet family.")

    @model_validator(mode="after")
    def _names(self) -> Story:
        named = {h.about for h in self.happens} | {t.of for t in self.ties} | {t.other for t in self.ties}
        if missing := (named | {e.about for e in self.expect}) - self.people.keys():
            raise ValueError(f"nobody of the story is called {', '.join(sorted(missing))}")
        return self

    def without(self, told: Happening | Tie) -> Story:
        """The same, had that never been told, or were there no such tie."""
        happens, ties = [h for h in self.happens if h is not told], [t for t in self.ties if t is not told]
        return self.model_copy(update={"happens": happens, "ties": ties, "expect": []})


def load_story(path: Path) -> Story:
    """Read a story.

    Raises:
        StoryWrong: names file, line and mistake, facts and agencies that there are not among them.
    """
    try:
        text = path.read_text("utf-8")
        lines = lines_of(text)
        # Every value as it was written: `yes`, `15` and dates need no quotes, and the model says what a field takes.
        story = Story.model_validate(yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506 - it makes nothing but texts
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        raise StoryWrong(f"{path.name}{where} cannot be read ({type(error).__name__}).", "Mend its YAML.") from error
    except ValidationError as error:
        wrong = [(line_in(lines, tuple(e["loc"])), e["loc"], e["msg"]) for e in error.errors(include_url=False)]
        places = "; ".join(f"line {line} ({'.'.join(map(str, loc)) or 'story'}): {text}" for line, loc, text in wrong)
        raise StoryWrong(f"{path.name} {places}.", "Mend these fields.") from None
    for number, happening in enumerate(story.happens):
        line = line_in(lines, ("happens", number))
        for what, name, known in _named(happening):
            if name not in known:
                near = difflib.get_close_matches(name, known, n=1)
                remedy = f"Did you mean {near[0]!r}? " if near else ""
                raise StoryWrong(
                    f"{path.name} line {line}: there is no {what} {name!r}.", f"{remedy}packs/facts.yaml lists all."
                )
    return story


def _named(happening: Happening) -> Iterator[tuple[str, str, Collection[str]]]:
    """What a happening names of the catalogue: kind, name, all that there are."""
    yield "agency", happening.agency, agency_codes()
    for raw in happening.facts:
        code = raw if isinstance(raw, str) else next(iter(raw), "")
        yield "fact", code, fact_catalogue()
        if not isinstance(raw, str) and code in fact_catalogue():
            names = {*fact_catalogue()[code].attributes, "value", "age"}
            yield from ((f"attribute of {code}", name, names) for name in raw[code])
