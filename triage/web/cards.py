"""One check as the queue shows it, drawn once for everybody who may see and do the same with it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup, escape

from streams.check.render.words import agency_name, plain
from triage.access import Verdict, judge
from triage.desk import Desk
from triage.roles import Right
from triage.sql.queries import Entry
from triage.web.asking import Ask
from triage.web.templating import render

_TOKEN = f"token-{secrets.token_hex(16)}"
"""Stands in a kept card where each visitor's own form token goes."""


@dataclass(frozen=True, slots=True)
class Row:
    """A check as the queue shows it."""

    check_id: str
    reference: str
    about: str
    state: str
    rating: str
    level: int
    proposed: str
    signs: list[str]
    begun_at: datetime
    clock: str
    due: datetime | None
    waiting: list[str]
    owner: str
    mine: bool
    may_open: bool
    may_claim: bool
    flags: list[str]


def draw(desk: Desk, ask: Ask, entry: Entry, names: Mapping[str, str]) -> Markup:
    """The card of a check.

    Args:
        desk: the desk.
        ask: who looks, and when.
        entry: the check; one that a wall keeps from them is not given here.
        names: account -> name.
    """
    standing, visitor = entry.standing, ask.visitor
    owner = names.get(standing.owner, standing.owner)
    mine = visitor.account in standing.designated
    may_open = judge(Right.READ, visitor, ask.now, standing=standing) is Verdict.YES
    may_claim = not standing.owner and judge(Right.CLAIM, visitor, ask.now, standing=standing) is Verdict.YES

    def made() -> str:
        row = _row(desk, entry, owner, mine=mine, may_open=may_open, may_claim=may_claim)
        return render("queue_card.html", row=row, now=ask.now, form_token=_TOKEN)

    key = ("card", entry.check.check_id, entry.check.seq, owner, mine, may_open, may_claim)
    text = desk.drawn.get(key, ask.now, made)
    return Markup(text.replace(_TOKEN, escape(ask.session.form_token)))  # noqa: S704 - a template has escaped the rest


def _row(desk: Desk, entry: Entry, owner: str, *, mine: bool, may_open: bool, may_claim: bool) -> Row:
    check = entry.check
    clock, due = min(check.clocks.items(), key=lambda pair: pair[1], default=("", None))
    kinds = desk.packs.clocks.clocks
    name = clock.partition(":")[0]
    return Row(
        check_id=check.check_id,
        reference=check.check_id[:8].upper(),
        about={"child": "Child", "adult": "Adult", "unborn": "Unborn child"}.get(check.subject, check.subject),
        state=plain(check.state).capitalize(),
        rating=check.rating,
        level=check.level,
        proposed=check.brag.lower(),
        signs=[desk.library.catalogue.rule(rule, rule) for rule in desk.signs.ordered(check.rules)],
        begun_at=entry.begun_at,
        clock=kinds[name].words(referred=bool(check.contacts)) if name in kinds else plain(name).capitalize(),
        due=due,
        waiting=[agency_name(r.agency, desk.packs, check.partnership) for r in check.of_round() if not r.settled],
        owner=owner,
        mine=mine,
        may_open=may_open,
        may_claim=may_claim,
        flags=_flags(entry),
    )


def _flags(entry: Entry) -> list[str]:
    check = entry.check
    found = ["Strategy discussion wanted"] if check.strategy == "wanted" and not check.ended else []
    found += ["The person was merged or split"] if check.identity_pending else []
    found += ["A late return waits"] if check.late else []
    found += ["Disagreement on its way up"] if check.ladder else []
    found += ["An agency is overdue"] if any(r.status in {"overdue", "escalated"} for r in check.of_round()) else []
    return found
