"""The recipient's side of a decision: what the hub told this agency, as it told it, with a receipt for who has read it.

Only the summary made for the agency is opened: neither the check nor its bundle, nor anything of another agency.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from hub.messages import CheckCommand, Summary
from streams.check.refusals import in_words
from streams.check.render.words import moment
from streams.check.wire import NotConfirmed
from triage.desk import Desk
from triage.roles import Role
from triage.sql import summaries
from triage.web.asking import Answer, Ask, NotThere, Page
from triage.web.told import readers, said_in

_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One summary in the agency's list: no name and no word of it."""

    summary_id: str
    reference: str
    at: datetime
    decision: str
    read: list[str]


def lines(desk: Desk, connection: Connection, agency: str) -> list[Line]:
    """What an agency was told: what nobody there has read comes first, then the latest."""
    found = summaries.to_agency(connection, agency, _SHOWN)
    read = readers(connection, found)
    told = [
        Line(s.summary_id, s.summary_id[:8].upper(), s.at, decision_of(desk, s), read.get(s.summary_id, []))
        for s in found
    ]
    return sorted(told, key=lambda line: bool(line.read))


def show(desk: Desk, ask: Ask) -> Answer:
    """One summary; that somebody of the agency reads it is an event of the check first."""
    with desk.engine.connect() as connection:
        summary = summaries.one(connection, ask.path["summary_id"])
        read = summaries.readings(connection, [summary] if summary else [])
    if summary is None:
        raise NotThere
    if ask.visitor.account not in {one.account for one in read.get(summary.summary_id, [])}:
        refused = _receipt(desk, ask, summary)
        if refused is not None:
            return refused
    with desk.engine.connect() as connection:
        by = readers(connection, [summary])[summary.summary_id]
    opened = said_in(desk, summary)
    given, words = opened or ([], "")
    context = {
        "reference": summary.summary_id[:8].upper(),
        "told_at": moment(summary.at),
        "decision": decision_of(desk, summary),
        "erased": opened is None,
        "given": given,
        "words": words,
        "no_address": "addresses" in summary.withheld,
        "read": by,
    }
    return Page("told_us.html", context)


def decision_of(desk: Desk, summary: Summary) -> str:
    """The decision in words."""
    known = desk.packs.decisions.decisions.get(summary.decision)
    return known.text if known else summary.decision


def _receipt(desk: Desk, ask: Ask, summary: Summary) -> Page | None:
    """Tell the check that it is read; a page where that did not come about, and then nothing is opened."""
    command = CheckCommand(
        command_id=str(uuid.uuid4()), partnership=summary.partnership, check_id=summary.check_id,
        anchor=summary.anchor, action="read_summary", actor=ask.visitor.account, role=Role.AGENCY_RESEARCHER,
        agency=summary.recipient, codes={"summary": summary.summary_id}, at=ask.now,
    )  # fmt: skip
    try:
        event = desk.gateway.say(command)[0]
    except NotConfirmed as error:
        return Page("says.html", {"title": error.what, "text": error.remedy}, 503)
    if event.kind == "refused":
        text = in_words(event.codes["reason"], event.codes)
        return Page("says.html", {"title": "Not opened", "text": text}, 409)
    return None
