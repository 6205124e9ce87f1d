"""Python source of a function in the making, for `hub.avro_reader` and `hub.avro_writer`. No Avro may live here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from hub.messages.base import Part

RECURRING = 8
"""Parts remembered of each recurring kind: a feed has one or two, a batch those of some agencies."""


class NotHere(Exception):  # noqa: N818 - no error: the slow path does it
    """A type or a validator that no function made here can do justice to."""


class Source:
    """Lines of a function in the making, and the names that it uses."""

    def __init__(self) -> None:
        """Begin with an empty body."""
        self.names: dict[str, Any] = {}
        self._lines: list[str] = []
        self._depth = 1
        self._count = 0

    def __iadd__(self, line: str) -> Self:
        """Add a line."""
        self._lines.append("    " * self._depth + line)
        return self

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Lines under an `if`, `else` or loop."""
        self._lines.append("    " * self._depth + head)
        self._depth += 1
        yield
        self._depth -= 1

    def fresh(self, value: Any = None) -> str:
        """A new name, of a value or of a variable."""
        self._count += 1
        name = f"v{self._count}"
        if value is not None:
            self.names[name] = value
        return name

    def function(self, head: str, model: type[Part], **names: Any) -> Any:
        """The finished function."""
        scope = self.names | names
        code = compile("\n".join((head, *self._lines)), f"<avro {head[4:9]} {model.__name__}>", "exec")
        exec(code, scope)  # noqa: S102 - source made above of field names and types of our own models alone
        return scope["made"]
