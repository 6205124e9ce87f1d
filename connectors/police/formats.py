"""The two police formats, for the registry. What they read and how is in `reading` and `translate`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from connectors.kit.api import Context, Format, Native, Reject
from connectors.kit.csv_rows import header_of
from connectors.police.fields import field_of
from connectors.police.reading import REQUIRED, read_csv, read_json
from connectors.police.translate import translate
from hub.messages import AgencyRecord

_REFERENCE = re.compile(rb'"notice[ _]?reference"\s*:', re.IGNORECASE)


class _PoliceFormat:
    name: str
    agency: str = "police"
    system: str = "notices"

    def translate(self, native: Native, context: Context) -> list[AgencyRecord]:
        """See `Format`."""
        return translate(native, context, agency=self.agency, system=self.system, connector=self.name)


class PoliceNoticeCsv(_PoliceFormat):
    """Police notices, one row a person."""

    name = "police.notice.csv"

    def sniff(self, head: bytes, file_name: str) -> bool:  # noqa: ARG002 - the content decides
        """A header with a notice reference and a notice kind."""
        return set(REQUIRED) <= {field_of(header) for header in header_of(head)}

    def read(self, source: BinaryIO) -> Iterator[Native | Reject]:
        """See `Format`."""
        return read_csv(source)


class PoliceNoticeJson(_PoliceFormat):
    """Police notices as JSON, one object a notice."""

    name = "police.notice.json"

    def sniff(self, head: bytes, file_name: str) -> bool:  # noqa: ARG002 - the content decides
        """JSON that speaks of a notice reference."""
        start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        return start[:1] in (b"{", b"[") and _REFERENCE.search(head) is not None

    def read(self, source: BinaryIO) -> Iterator[Native | Reject]:
        """See `Format`."""
        return read_json(source)


FORMATS: tuple[Format, ...] = (PoliceNoticeCsv(), PoliceNoticeJson())
