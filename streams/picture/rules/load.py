"""Reads a rule pack and the fact catalogue. A mistake is named with file, line and remedy; nothing is evaluated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.errors import Fatal
from packs import HERE
from streams.picture.rules.pack import RulePack

Path_ = tuple[str | int, ...]


class PackLoader(yaml.SafeLoader):
    """YAML's safe loader, but a date stays the text that was written: the model says which field is one."""


PackLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class FactCode(BaseModel):
    """One fact code of the catalogue."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    value: str = ""
    attributes: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake.

    Attributes:
        line: of the file, from 1.
        place: rule and field.
        what: what is wrong.
        remedy: what to do.
    """

    line: int
    place: str
    what: str
    remedy: str

    def __str__(self) -> str:
        """As one line."""
        return f"line {self.line} ({self.place}): {self.what} {self.remedy}".rstrip()


class RulePackWrong(Fatal):
    """A pack that cannot be used; the text names every mistake with its line.

    Args:
        what: as in `HubError`.
        remedy: as in `HubError`.
        problems: the mistakes, where the file could be read.
    """

    def __init__(self, what: str, remedy: str = "", problems: Iterable[Problem] = ()) -> None:
        """See the class."""
        super().__init__(what, remedy)
        self.problems = list(problems)


@dataclass(frozen=True, slots=True)
class LoadedPack:
    """A pack that keeps to its model, and where in the file each part stands."""

    path: Path
    pack: RulePack
    lines: dict[Path_, int]

    def line(self, *path: str | int) -> int:
        """Line of a part, or of the nearest thing around it."""
        return line_in(self.lines, path)


def default_pack() -> Path:
    """The pack that comes with the hub."""
    return HERE / "rules" / "default.yaml"


def load_pack(path: Path) -> LoadedPack:
    """Read a pack and check it against its model; `lint` looks for what the model cannot see.

    Raises:
        RulePackWrong: the file can't be read, is no YAML, or breaks the model; every mistake with its line.
    """
    try:
        return _loaded(path)
    except (OSError, UnicodeDecodeError) as error:
        raise RulePackWrong(
            f"The rule pack {path} cannot be read ({type(error).__name__}).", "Check its path and that it is UTF-8."
        ) from error
    except (yaml.YAMLError, ValueError) as error:  # a value that YAML itself takes for something and cannot make
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        raise RulePackWrong(f"{path.name}{where} is no YAML.", "Look for a missing colon, quote or indent.") from error
    except RecursionError:
        what = f"{path.name} refers to itself, or is nested too deeply."
        raise RulePackWrong(what, "Write out what its anchors (&, *) stand for.") from None


def _loaded(path: Path) -> LoadedPack:
    text = path.read_text("utf-8")
    node = yaml.compose(text, Loader=PackLoader)
    raw = yaml.load(text, Loader=PackLoader)  # noqa: S506 - it is a safe loader
    lines: dict[Path_, int] = {}
    twice: list[Path_] = []
    _walk(node, (), lines, twice)
    refuse(path, [_said_twice(p, raw, lines) for p in twice])
    try:
        return LoadedPack(path, RulePack.model_validate(raw), lines)
    except ValidationError as error:
        raise _wrong(path, [_problem(e, raw, lines) for e in error.errors(include_url=False)]) from None


def _wrong(path: Path, problems: list[Problem]) -> RulePackWrong:
    ordered = sorted(problems, key=lambda p: p.line)
    said = "; ".join(str(p).removesuffix(".") for p in ordered)
    return RulePackWrong(f"{path.name}: {said}.", "Mend these lines, then run `mash rules lint`.", ordered)


def refuse(path: Path, problems: list[Problem]) -> None:
    """Stop if there are problems.

    Raises:
        RulePackWrong: there are.
    """
    if problems:
        raise _wrong(path, problems)


@cache
def fact_catalogue(path: Path = HERE / "facts.yaml") -> dict[str, FactCode]:
    """Fact codes by name."""
    raw = yaml.safe_load(path.read_text("utf-8"))["codes"]
    return {code: FactCode.model_validate(_words(value)) for code, value in raw.items()}


@cache
def agency_codes(path: Path = HERE / "facts.yaml") -> tuple[str, ...]:
    """Agencies that records may come from."""
    return tuple(yaml.safe_load(path.read_text("utf-8"))["agencies"])


def _words(value: dict[str, Any]) -> dict[str, Any]:
    return {k: v if k == "attributes" else str(v) for k, v in value.items()}


def _walk(node: yaml.Node | None, path: Path_, lines: dict[Path_, int], twice: list[Path_]) -> None:
    """Note the line of every part, and every name that stands twice: YAML would take the last without a word."""
    if node is None:
        return
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            inner = (*path, name.value)
            if inner in lines:
                twice.append(inner)
            _walk(value, inner, lines, twice)
            lines[inner] = name.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _walk(value, (*path, index), lines, twice)


def lines_of(text: str) -> dict[Path_, int]:
    """Line of every part of a YAML text.

    Raises:
        yaml.YAMLError: it is none.
    """
    lines: dict[Path_, int] = {}
    _walk(yaml.compose(text, Loader=yaml.SafeLoader), (), lines, [])
    return lines


def line_in(lines: dict[Path_, int], path: Path_) -> int:
    """Line of a part, or of the nearest thing around it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _said_twice(path: Path_, raw: Any, lines: dict[Path_, int]) -> Problem:
    return Problem(line_in(lines, path), _place(path, raw), f"`{path[-1]}` is said twice.", "Keep one of them.")


def _problem(error: Any, raw: Any, lines: dict[Path_, int]) -> Problem:
    path = tuple(error["loc"])
    return Problem(line_in(lines, path), _place(path, raw), f"{error['msg']}.", _remedy(error))


def _place(path: Path_, raw: Any) -> str:
    """Where in words: the rule's id and the field, not a number in a list."""
    names = []
    for depth, step in enumerate(path):
        if isinstance(step, int) and isinstance(raw, list) and step < len(raw):
            raw = raw[step]
            names.append(str(raw.get("id", step + 1)) if isinstance(raw, dict) else str(step + 1))
            continue
        raw = raw.get(step) if isinstance(raw, dict) else None
        if depth or len(path) == 1:
            names.append(str(step))
    return ".".join(names) or "the whole file"


def _remedy(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "Correct the field's name, or take it out."
    if error["type"] == "missing":
        return "Add the field."
    return "Write an allowed value."
