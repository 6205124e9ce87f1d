"""Tells the senders of records what became of them: proposed, seen by a person, acted on. Once each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from hub.messages import Receipt
from hub.messages.picture import Snapshot
from streams.check.rows import Rows, Shown
from streams.check.state import Check

_MOST = 500
"""Records a receipt: 500 x 33 bytes."""


def note_records(rows: Rows, check: Check, picture: Snapshot) -> list[str]:
    """Keep which records the new version shows; returns those that are new or newer, and those that are gone."""
    before = rows.shown(check.check_id)
    changed = []
    now = {e.record_id: e for e in reversed(picture.entries)}
    for record_id, entry in now.items():
        known = before.get(record_id)
        if known and known.version == entry.version:
            continue
        changed.append(record_id)
        old = known.model_dump() if known else {"since": check.bundle}
        shown = Shown(**old | {"agency": entry.agency, "system": entry.system, "version": entry.version})
        rows.set_shown(check.check_id, record_id, shown)
    return sorted(changed)


def note_contacts(rows: Rows, check: Check) -> None:
    """A contact's record is in the check from the start, whenever its matching is done."""
    known = rows.shown(check.check_id)
    for held in check.contacts.values():
        if held.record_id and held.record_id not in known:
            agency = held.agency or "other"
            shown = Shown(agency=agency, system=held.system, version=0, since=check.bundle, proposed=True)
            rows.set_shown(check.check_id, held.record_id, shown)


def in_check(check: Check, contact_id: str, at: datetime) -> list[Receipt]:
    """At once, for a contact: it has arrived and this is its check."""
    held = check.contacts[contact_id]
    if not held.record_id:
        return []
    receipt = Receipt(
        partnership=check.partnership,
        agency=held.agency or "other",
        system=held.system,
        stage="in_check",
        record_ids=[held.record_id],
        check_id=check.check_id,
        at=at,
    )
    return [receipt]


def proposed(rows: Rows, check: Check, records: Iterable[str], at: datetime) -> list[Receipt]:
    """For the records behind the proposal."""
    wanted = set(records)
    return _settle(rows, check, at, "proposed", lambda r, s: r in wanted and not s.proposed)


def seen(rows: Rows, check: Check, version: int, at: datetime) -> list[Receipt]:
    """For the records in the version that a person read."""
    return _settle(rows, check, at, "seen", lambda _, s: s.since <= version and not s.seen)


def acted_on(rows: Rows, check: Check, outcome: str, at: datetime) -> list[Receipt]:
    """For every record in the bundle, with the outcome's code."""
    return _settle(rows, check, at, "acted_on", lambda _, s: not s.acted, outcome)


_FLAG = {"proposed": "proposed", "seen": "seen", "acted_on": "acted"}


def _settle(
    rows: Rows, check: Check, at: datetime, stage: str, wanted: Callable[[str, Shown], bool], outcome: str = ""
) -> list[Receipt]:
    by_sender: dict[tuple[str, str], list[str]] = {}
    for record_id, shown in rows.shown(check.check_id).items():
        if wanted(record_id, shown):
            by_sender.setdefault((shown.agency, shown.system), []).append(record_id)
            rows.set_shown(check.check_id, record_id, shown.model_copy(update={_FLAG[stage]: True}))
    return [
        Receipt(
            partnership=check.partnership,
            agency=agency,
            system=system,
            stage=stage,
            record_ids=records[start : start + _MOST],
            check_id=check.check_id,
            outcome=outcome,
            at=at,
        )
        for (agency, system), records in sorted(by_sender.items())
        for start in range(0, len(records), _MOST)
    ]
