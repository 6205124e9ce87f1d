"""Documents that came in: a letter, a form of another system. What one says counts only once a person has confirmed it.

Until then it lies sealed under a key of its own, and no check knows of it. Confirmed, it is a contact like any other,
with the document attached; set aside, it is gone, and the audit says who did it and why.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hub.ids import derived_id
from streams.check.refusals import in_words
from streams.check.render.words import moment
from streams.check.wire import NotConfirmed
from triage import door, door_words, files, shelf
from triage.desk import Desk
from triage.drafts import Draft
from triage.files import NotTaken
from triage.shelf import Document
from triage.sql.kept_files import KeptFile
from triage.web import refusing
from triage.web.asking import Answer, Ask, File, Go, NotThere, Page
from triage.web.delivering import deliver, receipt_of, who_is
from triage.web.door_page import context

_WHY = {
    "nothing": "It says nothing of a worry",
    "twice": "It came twice",
    "elsewhere": "It belongs elsewhere, and was sent on",
    "lost": "Its bytes are lost, and it was asked for again",
}
_UNREAD = ("confirmed", "Say that you have read the document, and that this is what it says")
_LOST = ("", "The document's bytes are lost: nobody can have read it. Ask for it again, and set this one aside")


def index(desk: Desk, ask: Ask) -> Answer:
    """What waits, the oldest first."""
    return _index(desk, ask, [])


def _index(desk: Desk, ask: Ask, errors: list[tuple[str, str]], status: int = 200) -> Page:
    context = {
        "documents": [(one, files.size_in_words(one.what.size), moment(one.at)) for one in desk.shelf.waiting()],
        "errors": errors,
        "bad": dict(errors),
        "limits": (files.LARGEST // 1024**2,),
        "done": ask.query.get("done", ""),
    }
    return Page("documents.html", context, status)


def receive(desk: Desk, ask: Ask) -> Answer:
    """Take documents in: each waits until somebody has confirmed it."""
    sent = ask.files.get("files", ())
    if not sent:
        return _index(desk, ask, [("files", "Choose a file")], 422)
    errors = []
    for one in sent:
        try:
            what = files.check(one, [])
            found = desk.scanning.admit(what, one.data)
            desk.shelf.receive(ask.visitor.account, what, one.data, ask.now, found)
        except NotTaken as error:
            errors.append(("files", str(error)))
    return _index(desk, ask, errors, 422) if errors else Go("/documents?done=in")


def one(desk: Desk, ask: Ask) -> Answer:
    """A document beside the form that says what is in it."""
    return Page("document.html", _context(desk, ask, *_document(desk, ask), _typed(ask), []))


def file(desk: Desk, ask: Ask) -> Answer:
    """The document itself, to be read beside the form."""
    document, kept = _document(desk, ask)
    if kept is None:
        return refusing.file_gone()
    desk.scanning.release(kept)
    return File(kept.data, document.what.media_type, f"document.{files.KINDS[document.what.media_type][1]}")


def confirm(desk: Desk, ask: Ask) -> Answer:
    """What it says becomes a contact, with the document attached."""
    document, kept = _document(desk, ask)
    draft = _typed(ask)
    if ask.said("do") == "person":
        draft.people = min(draft.people + 1, door.MOST_PEOPLE)
        return Page("document.html", _context(desk, ask, document, kept, draft, []))
    if kept is None or ask.said("confirmed") != "yes":
        errors = [_LOST if kept is None else _UNREAD]
        return Page("document.html", _context(desk, ask, document, kept, draft, errors), 422)
    who = who_is(desk, ask, door_words.DOCUMENT)
    call_id = derived_id("document", document.document_id)
    typed = door.read(draft.fields, draft.people, [document.what], who, call_id, ask.now)
    if typed.call is None:
        return Page("document.html", _context(desk, ask, document, kept, draft, typed.errors), 422)
    try:
        events = deliver(desk, typed.call, [(document.what, kept)])
    except NotConfirmed as error:
        errors = [("", error.what), ("", error.remedy)]
        return Page("document.html", _context(desk, ask, document, kept, draft, errors), 503)
    if refused := next((event for event in events if event.kind == "refused"), None):
        errors = [("", in_words(refused.codes["reason"], refused.codes))]
        return Page("document.html", _context(desk, ask, document, kept, draft, errors), 409)
    account = ask.visitor.account
    desk.shelf.dealt_with(document.document_id, shelf.CONFIRMED, account, ask.now, events[0].check_id)
    receipt = receipt_of(events, typed.call.danger)
    shown = {name: moment(datetime.fromisoformat(receipt[name])) if receipt[name] else "" for name in ("at", "due")}
    return Page(
        "door_received.html", _context(desk, ask, document, kept, Draft(call_id), []) | {"receipt": receipt | shown}
    )


def set_aside(desk: Desk, ask: Ask) -> Answer:
    """It is no contact, and why."""
    document, kept = _document(desk, ask)
    if ask.said("why") not in _WHY:
        errors = [("why", "Choose why it is no contact")]
        return Page("document.html", _context(desk, ask, document, kept, _typed(ask), errors), 422)
    desk.shelf.dealt_with(document.document_id, f"{shelf.SET_ASIDE}:{ask.said('why')}", ask.visitor.account, ask.now)
    return Go("/documents?done=aside")


def _document(desk: Desk, ask: Ask) -> tuple[Document, KeptFile | None]:
    found = desk.shelf.document(ask.path["document_id"])
    if found is None:
        raise NotThere
    return found


def _typed(ask: Ask) -> Draft:
    """What was typed: kept on the page itself, for the document is kept anyway."""
    told = ask.said("people")
    people = int(told) if told.isdecimal() and 0 < int(told) <= door.MOST_PEOPLE else 1
    return Draft("", {name: list(values) for name, values in ask.form.items()}, people)


def _context(
    desk: Desk, ask: Ask, document: Document, kept: KeptFile | None, draft: Draft, errors: list[tuple[str, str]]
) -> dict[str, Any]:
    shown = context(desk, ask, door_words.DOCUMENT, "/documents", draft, errors)
    shown |= {"document": document, "count": draft.people, "why": _WHY, "came": moment(document.at)}
    return shown | {"scanned": desk.scanning.words(kept.found if kept else None), "here": kept is not None}
