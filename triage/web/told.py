"""What each recipient was told of a decision: what it was given, what was kept back and why. Reads; makes nothing.

For agencies that were told nothing yet it says what would be kept back, by the same rule that makes summaries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from hub.errors import Skippable
from hub.messages import CheckWords, Identity, Summary
from streams.check import release
from streams.check.render.people import birth, full_name
from streams.check.render.words import RELEASES, SCHEMES, agency_name, moment, plain
from streams.check.state import Check
from streams.check.wire import NotConfirmed
from triage.desk import Desk
from triage.reading import begin_reading
from triage.roles import Role
from triage.sql import queries, summaries
from triage.web.asking import Answer, Ask, NotThere, Page
from triage.web.check import head


@dataclass(frozen=True, slots=True)
class Told:
    """One recipient."""

    agency: str
    at: str
    given: Sequence[tuple[str, str]]
    words: str
    withheld: Sequence[str]
    read: Sequence[str]


def show(desk: Desk, ask: Ask) -> Answer:
    """Who was told what; the reading is an event of the check first."""
    check_id = ask.path["check_id"]
    with desk.engine.connect() as connection:
        check = queries.check_of(connection, check_id)
        found = summaries.of_check(connection, check_id)
        read = readers(connection, found)
    if check is None:
        raise NotThere
    try:
        begin_reading(desk, ask.visitor, check_id)
    except NotConfirmed as error:
        return Page("says.html", {"title": error.what, "text": error.remedy}, 503)
    agreement = desk.packs.agreement(check.partnership, ask.now.date())
    told = {summary.recipient for summary in found}
    others = [
        (one.name, why(desk, check, release.withheld_from(check, agreement, code), code))
        for code, one in (agreement.signatories.items() if agreement else ())
        if code not in told
    ]
    decision = desk.packs.decisions.decisions.get(check.decision)
    context = {
        "told": [_told(desk, check, summary, read.get(summary.summary_id, [])) for summary in found],
        "others": others,
        "decision": decision.text if decision else "",
        **head(desk, ask, check_id),
    }
    return Page("told.html", context)


def _told(desk: Desk, check: Check, summary: Summary, read: Sequence[str]) -> Told:
    name, at = _name(desk, check, summary.recipient), moment(summary.at)
    opened = said_in(desk, summary)
    if opened is None:
        return Told(name, at, [], "[erased]", [], read)
    return Told(name, at, *opened, why(desk, check, summary.withheld, summary.recipient), read)


def said_in(desk: Desk, summary: Summary) -> tuple[list[tuple[str, str]], str] | None:
    """What a summary gives its recipient: fields of the person, and words; None where its key is gone."""
    sealer = desk.library.sealer
    try:
        identity = sealer.open(summary.anchor, summary.subject, Identity)
        words = sealer.open(summary.anchor, summary.words, CheckWords).text if summary.words else ""
    except Skippable:
        return None
    given = [("Name", full_name(identity) or "Not known")]
    given += [("Born", birth(identity.birth, summary.at))] if identity.birth else []
    given += [(SCHEMES.get(n.scheme, plain(n.scheme)), n.value) for n in identity.identifiers]
    given += [("Address", ", ".join(p for p in (*a.lines, a.postcode) if p)) for a in identity.addresses if not a.until]
    given += [("Safe contact", identity.safe_contact)] if identity.safe_contact else []
    return given, words


def readers(connection: Connection, found: Sequence[Summary]) -> dict[str, list[str]]:
    """Summary -> who of its recipient has read it and when, in words."""
    names = dict(queries.colleagues(connection, frozenset({Role.AGENCY_RESEARCHER})))
    read = summaries.readings(connection, found)
    return {
        summary_id: [f"{names.get(one.account, one.account)}, {moment(one.at)}" for one in people]
        for summary_id, people in read.items()
    }


def why(desk: Desk, check: Check, withheld: Sequence[str], recipient: str) -> list[str]:
    """What is kept back from a recipient, each with its reason."""
    found = []
    for code in withheld:
        what, _, agency = code.partition(":")
        if what == "addresses":
            found.append(
                "Every address of the child or adult, in the words as well: "
                f"{_name(desk, check, recipient)} works with people who may have done harm (sharing agreement)."
            )
            continue
        limits = [r.release for r in check.requests.values() if r.agency == agency and r.release]
        limit = RELEASES.get(limits[-1], plain(limits[-1])).lower() if limits else "its own limit"
        found.append(f"What {_name(desk, check, agency)} returned: the agency owns it, and set its limit ({limit}).")
    return found


def _name(desk: Desk, check: Check, agency: str) -> str:
    return agency_name(agency, desk.packs, check.partnership)
