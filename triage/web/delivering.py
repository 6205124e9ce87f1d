"""What was taken down, on its way to the hub: by whom, in which role, files first; and the receipt. Shows no page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from hub.ids import derived_id
from hub.messages import Attachment, CheckEvent
from hub.secret_files import pseudonyms
from streams.check.front_door import Call, take_down
from streams.check.render.words import agency_name
from triage import door, shelf
from triage import door_words as w
from triage.access import Visitor
from triage.desk import Desk
from triage.drafts import Draft
from triage.roles import Role
from triage.sql.kept_files import KeptFile
from triage.web.asking import Ask

_ROLES = (Role.DUTY_MANAGER, Role.DECISION_MAKER, Role.SCREENER, Role.BUSINESS_SUPPORT, Role.AGENCY_RESEARCHER,
          Role.PROFESSIONAL)  # fmt: skip


def role_of(visitor: Visitor) -> Role:
    """In which of their roles somebody takes a contact down."""
    return next(role for role in _ROLES if role in visitor.own_roles)


def who_is(desk: Desk, ask: Ask, kind: str) -> door.Who:
    """Whoever has the form before them."""
    visitor = ask.visitor
    if kind == w.PUBLIC:
        return door.Who(kind)
    named = agency_name(visitor.agency, desk.packs, desk.settings.partnership) if visitor.agency else ""
    return door.Who(kind, visitor.account, role_of(visitor), visitor.name, visitor.agency, named)


def deliver(desk: Desk, call: Call, taken: Sequence[tuple[Attachment, KeptFile]]) -> list[CheckEvent]:
    """Send a call: its files first, sealed under each person's key, then record and contacts; the first event of each.

    Raises:
        NotConfirmed: no event came back in time; sent again unchanged it has one effect.
    """
    record, contacts = take_down(call, pseudonyms(desk.settings), desk.library.sealer)
    shelf.put_all(desk.shelf, [(contact.contact_id, contact.anchor) for contact in contacts], taken)
    return [desk.gateway.say(contact, *([record] if number == 0 else []))[0] for number, contact in enumerate(contacts)]


def receipt_of(events: Sequence[CheckEvent], danger: str) -> dict[str, str]:
    """What the sender is told."""
    first = events[0]
    return {
        "reference": first.check_id[:8].upper(),
        "at": first.at.isoformat(),
        "due": first.codes.get("due.response", ""),
        "danger": danger,
    }


def call_id(draft: Draft) -> str:
    """A call's number: what is sent again as it was has the same; what was changed after a lost line is another."""
    typed = json.dumps([draft.fields, draft.people, [one.digest for one in draft.files]], sort_keys=True)
    return derived_id("call", draft.call_id, hashlib.sha256(typed.encode()).hexdigest())
