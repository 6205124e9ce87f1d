"""Police CSV and JSON cut into notices of one shape: cells of the notice and of each person. No cell is interpreted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from connectors.kit.api import Native, Reject
from connectors.kit.csv_rows import read_rows
from connectors.kit.json_records import read_objects
from connectors.police.fields import NOTICE, PERSON, field_of

PERSONS = frozenset({"persons", "people", "subjects"})
_RELATED = ("relationship", "related_to")
REQUIRED = ("notice_reference", "notice_kind")
ROWS_APART = "rows-apart"
GROUP_LIMIT = 500
"""Most rows of one notice. The largest incidents name some dozens; a file of one reference for ever is damaged."""


@dataclass(slots=True)
class Notice:
    """One notice.

    Attributes:
        cells: field name to text, empty ones left out.
        persons: the same for each person, in the source's order.
        unknown: (path, text) of columns and members that are no field.
        unread: positions of rows of this notice that could not be read.
    """

    cells: dict[str, str]
    persons: list[dict[str, str]] = field(default_factory=list)
    unknown: list[tuple[str, str]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def read_csv(source: BinaryIO) -> Iterator[Native | Reject]:
    """Rows that stand together under one reference and sequence, as one notice."""
    seen: set[int] = set()
    group: _Group | None = None
    unread: list[Reject] = []
    for row in read_rows(source, required=REQUIRED, normal=field_of):
        if isinstance(row, Reject):
            unread.append(row)
            yield row
            continue
        cells = _Cells(row)
        if group is None or group.key != cells.key or len(group.rows) >= GROUP_LIMIT:
            if group is not None:
                yield _closed(group, unread, seen)
            group, unread = _Group(cells.key), unread[-1:]
        group.rows.append(row)
        group.cells.append(cells)
    if group is not None:
        yield _closed(group, unread, seen)


class _Cells:
    """One row, sorted into the notice's cells, the person's, and those that are no field."""

    __slots__ = ("key", "notice", "person", "unknown")

    def __init__(self, row: Native) -> None:
        """See the class."""
        self.notice: dict[str, str] = {}
        self.person: dict[str, str] = {}
        self.unknown: list[tuple[str, str]] = []
        for header, text in row.value.items():
            if not text:
                continue
            name = field_of(header)
            cells = self.notice if name in NOTICE else self.person
            if not name or name in cells:  # the second of two columns of one meaning is kept as it stands
                self.unknown.append((header, text))
            else:
                cells[name] = text
        self.key = (self.notice.get("notice_reference", ""), self.notice.get("sequence", ""))


@dataclass(slots=True)
class _Group:
    key: tuple[str, str]
    rows: list[Native] = field(default_factory=list)
    cells: list[_Cells] = field(default_factory=list)


def _closed(group: _Group, unread: list[Reject], seen: set[int]) -> Native | Reject:
    first = group.rows[0]
    raw = first.raw if len(group.rows) == 1 else b"".join(row.raw for row in group.rows)
    mark = hash(group.key)
    if mark in seen:
        detail = "Rows of this notice stand further up in the file: sort it by reference and sequence."
        return Reject(raw, first.position, ROWS_APART, detail, first.before)
    seen.add(mark)
    notice = Notice(dict(group.cells[0].notice))
    for number, cells in enumerate(group.cells, start=1):
        _differing(cells, notice, number)
        notice.persons.append(cells.person)
        notice.unknown += [(f"person {number}/{path}", text) for path, text in cells.unknown]
    reference = group.key[0].encode()
    notice.unread = [reject.position for reject in unread if reference and reference in reject.raw]
    return Native(raw, first.position, first.row, notice, first.before)


def _differing(cells: _Cells, notice: Notice, number: int) -> None:
    """A later row may repeat the notice's cells or leave them empty; what differs is kept beside them."""
    for name, text in cells.notice.items():
        if notice.cells.setdefault(name, text) != text:
            notice.unknown.append((f"person {number}/{name}", text))


def read_json(source: BinaryIO) -> Iterator[Native | Reject]:
    """Each object as one notice."""
    for item in read_objects(source, member="notices"):
        if isinstance(item, Reject):
            yield item
            continue
        notice = Notice({})
        for name, value in item.value.items():
            if name.lower() in PERSONS and isinstance(value, list):
                _persons(value, notice)
            else:
                _member("", name, value, notice.cells, notice.unknown, NOTICE)
        yield Native(item.raw, item.position, item.row, notice)


def _persons(values: list[Any], notice: Notice) -> None:
    for number, value in enumerate(values, start=1):
        cells: dict[str, str] = {}
        path = f"person {number}/"
        if isinstance(value, dict):
            for name, inner in value.items():
                _person_member(path, name, inner, cells, notice.unknown)
        else:
            notice.unknown.append((path, _text(value)))
        notice.persons.append(cells)


def _person_member(path: str, name: str, value: Any, cells: dict[str, str], unknown: list[tuple[str, str]]) -> None:
    if name.lower() == "address" and isinstance(value, dict):
        for inner, text in value.items():
            _member(f"{path}address/", inner, text, cells, unknown, PERSON)
    elif name.lower() == "relationships" and isinstance(value, list) and all(isinstance(item, dict) for item in value):
        _relationships(path, value, cells, unknown)
    else:
        _member(path, name, value, cells, unknown, PERSON)


def _relationships(path: str, values: list[Any], cells: dict[str, str], unknown: list[tuple[str, str]]) -> None:
    """Objects of a relationship and whom it is to, as the two parallel lists of a CSV."""
    told: list[dict[str, str]] = []
    for item in values:
        told.append({field_of(name): _text(inner) for name, inner in item.items() if field_of(name) in _RELATED})
        rest = {name: inner for name, inner in item.items() if field_of(name) not in _RELATED}
        if rest:
            unknown.append((f"{path}relationships", _text(rest)))
    for part in _RELATED:
        cells[part] = ";".join(item.get(part, "") for item in told)


def _member(
    path: str, name: str, value: Any, cells: dict[str, str], unknown: list[tuple[str, str]], allowed: frozenset[str]
) -> None:
    """A member into its cell; one that has no place here (a person's among the notice's) is kept as it stands."""
    text = _text(value)
    if not text:
        return
    known = field_of(name)
    if known not in allowed or known in cells or isinstance(value, dict):
        unknown.append((f"{path}{name}", text))
    else:
        cells[known] = text


def _text(value: Any) -> str:
    """A JSON value as a CSV cell would have it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Y" if value else "N"
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return ";".join(_text(item) for item in value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value).strip()
