"""The manager's board: what is overdue, how long things take, what rules yield. Figures only, no name of a family."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import datetime

from sqlalchemy import Connection, func, select

from streams.check.render.words import agency_name, plain
from triage.board import as_rows, board
from triage.desk import Desk
from triage.figuring import USUAL_DAYS
from triage.sql import queries
from triage.sql import tables as t
from triage.web import cover
from triage.web.asking import Answer, Ask, File, Page
from triage.web.inbox import SETTLED

_PERIODS = {"7": "a week", "30": "30 days", "90": "90 days", "365": "a year"}
_USUAL = str(USUAL_DAYS)


def show(desk: Desk, ask: Ask) -> Answer:
    """The board, for a period."""
    days = _days(ask)
    partnership = desk.settings.partnership
    made_at, figures = desk.figuring.look(int(days), ask.now) or (None, ())
    found = board(figures)
    agencies = {*found.agencies.rows, *found.sources.rows, *found.arrivals.rows}
    with desk.engine.connect() as connection:
        overdue, waiting = _waiting(connection, ask.now)
        by_rating = _open_by_rating(connection)
        load = _load(connection)
        cover_now = [row for row in cover.lately(desk, connection, ask) if row.state in {"now", "ahead"}]
        names = dict(queries.colleagues(connection, frozenset({"screener", "decision_maker", "duty_manager"})))
    context = {
        "board": found,
        "days": days,
        "made_at": made_at,
        "periods": _PERIODS,
        "overdue": overdue,
        "waiting": waiting,
        "cover": cover_now,
        "by_rating": by_rating,
        "load": [(names.get(account, account), count) for account, count in load.most_common()],
        "agency_names": {code: agency_name(code, desk.packs, partnership) for code in agencies},
        "rule_words": {rule: desk.library.catalogue.rule(rule, rule) for rule in found.rules.rows},
        "states": {state: plain(state).capitalize() for state in found.open_states},
    }
    return Page("board.html", context)


def as_csv(desk: Desk, ask: Ask) -> Answer:
    """The same for a spreadsheet."""
    days = _days(ask)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("measure", "of", "value", "unit", "cases"))
    writer.writerows(as_rows(desk.figuring.get(int(days), ask.now)[1]))
    return File(text.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", f"mash-figures-{days}-days.csv")


def _days(ask: Ask) -> str:
    given = ask.query.get("days", _USUAL)
    return given if given in _PERIODS else _USUAL


def _waiting(connection: Connection, now: datetime) -> tuple[Counter[str], Counter[str]]:
    """Requests that are overdue now, and all that wait, by agency."""
    r = t.requests.c
    rows = connection.execute(select(r.agency, r.due_at).where(r.status.not_in(SETTLED))).all()
    return Counter(row.agency for row in rows if row.due_at < now), Counter(row.agency for row in rows)


def _open_by_rating(connection: Connection) -> dict[str, int]:
    c = t.checks.c
    rows = connection.execute(select(c.rating, func.count().label("count")).where(c.open).group_by(c.rating))
    return {row.rating or "unrated": row._mapping["count"] for row in rows}  # noqa: SLF001 - a row has a method `count`


def _load(connection: Connection) -> Counter[str]:
    """Open checks by account: whose desk is full."""
    rows = connection.execute(
        select(t.standings.c.doc).join(t.checks, t.checks.c.check_id == t.standings.c.check_id).where(t.checks.c.open)
    )
    return Counter(account for row in rows for account in row.doc["designated"])
