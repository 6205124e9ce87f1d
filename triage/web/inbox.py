"""The agency researcher's side: what their own agency is asked, a draft from what the hub holds of theirs, the answer.

A draft is only ever the agency's own records, and is never sent unread: the researcher looks at it and says yes.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from typing import Any

from markupsafe import Markup

from hub.messages import AgencyReturn, CheckWords
from streams.check import choices
from streams.check.render.holdings import lines_of
from streams.check.render.words import RELEASES, plain
from streams.check.wire import NotConfirmed
from triage.desk import Desk
from triage.sql import queries
from triage.sql.queries import Asked
from triage.web import asked_about, told_us, twice
from triage.web.asking import Answer, Ask, Go, NotThere, Page
from triage.web.templating import render

SETTLED = frozenset({"answered", "not_known", "refused"})
_ANSWERED_SHOWN = 20
_RETURNS = frozenset({"returned", "late_return"})
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def show(desk: Desk, ask: Ask) -> Answer:
    """What waits for the agency, the soonest due first."""
    with desk.engine.connect() as connection:
        waiting = queries.inbox(connection, ask.visitor.agency, SETTLED)
        told = told_us.lines(desk, connection, ask.visitor.agency)
        done = queries.answered(connection, ask.visitor.agency, SETTLED, _ANSWERED_SHOWN)
    agency = desk.packs.agreement(desk.settings.partnership)
    signatory = agency.signatories.get(ask.visitor.agency) if agency else None
    name = signatory.name if signatory else plain(ask.visitor.agency).capitalize()
    cards = [_card(desk, ask, asked) for asked in waiting]
    return Page(
        "inbox.html",
        {"waiting": cards, "done": done, "told": told, "agency": name, "sent": ask.query.get("sent") == "1"},
    )


def _card(desk: Desk, ask: Ask, asked: Asked) -> Markup:
    key = ("request", asked.request.request_id, asked.status, asked.due_at)
    drawn = desk.drawn.get(key, ask.now, lambda: render("inbox_card.html", asked=asked, now=ask.now))
    return Markup(drawn)  # noqa: S704 - a template has escaped it


def one(desk: Desk, ask: Ask) -> Answer:
    """One request, with what the hub holds of this agency's own as a draft."""
    return Page("request.html", _context(desk, ask, _asked(desk, ask), [], str(uuid.uuid4())))


def answer(desk: Desk, ask: Ask) -> Answer:
    """The agency's return; all that was typed stays where it did not come about."""
    asked = _asked(desk, ask)
    request = asked.request
    given = ask.said("return_id")
    return_id = given if _UUID.fullmatch(given) else str(uuid.uuid4())
    outcome = ask.said("outcome")
    answers = {q: ask.said(f"answer.{q}") for q in request.questions if ask.said(f"answer.{q}")}
    if wrong := _wrong(outcome, answers, ask):
        return Page("request.html", _context(desk, ask, asked, wrong, return_id), 422)
    words = CheckWords(text=_note(desk, ask, asked), answers=answers if outcome == "answered" else {})
    reason = ask.said("reason") if outcome == "refused" else ""
    said = {"outcome": outcome, "request": request.request_id, "release": ask.said("release"), "reason": reason}
    if twice.said_already(desk, request.check_id, ask.visitor.account, _RETURNS, {"": words}, ask.now, said):
        return Go("/inbox?sent=1")
    message = AgencyReturn(
        return_id=return_id, partnership=request.partnership, request_id=request.request_id,
        check_id=request.check_id, anchor=request.anchor, agency=request.agency, actor=ask.visitor.account,
        outcome=outcome, reason=reason, release=ask.said("release"),
        words=desk.library.sealer.seal(request.anchor, words) if words.text or words.answers else b"", at=ask.now,
    )  # fmt: skip
    try:
        caused = desk.gateway.say(message)
    except NotConfirmed as error:
        errors = [("", error.what), ("", error.remedy)]
        return Page("request.html", _context(desk, ask, asked, errors, return_id), 503)
    if caused[0].kind == "refused":
        with desk.engine.connect() as connection:
            check = queries.check_of(connection, request.check_id)
        what = choices.why_not(caused[0], check, desk.packs)[0] if check else "Not saved."
        return Page("request.html", _context(desk, ask, asked, [("", what)], str(uuid.uuid4())), 409)
    return Go("/inbox?sent=1")


def _note(desk: Desk, ask: Ask, asked: Asked) -> str:
    """What they wrote, and the lines of their own records that they looked at and ticked."""
    if ask.said("outcome") != "answered":
        return ask.said("note")
    ticked = set(ask.chosen("held"))
    confirmed = [line for key, line in _held(desk, asked) if key in ticked]
    parts = [ask.said("note"), "\n".join(["From our own records, confirmed:", *confirmed]) if confirmed else ""]
    return "\n\n".join(part for part in parts if part)


def _held(desk: Desk, asked: Asked) -> list[tuple[str, str]]:
    """The agency's own records as the hub holds them: a name for each line, and the line."""
    with desk.engine.connect() as connection:
        bundle = queries.bundle_of(connection, asked.request.check_id)
    lines = lines_of(bundle, asked.request.agency, desk.library)
    return [(hashlib.sha256(line.encode()).hexdigest()[:16], line) for line in lines]


def _wrong(outcome: str, answers: dict[str, str], ask: Ask) -> list[tuple[str, str]]:
    if outcome not in SETTLED:
        return [("outcome", "Choose how you answer")]
    if outcome == "answered" and not answers and not ask.chosen("held"):
        return [("outcome", "Answer at least one question, or tick a line of your own records")]
    if outcome == "refused" and not ask.said("reason"):
        return [("reason", "Choose why you refuse")]
    return []


def _context(desk: Desk, ask: Ask, asked: Asked, errors: list[tuple[str, str]], return_id: str) -> dict[str, Any]:
    request = asked.request
    return {
        "asked": asked,
        "request": request,
        "subject": asked_about.subject(desk, request),
        "mother": asked_about.mother(desk, request),
        "concern": asked_about.concern(desk, request),
        "questions": [(q, desk.packs.question(q)) for q in request.questions],
        "held": _held(desk, asked),
        "ticked": ask.chosen("held"),
        "refusals": desk.packs.decisions.refusals,
        "releases": {code: text for code, text in RELEASES.items() if code},
        "basis": _basis(desk, request.basis),
        "errors": errors,
        "bad": {name: text for name, text in errors if name},
        "typed": {name: values[0] for name, values in ask.form.items() if values},
        "may_pass_on": _may_pass_on(desk, request.agency),
        "return_id": return_id,
        "done": asked.status in SETTLED,
    }


def _may_pass_on(desk: Desk, agency: str) -> bool:
    """Whether the sharing agreement lets the agency's officer pass requests on by a one-time link."""
    agreement = desk.packs.agreement(desk.settings.partnership)
    signatory = agreement.signatories.get(agency) if agreement else None
    return signatory is not None and bool(signatory.passes_on)


def _basis(desk: Desk, basis: str) -> str:
    kind, _, detail = basis.partition(":")
    packs = desk.packs.decisions
    words = packs.bases.get(kind, plain(kind))
    more = packs.provisions.get(detail) or packs.override_reasons.get(detail, "")
    return f"{words}: {more}" if more else words


def _asked(desk: Desk, ask: Ask) -> Asked:
    with desk.engine.connect() as connection:
        asked = queries.request_of(connection, ask.path["request_id"])
    if asked is None:
        raise NotThere
    return asked
