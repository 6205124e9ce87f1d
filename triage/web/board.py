"""The manager's board: what is overdue, how long things take, what rules yield. Figures only, no name of a family."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from streams.check.render.words import agency_name, plain
from streams.check.working_time import WorkingTime
from triage.desk import Desk
from triage.figures import CheckRow, Figures, RequestRow, as_rows, figures
from triage.sql import tables as t
from triage.web.asking import Answer, Ask, File, Page

_PERIODS = {"7": "a week", "30": "30 days", "90": "90 days", "365": "a year"}
_USUAL = "30"


def show(desk: Desk, ask: Ask) -> Answer:
    """The board, for a period."""
    days = _days(ask)
    found = _figures(desk, ask, days)
    partnership = desk.settings.partnership
    context = {
        "figures": found,
        "days": days,
        "periods": _PERIODS,
        "agency_names": {a.agency: agency_name(a.agency, desk.packs, partnership) for a in found.agencies},
        "rule_words": {r.rule: desk.library.catalogue.rule(r.rule, r.rule) for r in found.rules},
        "clock_text": {c: plain(c) for c in ("red", "amber", "green")},
    }
    return Page("board.html", context)


def as_csv(desk: Desk, ask: Ask) -> Answer:
    """The same for a spreadsheet."""
    days = _days(ask)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("figure", "of", "value"))
    writer.writerows(as_rows(_figures(desk, ask, days)))
    return File(text.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", f"mash-figures-{days}-days.csv")


def _days(ask: Ask) -> str:
    given = ask.query.get("days", _USUAL)
    return given if given in _PERIODS else _USUAL


def _figures(desk: Desk, ask: Ask, days: str) -> Figures:
    since = ask.now - timedelta(days=int(days))
    decisions = desk.packs.decisions.decisions
    clocks = desk.packs.clocks
    working = WorkingTime(clocks)

    def feedback_due(decided_at: datetime) -> datetime:
        return working.due(decided_at, clocks.clocks["feedback"].span(), "")

    with desk.engine.connect() as connection:
        return figures(
            _checks(connection, since),
            _requests(connection, since),
            _load(connection),
            frozenset(code for code, decision in decisions.items() if decision.service),
            feedback_due,
            ask.now,
        )


def _checks(connection: Connection, since: datetime) -> list[CheckRow]:
    told = (
        select(t.events.c.check_id, func.min(t.events.c.at).label("at"))
        .where(t.events.c.kind == "feedback_sent")
        .group_by(t.events.c.check_id)
        .subquery()
    )
    c = t.checks.c
    chosen = (c.check_id, c.person_id, c.state, c.rating, c.decision, c.rules, c.begun_at, c.decided_at, c.ended_at,
              told.c.at, c.open)  # fmt: skip
    rows = connection.execute(
        select(*chosen).join(told, told.c.check_id == c.check_id, isouter=True).where(c.begun_at >= since)
    )
    return [CheckRow(*row[:5], tuple(row[5].split()), *row[6:]) for row in rows]


def _requests(connection: Connection, since: datetime) -> list[RequestRow]:
    r = t.requests.c
    chosen = (r.agency, r.rating, r.status, r.sent_at, r.due_at, r.answered_at)
    return [RequestRow(*row) for row in connection.execute(select(*chosen).where(r.sent_at >= since))]


def _load(connection: Connection) -> Counter[str]:
    """Open checks by account: whose desk is full."""
    rows = connection.execute(
        select(t.standings.c.doc).join(t.checks, t.checks.c.check_id == t.standings.c.check_id).where(t.checks.c.open)
    )
    return Counter(account for row in rows for account in row.doc["designated"])
