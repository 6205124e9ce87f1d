"""Who acts as duty manager in whose stead: named by the manager, seen by the team, taken back by whom it concerns."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from hub.avro import decode_as
from hub.errors import Skippable
from hub.messages import CheckWords, DeskEvent
from hub.settings import LONDON
from streams.check.wire import NotConfirmed
from triage.delegation import DELEGATED, REVOKED, WHY_NOT, Delegation, why_not
from triage.desk import Desk
from triage.doing import event_of
from triage.roles import TRIAGE, WORDS, Role
from triage.sessions import roles_of, staff
from triage.sql import delegations, queries
from triage.web.asking import Answer, Ask, Go, NotThere, Page

_KEPT = timedelta(days=30)
"""As long after its end people ask who it was."""
_FIELD_OF = {"oneself": "to", "auditor": "to", "researcher": "to", "operations": "to", "not_triage": "to",
             "manager": "to", "too_far": "from", "not_yours": ""}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One of them, as a reader may see it."""

    one: Delegation
    by: str
    to: str
    state: str
    """now | ahead | over | revoked."""
    reason: str
    mine: bool
    """The reader has part in it, or is a duty manager, and may take it back."""


def show(desk: Desk, ask: Ask) -> Answer:
    """Who acts for whom, now, soon and lately; for a duty manager also the form."""
    return Page("cover.html", _context(desk, ask, []))


def lend(desk: Desk, ask: Ask) -> Answer:
    """Name somebody; back to the form, with all that was typed, where it can't be."""
    to, reason = ask.said("to"), ask.said("words")
    since, until = (_moment(ask.said(name)) for name in ("from", "until"))
    with desk.engine.connect() as connection:
        roles = roles_of(connection, to)
        others = delegations.by_manager(connection, ask.visitor.account)
    errors = [] if roles is not None else [("to", "Choose who acts in your stead")]
    errors += [(name, text) for name, at, text in (
        ("from", since, "Say from when on they act for you"), ("until", until, "Say until when they act for you")
    ) if at is None]  # fmt: skip
    errors += [] if reason else [("words", "Say why: they and whoever reads the audit should know")]
    if errors or roles is None or since is None or until is None:
        return Page("cover.html", _context(desk, ask, errors), 422)
    since = max(since, ask.now)  # nobody acted in their stead before it was said
    event_id = str(uuid.uuid4())
    wanted = Delegation(event_id, ask.visitor.account, to, since, until)
    if code := why_not(wanted, ask.visitor.own_roles, roles, ask.now, others):
        return Page("cover.html", _context(desk, ask, [(_FIELD_OF.get(code, "until"), WHY_NOT[code])]), 422)
    codes = {"from": since.isoformat(), "until": until.isoformat(), "roles": " ".join(sorted(roles))}
    words = desk.library.sealer.seal(_key(event_id), CheckWords(text=reason))
    return _tell(desk, ask, _event(desk, ask, DELEGATED, to, codes, words=words, event_id=event_id), "made")


def revoke(desk: Desk, ask: Ask) -> Answer:
    """Take it back, or give it up."""
    with desk.engine.connect() as connection:
        held = delegations.one(connection, ask.path["delegation_id"])
    if held is None:
        raise NotThere
    if not _has_part(ask, held):
        text = "The manager who made it, whoever acts for them, and duty managers can take it back."
        return Page("says.html", {"title": "Not saved: it is not yours to take back", "text": text}, 403)
    codes = {"delegation": held.delegation_id}
    return _tell(desk, ask, _event(desk, ask, REVOKED, held.to, codes), "revoked")


def lately(desk: Desk, connection: Connection, ask: Ask) -> list[Row]:
    """All that hold, will hold or lately did, as the reader may see them; also for the manager's board."""
    names = dict(queries.colleagues(connection, frozenset(Role)))
    found = delegations.standing(connection, ask.now - _KEPT)
    return [_row(desk, ask, names, one, body) for one, body in found]


def _row(desk: Desk, ask: Ask, names: dict[str, str], one: Delegation, body: bytes) -> Row:
    mine = _has_part(ask, one)
    state = "now" if one.holds(ask.now) else "ahead" if ask.now < one.since else "over"
    reason = _reason(desk, one, body) if mine or Role.AUDITOR in ask.visitor.roles else ""
    return Row(
        one, names.get(one.by, one.by), names.get(one.to, one.to), "revoked" if one.revoked_at else state, reason, mine
    )  # fmt: skip


def _has_part(ask: Ask, one: Delegation) -> bool:
    return ask.visitor.account in {one.by, one.to} or Role.DUTY_MANAGER in ask.visitor.own_roles


def _reason(desk: Desk, one: Delegation, body: bytes) -> str:
    try:
        return desk.library.sealer.open(_key(one.delegation_id), decode_as(DeskEvent, body).words, CheckWords).text
    except Skippable:
        return "[erased]"


def _context(desk: Desk, ask: Ask, errors: Sequence[tuple[str, str]]) -> dict[str, Any]:
    with desk.engine.connect() as connection:
        rows = lately(desk, connection, ask)
        everybody = staff(connection)
    return {
        "rows": rows,
        "may_lend": Role.DUTY_MANAGER in ask.visitor.own_roles,
        "colleagues": [
            (account, name, ", ".join(WORDS[role].lower() for role in sorted(roles)))
            for account, name, roles in everybody
            if roles & TRIAGE and Role.DUTY_MANAGER not in roles
        ],
        "errors": list(errors),
        "bad": {name: text for name, text in errors if name},
        "typed": {name: ask.said(name) for name in ("to", "from", "until", "words")},
        "done": ask.query.get("done", ""),
    }


def _event(desk: Desk, ask: Ask, kind: str, account: str, codes: dict[str, str], **more: Any) -> DeskEvent:
    """In their own name, for a part is never lent on."""
    return event_of(
        ask.visitor.in_own_name(), kind, account, ask.now,
        partnership=desk.settings.partnership, codes=codes, **more,
    )  # fmt: skip


def _tell(desk: Desk, ask: Ask, event: DeskEvent, done: str) -> Answer:
    try:
        took = desk.gateway.tell(event)
    except NotConfirmed as error:
        if event.kind == DELEGATED:
            return Page("cover.html", _context(desk, ask, [("", error.what), ("", error.remedy)]), 503)
        return Page("says.html", {"title": error.what, "text": error.remedy}, 503)
    if not took:
        text = "Nothing has changed: somebody was faster, or it was over already."
        return Page("says.html", {"title": "Not saved", "text": text}, 409)
    return Go(f"/cover?done={done}")


def _key(delegation_id: str) -> str:
    return f"delegation:{delegation_id}"


def _moment(given: str) -> datetime | None:
    """A browser's local time, which is London's; None where it is none."""
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=LONDON)).astimezone(UTC)
