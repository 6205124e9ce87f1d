"""What pages read from the view. Opens no seal; writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, Select, func, or_, select

from hub.avro import decode_as
from hub.messages import AgencyRequest, Bundle, CheckEvent, DeskEvent
from streams.check.state import Check
from triage.access import Standing
from triage.sql import tables as t
from triage.sql.view import standing_from, standing_of

__all__ = ["standing_of"]
_MOST_LATE = 200
_MOST_CHECKS = 500
"""What a page can show of; there is always more to be done than to be read."""

_MANY = 500
"""Values in one statement: databases allow some thousands."""
_REMEMBERED = 4_096
"""Requests that wait in a big county, some ten an open check, as they were read: they never change."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A check in the queue."""

    check: Check
    begun_at: datetime
    changed_at: datetime
    standing: Standing


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as its agency's inbox shows it."""

    request: AgencyRequest
    status: str
    due_at: datetime
    answered_at: datetime | None


def check_of(connection: Connection, check_id: str) -> Check | None:
    """A check as it stands."""
    doc = connection.scalar(select(t.checks.c.doc).where(t.checks.c.check_id == check_id))
    return Check.model_validate(doc) if doc else None


def history(connection: Connection, check_id: str) -> list[CheckEvent]:
    """Its events, in order."""
    rows = connection.scalars(select(t.events.c.body).where(t.events.c.check_id == check_id).order_by(t.events.c.seq))
    return [decode_as(CheckEvent, body) for body in rows]


def bundle_of(connection: Connection, check_id: str, version: int = 0) -> Bundle | None:
    """A version of its bundle; 0 is the latest."""
    statement = select(t.bundles.c.body).where(t.bundles.c.check_id == check_id).order_by(t.bundles.c.version.desc())
    body = connection.scalar((statement.where(t.bundles.c.version == version) if version else statement).limit(1))
    return decode_as(Bundle, body) if body else None


def versions(connection: Connection, check_id: str) -> Sequence[Any]:
    """Version and time of each bundle, newest first."""
    chosen = select(t.bundles.c.version, t.bundles.c.made_at).where(t.bundles.c.check_id == check_id)
    return connection.execute(chosen.order_by(t.bundles.c.version.desc())).all()


def stamp(connection: Connection) -> str:
    """Changes with everything that an open page shows; empty before the first of it."""
    return connection.scalar(select(t.meta.c.value).where(t.meta.c.name == t.STAMP)) or ""


def open_entries(connection: Connection, known: Mapping[str, Entry] | None = None) -> list[Entry]:
    """Every check that has not ended.

    Args:
        connection: to the view.
        known: check_id -> as it was read before; a check without a new event is not read again.
    """
    before = known or {}
    chosen = (t.checks.c.check_id, t.checks.c.seq, t.checks.c.begun_at, t.checks.c.changed_at, t.standings.c.owner,
              t.standings.c.doc.label("standing"))  # fmt: skip
    joined = t.standings.c.check_id == t.checks.c.check_id
    rows = connection.execute(select(*chosen).join(t.standings, joined, isouter=True).where(t.checks.c.open)).all()
    same = {row.check_id for row in rows if row.check_id in before and before[row.check_id].check.seq == row.seq}
    read = _read(connection, [row.check_id for row in rows if row.check_id not in same])
    checks = {check_id: before[check_id].check for check_id in same} | read
    return [
        Entry(checks[row.check_id], row.begun_at, row.changed_at, _standing(row))
        for row in rows
        if row.check_id in checks
    ]


def _read(connection: Connection, check_ids: Sequence[str]) -> dict[str, Check]:
    found = {}
    for begin in range(0, len(check_ids), _MANY):
        some = t.checks.c.check_id.in_(check_ids[begin : begin + _MANY])
        for row in connection.execute(select(t.checks.c.check_id, t.checks.c.doc).where(some)):
            found[row.check_id] = Check.model_validate(row.doc)
    return found


def open_entries_of(connection: Connection, account: str) -> list[Entry]:
    """Open checks that somebody is designated to, or broke the glass of; whether they still may look, `access` says."""
    return [e for e in open_entries(connection) if account in e.standing.designated or account in e.standing.glass]


def entries_in(connection: Connection, states: Iterable[str]) -> list[Entry]:
    """Open checks that stand in one of these states."""
    wanted = [str(state) for state in states]
    return _entries(connection, _listed().where(t.checks.c.open, t.checks.c.state.in_(wanted)))


def recent_entries(connection: Connection, limit: int) -> list[Entry]:
    """Checks that ended, the latest first."""
    ended = _listed().where(t.checks.c.open.is_(False)).order_by(t.checks.c.changed_at.desc()).limit(limit)
    return _entries(connection, ended)


def same_person(connection: Connection, check: Check) -> list[Entry]:
    """Other checks about the same person, whatever became of them: earlier ones first."""
    known = [t.checks.c.anchor == check.anchor]
    known += [t.checks.c.person_id == check.person_id] if check.person_id else []
    found = _listed().where(or_(*known), t.checks.c.check_id != check.check_id).order_by(t.checks.c.begun_at)
    return _entries(connection, found)


def around(connection: Connection, check: Check) -> list[tuple[Entry, str]]:
    """Open checks of people around this one, with what they are to them."""
    near = select(t.ties.c.person_id, t.ties.c.relation).where(t.ties.c.check_id == check.check_id)
    relations = {row.person_id: row.relation for row in connection.execute(near)}
    if not relations:
        return []
    found = _entries(connection, _listed().where(t.checks.c.open, t.checks.c.person_id.in_(list(relations))))
    return [(e, relations[e.check.person_id]) for e in found if e.check.check_id != check.check_id]


def neighbours(connection: Connection, check_ids: Iterable[str]) -> dict[str, set[str]]:
    """check_id -> the people around each."""
    found: dict[str, set[str]] = {}
    for row in connection.execute(select(t.ties.c.check_id, t.ties.c.person_id)
                                  .where(t.ties.c.check_id.in_(list(check_ids)))):  # fmt: skip
        found.setdefault(row.check_id, set()).add(row.person_id)
    return found


def _listed() -> Select[tuple[object, ...]]:
    chosen = (t.checks.c.doc, t.checks.c.begun_at, t.checks.c.changed_at, t.standings.c.owner,
              t.standings.c.doc.label("standing"))  # fmt: skip
    return select(*chosen).join(t.standings, t.standings.c.check_id == t.checks.c.check_id, isouter=True)


def _entries(connection: Connection, statement: Select[tuple[object, ...]]) -> list[Entry]:
    return [
        Entry(
            Check.model_validate(row.doc),
            row.begun_at,
            row.changed_at,
            _standing(row),
        )
        for row in connection.execute(statement)
    ]


def _standing(row: Any) -> Standing:
    return standing_from(row.owner, row.standing) if row.standing else Standing()


def inbox(connection: Connection, agency: str, settled: frozenset[str]) -> list[Asked]:
    """An agency's requests that wait for it: the soonest due first."""
    waiting = select(t.requests).where(t.requests.c.agency == agency, t.requests.c.status.not_in(settled))
    return [_asked(row) for row in connection.execute(waiting.order_by(t.requests.c.due_at))]


def answered(connection: Connection, agency: str, settled: frozenset[str], limit: int) -> list[Asked]:
    """What it has answered, the latest first."""
    done = select(t.requests).where(t.requests.c.agency == agency, t.requests.c.status.in_(settled))
    return [_asked(row) for row in connection.execute(done.order_by(t.requests.c.answered_at.desc()).limit(limit))]


def request_of(connection: Connection, request_id: str) -> Asked | None:
    """One request."""
    row = connection.execute(select(t.requests).where(t.requests.c.request_id == request_id)).first()
    return _asked(row) if row else None


def _asked(row: Row[tuple[object, ...]]) -> Asked:
    return Asked(_request(row.body), row.status, row.due_at, row.answered_at)


@lru_cache(_REMEMBERED)
def _request(body: bytes) -> AgencyRequest:
    return decode_as(AgencyRequest, body)


def desk_history(connection: Connection, check_id: str) -> list[tuple[DeskEvent, bool]]:
    """Claims, designations and walls of a check, in order, each with whether it took effect."""
    rows = connection.execute(
        select(t.desk_events.c.body, t.desk_events.c.took)
        .where(t.desk_events.c.check_id == check_id)
        .order_by(t.desk_events.c.number)
    )
    return [(decode_as(DeskEvent, row.body), row.took) for row in rows]


def alerts(connection: Connection, limit: int) -> list[DeskEvent]:
    """Broken glass, people who were kept out, and who said that they are close to nobody: the latest first."""
    kinds = ("glass_broken", "kept_out", "walled", "declared")
    rows = connection.scalars(
        select(t.desk_events.c.body).where(t.desk_events.c.kind.in_(kinds))
        .order_by(t.desk_events.c.number.desc()).limit(limit)
    )  # fmt: skip
    return [decode_as(DeskEvent, body) for body in rows]


def audit_heads(connection: Connection) -> dict[int, str]:
    """The audit's heads as they were sent to Kafka: number -> chain."""
    rows = connection.scalars(select(t.desk_events.c.body).where(t.desk_events.c.kind == "audit_head"))
    found = [decode_as(DeskEvent, body) for body in rows]
    return {int(event.codes["number"]): event.codes["chain"] for event in found}


def colleagues(connection: Connection, roles: frozenset[str]) -> list[tuple[str, str]]:
    """Account and name of everybody with one of these roles who has ever signed in."""
    rows = connection.execute(select(t.people).order_by(t.people.c.name))
    return [(row.account, row.name) for row in rows if set(row.roles.split()) & roles]


def open_count(connection: Connection) -> int:
    """How many checks are open."""
    return connection.scalar(select(func.count()).select_from(t.checks).where(t.checks.c.open)) or 0


def receipt_counts(connection: Connection, since: datetime, agency: str = "") -> dict[str, dict[str, int]]:
    """Receipts since that day: agency, or one agency's system -> stage -> records."""
    d = t.receipt_days.c
    whose = d.system if agency else d.agency
    mine = [d.agency == agency] if agency else []
    chosen = select(whose.label("whose"), d.stage, func.sum(d.records).label("records"))
    rows = connection.execute(
        chosen.where(d.day >= f"{since:%Y-%m-%d}", *mine).group_by(whose, d.stage).order_by(whose)
    )
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(row.whose, {})[row.stage] = row.records
    return found


def records_waiting(
    connection: Connection, agency: str, sent: datetime, stuck: datetime, unseen: datetime
) -> Sequence[Row[Any]]:
    """Records that may be overdue, the longest first.

    Args:
        connection: to the view.
        agency: whose; '' those of all.
        sent: their agency said before then that it sent them, and they never came.
        stuck: on their way since before then.
        unseen: in a check since before then.
    """
    r = t.receipts.c
    waits = (
        (r.sent_at, r.received_at, sent),
        (r.received_at, r.matched_at, stuck),
        (r.matched_at, r.pictured_at, stuck),
        (r.checked_at, r.seen_at, unseen),
    )
    mine = [r.agency == agency] if agency else []
    found: dict[str, Row[Any]] = {}
    for since, until, before in waits:  # one after the other, so that each finds its own index
        late = (since < before, until.is_(None), r.withdrawn_at.is_(None), r.acted_at.is_(None), *mine)
        rows = connection.execute(select(t.receipts).where(*late).order_by(since).limit(_MOST_LATE))
        found |= {row.record_id: row for row in rows}
    return sorted(found.values(), key=lambda row: row.last_at)[:_MOST_LATE]


def not_arrived(connection: Connection, before: datetime) -> dict[str, int]:
    """Records that their agency says it sent before then and that never came: agency -> how many."""
    r = t.receipts.c
    gone = (r.sent_at < before, r.received_at.is_(None), r.withdrawn_at.is_(None), r.acted_at.is_(None))
    rows = connection.execute(select(r.agency, func.count().label("records")).where(*gone).group_by(r.agency))
    return {row.agency: row.records for row in rows}


def latest_records(connection: Connection, agency: str, limit: int) -> Sequence[Row[Any]]:
    """An agency's records, those first that something happened to last."""
    r = t.receipts.c
    return connection.execute(
        select(t.receipts).where(r.agency == agency).order_by(r.last_at.desc()).limit(limit)
    ).all()


def asked_checks(connection: Connection, agency: str, since: datetime) -> list[Check]:
    """Checks that ask an agency ('' any), where it has not answered or has since then."""
    q = t.requests.c
    mine = [q.agency == agency] if agency else []
    wanted = select(q.check_id).where(or_(q.answered_at.is_(None), q.answered_at >= since), *mine).distinct()
    docs = connection.scalars(select(t.checks.c.doc).where(t.checks.c.check_id.in_(wanted)).limit(_MOST_CHECKS))
    return [Check.model_validate(doc) for doc in docs]


def read_at(connection: Connection, check_id: str) -> Sequence[Row[tuple[object, ...]]]:
    """Who read what, from the audit, the latest first."""
    chosen = select(t.audit).where(t.audit.c.check_id == check_id).order_by(t.audit.c.number.desc()).limit(200)
    return connection.execute(chosen).all()
