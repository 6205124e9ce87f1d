"""Search, only within open checks that one may read. What is looked for stands in no address and in no log.

People are not browsed: a check that one is not designated to is not found, not counted and not hinted at.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.messages import Bundle, Identity
from streams.check.render.opening import open_bundle
from streams.check.render.words import plain
from triage.access import Verdict, judge
from triage.audit import Entry
from triage.desk import Desk
from triage.finding import answers
from triage.roles import Right
from triage.sql import queries
from triage.web.asking import Answer, Ask, Page

_MOST = 50
_LONGEST = 120
_BY = {"reference": "Check number", "number": "A number of the person", "name": "A name"}


@dataclass(frozen=True, slots=True)
class Found:
    """A check that answers."""

    check_id: str
    reference: str
    state: str
    rating: str
    by: str


def form(desk: Desk, ask: Ask) -> Answer:
    """What to look for."""
    del desk
    return Page("find.html", {"term": ask.said("term")[:_LONGEST], "found": None, "more": False, "error": ""})


def find(desk: Desk, ask: Ask) -> Answer:
    """The checks that answer; each is written down as found."""
    term = ask.said("term")[:_LONGEST]
    if not term:
        said = {"term": "", "found": None, "more": False, "error": "Write a name, a number or a check's number"}
        return Page("find.html", said, 422)
    found = []
    with desk.engine.connect() as connection:
        for entry in queries.open_entries_of(connection, ask.visitor.account):
            if judge(Right.READ, ask.visitor, ask.now, standing=entry.standing) is not Verdict.YES:
                continue
            check = entry.check
            # A name is a word of the check: it answers only to whoever has read it, and was seen to be close to nobody.
            bundle = queries.bundle_of(connection, check.check_id) if check.read.get(ask.visitor.account) else None
            by = answers(term, check.check_id, _identities(desk, bundle))
            if by:
                state = plain(check.state).capitalize()
                found.append(Found(check.check_id, check.check_id[:8].upper(), state, check.rating, _BY[by]))
    roles = " ".join(sorted(ask.visitor.own_roles))
    for one in found[:_MOST]:
        desk.audit.write(Entry(ask.now, ask.visitor.account, roles, "found", one.check_id))
    return Page("find.html", {"term": term, "found": found[:_MOST], "more": len(found) > _MOST, "error": ""})


def _identities(desk: Desk, bundle: Bundle | None) -> list[Identity]:
    """Who the check is about, as agencies and referrers say."""
    if bundle is None:
        return []
    opener, entries = open_bundle(bundle, desk.library.sealer)
    return [*(e.identity for e in entries if e.identity), *(identity for identity, _ in opener.told(bundle))]
