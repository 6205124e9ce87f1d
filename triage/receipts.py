"""What became of records and requests, for whoever sent or asked: how far each came, and what is overdue. Pure.

Both ends see the same lines: the agency its own, the hub's people those of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

STUCK = timedelta(hours=1)
"""A record is matched and in a picture within seconds; after an hour something is broken, and not slow."""
ARRIVES = timedelta(hours=24)
"""Between sending and arriving, as reviews of deaths ask for (ADR 36): an agency's nightly extract is in by then."""
STAGES = {"received_at": ("received",), "matched_at": ("matched",), "pictured_at": ("in_picture",),
          "checked_at": ("in_check", "proposed"), "seen_at": ("seen",), "acted_at": ("acted_on",)}  # fmt: skip
"""Step of a record's way -> the receipts' stages that say so."""
STEPS = (
    ("received_at", "Received"),
    ("matched_at", "Matched"),
    ("pictured_at", "In a picture"),
    ("checked_at", "In a check"),
    ("seen_at", "Seen by a person"),
    ("acted_at", "Acted on"),
)
"""A record's way."""
OTHERS = "other"
"""The public, and agencies without a topic of receipts of their own."""
NOT_ARRIVED = "Its agency says that it was sent, and it never came"


def steps_of(counts: Mapping[str, int]) -> list[int]:
    """How many records came to each step, from the receipts by stage."""
    return [sum(counts.get(stage, 0) for stage in STAGES[name]) for name, _ in STEPS]


@dataclass(frozen=True, slots=True)
class Line:
    """One record.

    Attributes:
        reference: first digits of its number in the hub: a keyed hash, no local id.
        came: when it came to each step of its way; None where it has not.
        late: why it is overdue; empty where it is not.
        since: what was last known of it.
    """

    reference: str
    agency: str
    system: str
    came: tuple[datetime | None, ...]
    outcome: str
    check: str
    late: str
    since: datetime


def line(row: Any, late: str = "") -> Line:
    """A row of the view, as a page shows it."""
    came = tuple(getattr(row, name) for name, _ in STEPS)
    check = (row.check_id or "")[:8].upper()
    return Line(row.record_id[:8].upper(), row.agency, row.system, came, row.outcome or "", check, late, row.last_at)


def why_late(row: Any, now: datetime, see_by: datetime | None) -> str:
    """Why a record is overdue; '' where it is not.

    Args:
        row: of the view.
        now: when.
        see_by: until when somebody has to look at it, where it is in a check.
    """
    received, matched, pictured, checked, seen, acted = (getattr(row, name) for name, _ in STEPS)
    if acted or row.withdrawn_at:
        return ""
    if row.sent_at and not received:
        return NOT_ARRIVED if row.sent_at + ARRIVES < now else ""
    if checked:
        return "Nobody has seen it in time" if not seen and see_by and see_by < now else ""
    if received and not matched and received + STUCK < now:
        return "It was received and not matched"
    if matched and not pictured and matched + STUCK < now:
        return "It was matched and is in no picture"
    return ""


def late_first(lines: Iterable[Line]) -> list[Line]:
    """Those first that are overdue."""
    return sorted(lines, key=lambda one: not one.late)
