"""The school's side of a one-time link: the code opens it for one browser, one request is shown, one answer goes back.

The code travels after the `#` of the link, which no browser sends: it comes to the desk in a form and stands in no
address or log. The page shows the request's questions and as much of the child as the sharing agreement lets go along.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from hub.errors import Skippable
from hub.ids import derived_id
from hub.messages import AgencyReturn, CheckWords, Identity
from streams.check.card import may_show
from streams.check.render.people import birth, full_name
from streams.check.render.words import SCHEMES, agency_name, moment
from streams.check.wire import NotConfirmed
from triage.audit import Entry
from triage.desk import Desk
from triage.drafts import Draft
from triage.links import Link
from triage.sql import queries
from triage.sql.queries import Asked
from triage.web import asked_about
from triage.web.asking import Answer, Ask, Go, Page

_OUTCOMES = ("answered", "not_known")
_LONGEST = 4_000
_MOST_BYTES = 24_000


def door(desk: Desk, ask: Ask) -> Answer:
    """Where the code is given; a browser that has opened its link goes on to the request."""
    link = desk.links.of_browser(ask.secret)
    if link and link.state(ask.now) == "opened":
        return Go("/school/request")
    return Page("school_code.html", {"error": "", "done": bool(link and link.used_at)})


def enter(desk: Desk, ask: Ask) -> Answer:
    """Open the link with its code."""
    link = desk.links.open(ask.said("code").rpartition("#")[2], ask.secret, ask.now)
    if link is None:
        error = "This link can't be used: it was used or opened before, was called back, or has run out"
        return Page("school_code.html", {"error": error, "done": False}, 403)
    _write(desk, ask, "school_opened", link)
    return Go("/school/request")


def request(desk: Desk, ask: Ask) -> Answer:
    """The one request."""
    found = _good(desk, ask)
    if isinstance(found, Page):
        return found
    link, asked = found
    draft = desk.drafts.find(ask.secret, link.link_id, ask.now) or Draft(link.link_id)
    _write(desk, ask, "school_read", link)
    return Page("school_request.html", _context(desk, ask, link, asked, draft, []))


def answer(desk: Desk, ask: Ask) -> Answer:
    """The school's answer: the agency's return, marked as from the school. With it the link is used."""
    found = _good(desk, ask)
    if isinstance(found, Page):
        return found
    link, asked = found
    draft = Draft(link.link_id, {name: list(v) for name, v in ask.form.items() if name not in {"form_token", "do"}})
    desk.drafts.keep(ask.secret, link.link_id, draft, link.until, ask.now)
    if ask.said("do") == "keep":
        return Go("/school/request?kept=1")
    if errors := _wrong(ask, link):
        return Page("school_request.html", _context(desk, ask, link, asked, draft, errors), 422)
    try:
        event = desk.gateway.say(_return(desk, ask, link, asked))[0]
    except NotConfirmed as error:
        errors = [("", error.what), ("", error.remedy)]
        return Page("school_request.html", _context(desk, ask, link, asked, draft, errors), 503)
    if event.kind == "refused":
        errors = [("", "The check did not take the answer. Ring whoever sent you the link.")]
        return Page("school_request.html", _context(desk, ask, link, asked, draft, errors), 409)
    desk.links.use(link.link_id, ask.now)
    desk.drafts.forget(ask.secret, link.link_id)
    _write(desk, ask, "school_answered", link)
    return Go("/school")


def _good(desk: Desk, ask: Ask) -> tuple[Link, Asked] | Page:
    """The link of this browser with its request; or the page that says why there is none."""
    link = desk.links.of_browser(ask.secret)
    if link is None or link.state(ask.now) != "opened" or not _lets(desk, ask, link):
        error = "" if link is None else "This link is no longer good. Ask whoever sent it to you for another."
        return Page("school_code.html", {"error": error, "done": bool(link and link.used_at)}, 403)
    with desk.engine.connect() as connection:
        asked = queries.request_of(connection, link.request_id)
    if asked is None:
        return Page(
            "school_code.html", {"error": "The request is not here (yet). Try again later.", "done": False}, 503
        )
    return link, asked


def _lets(desk: Desk, ask: Ask, link: Link) -> Collection[str]:
    """What of the child goes along, by an agreement that is in force today."""
    day = ask.now.date()
    agreement = desk.packs.agreement(desk.settings.partnership, day)
    signatory = agreement.signatories.get(link.agency) if agreement and agreement.in_force(day) else None
    return signatory.passes_on if signatory else ()


def _wrong(ask: Ask, link: Link) -> list[tuple[str, str]]:
    errors = []
    outcome = ask.said("outcome")
    answers = [ask.said(f"answer.{q}") for q in link.questions]
    if outcome not in _OUTCOMES:
        errors.append(("outcome", "Choose whether you know the child"))
    if outcome == "answered" and not any(answers):
        errors.append(("outcome", "Answer at least one question"))
    if not ask.said("by"):
        errors.append(("by", "Write who you are and what you do at the school"))
    texts = [*answers, ask.said("note")]
    errors += [("", f"No answer can have more than {_LONGEST:,} characters") for text in texts if len(text) > _LONGEST][
        :1
    ]
    if sum(len(text.encode()) for text in texts) > _MOST_BYTES:
        errors.append(("", "All answers together are too long: say the most important, and ring about the rest"))
    return errors


def _return(desk: Desk, ask: Ask, link: Link, asked: Asked) -> AgencyReturn:
    """The officer passed the request on and stands for it; who at the school answered is part of the words."""
    sent = asked.request
    outcome = ask.said("outcome")
    answers = {q: ask.said(f"answer.{q}") for q in link.questions if ask.said(f"answer.{q}")}
    text = "\n\n".join(part for part in (f"From the school: {ask.said('by')[:200]}", ask.said("note")) if part)
    words = CheckWords(text=text, answers=answers if outcome == "answered" else {})
    return AgencyReturn(
        return_id=derived_id("school", link.link_id), partnership=sent.partnership, request_id=sent.request_id,
        check_id=sent.check_id, anchor=sent.anchor, agency=sent.agency, actor=link.made_by, outcome=outcome,
        words=desk.library.sealer.seal(sent.anchor, words), at=ask.now, via="school",
    )  # fmt: skip


def card_of(desk: Desk, asked: Asked, lets: Collection[str]) -> list[tuple[str, str]]:
    """The child, as far as it goes along."""
    try:
        found = desk.library.sealer.open(asked.request.anchor, asked.request.subject, Identity)
    except Skippable:
        return [("Name", "[erased]")]
    rows = [("Name", full_name(found) or "Not known")] if "name" in lets else []
    rows += [("Born", birth(found.birth, asked.request.sent_at))] if "born" in lets and found.birth else []
    rows += [(SCHEMES[n.scheme], n.value) for n in found.identifiers if n.scheme in lets and n.scheme in SCHEMES]
    if "address" in lets:
        open_ = [a for a in found.addresses if not a.until and may_show(a, set())]
        rows += [("Address", ", ".join(p for p in (*a.lines, a.postcode) if p)) for a in open_]
    return rows


def _context(
    desk: Desk, ask: Ask, link: Link, asked: Asked, draft: Draft, errors: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    agreement = desk.packs.agreement(desk.settings.partnership)
    signatory = agreement.signatories.get(link.agency) if agreement else None
    return {
        "agency": agency_name(link.agency, desk.packs, desk.settings.partnership),
        "telephone": signatory.telephone if signatory else "",
        "card": card_of(desk, asked, _lets(desk, ask, link)),
        "said": asked_about.words(desk, asked.request, link.body),
        "concern": asked_about.concern(desk, asked.request),
        "questions": [(q, desk.packs.question(q)) for q in link.questions],
        "due_at": asked.due_at,
        "until": moment(link.until),
        "typed": {name: values[0] for name, values in draft.fields.items() if values},
        "kept": ask.query.get("kept") == "1",
        "errors": list(errors),
        "bad": {name: text for name, text in errors if name},
    }


def _write(desk: Desk, ask: Ask, act: str, link: Link) -> None:
    """Nobody of an account acts here: the audit names the link, by its number and never its code."""
    at: datetime = ask.now
    desk.audit.write(Entry(at, "", "", act, link.request_id, detail=f"link={link.link_id}"))
