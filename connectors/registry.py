"""Every format that the hub reads, and which one a file is. To add a format, add it to `FORMATS`.

A file is recognised by its content; its name only helps the formats that ask for it.
"""

from __future__ import annotations

from connectors.education.formats import FORMATS as EDUCATION
from connectors.health.formats import FORMATS as HEALTH
from connectors.kit.api import Format, Unreadable
from connectors.police.formats import FORMATS as POLICE
from connectors.social_care.formats import FORMATS as SOCIAL_CARE

FORMATS: tuple[Format, ...] = (
    *POLICE,
    *HEALTH,
    *EDUCATION,
    *SOCIAL_CARE,
)
AUTO = "auto"
HEAD_BYTES = 65_536
"""What a format may look at to recognise a file (`Format.sniff`)."""
UNKNOWN_FORMAT = "unknown-format"
_KNOWN_CONTAINERS = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet (xlsx)",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Office file (xls, doc)",
    b"\x1f\x8b": "compressed with gzip",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}


def by_name(name: str) -> Format:
    """The format of that name.

    Raises:
        Unreadable: `unknown-format`: there is none; the text lists those there are.
    """
    for candidate in FORMATS:
        if candidate.name == name:
            return candidate
    raise Unreadable(
        f"There is no format '{name[:60]}'.",
        f"Take one of: {AUTO}, {', '.join(f.name for f in FORMATS)}.",
        reason=UNKNOWN_FORMAT,
    )


def recognise(head: bytes, file_name: str) -> Format:
    """The one format that a file is.

    Args:
        head: its first `HEAD_BYTES`.
        file_name: without folders.

    Raises:
        Unreadable: `empty-file`, `entity-bomb`, `unknown-format` (none fits) or `ambiguous-format` (several do).
    """
    if not head.strip():
        raise Unreadable("The file is empty.", "Ask the sender for the file again.", reason="empty-file")
    if head.lstrip()[:1] == b"<" and b"<!ENTITY" in head:
        raise Unreadable(
            "The XML declares entities in a DOCTYPE, which can make a small file grow without bound.",
            "No agency's format needs that: refuse the file and ask the sender where it comes from.",
            reason="entity-bomb",
        )
    fitting = [candidate for candidate in FORMATS if candidate.sniff(head, file_name)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = ", ".join(candidate.name for candidate in fitting)
        raise Unreadable(f"The file fits several formats: {names}.", "Name the right one.", reason="ambiguous-format")
    seems = next((text for magic, text in _KNOWN_CONTAINERS.items() if head.startswith(magic)), "")
    raise Unreadable(
        f"The file is {seems}, which no connector reads." if seems else "The file is of no format that is known here.",
        "`mash connector formats` lists what is read; convert it, or write a connector for it.",
        reason=UNKNOWN_FORMAT,
    )
