"""JSON sources as records, one object at a time, each with its exact bytes. Nothing about what a member means.

A source is an array of objects, one object a line (JSON Lines), a single object, or an object one of whose members is
the array. The structure is scanned without parsing (strings and brackets only), so that memory is bounded by
`RECORD_LIMIT` whatever the size of the file; each record is then parsed by the standard library (RFC 8259).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from connectors.kit.api import Native, Reject, Unreadable
from connectors.kit.text import BAD_ENCODING, BOM, decode, refuse_utf16

RECORD_LIMIT = 8 << 20
"""Largest record, in bytes."""
DEPTH_LIMIT = 64
"""Deepest nesting: the standard library's parser recurses."""
CHUNK = 1 << 20
MALFORMED = "malformed-json"
_MEND = "Mend it where it is kept and export it again."
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["{}\[\]]', re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_UNFINISHED = b'"'
_BETWEEN = b" \t\r\n,"
_LINES, _ARRAY, _MEMBER, _PAST = 0, 1, 2, -1
"""At which depth records open: roots of their own, items of the root array, of a member's array (or deeper, where the
member stands in an envelope); nowhere any more."""
_ENVELOPE = re.compile(rb'\{\s*(?:"[^"\\]*"\s*:\s*\{\s*)*"[^"\\]*"\s*:\s*')
"""What stands before an array of records: `{"export": {"notices": [`. A record has other members before."""


def read_objects(source: BinaryIO, *, member: str) -> Iterator[Native | Reject]:
    """Records; `Native.value` is a dict. A member that stands twice in an object gets ` (2)`: nothing is lost.

    A fault in the middle gives what came before it, then one reject with the bytes in hand.

    Args:
        source: opened in binary.
        member: name of the member that holds the array of records, in any case: of a root object, or of one in it.

    Raises:
        Unreadable: `empty-file`, `utf-16`, `malformed-json` or `too-large` (before the first record).
    """
    scanner = _Scanner(f'"{member.lower()}"'.encode())
    row = 0
    while True:
        chunk = source.read(CHUNK)
        try:
            for raw in scanner.feed(chunk):
                row += 1
                yield _record(raw, row)
        except Unreadable as fault:
            if not row:
                raise
            yield Reject(scanner.remainder(), f"object {row + 1}", fault.reason, str(fault))
            return
        if not chunk:
            return


def _record(raw: bytes, row: int) -> Native | Reject:
    position = f"object {row}"
    try:
        value = json.loads(decode(raw).text, object_pairs_hook=_keep_all)
        if _SURROGATE.search(raw):
            json.dumps(value, ensure_ascii=False).encode()  # half a pair can be escaped in JSON, and is no text
        return Native(raw, position, row, value)
    except Unreadable as error:
        return Reject(raw, position, error.reason, str(error))
    except UnicodeEncodeError:
        return Reject(
            raw, position, BAD_ENCODING, f"A text of this object holds half a character (a lone surrogate). {_MEND}"
        )
    except ValueError as error:
        where = f" at character {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        return Reject(raw, position, MALFORMED, f"This object is not well formed{where}. {_MEND}")


def _keep_all(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) == len(pairs):
        return out
    seen: Counter[str] = Counter()
    out = {}
    for name, value in pairs:
        seen[name] += 1
        out[name if seen[name] == 1 else f"{name} ({seen[name]})"] = value
    return out


@dataclass(slots=True)
class _Scanner:
    """Where records begin and end, by brackets and strings alone. Keeps only the bytes of the record in hand."""

    member: bytes
    buffer: bytearray = field(default_factory=bytearray)
    scanned: int = 0
    begin: int = -1
    depth: int = 0
    level: int | None = None
    previous: bytes = b""
    fed: bool = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Records that end in the next bytes (none: the end of the source)."""
        if not self.fed:
            refuse_utf16(chunk)
            chunk = chunk.removeprefix(BOM).lstrip()
            if not chunk:
                raise Unreadable("The file is empty.", "Ask the sender for the file again.", reason="empty-file")
            self.fed = True
        self.buffer += chunk
        while (token := _TOKEN.search(self.buffer, self.scanned)) is not None and token[0] != _UNFINISHED:
            yield from self._take(token)
        if not chunk:
            self._finish()
        self._trim()

    def remainder(self) -> bytes:
        """Bytes from the start of the record in hand, or of what is not understood."""
        return bytes(self.buffer[self.begin if self.begin >= 0 else self.scanned :])

    def _take(self, token: re.Match[bytes]) -> Iterator[bytes]:
        text = token[0]
        if self.begin < 0 and self.level in (None, _LINES, _ARRAY):
            self._refuse_rubbish(token.start())
        if text in (b"{", b"["):
            self._opened(text, token.start())
        elif text in (b"}", b"]"):
            self.depth -= 1
            if self.depth < 0:
                raise _malformed("A bracket closes that was never opened.")
            if self.begin >= 0 and self.depth == self.level:
                yield bytes(self.buffer[self.begin : token.end()])
                self.begin = -1
            self._closed()
        self.previous = text
        self.scanned = token.end()

    def _opened(self, bracket: bytes, at: int) -> None:
        if self.depth == 0:
            self.level = _ARRAY if bracket == b"[" else _LINES
        elif bracket == b"[" and self.previous.lower() == self.member and self._in_envelope(at):
            self.level, self.begin = self.depth + 1, -1
        if bracket == b"{" and self.depth == self.level and self.begin < 0:
            self.begin = at
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise _malformed(f"Brackets are nested over {DEPTH_LIMIT} deep.")

    def _in_envelope(self, at: int) -> bool:
        """Whether an array here is one of records: a root object's own, or in objects that hold nothing before it."""
        if self.level != _LINES or self.begin < 0:
            return False
        return self.depth == 1 or _ENVELOPE.fullmatch(self.buffer, self.begin, at) is not None

    def _closed(self) -> None:
        if self.level is not None and self.level >= _MEMBER and self.depth < self.level:
            self.level = _PAST  # members after the array hold no records
        if self.depth == 0:
            self.level = None

    def _refuse_rubbish(self, until: int) -> None:
        if self.buffer[self.scanned : until].strip(_BETWEEN):
            raise _malformed("Between two objects stands something else.")

    def _finish(self) -> None:
        if self.depth or self.begin >= 0:
            raise _malformed("It ends before its brackets close: the file was cut off.")
        self._refuse_rubbish(len(self.buffer))

    def _trim(self) -> None:
        """Forget bytes that no record needs."""
        if len(self.buffer) - max(self.begin, 0) > RECORD_LIMIT + CHUNK:
            raise _malformed(f"An object, or a string, is larger than {RECORD_LIMIT} bytes.", "too-large")
        keep = self.begin if self.begin >= 0 else self.scanned
        del self.buffer[:keep]
        self.scanned -= keep
        self.begin -= keep if self.begin >= 0 else 0


def _malformed(what: str, reason: str = MALFORMED) -> Unreadable:
    return Unreadable(f"The JSON is not well formed. {what}", "Ask the sender for the file again.", reason=reason)
