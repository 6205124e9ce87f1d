"""The officer's side of a one-time link: what goes along, the link shown once, and calling it back."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from hub.errors import Skippable
from hub.messages import CheckCommand, CheckWords
from streams.check import choices
from streams.check.agreements import Signatory
from streams.check.render.words import moment
from streams.check.wire import NotConfirmed
from triage.desk import Desk
from triage.links import DAYS, Link, New
from triage.roles import Role
from triage.sql import queries
from triage.sql.queries import Asked
from triage.web.asking import Answer, Ask, Go, NotThere, Page
from triage.web.school import card_of

_STATES = {"used": "Answered", "revoked": "Called back", "expired": "Ran out", "opened": "Opened, not answered yet",
           "waiting": "Not opened yet"}  # fmt: skip
_TO = "school"


def form(desk: Desk, ask: Ask) -> Answer:
    """What would go along, and the links that there are."""
    return Page("pass_on.html", _context(desk, ask, _asked(desk, ask), []))


def make(desk: Desk, ask: Ask) -> Answer:
    """A link: first the check hears that the request was passed on, then the code is shown, once."""
    asked = _asked(desk, ask)
    signatory = _may(desk, ask, asked)
    request = asked.request
    questions = tuple(q for q in request.questions if q in ask.chosen("question"))
    days = ask.said("days")
    errors = [] if signatory else [("", "Your sharing agreement, as it stands today, passes no request on")]
    errors += [] if ask.said("whom") else [("whom", "Write for whom the link is")]
    errors += [] if questions else [("question", "Choose at least one question")]
    errors += [] if days in map(str, DAYS) else [("days", "Choose how long the link is good for")]
    if errors:
        return Page("pass_on.html", _context(desk, ask, asked, errors), 422)
    if refused := _tell(desk, ask, asked):
        return refused
    words = CheckWords(text=ask.said("said"), answers={"whom": ask.said("whom")})
    body = desk.library.sealer.seal(request.anchor, words)
    new = New(request.request_id, request.agency, ask.visitor.account, questions, body, int(days))
    link, code = desk.links.make(new, ask.now)
    context = {"code": code, "until": moment(link.until), "whom": ask.said("whom"), "base": desk.settings.desk_url}
    return Page("pass_on_link.html", {"request": request, **context})


def revoke(desk: Desk, ask: Ask) -> Answer:
    """Call a link back: from now on it opens nothing."""
    request_id = ask.path["request_id"]
    desk.links.revoke(ask.path["link_id"], request_id, ask.visitor.account, ask.now)
    return Go(f"/requests/{request_id}/pass-on")


def _tell(desk: Desk, ask: Ask, asked: Asked) -> Page | None:
    """The check hears of it; a page where it did not."""
    request = asked.request
    command = CheckCommand(
        command_id=str(uuid.uuid4()), partnership=request.partnership, check_id=request.check_id,
        anchor=request.anchor, action="pass_on", actor=ask.visitor.account, role=Role.AGENCY_RESEARCHER,
        agency=request.agency, codes={"request": request.request_id, "to": _TO}, at=ask.now,
    )  # fmt: skip
    try:
        event = desk.gateway.say(command)[0]
    except NotConfirmed as error:
        return Page("pass_on.html", _context(desk, ask, asked, [("", error.what), ("", error.remedy)]), 503)
    if event.kind != "refused":
        return None
    with desk.engine.connect() as connection:
        check = queries.check_of(connection, request.check_id)
    what = choices.why_not(event, check, desk.packs)[0] if check else "Not passed on."
    return Page("pass_on.html", _context(desk, ask, asked, [("", what)]), 409)


def _asked(desk: Desk, ask: Ask) -> Asked:
    with desk.engine.connect() as connection:
        found = queries.request_of(connection, ask.path["request_id"])
    if found is None:
        raise NotThere
    return found


def _may(desk: Desk, ask: Ask, asked: Asked) -> Signatory | None:
    """The agency as signatory, where an agreement in force lets it pass requests on."""
    day = ask.now.date()
    agreement = desk.packs.agreement(asked.request.partnership, day)
    if agreement is None or not agreement.in_force(day):
        return None
    signatory = agreement.signatories.get(asked.request.agency)
    return signatory if signatory and signatory.passes_on else None


def _context(desk: Desk, ask: Ask, asked: Asked, errors: Sequence[tuple[str, str]]) -> dict[str, Any]:
    request, signatory = asked.request, _may(desk, ask, asked)
    typed = {name: values[0] for name, values in ask.form.items() if values}
    return {
        "asked": asked,
        "request": request,
        "may": signatory is not None,
        "card": card_of(desk, asked, signatory.passes_on) if signatory else [],
        "questions": [(q, desk.packs.question(q)) for q in request.questions],
        "chosen": ask.chosen("question") if ask.form else request.questions,
        "days": DAYS,
        "links": [_shown(desk, asked, link, ask) for link in desk.links.of_request(request.request_id)],
        "errors": list(errors),
        "bad": {name: text for name, text in errors if name},
        "typed": typed,
    }


def _shown(desk: Desk, asked: Asked, link: Link, ask: Ask) -> dict[str, Any]:
    try:
        whom = desk.library.sealer.open(asked.request.anchor, link.body, CheckWords).answers.get("whom", "")
    except Skippable:
        whom = "[erased]"
    state = link.state(ask.now)
    return {
        "link_id": link.link_id,
        "whom": whom,
        "made": moment(link.made_at),
        "until": moment(link.until),
        "state": _STATES[state],
        "good": state in {"opened", "waiting"},
    }
