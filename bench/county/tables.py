"""CSV rows and lists of words, as every agency's module needs them. No agency's columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence


def words(text: str, separator: str | None = None) -> tuple[str, ...]:
    """A list that is easier to read as text: `words("a b c")`, `words("a,b", ",")`."""
    return tuple(text.split(separator))


def csv_line(columns: Sequence[str], row: Mapping[str, str]) -> str:
    """One row, without its line end; columns that the row has not are empty.

    Raises:
        ValueError: the row has a column that the table has not.
    """
    out = io.StringIO()
    csv.DictWriter(out, columns, lineterminator="").writerow(row)
    return out.getvalue()
