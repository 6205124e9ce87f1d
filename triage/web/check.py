"""The check page: the first sixty seconds, and below them everything else. Opened only to whom it is designated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from streams.check.render import page as paper
from streams.check.render.differences import WORDS
from streams.check.render.sentences import basis_lines
from streams.check.render.view import Said
from streams.check.render.words import moment, plain
from streams.check.state import Check
from streams.check.wire import NotConfirmed
from triage import steps
from triage.access import Visitor, beside
from triage.chronology import choose
from triage.delegation import acting
from triage.desk import Desk
from triage.drawing.circle import draw_circle
from triage.drawing.timeline import draw_timeline, spots_of
from triage.first_look import first_look
from triage.reading import Opened, open_latest, read_before
from triage.roles import DECIDERS, TRIAGE, Role
from triage.sessions import staff
from triage.sql import delegations, queries
from triage.sql.queries import Entry
from triage.web.asking import Answer, Ask, File, NotThere, Page

_LONGEST_NUMBER = 6


def show(desk: Desk, ask: Ask) -> Answer:
    """The check, open."""
    check_id = ask.path["check_id"]
    _known(desk, check_id)
    try:
        opened = open_latest(desk, ask.visitor, check_id, _since(ask))
    except NotConfirmed as error:
        return Page("check_closed.html", {"error": error, "check_id": check_id, **head(desk, ask, check_id)}, 503)
    with desk.engine.connect() as connection:
        earlier = queries.same_person(connection, opened.check)
        around = queries.around(connection, opened.check)
        versions = queries.versions(connection, check_id)
        read = queries.read_at(connection, check_id)
        told = queries.desk_history(connection, check_id)
    look = first_look(
        opened,
        desk.signs,
        [_earlier(desk, entry) for entry in earlier],
        [_around(entry, relation) for entry, relation in around if ask.visitor.account not in entry.standing.walled],
    )
    chosen = choose(opened.view, ask.query, ask.session.form_token)
    drawn = [e for e in opened.entries if f"{e.entry.record_id} {e.entry.source_id}" in chosen.keys]
    context = {
        "view": opened.view,
        "look": look,
        "steps": steps.steps(opened.check, ask.visitor),
        "versions": versions,
        "read_before": read_before(opened.events, ask.visitor.account, opened.view.version),
        "differs": WORDS,
        "read": read,
        "told": [(event, took) for event, took in told if event.kind != "audit_head"],
        "timeline": draw_timeline(spots_of(drawn, desk.library.catalogue, _agency(desk, opened)), ask.now),
        "circle": draw_circle(opened.view),
        "chosen": chosen,
        "quorum": _quorum(desk, opened.check),
        "basis": basis_lines(opened.check.gate, desk.packs),
        "declared": ask.visitor.account in ask.standing.declared,
        "saved": _saved(opened, ask.query.get("saved", "")),
        **head(desk, ask, check_id),
    }
    return Page("check.html", context)


def fresh(desk: Desk, ask: Ask) -> Answer:
    """Whether something has happened since a page was opened; a number, nothing of the check itself."""
    seen = ask.query.get("seen", "")
    seq = _known(desk, ask.path["check_id"]).seq
    known = int(seen) if seen.isdecimal() else seq
    return Page("fresh.html", {"seq": seq, "seen": known, "check_id": ask.path["check_id"]})


def as_pdf(desk: Desk, ask: Ask) -> Answer:
    """The bundle on paper."""
    opened = _opened(desk, ask)
    return File(paper.pdf(opened.view), "application/pdf", f"bundle-{opened.view.reference}-v{opened.view.version}.pdf")


def as_paper(desk: Desk, ask: Ask) -> Answer:
    """The bundle as the self-contained page that can be kept."""
    opened = _opened(desk, ask)
    name = f"bundle-{opened.view.reference}-v{opened.view.version}.html"
    return File(paper.html(opened.view).encode(), "text/html; charset=utf-8", name)


def _opened(desk: Desk, ask: Ask) -> Opened:
    _known(desk, ask.path["check_id"])
    return open_latest(desk, ask.visitor, ask.path["check_id"], _since(ask))


def _since(ask: Ask) -> int:
    """The version that they want to compare with; 0 none in particular."""
    given = ask.query.get("since", "")
    return int(given) if given.isdecimal() and len(given) < _LONGEST_NUMBER else 0


def head(desk: Desk, ask: Ask, check_id: str) -> dict[str, Any]:
    """What stands above every page of a check: nothing that is sealed."""
    check = _known(desk, check_id)
    clocks = desk.packs.clocks.clocks
    with desk.engine.connect() as connection:
        everybody = staff(connection)
        deciders = deciding(connection, ask, everybody)
    names = {account: name for account, name, roles in everybody if roles & TRIAGE}
    others = [(account, name) for account, name, roles in everybody if roles & (TRIAGE | {Role.AUDITOR})]
    running = [
        (
            clocks[kind].words(referred=bool(check.contacts))
            if (kind := name.partition(":")[0]) in clocks
            else plain(name),
            due,
        )
        for name, due in sorted(check.clocks.items(), key=lambda pair: pair[1])
        if not name.startswith(("return:", "escalate:"))
    ]
    standing = ask.standing
    return {
        "check": check,
        "reference": check.check_id[:8].upper(),
        "state": plain(check.state).capitalize(),
        "rating": desk.packs.decisions.ratings.get(check.rating, "Not rated yet"),
        "running": running,
        "standing": standing,
        "deciders": deciders,
        "owner": names.get(standing.owner, standing.owner),
        "team": [(account, names.get(account, account)) for account in sorted(standing.designated)],
        "colleagues": [pair for pair in others if pair[0] not in standing.walled],
        "by_glass": ask.visitor.account not in standing.designated,
    }


def deciding(connection: Connection, ask: Ask, everybody: Sequence[tuple[str, str, frozenset[Role]]]) -> list[str]:
    """Who of those that work on it may decide: in their own name, or in a manager's, and then until when."""
    found, known = [], {account: (name, roles) for account, name, roles in everybody}
    for account in sorted(ask.standing.designated):
        name, own = known.get(account, (account, frozenset[Role]()))
        lent = delegations.lent_now(connection, account, ask.now)
        there = beside(acting(Visitor(account, name, own), lent, ask.now), ask.standing)
        if there.own_roles & DECIDERS:
            found.append(name)
        elif there.lent:
            stead = " and ".join(f"{one.name}, by delegation until {moment(one.until)}" for one in there.lent)
            found.append(f"{name}, for {stead}")
    return found


def _known(desk: Desk, check_id: str) -> Check:
    with desk.engine.connect() as connection:
        check = queries.check_of(connection, check_id)
    if check is None:
        raise NotThere
    return check


def _agency(desk: Desk, opened: Opened) -> dict[str, str]:
    agreement = desk.packs.agreement(opened.check.partnership)
    return {code: who.name for code, who in agreement.signatories.items()} if agreement else {}


def _quorum(desk: Desk, check: Check) -> str:
    asked = check.of_round()
    if not asked:
        return "Nobody has been asked yet: the sharing gate comes first."
    settled = {r.agency for r in asked if r.settled}
    must = [a for a in desk.packs.clocks.quorum.must if a in {r.agency for r in asked} - settled]
    text = f"{len(settled)} of {len(asked)} agencies have answered."
    waits = ", ".join(plain(a) for a in must)
    return text + (f" The quorum still waits for {waits}." if must else " The quorum is there.")


def _earlier(desk: Desk, entry: Entry) -> Said:
    check = entry.check
    decision = desk.packs.decisions.decisions.get(check.decision)
    ended = decision.text if decision else plain(check.state).capitalize()
    return Said(f"Check {check.check_id[:8].upper()} of {moment(entry.begun_at)}: {ended}", "this hub")


def _around(entry: Entry, relation: str) -> Said:
    check = entry.check
    rating = f", {check.rating}" if check.rating else ""
    return Said(f"{plain(relation).capitalize()}: open check {check.check_id[:8].upper()}{rating}", "this hub",
                "An open check of its own")  # fmt: skip


def _saved(opened: Opened, number: str) -> str:
    """What was just done, from the event itself: an address that somebody made up says nothing."""
    if not (number.isdecimal() and 0 < int(number) <= len(opened.events)):
        return ""
    event = opened.events[int(number) - 1]
    return f"{plain(event.kind).capitalize()}, {moment(event.at)}"
