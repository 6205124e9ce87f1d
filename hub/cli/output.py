"""How commands show things: tables for people, JSON for machines. Times for people are in London's."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from hub.settings import LONDON

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, for a machine.")]

MEGABYTE = 1_000_000


def write_json(data: Any) -> None:
    """One JSON document on stdout; dataclasses as objects, times in ISO 8601."""
    sys.stdout.write(json.dumps(data, indent=2, default=_plain) + "\n")


def write_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table as wide as it needs to be where stdout is no terminal, else as wide as the terminal."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console().print(table)


def console() -> Console:
    """Where people read."""
    return Console(width=None if sys.stdout.isatty() else 160)


def when(unix_time: float) -> str:
    """A time for people: London's, to the second."""
    return datetime.fromtimestamp(unix_time, UTC).astimezone(LONDON).strftime("%d %B %H:%M:%S")


def megabytes(size: float) -> str:
    """A size for people."""
    return f"{size / MEGABYTE:,.0f} MB"


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
