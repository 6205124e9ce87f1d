"""Files that came with a check's contacts: listed and handed out only inside the check, to those designated to it.

A file is only ever downloaded, under a name of ours and with the type that its bytes show: nothing of it runs in the
desk's pages, and no name that a sender chose stands in an address or a header.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.errors import Skippable
from hub.messages import Attachment, ContactWords
from streams.check.render.words import moment
from streams.check.wire import NotConfirmed
from triage import files
from triage.desk import Desk
from triage.reading import begin_reading
from triage.sql import queries
from triage.web import refusing
from triage.web.asking import Answer, Ask, File, NotThere, Page
from triage.web.check import head


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of a contact."""

    contact_id: str
    number: int
    name: str
    called: str
    size: str
    came: str
    scanned: str
    here: bool


def index(desk: Desk, ask: Ask) -> Answer:
    """Which files there are; that they were looked at is written down as a reading of the check."""
    check_id = ask.path["check_id"]
    try:
        check, _ = begin_reading(desk, ask.visitor, check_id)
    except NotConfirmed as error:
        return Page("says.html", {"title": error.what, "text": error.remedy}, 503)
    attached = _attached(desk, check_id)
    places = {(c, one.digest): desk.shelf.place(c, check.anchor, one) for c, _, some in attached for one in some}
    known = desk.shelf.found(list(places.values()))
    found = [
        Kept(
            contact_id,
            number,
            one.name,
            files.KINDS[one.media_type][0],
            files.size_in_words(one.size),
            moment(at),
            desk.scanning.words(known.get(places[contact_id, one.digest])),
            places[contact_id, one.digest] in known,
        )
        for contact_id, at, some in attached
        for number, one in enumerate(some)
        if one.media_type in files.KINDS
    ]
    return Page("files.html", {"files": found, **head(desk, ask, check_id)})


def file(desk: Desk, ask: Ask) -> Answer:
    """One file."""
    contact_id, number = ask.path["contact_id"], ask.path["number"]
    check_id = ask.path["check_id"]
    found = next((attached for c, _, attached in _attached(desk, check_id) if c == contact_id), [])
    if not number.isdecimal() or int(number) >= len(found) or found[int(number)].media_type not in files.KINDS:
        raise NotThere
    what = found[int(number)]
    check, _ = begin_reading(desk, ask.visitor, check_id)
    kept = desk.shelf.get(contact_id, check.anchor, what)
    if kept is None:
        return refusing.file_gone()
    desk.scanning.release(kept)
    name = f"check-{check_id[:8]}-file-{int(number) + 1}.{files.KINDS[what.media_type][1]}"
    return File(kept.data, what.media_type, name)


def _attached(desk: Desk, check_id: str) -> list[tuple[str, datetime, list[Attachment]]]:
    """Contact, time and files of each contact of the check."""
    with desk.engine.connect() as connection:
        check = queries.check_of(connection, check_id)
        if check is None:
            raise NotThere
        events = queries.history(connection, check_id)
    found = []
    for held in check.contacts.values():
        try:
            words = desk.library.sealer.open(check.anchor, events[held.seq - 1].words, ContactWords)
        except Skippable:
            continue
        found.append((held.contact_id, held.at, words.attachments))
    return found
