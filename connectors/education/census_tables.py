"""Tables of the school census as local authorities extract them: which table it is, whom a row is about. No meaning.

COLLECT's tables come one file each. A child table (exclusions, sessions ...) repeats the key of its pupil's row:
`NativeId` (the school), `sourceid`, and `pupilonrolltableid` or `pupilnolongeronrolltableid`. Together they make the
source identity of the pupil, so that a row without a UPN or name finds its pupil and no file has to wait for another.
All three are needed: table ids repeat between terms and schools, and a source id is that of one pupil in one school's
return.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

PUPIL_TABLES = ("pupilonroll", "pupilnolongeronroll")
_PUPIL_KEYS = tuple(f"{table}tableid" for table in PUPIL_TABLES)
_STRUCTURE = frozenset({"schoolcensustableid", "sourceid", "nativeid"})
_TERM = re.compile(r"(?P<year>20[0-9]{2})[_ -]?(?P<term>autumn|spring|summer)", re.IGNORECASE)
_COLLECTED_UNTIL = {"autumn": (0, 7, 31), "spring": (-1, 12, 31), "summer": (0, 3, 31)}
"""Years back, month, day: a census collects the absences and exclusions of the term before it (school census guide)."""


def table_of(headers: list[str]) -> str:
    """The table whose rows have these columns; '' if it is none about pupils."""
    names = {header.strip().lower() for header in headers}
    if not {"nativeid", "sourceid"} <= names or names.isdisjoint(_PUPIL_KEYS):
        return ""
    own = sorted(
        n.removesuffix("tableid") for n in names - _STRUCTURE if n.endswith("tableid") and n not in _PUPIL_KEYS
    )
    if own:
        return own[0]
    return next(table for table in PUPIL_TABLES if f"{table}tableid" in names)


@dataclass(frozen=True, slots=True)
class Term:
    """A census: its year and term, as far as the file's name tells ('' and 0 where it doesn't)."""

    year: int = 0
    name: str = ""

    @classmethod
    def of(cls, file_name: str) -> Term:
        """`2025_spring_pupilonroll.csv` is the spring census of 2025."""
        found = _TERM.search(file_name)
        return cls(int(found["year"]), found["term"].lower()) if found else cls()

    @property
    def label(self) -> str:
        """Such as `2025 spring`."""
        return f"{self.year} {self.name}" if self.year else ""

    @property
    def collected_until(self) -> datetime | None:
        """About when the period ended that the census collects attendance of."""
        if not self.year:
            return None
        back, month, day = _COLLECTED_UNTIL[self.name]
        return datetime(self.year + back, month, day, tzinfo=UTC)


@dataclass(slots=True)
class Row:
    """One row, which knows what has been read of it.

    Attributes:
        table: such as `termlyexclusionsonroll`.
        term: the census.
        cells: column (lower case) to text, those that say something.
    """

    table: str
    term: Term
    cells: dict[str, str]
    asked: set[str] = field(default_factory=set)
    kept: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, table: str, term: Term, cells: Mapping[str, str]) -> Row:
        """A row of a CSV; of two spellings of a column the first that says something counts, and the other is kept."""
        found = {name.lower(): text for name, text in cells.items() if text}
        row = cls(table, term, found)
        if len(found) < sum(map(bool, cells.values())):
            row._spelt_twice(cells)
        return row

    def _spelt_twice(self, cells: Mapping[str, str]) -> None:
        self.cells = {}
        for name, text in cells.items():
            if text and self.cells.setdefault(name.lower(), text) != text:
                self.kept.append((name, text))

    def __getitem__(self, column: str) -> str:
        """A column's text, '' where it says nothing."""
        self.asked.add(column)
        return self.cells.get(column, "")

    def keep(self, column: str) -> None:
        """Keep a text that its column cannot hold."""
        if text := self.cells.get(column):
            self.kept.append((column, text))

    def rest(self) -> list[tuple[str, str]]:
        """What nobody asked for, keys and order columns left out, and what was kept."""
        others = [
            (column, text)
            for column, text in self.cells.items()
            if column not in self.asked
            and column not in _STRUCTURE
            and not column.endswith(("orderseqcolumn", "tableid"))
        ]
        return sorted(set(self.kept + others))

    @property
    def pupil(self) -> str:
        """The source's id of the pupil: school, table id and source id; '' where one is missing."""
        table_id = next((self.cells[key] for key in _PUPIL_KEYS if key in self.cells), "")
        parts = (self.cells.get("nativeid", ""), table_id, self.cells.get("sourceid", ""))
        return "/".join(parts) if all(parts) else ""

    @property
    def key(self) -> str:
        """The row's own key in the census."""
        own = "" if self.table in PUPIL_TABLES else self.cells.get(f"{self.table}tableid", "")
        return "/".join(part for part in (self.table, own, self.pupil) if part)
