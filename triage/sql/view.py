"""Folds messages into the view's tables, within one transaction a batch. Opens no seal and reads no topic."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from hub.avro import encode
from hub.messages import AgencyRequest, Bundle, CheckEvent, DeskEvent, Part, Receipt, ReviewItem, Summary
from streams.check.fold import apply
from streams.check.state import Check
from triage import access, delegation
from triage.access import Standing
from triage.sql import delegations
from triage.sql import tables as t
from triage.sql.database import put

SHOWN = (CheckEvent, Bundle, AgencyRequest, DeskEvent, Summary)
"""What an open page shows; receipts it does not."""


def take(connection: Connection, messages: Iterable[Part]) -> None:
    """Fold messages in the order of their topics; the same message twice changes nothing."""
    fold = _Fold(connection)
    shown = False
    for message in messages:
        shown = shown or isinstance(message, SHOWN)
        match message:
            case CheckEvent():
                fold.event(message)
            case Bundle():
                fold.bundle(message)
            case AgencyRequest():
                fold.request(message)
            case DeskEvent():
                fold.desk(message)
            case Receipt():
                fold.receipt(message)
            case Summary():
                fold.summary(message)
            case ReviewItem():
                fold.review(message)
    fold.finish()
    if shown:
        put(connection, t.meta, {"name": t.STAMP, "value": secrets.token_hex(8)})


KEPT_RECEIPTS = timedelta(days=90)
"""As long as their topics keep them."""
_COLUMN = {"sent": "sent_at", "received": "received_at", "matched": "matched_at", "in_picture": "pictured_at",
           "in_check": "checked_at", "proposed": "checked_at", "seen": "seen_at", "acted_on": "acted_at",
           "withdrawn": "withdrawn_at"}  # fmt: skip
_SAID = "sent"
"""What a sender says of its own records, as often as it likes: it is no count of what the hub did."""
_TELLS = dict.fromkeys(("checked_at", "seen_at", "acted_at"), ("outcome", "check_id"))
"""Steps that also say which check, and what came of it."""


class _Fold:
    """One batch: each check is read and written once, however many of its events are in it."""

    def __init__(self, connection: Connection) -> None:
        self._c = connection
        self._checks: dict[str, Check | None] = {}
        self._changed: dict[str, dict[str, Any]] = {}
        self._stored: set[str] = set()
        self._asked: set[str] = set()
        self._records: dict[str, dict[str, dict[str, Any]]] = {}
        self._days: dict[tuple[str, str, str, str], int] = {}

    def event(self, event: CheckEvent) -> None:
        if event.seq == 0:  # in no check's history: the answer to a look-up, or to what no check could take
            row = {"cause": event.cause, "kind": event.kind, "at": event.at, "actor": event.actor}
            put(self._c, t.answers, row | {"body": encode(event)})
            return
        check = self._check(event.check_id)
        if check is not None and event.seq <= check.seq:
            return
        check = self._checks[event.check_id] = apply(check, event)
        row = self._changed.setdefault(event.check_id, {"begun_at": event.at})
        row["changed_at"] = event.at
        if event.kind == "rated":
            row.setdefault("rated_at", event.at)
        row["ended_at"] = event.at if check.ended else None
        self._c.execute(
            insert(t.events).values(
                check_id=event.check_id, seq=event.seq, kind=event.kind, at=event.at, actor=event.actor,
                role=event.role, cause=event.cause, body=encode(event),
            )
        )  # fmt: skip

    def _check(self, check_id: str) -> Check | None:
        if check_id not in self._checks:
            doc = self._c.scalar(select(t.checks.c.doc).where(t.checks.c.check_id == check_id))
            self._checks[check_id] = Check.model_validate(doc) if doc else None
            self._stored |= {check_id} if doc else set()
        return self._checks[check_id]

    def bundle(self, bundle: Bundle) -> None:
        row = {"check_id": bundle.check_id, "version": bundle.version, "made_at": bundle.made_at}
        put(self._c, t.bundles, row | {"body": encode(bundle)})
        self._c.execute(delete(t.ties).where(t.ties.c.check_id == bundle.check_id))
        self._arrivals(bundle)
        relations = {edge.person_id: edge.relation for edge in bundle.picture.circle if not edge.until}
        for person, relation in relations.items():
            put(self._c, t.ties, {"check_id": bundle.check_id, "person_id": person, "relation": relation[:60]})

    def _arrivals(self, bundle: Bundle) -> None:
        """How old each record was when it came; what was back-loaded says nothing of it."""
        for entry in bundle.picture.entries:
            if entry.occurred_at and not entry.history:
                hours = max(0.0, (entry.received_at - entry.occurred_at).total_seconds() / 3600)
                row = {"agency": entry.agency, "received_at": entry.received_at, "hours": hours}
                put(self._c, t.arrivals, {"record_id": entry.record_id} | row, keep=tuple(row))

    def request(self, request: AgencyRequest) -> None:
        row = {
            "request_id": request.request_id, "check_id": request.check_id, "agency": request.agency,
            "rating": request.rating, "status": "sent", "sent_at": request.sent_at, "due_at": request.due_at,
            "answered_at": None, "body": encode(request),
        }  # fmt: skip
        put(self._c, t.requests, row)
        self._asked.add(request.check_id)

    def desk(self, event: DeskEvent) -> None:
        if self._c.scalar(select(t.desk_events.c.event_id).where(t.desk_events.c.event_id == event.event_id)):
            return
        if event.kind in {delegation.DELEGATED, delegation.REVOKED}:
            self._note(event, took=delegations.take(self._c, event))
            return
        before = standing_of(self._c, event.check_id)
        after = access.apply(before, delegations.as_lent(self._c, event))
        if after != before:
            put(self._c, t.standings, {"check_id": event.check_id} | standing_row(after))
        self._note(event, took=after != before)

    def _note(self, event: DeskEvent, *, took: bool) -> None:
        latest = self._c.scalar(select(t.desk_events.c.number).order_by(t.desk_events.c.number.desc()).limit(1)) or 0
        self._c.execute(
            insert(t.desk_events).values(
                event_id=event.event_id, number=latest + 1, check_id=event.check_id, kind=event.kind,
                actor=event.actor, account=event.account, took=took, at=event.at, body=encode(event),
            )
        )  # fmt: skip

    def receipt(self, receipt: Receipt) -> None:
        """What a record came to first counts; a batch's receipts are written together, and how many a day beside."""
        if receipt.stage != _SAID:
            day = (receipt.agency, receipt.system, receipt.stage, f"{receipt.at:%Y-%m-%d}")
            self._days[day] = self._days.get(day, 0) + len(receipt.record_ids)
        column = _COLUMN.get(receipt.stage)
        if column is None:  # the same content was read again: nothing has changed for its sender
            return
        rows = self._records.setdefault(column, {})
        told = {"outcome": receipt.outcome or None, "check_id": receipt.check_id or None} if column in _TELLS else {}
        for record_id in receipt.record_ids:
            row = {"record_id": record_id, "agency": receipt.agency, "system": receipt.system, column: receipt.at}
            known = rows.setdefault(record_id, row | told | {"last_at": receipt.at})
            known["last_at"] = max(known["last_at"], receipt.at)
            for name, value in told.items():
                known[name] = known[name] or value

    def _write_receipts(self) -> None:
        make = sqlite.insert if self._c.dialect.name == "sqlite" else postgresql.insert
        here = t.receipts.c
        for column, rows in self._records.items():
            statement: Any = make(t.receipts)
            new = statement.excluded
            names = (column, *(_TELLS.get(column, ())))
            newest = case((new.last_at > here.last_at, new.last_at), else_=here.last_at)
            first = {name: func.coalesce(here[name], new[name]) for name in names}
            whole = statement.on_conflict_do_update(index_elements=["record_id"], set_=first | {"last_at": newest})
            self._c.execute(whole, list(rows.values()))
        latest = max(row["last_at"] for rows in self._records.values() for row in rows.values())
        self._c.execute(delete(t.receipts).where(here.last_at < latest - KEPT_RECEIPTS))

    def summary(self, summary: Summary) -> None:
        row = {"summary_id": summary.summary_id, "check_id": summary.check_id, "recipient": summary.recipient}
        put(self._c, t.summaries, row | {"at": summary.at, "body": encode(summary)})

    def review(self, item: ReviewItem) -> None:
        row = {"review_id": item.review_id, "state": item.state, "weight": item.weight, "at": item.at}
        put(self._c, t.reviews, row | {"body": encode(item)})

    def finish(self) -> None:
        """Write the checks that changed, how their requests stand now, and what became of records."""
        for day, count in self._days.items():
            key = dict(zip(("agency", "system", "stage", "day"), day, strict=True))
            same = [t.receipt_days.c[name] == value for name, value in key.items()]
            known = self._c.scalar(select(t.receipt_days.c.records).where(*same)) or 0
            put(self._c, t.receipt_days, key | {"records": known + count})
        if self._records:
            self._write_receipts()
        for check_id, row in self._changed.items():
            check = self._checks[check_id]
            assert check is not None
            if check_id in self._stored:
                known = {name: value for name, value in row.items() if name != "begun_at"}
                if "rated_at" in row:
                    known["rated_at"] = func.coalesce(t.checks.c.rated_at, row["rated_at"])
                self._c.execute(update(t.checks).where(t.checks.c.check_id == check_id).values(**_row(check), **known))
            else:
                self._c.execute(insert(t.checks).values(**_row(check), **row))
        for check_id in self._changed.keys() | self._asked:
            check = self._check(check_id)
            for request in check.requests.values() if check else ():
                self._c.execute(
                    update(t.requests).where(t.requests.c.request_id == request.request_id).values(
                        status=request.status, due_at=request.due_at, answered_at=request.answered_at)
                )  # fmt: skip


def _row(check: Check) -> dict[str, Any]:
    return {
        "check_id": check.check_id,
        "partnership": check.partnership,
        "anchor": check.anchor,
        "person_id": check.person_id,
        "seq": check.seq,
        "state": str(check.state),
        "open": not check.ended,
        "subject": check.subject,
        "rating": check.rating,
        "brag": check.brag,
        "level": check.level,
        "decision": check.decision,
        "decided_at": check.decided_at,
        "next_due": min(check.clocks.values(), default=None),
        "doc": check.model_dump(mode="json"),
    }


def standing_of(connection: Connection, check_id: str) -> Standing:
    """Who stands how to a check."""
    row = connection.execute(select(t.standings).where(t.standings.c.check_id == check_id)).one_or_none()
    if row is None:
        return Standing()
    return standing_from(row.owner, row.doc)


def standing_row(standing: Standing) -> dict[str, Any]:
    """A standing as a row's columns; `standing_from` reads them."""
    doc = {
        "designated": sorted(standing.designated), "walled": sorted(standing.walled),
        "glass": {account: until.isoformat() for account, until in standing.glass.items()},
        "declared": sorted(standing.declared),
    }  # fmt: skip
    return {"owner": standing.owner, "doc": doc}


def standing_from(owner: str, doc: dict[str, Any]) -> Standing:
    """As `standing_of`, of a row's columns."""
    glass = {account: datetime.fromisoformat(until) for account, until in doc["glass"].items()}
    return Standing(owner, frozenset(doc["designated"]), frozenset(doc["walled"]), glass, frozenset(doc["declared"]))
