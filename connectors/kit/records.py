"""What all records of a source have in common: whose, from where, on what terms. No field of any format."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from connectors.kit.api import Context, Format, Native, Unreadable
from hub.ids import extract_version
from hub.messages.record import Terms, Unmapped, Whence


def common(
    source: Format, native: Native, context: Context, *, extracted_at: datetime | None = None, area: str = ""
) -> dict[str, Any]:
    """Arguments of `AgencyRecord` that do not depend on what the record says.

    Args:
        source: the format.
        native: the native record.
        context: of the run.
        extracted_at: when the source says that it was made: goes before the run's guess and gives the version.
        area: responsible area, where the source names it.
    """
    made = extracted_at or context.extracted_at
    return {
        "partnership": context.partnership,
        "agency": source.agency,
        "system": context.system or source.system,
        "version": extract_version(made, native.row),
        "received_at": context.received_at,
        "terms": Terms(agreement=context.agreement, area=area),
        "whence": Whence(connector=source.name, position=native.position, extracted_at=made, history=context.history),
    }


def unmapped(pairs: Iterable[tuple[str, str]]) -> list[Unmapped]:
    """Native fields without a map that say something, as (path, value)."""
    return [Unmapped(path=path, value=value) for path, value in pairs if value]


def no_subject() -> Unreadable:
    """The refusal of a native record that is about nobody."""
    return Unreadable(
        "The record names nobody: no id, no name, no birth date.",
        "Mend it where it is kept, or leave it out of the export.",
        reason="no-subject",
    )
