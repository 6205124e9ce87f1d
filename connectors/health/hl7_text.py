"""HL7 v2 text as segments, fields, repeats and components. Nothing about what a field means.

The `hl7` library takes 0.48 ms for an ADT message of eleven segments, because it builds an object for every component
of every field; a connector's whole budget is 0.10 ms. So fields are cut here when they are asked for, by the delimiters
that MSH-1 and MSH-2 declare; a test holds this reading to the library's.
Source: HL7 v2.4, chapter 2 (2.7 delimiters, 2.10 escapes).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from connectors.kit.api import Unreadable
from connectors.kit.text import decode

_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}(?=[^A-Za-z0-9]|$)")
_BREAK = re.compile(r"\r\n?|\n")
NULL = '""'
"""HL7's "delete what you have": here the same as nothing, since a record replaces the one before it."""
_MSH_MINIMUM = 8
"""`MSH|^~\\&` and no less: a shorter header declares no delimiters."""
_CHARSETS = {
    "ASCII": "",
    "8859/1": "cp1252",  # what calls itself Latin-1 is Windows-1252 in practice (WHATWG Encoding)
    "8859/15": "iso8859-15",
    "UNICODE UTF-8": "utf-8",
    "UNICODE": "utf-8",
    "UTF-8": "utf-8",
}
"""HL7 table 0211, as far as UK senders use it. '' and what is not here: found out from the bytes."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The delimiters of one message."""

    field: str = "|"
    component: str = "^"
    repeat: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"

    def plain(self, text: str) -> str:
        """Text with its escape sequences resolved; unknown ones stay as they are, highlighting goes."""
        if not self.escape or self.escape not in text:
            return text
        pieces = text.split(self.escape)
        out = [pieces[0]]
        index = 1
        while index < len(pieces):
            meant = self._meant(pieces[index]) if index + 1 < len(pieces) else None
            if meant is None:
                out += [self.escape, pieces[index]]
                index += 1
            else:
                out += [meant, pieces[index + 1]]
                index += 2
        return "".join(out)

    def _meant(self, code: str) -> str | None:
        fixed = {
            "F": self.field, "S": self.component, "T": self.subcomponent, "R": self.repeat, "E": self.escape,
            "H": "", "N": "", ".br": "\n",
        }  # fmt: skip
        if code in fixed:
            return fixed[code]
        if code.startswith("X") and re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", code[1:]):
            raw = bytes.fromhex(code[1:])
            try:
                return raw.decode("utf-8")  # what a sender of UTF-8 cuts up byte by byte; never the meaning of Latin-1
            except UnicodeDecodeError:
                return raw.decode("latin-1")
        return None


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: `fields[n]` is the text of field n as it stands (of MSH too: MSH-1 is the field separator)."""

    name: str
    fields: list[str]
    marks: Marks

    def raw(self, number: int) -> str:
        """Field `number` as it stands, '' if absent or null."""
        text = self.fields[number] if number < len(self.fields) else ""
        return "" if text == NULL else text

    def repeats(self, number: int, *, street: bool = False) -> list[list[str]]:
        """Repeats of a field that say something, as components: first subcomponent, unescaped, nulls as ''.

        Args:
            number: of the field.
            street: the first component is a street address (SAD: whole, street, dwelling), told by its first part or
                else by its third and second.
        """
        text = self.fields[number] if number < len(self.fields) else ""
        if not text or text == NULL:
            return []
        marks = self.marks
        if street and marks.subcomponent in text:
            text = marks.repeat.join(self._street(repeat) for repeat in text.split(marks.repeat))
        cut = [
            [self._component(c) if c else "" for c in repeat.split(marks.component)]
            for repeat in text.split(marks.repeat)
        ]
        return [components for components in cut if any(components)]

    def text(self, number: int, component: int = 1) -> str:
        """One component (from 1) of the first repeat of a field, unescaped; '' if absent or null."""
        text = self.fields[number] if number < len(self.fields) else ""
        if not text or text == NULL:
            return ""
        components = text.split(self.marks.repeat, 1)[0].split(self.marks.component)
        return self._component(components[component - 1]) if component <= len(components) else ""

    def subcomponents(self, text: str) -> list[str]:
        """A raw component's subcomponents, unescaped."""
        return ["" if part == NULL else self.marks.plain(part).strip() for part in text.split(self.marks.subcomponent)]

    def _street(self, repeat: str) -> str:
        first, separator, rest = repeat.partition(self.marks.component)
        whole, *parts = first.split(self.marks.subcomponent)
        dwelling = whole or " ".join(part for part in reversed(parts[:2]) if part and part != NULL)
        return dwelling + separator + rest

    def _component(self, text: str) -> str:
        if not text:
            return ""
        marks = self.marks
        part = text.split(marks.subcomponent, 1)[0] if marks.subcomponent in text else text
        return "" if part == NULL else (marks.plain(part) if marks.escape in part else part).strip()


@dataclass(frozen=True)
class Message:
    """One HL7 v2 message."""

    segments: list[Segment]

    @cached_property
    def header(self) -> Segment:
        """MSH."""
        return self.segments[0]

    def all(self, name: str) -> list[Segment]:
        """Segments of a name, in order."""
        return [s for s in self.segments if s.name == name]

    def first(self, name: str) -> Segment:
        """The first segment of a name, or an empty one."""
        return next((s for s in self.segments if s.name == name), Segment(name, [], self.header.marks))


def parse(raw: bytes) -> Message:
    """A message from its bytes, whichever of CR, LF and CR LF separates its segments.

    A line that begins with no segment name belongs to the segment before it: a field with a line break in it, and the
    fields after that.

    Raises:
        Unreadable: `bad-header` (no MSH, or no delimiters in it), `bad-encoding`.
    """
    lines = _BREAK.split(_text(raw))
    if not lines[0].startswith("MSH") or len(lines[0]) < _MSH_MINIMUM:
        raise Unreadable("The message has no whole MSH segment.", "Ask the sender for it again.", reason="bad-header")
    marks = _marks(lines[0])
    segments: list[Segment] = []
    for line in lines:
        if _SEGMENT.match(line) and (len(line) == 3 or line[3] == marks.field):  # noqa: PLR2004 - a segment's name
            fields = line.split(marks.field)
            if fields[0] == "MSH":
                fields.insert(1, marks.field)
            segments.append(Segment(fields[0], fields, marks))
        elif line.strip():
            broken, *further = line.split(marks.field)
            segments[-1].fields[-1] += f"\n{broken}"
            segments[-1].fields.extend(further)
    return Message(segments)


def _marks(header: str) -> Marks:
    field = header[3]
    declared = header[4:].split(field, 1)[0]
    if field.isalnum() or not declared:
        raise Unreadable("MSH declares no delimiters.", "Ask the sender for the message again.", reason="bad-header")
    component, repeat, escape, subcomponent = list((declared + "^~\\&"[len(declared) :])[:4])
    return Marks(field, component, repeat, escape, subcomponent)


def _text(raw: bytes) -> str:
    body = raw.strip(b"\x0b\x1c\r\n\t ")
    header = body.split(b"\r", 1)[0].split(b"\n", 1)[0]
    separator = header[3:4]
    fields = header.split(separator) if separator else []
    declared = fields[17].decode("latin-1").split("~")[0].strip().upper() if len(fields) > 17 else ""  # noqa: PLR2004 - MSH-18
    charset = _CHARSETS.get(declared, "")
    if charset in ("", "cp1252", "utf-8"):
        return decode(body, declared="utf-8" if charset == "utf-8" else "").text
    try:
        return body.decode("utf-8")  # a declared single-byte set would read anything: what is good UTF-8 goes first
    except UnicodeDecodeError:
        return decode(body, declared=charset).text
