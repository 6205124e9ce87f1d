"""What kind of file somebody sends, by its bytes, and whether it is taken. Stores and serves nothing.

What a browser says of a file is not believed: a name or a header can say anything. What is not one of a few kinds that
every desk can open, and that carry no program, is refused with words that say what to send instead.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from hub.messages import Attachment

MOST = 4
LARGEST = 8 * 1024 * 1024
"""A photograph of a telephone has some four megabytes, a scanned letter of ten pages about as many."""
LARGEST_TOGETHER = 16 * 1024 * 1024
KINDS = {
    "application/pdf": ("PDF", "pdf"),
    "image/jpeg": ("photograph (JPEG)", "jpg"),
    "image/png": ("picture (PNG)", "png"),
    "image/heic": ("photograph (HEIC)", "heic"),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("Word document", "docx"),
    "text/plain": ("plain text", "txt"),
}
"""Media type -> what people call it, and the end of its name."""
_MAGIC = ((b"%PDF-", "application/pdf"), (b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))
_HEIC = frozenset({b"heic", b"heix", b"mif1", b"heim", b"heis"})
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_CONTROLS = frozenset(range(32)) - {9, 10, 12, 13}
_NAME_LONGEST = 120


class NotTaken(Exception):  # noqa: N818 - no fault: the sender is told what to do
    """A file is not taken; the text says why, and what to send instead."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it was sent."""

    name: str
    data: bytes


def kind_of(data: bytes) -> str:
    """The media type that the bytes themselves show; '' where it is none that is taken."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC:
        return "image/heic"
    if data.startswith(b"PK\x03\x04"):
        return _WORD if _is_word(data) else ""
    return "text/plain" if _is_text(data) else ""


def _is_word(data: bytes) -> bool:
    """A document of Word's without macros."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return False
    return {"[Content_Types].xml", "word/document.xml"} <= names and not any("vbaProject" in name for name in names)


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return bool(text.strip()) and not _CONTROLS & set(data) and not _looks_like_markup(text)


def _looks_like_markup(text: str) -> bool:
    """A page or a drawing with a script in it is text as well, and is not taken for one."""
    return bool(re.match(r"\s*(<!doctype|<html|<svg|<\?xml|<script)", text, re.IGNORECASE))


def check(sent: Sent, others: Sequence[Attachment]) -> Attachment:
    """What a sent file is.

    Args:
        sent: the file.
        others: those taken before it, of the same form.

    Raises:
        NotTaken: too many, too large, empty, or of a kind that is not taken.
    """
    name = clean_name(sent.name)
    if len(others) >= MOST:
        raise NotTaken(f"{name}: no more than {MOST} files can be sent")
    if not sent.data:
        raise NotTaken(f"{name}: the file is empty")
    if len(sent.data) > LARGEST:
        raise NotTaken(f"{name}: the file is larger than {LARGEST // 1024**2} MB")
    if sum(o.size for o in others) + len(sent.data) > LARGEST_TOGETHER:
        raise NotTaken(f"{name}: the files together are larger than {LARGEST_TOGETHER // 1024**2} MB")
    kind = kind_of(sent.data)
    if not kind:
        raise NotTaken(f"{name}: send it as a PDF, a photograph (JPEG, PNG, HEIC), a Word document or plain text")
    return Attachment(name=name, media_type=kind, size=len(sent.data), digest=hashlib.sha256(sent.data).hexdigest())


def clean_name(name: str) -> str:
    """A file's name without the folders it lay in, and without what could steer a terminal or a header."""
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(c for c in last if c.isprintable() and c not in '"<>|:*?').strip(" .")
    return kept[-_NAME_LONGEST:] or "file"


def size_in_words(size: int) -> str:
    """As people say it."""
    return f"{size / 1024**2:.1f} MB" if size >= 1024**2 else f"{max(1, round(size / 1024))} kB"
