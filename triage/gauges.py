"""The desk's own /metrics: which pages, how fast, how many people, how far behind. No id and no name is in a label."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from hub import metrics
from hub.errors import Fatal
from hub.log import get_logger
from hub.topics import RECEIPTS, RECEIVING
from triage.audit import head
from triage.desk import Desk
from triage.receipts import ARRIVES, OTHERS
from triage.sql import queries
from triage.sql.tables import sessions

PROCESS = "desk"
log = get_logger("desk")


def note(route: str, method: str, status: int, seconds: float) -> None:
    """A request was answered.

    Args:
        route: the address as the desk's table has it, `/checks/{check_id}`: never whose.
        method: GET or POST.
        status: HTTP's.
        seconds: from the request to its answer.
    """
    metrics.DESK_REQUESTS.labels(route, method, str(status)).inc()
    metrics.DESK_SECONDS.labels(route, method).observe(seconds)


def publish(desk: Desk) -> None:
    """Measure this desk from now on, at each look; a database that does not answer gives no number."""
    metrics.DESK_SESSIONS.set_function(_of(desk, _sessions))
    metrics.DESK_AUDIT_HEAD.set_function(_of(desk, _entries))
    for topic in RECEIPTS:
        agency = topic.partition(".")[2] or OTHERS
        metrics.NOT_ARRIVED.labels(agency).set_function(_of(desk, partial(_not_arrived, agency)))
    metrics.DESK_LAG.set_function(lambda: desk.projector.lag)
    metrics.DESK_SILENCE.set_function(lambda: desk.projector.behind_seconds)


def serve(desk: Desk) -> None:
    """Serve /metrics beside the desk; people are not kept waiting because another process has its port."""
    publish(desk)
    settings = desk.settings
    try:
        metrics.serve(settings.metrics_port, PROCESS, settings.metrics_host)
    except Fatal as error:
        log.warning("the desk has no /metrics page", error=error.what)


def _of(desk: Desk, count: Callable[[Desk], int]) -> Callable[[], float]:
    def counted() -> float:
        try:
            return count(desk)
        except SQLAlchemyError:
            return math.nan

    return counted


def _sessions(desk: Desk) -> int:
    alive = sessions.c.seen_at >= desk.now() - desk.sessions.idle
    with desk.engine.connect() as connection:
        return connection.scalar(select(func.count()).where(alive, sessions.c.account != "")) or 0


def _not_arrived(agency: str, desk: Desk) -> int:
    with desk.engine.connect() as connection:
        gone = queries.not_arrived(connection, desk.now() - ARRIVES)
    named = set(RECEIVING)
    return sum(count for code, count in gone.items() if code == agency or (agency == OTHERS and code not in named))


def _entries(desk: Desk) -> int:
    with desk.engine.connect() as connection:
        return head(connection)[0]
