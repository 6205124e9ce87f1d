"""For those who look after the desk: alerts, the audit, how far the view is behind. No name of a family stands here."""

from __future__ import annotations

from sqlalchemy import select

from triage import conflicts
from triage.access import Verdict, judge
from triage.audit import verify
from triage.desk import Desk
from triage.roles import Right, Role
from triage.sql import queries
from triage.sql.tables import audit, positions
from triage.web.asking import Answer, Ask, Page

_SHOWN = 200


def alerts(desk: Desk, ask: Ask) -> Answer:
    """Broken glass, and people whom a wall kept out."""
    with desk.engine.connect() as connection:
        found = queries.alerts(connection, _SHOWN)
        asked = {e.check_id for e in found if e.kind in {"walled", "declared"}}
        standing = {check_id: queries.standing_of(connection, check_id) for check_id in asked}
    me = ask.visitor
    latest = {(e.check_id, e.account): e.event_id for e in reversed(found) if e.kind == "walled"}
    liftable = {
        event_id
        for (check_id, account), event_id in latest.items()
        if account in standing[check_id].walled
        and account not in {me.account, me.stands_in_for(Role.DUTY_MANAGER)}
        and judge(Right.LIFT, me, ask.now, standing=standing[check_id]) is Verdict.YES
    }  # fmt: skip
    blockable = {
        e.event_id
        for e in found
        if e.kind == "declared" and e.account in standing[e.check_id].declared and e.account != me.account
        and Role.DUTY_MANAGER in me.roles
        and judge(Right.WALL, me, ask.now, standing=standing[e.check_id]) is Verdict.YES
    }  # fmt: skip
    context = {"alerts": found, "why": conflicts.WORDS, "liftable": liftable, "blockable": blockable}
    return Page("alerts.html", context)


def audit_page(desk: Desk, ask: Ask) -> Answer:
    """The latest entries, and whether the chain holds."""
    del ask
    with desk.engine.connect() as connection:
        rows = connection.execute(select(audit).order_by(audit.c.number.desc()).limit(_SHOWN)).all()
        finding = verify(connection, queries.audit_heads(connection))
    return Page("audit.html", {"rows": rows, "finding": finding})


def hub(desk: Desk, ask: Ask) -> Answer:
    """How the desk itself is."""
    del ask
    with desk.engine.connect() as connection:
        places = connection.execute(select(positions).order_by(positions.c.topic, positions.c.partition)).all()
        count = queries.open_count(connection)
    return Page(
        "hub.html",
        {"offsets": places, "open": count, "database": desk.engine.dialect.name, "unread": desk.projector.unread},
    )
