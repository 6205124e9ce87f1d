"""Asked before the first look, where somebody in the records has the reader's family name: is anybody close to you?

The page shows what the queue shows, and of the records one thing: that the reader's own family name is among them.
"""

from __future__ import annotations

from hub.messages import Bundle
from streams.check.state import Check
from streams.check.wire import NotConfirmed
from triage import before_reading
from triage.before_reading import DECLARED, WALLED, MustDeclare, NotAsked
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
    """What they said: they read on and the duty manager hears of it, or a wall stands before them.

    That they may know somebody is taken at any time. That they know nobody is taken as an answer to the question alone,
    and once: afterwards it says nothing new, and behind a wall nobody comes here at all.

    Raises:
        NotAsked: they say that they know nobody, and nobody asked.
        KeptOut: meanwhile more speaks for a conflict than a family name.
    """
    check_id, close = ask.path["check_id"], ask.said("close")
    with desk.engine.connect() as connection:
        check, bundle = queries.check_of(connection, check_id), queries.bundle_of(connection, check_id)
    if check is None:
        raise NotThere
    if close != "yes":
        if ask.visitor.account in ask.standing.declared:
            return Go(f"/checks/{check_id}")
        if bundle is None or not _is_asked(desk, ask, check, bundle):
            raise NotAsked
    if close not in {"no", "yes"}:
        return page(desk, ask, "Choose whether anybody may be close to you", 422)
    kind, why = (DECLARED, SAME_FAMILY) if close == "no" else (WALLED, "")
    try:
        before_reading.tell(desk, ask.visitor, check, kind, why)
    except NotConfirmed as error:
        return page(desk, ask, f"{error.what} {error.remedy}", 503) if close == "no" else refusing.trouble(error)
    if close == "no":
        return Go(f"/checks/{check_id}")
    return Page("declared_close.html", {"ring": refusing.first_contact(desk)})


def _is_asked(desk: Desk, ask: Ask, check: Check, bundle: Bundle) -> bool:
    """Whether the question stands before them now; whoever may not read the check is asked nothing."""
    if not ask.standing.opened_to(ask.visitor.account, ask.now):
        return False
    try:
        before_reading.look(desk, ask.visitor, check, bundle)
    except MustDeclare:
        return True
    return False
