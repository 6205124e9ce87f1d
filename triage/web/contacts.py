"""The queue of contacts: what came to the front door and is no referral yet. No name and no word stands here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from streams.check.render.words import agency_name, plain
from streams.check.state import Check, State
from triage.access import Verdict, judge
from triage.desk import Desk
from triage.roles import RIGHTS, Right
from triage.sql import queries
from triage.sql.queries import Entry
from triage.web.asking import Answer, Ask, Page

_WAITING = frozenset({State.CONTACT, State.SCREENING})
_ABOUT = {"child": "A child", "adult": "An adult", "unborn": "An unborn child"}
_STEPS = {State.CONTACT: (("screen", "Begin screening"),),
          State.SCREENING: (("open", "Make it a referral"), ("advise", "Close it with advice"),
                            ("pathway", "Send it another way"))}  # fmt: skip
"""What comes next, of the commands that the check takes: a contact is screened by a named person first."""


@dataclass(frozen=True, slots=True)
class Row:
    """A contact, as the queue shows it."""

    check_id: str
    reference: str
    about: str
    danger: bool
    said: str
    state: str
    came_at: datetime
    due: datetime | None
    owner: str
    mine: bool
    may_open: bool
    may_claim: bool
    steps: tuple[tuple[str, str], ...]


def show(desk: Desk, ask: Ask) -> Answer:
    """What waits: danger first, then what has to be answered soonest."""
    account = ask.visitor.account
    with desk.engine.connect() as connection:
        found = queries.entries_in(connection, _WAITING)
        names = dict(queries.colleagues(connection, frozenset({"screener", "decision_maker", "duty_manager"})))
    rows = [_row(desk, ask, e, names) for e in found if e.check.contacts and account not in e.standing.walled]
    rows.sort(key=lambda row: (not row.danger, row.due or row.came_at))
    by_hand = bool(ask.visitor.roles & RIGHTS[Right.MANUAL])
    groups = [("danger", "Somebody is in danger", [r for r in rows if r.danger]),
              ("waiting", "Waiting for an answer", [r for r in rows if not r.danger])]  # fmt: skip
    return Page("contacts.html", {"groups": [g for g in groups if g[2]], "count": len(rows), "by_hand": by_hand})


def _row(desk: Desk, ask: Ask, entry: Entry, names: dict[str, str]) -> Row:
    check, standing = entry.check, entry.standing
    may_open = judge(Right.ACT, ask.visitor, ask.now, standing=standing) is Verdict.YES
    return Row(
        check_id=check.check_id,
        reference=check.check_id[:8].upper(),
        about=_ABOUT.get(check.subject, plain(check.subject).capitalize()),
        danger=in_danger(check),
        said=_said(desk, check),
        state=plain(check.state).capitalize(),
        came_at=entry.begun_at,
        due=check.clocks.get("response"),
        owner=names.get(standing.owner, standing.owner),
        mine=ask.visitor.account in standing.designated,
        may_open=may_open,
        may_claim=judge(Right.CLAIM, ask.visitor, ask.now, standing=standing) is Verdict.YES and not standing.owner,
        steps=_STEPS[check.state] if may_open else (),
    )


def in_danger(check: Check) -> bool:
    """Whether a contact said that somebody is in danger, and nobody has answered that yet."""
    return check.danger == "said"


def _said(desk: Desk, check: Check) -> str:
    """Who told us, in codes, and by which way: never a name."""
    told = []
    for held in check.contacts.values():
        relation = desk.packs.decisions.referrers.get(held.relation, "")
        who = agency_name(held.agency, desk.packs, check.partnership) if held.agency else relation or "The public"
        told.append(f"{'Anonymous' if held.anonymous and not held.agency else who}, {plain(held.channel)}")
    return "; ".join(dict.fromkeys(told))
