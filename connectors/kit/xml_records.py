"""XML sources as records, one element at a time, each with its exact bytes. Nothing about what an element means.

Expat finds where each record begins and ends (it tells byte offsets, lxml does not); lxml then parses that slice alone.
No entity is ever declared, no DTD or network is touched (OWASP "XML External Entity Prevention"; CWE-776): a DOCTYPE
that declares an entity is refused before it can grow. Memory is bounded by `RECORD_LIMIT`, whatever the file's size.
"""

from __future__ import annotations

import codecs
import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from lxml import etree

from connectors.kit.api import Native, Reject, Unreadable
from connectors.kit.csv_rows import WRONG_FORMAT
from connectors.kit.text import BAD_ENCODING, BOM

RECORD_LIMIT = 8 << 20
"""Largest record, in bytes. A child's whole census history is below 100 kB."""
DEPTH_LIMIT = 64
"""Deepest nesting. The deepest of the formats read here is below 15."""
CHUNK = 1 << 16
"""How much is read at a time."""
_UTF16 = {
    codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be", b"<\x00": "utf-16-le", b"\x00<": "utf-16-be",
}  # fmt: skip
"""How a source in UTF-16 begins, with and without a byte order mark (XML 1.0, appendix F)."""
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']+)")
_UTF8_IN_TRUTH = re.compile(rb"utf[-_]?8|utf[-_]?16(?:[-_]?[lb]e)?|unicode|ucs-?2|(?:us-)?ascii", re.IGNORECASE)
"""Encodings that writers declare over bytes that are UTF-8: other spellings, what a program held text in, a subset."""
FORBIDDEN_DOCTYPE = "entity-bomb"
MALFORMED = "malformed-xml"


@dataclass(frozen=True, slots=True)
class XmlRecord:
    """One record.

    Attributes:
        element: the record, parsed; names keep their namespaces.
        context: elements outside the records (a header, say) seen so far, by local name; the last of a name holds.
    """

    element: etree._Element
    context: dict[str, etree._Element]


def local_name(tag: str) -> str:
    """A tag without its namespace, in either notation (`{uri}name`, `prefix:name`)."""
    return tag.rpartition("}")[2].rpartition(":")[2]


def opening(head: bytes) -> tuple[bytes, str, codecs.IncrementalDecoder | None]:
    """The first bytes of a source without what stands before its first tag, recoded to UTF-8 where they are UTF-16.

    Returns:
        The bytes; the encoding that goes before the declared one, '' for none; what recodes the bytes that follow.
    """
    body = head.lstrip()
    if codec := _UTF16.get(body[:2]):
        decoder = codecs.getincrementaldecoder(codec)()
        return decoder.decode(body).lstrip("\ufeff \t\r\n").encode(), "utf-8", decoder
    body = body.removeprefix(BOM).lstrip()
    declared = _DECLARED.match(body)
    return body, "utf-8" if declared and _UTF8_IN_TRUTH.fullmatch(declared[1]) else "", None


def sniffed(head: bytes) -> tuple[str, bytes]:
    """The local name of the root element ('' if it is no XML), and the first bytes as UTF-8, for sniffing."""
    names: list[str] = []
    with contextlib.suppress(expat.ExpatError, Unreadable, ValueError, LookupError):  # what came before is enough
        head, encoding, _ = opening(head)
        parser = expat.ParserCreate(encoding or None)
        parser.StartElementHandler = lambda name, _attributes: names.append(name) if not names else None
        parser.EntityDeclHandler = _refuse_entity
        parser.Parse(head, False)
    return local_name(names[0]) if names else "", head


def read_records(
    source: BinaryIO, *, record: str, root: str = "", context: tuple[str, ...] = ()
) -> Iterator[Native | Reject]:
    """Elements of one name, wherever they stand; `Native.value` is an `XmlRecord`.

    A fault in the middle of the file gives what came before it, then one `malformed-xml` reject with the bytes of the
    record in hand.

    Args:
        source: opened in binary.
        record: local name of the elements that are records (those nested in another record belong to it).
        root: local name that the root must have; '' takes any.
        context: local names of elements outside records to hand on with each record.

    Raises:
        Unreadable: `empty-file`, `bad-encoding`, `entity-bomb` (a DOCTYPE that declares entities), `wrong-format`
            (another root), `malformed-xml` (before the first record), `too-deep`, `too-large` (a tag beyond the limit).
    """
    cutter = _Cutter(record, root, frozenset(context))
    given = 0
    while True:
        chunk = source.read(CHUNK)
        fault = cutter.feed(chunk)
        for found in cutter.take():
            given += 1
            yield found
        if fault is not None:
            if not given and not cutter.open:
                raise fault
            yield Reject(cutter.remainder(), f"{record} {cutter.count}", fault.reason, str(fault))
            return
        if not chunk:
            return


def _refuse_entity(*_declaration: Any) -> None:
    raise Unreadable(
        "The XML declares entities in a DOCTYPE, which can make a small file grow without bound or read other files.",
        "No agency's format needs that: refuse the file and ask the sender where it comes from.",
        reason=FORBIDDEN_DOCTYPE,
    )


@dataclass(slots=True)
class _Cutter:
    """Expat's events turned into records: keeps only the bytes of the record (or context element) in hand."""

    record: str
    root: str
    context_names: frozenset[str]
    count: int = 0
    depth: int = 0
    fed: int = 0
    buffer: bytearray = field(default_factory=bytearray)
    base: int = 0
    start: int = -1
    start_depth: int = 0
    skipping: bool = False
    encoding: str = ""
    ancestors: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, bytes] = field(default_factory=dict)
    context: dict[str, etree._Element] = field(default_factory=dict)
    found: list[Native | Reject] = field(default_factory=list)
    parser: expat.XMLParserType = field(default_factory=expat.ParserCreate)
    forced: str = ""
    decoder: codecs.IncrementalDecoder | None = None

    def _begin(self, chunk: bytes) -> bytes:
        """Settle the encoding by the first bytes, and set expat's handlers. The bytes without what goes before them."""
        chunk, self.forced, self.decoder = opening(chunk)
        self.encoding = self.forced
        self.parser = expat.ParserCreate(self.forced or None)
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.EntityDeclHandler = _refuse_entity
        self.parser.XmlDeclHandler = self._declaration
        self.parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        return chunk

    @property
    def open(self) -> bool:
        """Whether a record has begun and not ended."""
        return self.start >= 0 and not self.skipping

    def feed(self, chunk: bytes) -> Unreadable | None:
        """Take the next bytes (none: the end). What is wrong with them, if anything."""
        last = not chunk
        try:
            if not self.fed:
                chunk = self._begin(chunk)
                if not chunk:
                    return Unreadable("The file is empty.", "Ask the sender for the file again.", reason="empty-file")
            elif self.decoder is not None:
                chunk = self.decoder.decode(chunk, last).encode()
            self.fed += len(chunk)
            self.buffer += chunk
            self.parser.Parse(chunk, last)
        except Unreadable as fault:
            return fault
        except LookupError:
            return _bad_encoding("The XML declares an encoding that is unknown here.")
        except (expat.ExpatError, ValueError) as error:
            return self._malformed(error)
        return self._trim()

    def take(self) -> list[Native | Reject]:
        """Records found since the last time."""
        found, self.found = self.found, []
        return found

    def remainder(self) -> bytes:
        """Bytes from the start of the record in hand, or of the unparsed rest."""
        return bytes(self.buffer[max(self.start - self.base, 0) :])

    def _malformed(self, error: Exception) -> Unreadable:
        """What is wrong; bytes of another encoding are told apart from XML that is cut off."""
        if not isinstance(error, expat.ExpatError):
            return _bad_encoding("The XML holds bytes that are not of its encoding.")
        where = f"at line {error.lineno}, column {error.offset}"
        at = self.parser.ErrorByteIndex - self.base
        if (self.encoding or "utf-8").lower() == "utf-8" and self.buffer[at : at + 1] > b"\x7f":
            return _bad_encoding(f"The XML holds a byte that is not UTF-8, {where}.")
        return Unreadable(
            f"The XML is not well formed {where}.", "It was cut off or written by hand: ask for it again.",
            reason=MALFORMED,
        )  # fmt: skip

    def _trim(self) -> Unreadable | None:
        """Forget bytes that no record needs; refuse a tag, or cut a record, that outgrows the limit."""
        reached = self.parser.CurrentByteIndex
        if self.fed - reached > RECORD_LIMIT:
            return Unreadable(
                f"A single tag of more than {RECORD_LIMIT} bytes.", "Refuse the file.", reason="too-large"
            )
        keep = self.start if self.start >= 0 else reached
        if self.start >= 0 and not self.skipping and self.fed - self.start > RECORD_LIMIT:
            self._outgrown()
        if self.skipping:
            keep = reached
        del self.buffer[: max(keep - self.base, 0)]
        self.base = max(keep, self.base)
        return None

    def _outgrown(self) -> None:
        detail = f"A record of more than {RECORD_LIMIT} bytes. Ask the sender to leave documents and images out of it."
        self.found.append(Reject(bytes(self.buffer), f"{self.record} {self.count}", "too-large", detail))
        self.skipping = True

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.encoding = self.forced or encoding or ""

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEPTH_LIMIT:
            raise Unreadable(f"Elements nested over {DEPTH_LIMIT} deep.", "Refuse the file.", reason="too-deep")
        if self.start >= 0:
            return  # inside a record: nearly every element, and none of them is looked at here
        name = local_name(tag)
        if self.depth == 1 and self.root and name != self.root:
            raise Unreadable(
                f"The file is not of this format: its root is not {self.root}.",
                "Name the right format, or let `auto` find it.",
                reason=WRONG_FORMAT,
            )
        if name == self.record or name in self.context_names:
            self.count += name == self.record
            self.start, self.start_depth = self.parser.CurrentByteIndex, self.depth
        else:
            scope = "".join(f" {k}={quoteattr(v)}" for k, v in attributes.items() if k.split(":")[0] == "xmlns")
            self.ancestors.append((tag, scope))

    def _end(self, tag: str) -> None:
        if self.start >= 0 and self.depth == self.start_depth:
            self._finish(tag)
        elif self.start < 0:
            self.ancestors.pop()
        self.depth -= 1

    def _finish(self, tag: str) -> None:
        if not self.skipping:
            begin, here = self.start - self.base, self.parser.CurrentByteIndex - self.base
            raw = bytes(self.buffer[begin : self._end_of_tag(here, tag)])
            self._keep(local_name(tag), raw)
        self.start, self.skipping = -1, False

    def _end_of_tag(self, at: int, tag: str) -> int:
        """One past the record: `at` is where its end tag begins, or, of an empty element (`<a/>`), already past it."""
        end_tag = f"</{tag}".encode(self.encoding or "utf-8")
        after = self.buffer[at + len(end_tag) : at + len(end_tag) + 1]
        if not self.buffer.startswith(end_tag, at) or bytes(after) not in (b">", b" ", b"\t", b"\r", b"\n"):
            return at
        return self.buffer.index(b">", at) + 1

    def _keep(self, name: str, raw: bytes) -> None:
        position = f"{self.record} {self.count}"
        before, after = self._around()
        try:
            element = self._parse(raw)
        except etree.XMLSyntaxError as error:
            if name == self.record:
                detail = f"The record is not well formed (its line {error.lineno}). Mend it and export it again."
                self.found.append(Reject(raw, position, MALFORMED, detail, before, after))
            return
        if name == self.record:
            value = XmlRecord(element, dict(self.context))
            self.found.append(Native(raw, position, self.count, value, before, after))
        else:
            self.context[name] = element
            self.headers[name] = raw

    def _around(self) -> tuple[bytes, bytes]:
        """What makes the record in hand a document by itself: its ancestors with their namespaces, and the headers."""
        opening, closing = self._ancestry()
        declaration = f'<?xml version="1.0" encoding="{self.encoding or "utf-8"}"?>'.encode("ascii")
        return declaration + opening + b"".join(self.headers.values()), closing

    def _ancestry(self) -> tuple[bytes, bytes]:
        encoding = self.encoding or "utf-8"
        opening = "".join(f"<{tag}{scope}>" for tag, scope in self.ancestors)
        closing = "".join(f"</{tag}>" for tag, _scope in reversed(self.ancestors))
        return opening.encode(encoding), closing.encode(encoding)

    def _parse(self, raw: bytes) -> etree._Element:
        """The slice, parsed where it stood: inside its ancestors, with their namespaces, in the source's encoding."""
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding=self.encoding or "utf-8",
            remove_comments=True, remove_pis=True, remove_blank_text=True,
        )  # fmt: skip
        opening, closing = self._ancestry()
        parser.feed(opening + raw + closing)
        element: etree._Element = parser.close()
        for _ in self.ancestors:
            element = element[0]
        return element


def _bad_encoding(what: str) -> Unreadable:
    return Unreadable(what, "Export it as UTF-8, or declare the encoding that it has.", reason=BAD_ENCODING)
