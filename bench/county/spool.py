"""Native files, written in time order with bounded memory. Nothing about what stands in a line.

Households are drawn one after another, but a week's file holds what happened to all of them, sorted by time. So
pieces (a message, a notice's rows) are set aside by file and order key, spilled to disk as they mount up, and each
file is sorted and written at the end.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

SPILL_BYTES = 32 << 20
"""Held in memory at most before it is spilled: small beside the largest file's sort."""
_BREAK = "\x1e"
"""Record separator: stands for a line break inside a piece, since a spilled piece is one line."""
_KEY_END = "\x1f"


@dataclass(slots=True)
class Sheet:
    """A native file to be.

    Attributes:
        path: relative to the county's folder, such as `health/2025-01-06_adt.hl7`.
        made: when the source system made the file; its modification time.
        head: text before the pieces.
        foot: text after the pieces.
        joint: text between pieces.
    """

    path: str
    made: datetime
    head: str = ""
    foot: str = ""
    joint: str = "\n"
    pieces: list[str] = field(default_factory=list)
    spilled: bool = False


class Spool:
    """All files of a county."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.sheets: dict[str, Sheet] = {}
        self._folder = out / ".spool"
        self._held = 0

    def open(self, sheet: Sheet) -> Sheet:
        """The sheet of that path, a new one at first."""
        return self.sheets.setdefault(sheet.path, sheet)

    def add(self, sheet: Sheet, order: str, piece: str) -> None:
        """Set a piece aside; `order` sorts it within its file, equal keys in the order of coming."""
        sheet.pieces.append(f"{order}{_KEY_END}{piece.replace(chr(10), _BREAK)}")
        self._held += len(piece) + 40
        if self._held > SPILL_BYTES:
            self._spill()

    def finish(self) -> Iterator[tuple[Sheet, int]]:
        """Write every file; yields it with its size in bytes, by path."""
        for path in sorted(self.sheets):
            sheet = self.sheets[path]
            yield sheet, self._write(sheet)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _spill(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for sheet in self.sheets.values():
            if sheet.pieces:
                with self._spill_file(sheet).open("a", encoding="utf-8", newline="") as file:
                    file.writelines(f"{piece}\n" for piece in sheet.pieces)
                sheet.pieces = []
                sheet.spilled = True
        self._held = 0

    def _spill_file(self, sheet: Sheet) -> Path:
        return self._folder / sheet.path.replace("/", "__")

    def _write(self, sheet: Sheet) -> int:
        pieces = sheet.pieces
        if sheet.spilled:
            spilled = self._spill_file(sheet)
            with spilled.open(encoding="utf-8", newline="\n") as file:
                pieces = [line.rstrip("\n") for line in file] + pieces
            spilled.unlink()
        pieces.sort(key=lambda piece: piece.split(_KEY_END, 1)[0])
        target = self.out / sheet.path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w", encoding="utf-8", newline="") as file:
            file.write(sheet.head)
            for piece in pieces:
                file.write(piece.split(_KEY_END, 1)[1].replace(_BREAK, "\n"))
                file.write(sheet.joint)
            file.write(sheet.foot)
        sheet.pieces = []
        stamp = sheet.made.timestamp()
        os.utime(target, (stamp, stamp))
        return target.stat().st_size
