"""Bytes of a source as text: UTF-8, UTF-8 with a byte order mark, or Windows-1252. Nothing about rows or fields.

Agencies' exports say nothing of their encoding, and one file may mix two (a row typed by hand into an export). So the
choice is made for each record: UTF-8 if it is valid UTF-8, else Windows-1252, else it is set aside with its bytes.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from connectors.kit.api import Unreadable

BOM = codecs.BOM_UTF8
BAD_ENCODING = "bad-encoding"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# A well-formed two, three or four byte sequence of UTF-8 (Unicode 16, table 3-7, without its finer exclusions).
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, and how it was read.

    Attributes:
        text: the text, without a byte order mark.
        encoding: `utf-8` or `cp1252`: what `bytes.decode` takes.
    """

    text: str
    encoding: str


def decode(raw: bytes, *, declared: str = "") -> Decoded:
    """The bytes as text.

    Args:
        raw: a record, or a field.
        declared: an encoding that the source itself declares (`utf-8` after a byte order mark); then no other is tried.

    Raises:
        Unreadable: `bad-encoding`: neither encoding fits, or good UTF-8 and stray bytes stand side by side.
    """
    body = raw.removeprefix(BOM)
    try:
        return Decoded(body.decode(declared or "utf-8"), declared or "utf-8")
    except UnicodeDecodeError as error:
        # Where some characters are good UTF-8, the rest is damage: as Windows-1252 the good would turn to nonsense.
        if declared or _MULTIBYTE.search(body):
            raise _bad(error, declared or "utf-8") from None
    except LookupError:
        raise Unreadable(
            f"The source declares the encoding '{declared[:40]}', which is unknown here.",
            "Export it as UTF-8.",
            reason=BAD_ENCODING,
        ) from None
    try:
        return Decoded(body.decode("cp1252"), "cp1252")
    except UnicodeDecodeError as error:
        raise _bad(error, "utf-8 nor cp1252") from None


def _bad(error: UnicodeDecodeError, tried: str) -> Unreadable:
    byte = error.object[error.start]
    return Unreadable(
        f"Byte {error.start + 1} of the record (0x{byte:02X}) is not {tried}.",
        "Export the source as UTF-8, or mend this record where it is kept.",
        reason=BAD_ENCODING,
    )


def refuse_utf16(head: bytes) -> None:
    """Turn UTF-16 away by name, since its bytes would otherwise fail in puzzling ways.

    Raises:
        Unreadable: `utf-16`.
    """
    if head.startswith(_UTF16):
        raise Unreadable(
            "The file is UTF-16 ('Unicode text' of a spreadsheet).", "Save it again as UTF-8.", reason="utf-16"
        )
