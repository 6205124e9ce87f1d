"""Receipts: for every record and request how far it came, and what is overdue. An agency sees its own alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from hub.topics import RECEIVING
from streams.check import agency_view
from streams.check.agency_view import Asked
from streams.check.render.words import agency_name, plain
from streams.check.working_time import WorkingTime
from triage import receipts
from triage.access import own_receipts_alone
from triage.desk import Desk
from triage.sql import queries
from triage.web.asking import Answer, Ask, Go, NotThere, Page

_DAYS = 30
_SHOWN = 50
_OVERDUE = frozenset({"overdue", "escalated", "undelivered"})


def show(desk: Desk, ask: Ask) -> Answer:
    """All agencies side by side; an agency's own people go to their own page."""
    if own_receipts_alone(ask.visitor):
        return Go(f"/receipts/{ask.visitor.agency}")
    since = ask.now - timedelta(days=_DAYS)
    names = _agencies(desk)
    with desk.engine.connect() as connection:
        counts = queries.receipt_counts(connection, since)
        checks = queries.asked_checks(connection, "", since)
        late = _late(desk, ask, queries.records_waiting(connection, "", *_before(ask)))
        gone = queries.not_arrived(connection, ask.now - receipts.ARRIVES)
    late_records = Counter(one.agency for one in late if one.late != receipts.NOT_ARRIVED)
    rows = []
    for code in [*names, *sorted((counts.keys() | gone.keys()) - names.keys())]:
        asked = agency_view.asked(checks, code, ask.now)
        open_ = [one for one in asked if one.answered_at is None]
        overdue = sum(one.status in _OVERDUE for one in open_)
        rows.append(
            (
                code,
                names.get(code, plain(code).capitalize()),
                receipts.steps_of(counts.get(code, {})),
                gone.get(code, 0),
                late_records[code],
                len(open_),
                overdue,
            )
        )
    return Page("receipts.html", {"rows": rows, "steps": receipts.STEPS, "days": _DAYS, "late": late})


def of_agency(desk: Desk, ask: Ask) -> Answer:
    """One agency's records and requests."""
    agency = ask.path["agency"]
    names = _agencies(desk)
    if agency not in names:
        raise NotThere
    since = ask.now - timedelta(days=_DAYS)
    with desk.engine.connect() as connection:
        counts = queries.receipt_counts(connection, since, agency)
        checks = queries.asked_checks(connection, agency, since)
        waiting = _late(desk, ask, queries.records_waiting(connection, agency, *_before(ask)))
        latest = queries.latest_records(connection, agency, _SHOWN)
        gone = queries.not_arrived(connection, ask.now - receipts.ARRIVES).get(agency, 0)
    late = {one.reference for one in waiting}
    lines = [*waiting, *(one for one in map(receipts.line, latest) if one.reference not in late)]
    context = {
        "agency": names[agency],
        "counts": [(system, receipts.steps_of(stages)) for system, stages in counts.items()],
        "steps": receipts.STEPS,
        "days": _DAYS,
        "lines": receipts.late_first(lines)[:_SHOWN],
        "gone": gone,
        "arrives": receipts.ARRIVES // timedelta(hours=1),
        "late": sum(one.late != receipts.NOT_ARRIVED for one in waiting),
        "asked": [_request(desk, one) for one in agency_view.asked(checks, agency, ask.now)],
        "own": ask.visitor.agency == agency,
    }
    return Page("receipts_agency.html", context)


def _request(desk: Desk, one: Asked) -> dict[str, Any]:
    """A request's way, in the same steps as a record's."""
    decision = desk.packs.decisions.decisions.get(one.outcome)
    return {
        "reference": one.request[:8].upper(),
        "one": one,
        "late": one.status in _OVERDUE,
        "status": plain(one.status).capitalize(),
        "outcome": decision.text if decision else plain(one.outcome).capitalize(),
    }


def _agencies(desk: Desk) -> dict[str, str]:
    """Everybody who sends records or is asked, by code."""
    agreement = desk.packs.agreement(desk.settings.partnership)
    codes = dict.fromkeys([*(agreement.signatories if agreement else ()), *RECEIVING])
    named = {code: agency_name(code, desk.packs, desk.settings.partnership) for code in codes}
    return named | {receipts.OTHERS: "The public and others"}


def _before(ask: Ask) -> tuple[datetime, datetime, datetime]:
    """Since when a record must have waited to be overdue: sent, on its way, and unseen (a working day is longer)."""
    return ask.now - receipts.ARRIVES, ask.now - receipts.STUCK, ask.now - timedelta(hours=12)


def _late(desk: Desk, ask: Ask, rows: Sequence[Any]) -> list[receipts.Line]:
    time, span = WorkingTime(desk.packs.clocks), desk.packs.clocks.clocks["response"].span()
    found = []
    for row in rows:
        see_by = time.due(row.checked_at, span) if row.checked_at else None
        if late := receipts.why_late(row, ask.now, see_by):
            found.append(receipts.line(row, late))
    return found
