"""CSV sources as rows, one at a time, each with its exact bytes. Nothing about what a column means.

RFC 4180 with what real exports do: a byte order mark, `;` or tabs, line feeds inside quotes, mixed encodings, stray
quotes, rows with too few columns. Memory is bounded by `ROW_LIMIT` whatever the size of the file.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from connectors.kit.api import Native, Reject, Unreadable
from connectors.kit.text import BAD_ENCODING, BOM, decode, refuse_utf16

ROW_LIMIT = 1 << 20
"""Longest row, in bytes: as long as a message may be. A quote that is never closed is given up on here."""
_DELIMITERS = ",;\t|"
WRONG_FORMAT = "wrong-format"
_NOTHING = b' \t\r\n,;|"\x1a'
"""What a line that says nothing is made of: a spreadsheet's empty rows, and the end mark of DOS."""
_LINE = re.compile(rb"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_SEPARATOR = re.compile(rb'"?sep=([,;\t|])"?[,;]*\s*', re.IGNORECASE)
"""First line of a spreadsheet's CSV that tells the delimiter."""
NOTHING_SAID = frozenset(
    {
        "NULL",
        "null",
        "(null)",
        "\\N",
        "#N/A",
        "#REF!",
        "#VALUE!",
        "#NAME?",
        "#NULL!",
        "N/A",
        "n/a",
        "NaN",
        "NaT",
        "<NA>",
    }
)
"""What databases, spreadsheets and their users write for nothing."""
_MEND = "Mend it where it is kept and export it again."
# For the whole process (the module knows no other way): its 128 kB would refuse a long narrative.
csv.field_size_limit(2 * ROW_LIMIT)


@dataclass(slots=True)
class _Lines:
    """Physical lines of the source for `csv.reader`, which keeps the bytes of those that the row in hand took."""

    source: BinaryIO
    number: int = 0
    taken: list[bytes] = field(default_factory=list)
    size: int = 0
    waiting: list[bytes] = field(default_factory=list)
    cut: bool = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = b""
        if self.size <= ROW_LIMIT:
            line = self.waiting.pop() if self.waiting else self.source.readline(ROW_LIMIT + 1)
        if not line:
            self.cut = bool(self.taken)  # the reader asks again only inside quotes
            raise StopIteration
        self.taken.append(line)
        self.size += len(line)
        self.number += 1
        return line.decode("latin-1")  # the structure of CSV is ASCII: fields are decoded properly afterwards

    def begin(self) -> int:
        """Start on a row; its first line's number."""
        self.taken = []
        self.size = 0
        self.cut = False
        return self.number + 1

    def keep_first(self) -> bytes:
        """Give all lines but the first back, to be read again as rows of their own; the first one's bytes."""
        self.waiting.extend(reversed(self.taken[1:]))
        self.number -= len(self.taken) - 1
        return self.taken[0]


def header_of(head: bytes) -> list[str]:
    """Column names in the first bytes of a source, for sniffing; [] if there are none."""
    held, delimiter = b"", ""
    for found in _LINE.finditer(head.removeprefix(BOM)):
        if not held:
            delimiter = _told_delimiter(found[0]) or delimiter
            if _before_header(found[0]):
                continue
        held += found[0]
        if held.count(b'"') % 2 == 0:  # a column name may hold a line break
            break
    if not held or b"\x00" in held:
        return []
    try:
        text = decode(held).text
        rows = csv.reader(text.splitlines(keepends=True), delimiter=delimiter or delimiter_of(text))
        return [name.strip() for name in next(rows)]
    except (Unreadable, csv.Error, StopIteration):
        return []


def _before_header(line: bytes) -> bool:
    """Whether a line says nothing, or only (to spreadsheets) what separates the columns."""
    return not line.strip(_NOTHING) or bool(_told_delimiter(line))


def _told_delimiter(line: bytes) -> str:
    found = _SEPARATOR.fullmatch(line)
    return found[1].decode("latin-1") if found else ""


def delimiter_of(line: str) -> str:
    """What separates the columns of a header line: the most frequent of `,` `;` tab and `|` outside quotes."""
    outside = "".join(line.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def read_rows(
    source: BinaryIO, *, required: Iterable[str] = (), normal: Callable[[str], str] = str, delimiter: str = ""
) -> Iterator[Native | Reject]:
    """Rows below a header; `Native.value` is a dict of column name to text (stripped), in the header's order.

    Rows that say nothing are passed over. A column name that stands twice gets ` (2)`, an empty one `column N`: nothing
    is lost.
    `Native.row` counts data rows from 1, rejects included; `Native.position` is the first physical line.

    Args:
        source: opened in binary.
        required: columns without which this is another kind of file.
        normal: turns a column name into the form that `required` is written in.
        delimiter: '' finds out.

    Raises:
        Unreadable: `empty-file`, `utf-16`, or `wrong-format` (a required column is missing, or the header is no text).
    """
    lines = _Lines(source)
    names, before, delimiter = _header(lines, delimiter)
    if missing := sorted(set(required) - {normal(name) for name in names}):
        raise _wrong(f"It has no column {', '.join(missing)}")
    reader = csv.reader(lines, delimiter=delimiter)
    row = 0
    while True:
        first = lines.begin()
        try:
            cells = next(reader, [])
        except csv.Error:
            cells = None
        if not lines.taken:
            return
        if cells is not None and not lines.cut and len(lines.taken) == 1 and not lines.taken[0].strip(_NOTHING):
            continue
        row += 1
        item = _row(lines, cells, names, first, row, before)
        if isinstance(item, Reject) and (len(lines.taken) > 1 or lines.cut or lines.size > ROW_LIMIT):
            item = _given_up(lines, first, before)
            reader = csv.reader(lines, delimiter=delimiter)
        yield item


def _header(lines: _Lines, delimiter: str) -> tuple[list[str], bytes, str]:
    first = lines.source.readline(ROW_LIMIT + 1)
    refuse_utf16(first)
    declared = "utf-8" if first.startswith(BOM) else ""
    first = first.removeprefix(BOM)
    while first and _before_header(first):
        lines.number += 1
        delimiter = delimiter or _told_delimiter(first)
        first = lines.source.readline(ROW_LIMIT + 1)
    if not first:
        raise Unreadable("The file is empty.", "Ask the sender for the file again.", reason="empty-file")
    lines.waiting.append(first)
    lines.begin()
    if len(first) > ROW_LIMIT or b"\x00" in first:
        raise _wrong("Its first line is no row of column names")
    delimiter = delimiter or delimiter_of(decode(first).text)
    try:
        cells = next(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        if b"\r" in first.rstrip():
            raise _wrong("Its lines end in carriage returns alone: save it as CSV UTF-8") from None
        raise _wrong("Its first line is no row of column names") from None
    raw = b"".join(lines.taken)
    names = _unique([cell.encode("latin-1").decode(decode(raw, declared=declared).encoding).strip() for cell in cells])
    return names, raw if not declared else BOM + raw, delimiter


def _wrong(what: str) -> Unreadable:
    return Unreadable(
        f"The file is not of this format. {what}.",
        "Name the right format, or let `auto` find it.",
        reason=WRONG_FORMAT,
    )


def _unique(names: list[str]) -> list[str]:
    seen: Counter[str] = Counter()
    out = []
    for number, name in enumerate(names, start=1):
        named = name or f"column {number}"
        seen[named] += 1
        out.append(named if seen[named] == 1 else f"{named} ({seen[named]})")
    return out


def _given_up(lines: _Lines, first: int, before: bytes) -> Reject:
    """The first line alone, the others to be read again: lines that make no row are a quote that was never closed."""
    raw = lines.keep_first()
    if len(raw) > ROW_LIMIT:
        _skip_line(lines, raw)
        return Reject(raw, f"line {first}", "too-large", f"A row of more than {ROW_LIMIT} bytes. {_MEND}", before)
    detail = f"A quotation mark opens a field here and is not closed where the row should end. {_MEND}"
    return Reject(raw, f"line {first}", "unclosed-quote", detail, before)


def _skip_line(lines: _Lines, raw: bytes) -> None:
    while raw and not raw.endswith(b"\n"):
        raw = lines.source.readline(ROW_LIMIT)


def _row(
    lines: _Lines, cells: list[str] | None, names: list[str], first: int, row: int, before: bytes
) -> Native | Reject:
    raw, position = b"".join(lines.taken), f"line {first}"
    if cells is None or lines.cut or lines.size > ROW_LIMIT:
        detail = f"The row is not CSV: a stray carriage return or quotation mark. {_MEND}"
        return Reject(raw, position, "bad-csv", detail, before)
    if b"\x00" in raw:
        detail = "The row holds a zero byte: the file is damaged. Ask the sender for it again."
        return Reject(raw, position, "nul-byte", detail, before)
    if len(cells) < len(names) or any(cell.strip() for cell in cells[len(names) :]):
        detail = f"The row has {len(cells)} columns where the header has {len(names)}. {_MEND}"
        return Reject(raw, position, "wrong-columns", detail, before)
    if not raw.isascii():
        try:
            encoding = decode(raw, declared="utf-8" if before.startswith(BOM) else "").encoding
            cells = [cell.encode("latin-1").decode(encoding) for cell in cells]
        except (Unreadable, UnicodeDecodeError) as error:
            detail = (
                str(error) if isinstance(error, Unreadable) else f"A cell is cut in the middle of a character. {_MEND}"
            )
            return Reject(raw, position, BAD_ENCODING, detail, before)
    value = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
    if not NOTHING_SAID.isdisjoint(value.values()):
        value = {name: "" if text in NOTHING_SAID else text for name, text in value.items()}
    return Native(raw, position, row, value, before)
