"""Pages that say no, or not now: what happened, what to do next. Nothing of a check is told to whom it is not open."""

from __future__ import annotations

from collections.abc import Mapping

from hub.errors import HubError
from hub.log import get_logger
from triage.access import Verdict
from triage.desk import Desk
from triage.doing import event_of
from triage.roles import RIGHTS, WORDS, Right
from triage.scanner import State
from triage.scanning import Held
from triage.sql import queries
from triage.web.asking import Ask, Page, Route

log = get_logger("desk")


def not_allowed(desk: Desk, ask: Ask, route: Route, verdict: Verdict) -> Page:
    """Why it may not be done. Whoever a wall keeps out is told so, and the duty manager hears of it."""
    if verdict is Verdict.WALLED:
        _tell(desk, ask)
    if verdict is Verdict.NOT_DESIGNATED and not _is_there(desk, ask.path):
        return not_there()
    context = {
        "verdict": str(verdict),
        "check_id": ask.path.get("check_id", ""),
        "owner": ask.standing.owner if verdict is Verdict.TAKEN else "",
        "may_claim": verdict is Verdict.NOT_DESIGNATED and bool(ask.visitor.roles & RIGHTS[Right.CLAIM]),
        "free": not ask.standing.owner,
        "may_break": verdict is Verdict.NOT_DESIGNATED and bool(ask.visitor.roles & RIGHTS[Right.GLASS]),
        "who_may": ", ".join(WORDS[role].lower() for role in sorted(RIGHTS[route.right])),
    }
    return Page("not_allowed.html", context, 403)


def _is_there(desk: Desk, path: Mapping[str, str]) -> bool:
    """Whether there is such a check: nobody is offered to claim a number that was mistyped."""
    with desk.engine.connect() as connection:
        return "check_id" not in path or queries.check_of(connection, path["check_id"]) is not None


def kept_out() -> Page:
    """The records name somebody whom they may be close to: a wall stands since this moment."""
    return Page("not_allowed.html", {"verdict": "conflict"}, 403)


def _tell(desk: Desk, ask: Ask) -> None:
    event = event_of(
        ask.visitor, "kept_out", ask.visitor.account, ask.now,
        partnership=desk.settings.partnership, check_id=ask.path.get("check_id", ""), standing=ask.standing,
    )  # fmt: skip
    try:
        desk.gateway.tell(event)
    except HubError:
        log.warning("the duty manager could not be told that somebody was kept out")


def not_asked() -> Page:
    """Somebody says that nobody in a check is close to them, and the desk did not ask."""
    text = (
        "Nothing was saved: the desk asks before the first look, where somebody in the records has your family name, "
        "and takes an answer only then. If you may know somebody in a check, you can say so at any time."
    )
    return _says("You were not asked this", text, 409)


def file_gone() -> Page:
    """A file that came, and whose bytes the desk's database does not hold any more."""
    text = (
        "The file came, and the desk's database no longer holds it: it was lost, or restored from a backup that is "
        "older than the file. Ask whoever sent it for it again, and tell whoever runs the desk: a backup may have it."
    )
    return _says("The bytes of this file are lost", text, 410)


def held(why: Held) -> Page:
    """A file that is kept and not handed out."""
    if why.state is State.INFECTED:
        text = "The file is kept, and opened to nobody. Ask its sender for another, and tell whoever runs the desk."
        return _says("The virus scanner found something harmful in this file", text, 409)
    text = "The file is kept, and nothing is lost. It is scanned with your next try: try again in some minutes."
    return _says("This file could not be scanned for viruses yet", text, 503)


def not_there() -> Page:
    """No such page."""
    return _says("There is no such page", "The address may be mistyped, or the check is another partnership's.", 404)


def old_form() -> Page:
    """A form of another session or another site."""
    text = (
        "The form was opened before you signed in, or on another site. Nothing was saved. "
        "Go back, load the page again, and send it once more."
    )
    return _says("That form can't be used any more", text, 403)


def too_many() -> Page:
    """More pages than a person reads."""
    return _says("Too many pages at once", "Wait a minute, then go on. Nothing is lost.", 429)


def too_many_here(desk: Desk) -> Page:
    """More forms or pages without sign-in from one place than people write: whom to ring instead."""
    return Page("door_too_many.html", {"ring": first_contact(desk)}, 429)


def first_contact(desk: Desk) -> tuple[str, str]:
    """Name and telephone of whom anybody can ring."""
    agreement = desk.packs.agreement(desk.settings.partnership)
    return (agreement.first_contact.name, agreement.first_contact.telephone) if agreement else ("the council", "")


def too_long() -> Page:
    """A text that no check would take."""
    return _says("That text is too long", "Nothing was saved. Go back, shorten it, or send it in parts as notes.", 413)


def trouble(error: HubError) -> Page:
    """Something the desk needs does not answer."""
    return _says(error.what, error.remedy, 503)


def fault() -> Page:
    """Ours."""
    return _says("Something went wrong in the desk itself", "Nothing was saved. It has been written to the log.", 500)


def _says(title: str, text: str, status: int) -> Page:
    return Page("says.html", {"title": title, "text": text}, status)
