"""Commands that are imported when they are used, so that `mash --help` is quick and one broken group harms no other.

Knows typer and entry points; no command of the hub may be named here.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group

from hub.errors import Fatal

GROUPS = "mash.commands"
"""Entry-point group in which packages register a command group: name = "module:typer_app"."""


class LazyCommand(TyperCommand):
    """Stands in a group for a command that is loaded when it is called, its own help included."""

    def __init__(self, name: str, text: str, load: Callable[[], TyperCommand | TyperGroup], panel: str) -> None:
        """A name and one line of help, without the command."""
        super().__init__(name=name, help=text, callback=None, rich_help_panel=panel)
        self._load = load

    def make_context(self, info_name: str | None, args: list[str], *others: Any, **more: Any) -> Any:
        """Typer asks for this when the command is called, and goes on with whatever command the context names."""
        return self._load().make_context(info_name, args, *others, **more)


def built_in(name: str, target: str, text: str) -> LazyCommand:
    """A command of the hub's own: `target` is "module:typer_app"."""
    return LazyCommand(name, text, partial(_load, name, target, whole_group=False), "The hub on this machine")


def from_packages() -> Iterator[LazyCommand]:
    """The command groups that other packages register, by name."""
    for found in sorted(entry_points(group=GROUPS), key=lambda e: e.name):
        text = first_line(found.module) or "(its module is not installed)"
        load = partial(_load, found.name, found.value, whole_group=True)
        yield LazyCommand(found.name, text, load, "Parts of the hub")


def first_line(module: str) -> str:
    """First line of a module's docstring, read without importing it."""
    top, *rest = module.split(".")
    spec = importlib.util.find_spec(top)
    if spec is None:
        return ""
    bases = [Path(folder).joinpath(*rest) for folder in spec.submodule_search_locations or ()]
    places = [path for base in bases for path in (base.with_suffix(".py"), base / "__init__.py")]
    if not rest and spec.origin:
        places.append(Path(spec.origin))
    for path in places:
        if path.is_file():
            text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            return text.partition("\n")[0]
    return ""


def _load(name: str, target: str, *, whole_group: bool) -> TyperCommand | TyperGroup:
    module, _, attribute = target.partition(":")
    try:
        app: typer.Typer = getattr(import_module(module), attribute)
    except Exception as error:  # whatever its import led to: the other groups must go on
        raise Fatal(
            f"The command group `{name}` cannot be loaded: importing {module} raised {type(error).__name__}.",
            "Install the package again (`make setup`); all other commands work meanwhile.",
        ) from error
    # A registered app is a group even while it has only one command: its name must not vanish from the line.
    return get_group(app) if whole_group else get_command(app)  # type: ignore[return-value]
