"""Who works on a check: claim, hand over, bring in, let go, keep out, break the glass. Each is an event that stays."""

from __future__ import annotations

from hub.messages import CheckWords, DeskEvent
from streams.check.wire import NotConfirmed
from triage.access import FOR
from triage.desk import Desk
from triage.doing import event_of
from triage.roles import Role
from triage.sql import queries
from triage.web.asking import Answer, Ask, Go, NotThere, Page

_KINDS = {"hand-over": "handed_over", "designate": "designated", "release": "released", "wall": "walled",
          "lift-wall": "wall_lifted"}  # fmt: skip


def claim(desk: Desk, ask: Ask) -> Answer:
    """Take a check that nobody has; of two who try at once the first in Kafka has it."""
    took = _tell(desk, ask, "claimed", ask.visitor.account)
    if isinstance(took, Page):
        return took
    if not took:
        text = "Somebody else was faster and has it now. The duty manager can bring you in."
        return Page("says.html", {"title": "Not saved: it is taken", "text": text}, 409)
    return Go(f"/checks/{ask.path['check_id']}")


def change(desk: Desk, ask: Ask) -> Answer:
    """Hand over, bring in, let go, keep out."""
    kind, account = _wanted(ask)
    with desk.engine.connect() as connection:
        known = dict(queries.colleagues(connection, frozenset(Role)))
    if account not in known:
        text = "Choose a colleague who has signed in at this desk before."
        return Page("says.html", {"title": "Not saved: nobody was chosen", "text": text}, 422)
    took = _tell(desk, ask, kind, account)
    if isinstance(took, Page):
        return took
    if not took:
        text = "Nothing has changed: it was so already, or it is not for you to change."
        return Page("says.html", {"title": "Not saved", "text": text}, 409)
    inside = account != ask.visitor.account or kind not in {"walled", "released"}
    return Go(f"/checks/{ask.path['check_id']}" if inside and kind != "handed_over" else "/queue")


def keep_out(desk: Desk, ask: Ask) -> Answer:
    """Put up a wall from outside the check: a duty manager who hears of a conflict, or anybody before themselves."""
    kind, account = _wanted(ask)
    took = _tell(desk, ask, kind, account)
    if isinstance(took, Page):
        return took
    if not took:
        text = "The wall stands already, or only a duty manager can put it up."
        return Page("says.html", {"title": "Not saved", "text": text}, 409)
    return Go("/queue" if account == ask.visitor.account else "/alerts")


def lift(desk: Desk, ask: Ask) -> Answer:
    """Take down the wall before somebody: it is not asked again whether they are close to the family."""
    took = _tell(desk, ask, "wall_lifted", ask.said("account"))
    if isinstance(took, Page):
        return took
    if not took:
        text = "No wall stands before that person, or it is your own: another duty manager can take it down."
        return Page("says.html", {"title": "Not saved", "text": text}, 409)
    return Go("/alerts")


def break_glass(desk: Desk, ask: Ask) -> Answer:
    """Open a check that one is not designated to: with a reason, for some hours, and the duty manager hears of it."""
    reason = ask.said("words")
    if not reason:
        text = "Write down why you have to open this check. Go back, and send it again."
        return Page("says.html", {"title": "Not opened: a reason is missing", "text": text}, 422)
    took = _tell(desk, ask, "glass_broken", ask.visitor.account, reason)
    return took if isinstance(took, Page) else Go(f"/checks/{ask.path['check_id']}")


def stead(desk: Desk, ask: Ask) -> str:
    """Account of the manager in whose stead a change of who works on it would be made; '' in their own name."""
    kind, account = _wanted(ask)
    return _event(desk, ask, kind, account).codes.get(FOR, "")


def _wanted(ask: Ask) -> tuple[str, str]:
    """What is to change, and for whom: without a name, to keep oneself out."""
    kind = _KINDS.get(ask.path.get("what", "wall"))
    if kind is None:
        raise NotThere
    return kind, ask.said("account") or (ask.visitor.account if kind == "walled" else "")


def _event(desk: Desk, ask: Ask, kind: str, account: str, words: bytes = b"") -> DeskEvent:
    return event_of(
        ask.visitor, kind, account, ask.now, partnership=desk.settings.partnership, check_id=ask.path["check_id"],
        standing=ask.standing, words=words,
    )  # fmt: skip


def _tell(desk: Desk, ask: Ask, kind: str, account: str, reason: str = "") -> bool | Page:
    """Send it; True where it took effect, a page where nobody can say."""
    check_id = ask.path["check_id"]
    with desk.engine.connect() as connection:
        check = queries.check_of(connection, check_id)
    if check is None:
        raise NotThere
    words = desk.library.sealer.seal(check.anchor, CheckWords(text=reason)) if reason else b""
    try:
        return desk.gateway.tell(_event(desk, ask, kind, account, words))
    except NotConfirmed as error:
        return Page("says.html", {"title": error.what, "text": error.remedy}, 503)
