"""Asked before the first look, where somebody in the records has the reader's family name: is anybody close to you?

The page shows what the queue shows, and of the records one thing: that the reader's own family name is among them.
"""

from __future__ import annotations

from streams.check.wire import NotConfirmed
from triage import before_reading
from triage.before_reading import DECLARED, WALLED
from triage.conflicts import SAME_FAMILY
from triage.desk import Desk
from triage.sql import queries
from triage.web import refusing
from triage.web.asking import Answer, Ask, Go, NotThere, Page
from triage.web.check import head


def page(desk: Desk, ask: Ask, error: str = "", status: int = 403) -> Page:
    """The question; nothing of the check is open meanwhile."""
    check_id = ask.path["check_id"]
    context = {
        "family_name": (ask.visitor.name.split() or [""])[-1],
        "ring": refusing.first_contact(desk),
        "error": error,
        **head(desk, ask, check_id),
    }
    return Page("declare.html", context, status)


def declare(desk: Desk, ask: Ask) -> Answer:
    """What they said: they read on and the duty manager hears of it, or a wall stands before them."""
    check_id, close = ask.path["check_id"], ask.said("close")
    with desk.engine.connect() as connection:
        check = queries.check_of(connection, check_id)
    if check is None:
        raise NotThere
    if close not in {"no", "yes"}:
        return page(desk, ask, "Choose whether anybody may be close to you", 422)
    kind, why = (DECLARED, SAME_FAMILY) if close == "no" else (WALLED, "")
    try:
        before_reading.tell(desk, ask.visitor, check, kind, why)
    except NotConfirmed as error:
        return page(desk, ask, f"{error.what} {error.remedy}", 503)
    return (
        Go(f"/checks/{check_id}")
        if close == "no"
        else Page("declared_close.html", {"ring": refusing.first_contact(desk)})
    )
