"""Typed access to a notice's cells: what does not fit its field is kept aside as unmapped. No message is made here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from connectors.kit import values

T = TypeVar("T")


class Cells:
    """The cells of a notice, or of one person in it.

    Args:
        cells: field name to text, none of them empty.
        path: what goes before a field's name in an unmapped path.
    """

    __slots__ = ("_cells", "path", "unmapped")

    def __init__(self, cells: Mapping[str, str], path: str = "") -> None:
        """See the class."""
        self._cells = cells
        self.path = path
        self.unmapped: list[tuple[str, str]] = []

    def text(self, name: str) -> str:
        """The text of a field; '' if it is not there."""
        return self._cells.get(name, "")

    def keep(self, name: str) -> None:
        """Set a field aside as unmapped, if it is there."""
        if text := self._cells.get(name):
            self.unmapped.append((self.path + name, text))

    def read(self, name: str, reader: Callable[[str], T | None]) -> T | None:
        """A field by its reader; where the reader gives nothing, the text is set aside."""
        text = self._cells.get(name)
        if not text:
            return None
        value = reader(text)
        if value is None or value == "":
            self.keep(name)
            return None
        return value

    def moment(self, name: str) -> datetime | None:
        """A time, UTC."""
        return self.read(name, values.read_moment)

    def code(self, name: str, codes: Mapping[str, str]) -> str:
        """A code by its map (keys in lower case, words joined by `_`); '' if it is not said or not known."""
        return self.read(name, lambda text: codes.get("_".join(text.lower().replace("-", " ").split()))) or ""

    def yes_no(self, name: str) -> bool | None:
        """Yes, no, or not said."""
        return self.read(name, values.yes_no)

    def yes(self, name: str) -> bool:
        """Whether it says yes."""
        return self.yes_no(name) is True

    def whole(self, name: str) -> int | None:
        """A whole number of at most nine digits, not negative; `3.0` is one too, as spreadsheets write it."""
        return self.read(name, _whole)

    def items(self, name: str) -> list[str]:
        """A list separated by `;`, blanks kept so that parallel lists stay parallel."""
        text = self._cells.get(name)
        return [item.strip() for item in text.split(";")] if text else []


def _whole(text: str) -> int | None:
    digits = text.removesuffix(".0")
    return int(digits) if digits.isdecimal() and len(digits) < 10 else None  # noqa: PLR2004
