"""Opens a bundle for somebody who may read it: first the reading is an event of the check, only then is a seal opened.

Whether they may is `access`'s to say, and was asked before anything here is called.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hub.messages import Bundle, CheckCommand, CheckEvent
from streams.check.render.build import view_of
from streams.check.render.differences import differences
from streams.check.render.opening import OpenEntry, Opener, open_bundle
from streams.check.render.view import BundleView
from streams.check.render.words import moment
from streams.check.state import Check, State
from streams.check.wire import NotConfirmed
from triage import before_reading
from triage.access import Visitor
from triage.desk import Desk
from triage.in_role import role_for
from triage.roles import DECIDERS, WORDS, Role
from triage.sql import queries

_WHY = {Role.DUTY_MANAGER: "supervising", Role.DECISION_MAKER: "deciding", Role.SCREENER: "screening"}


@dataclass(frozen=True, slots=True)
class Opened:
    """A bundle, open."""

    view: BundleView
    bundle: Bundle
    opener: Opener
    entries: list[OpenEntry]
    check: Check
    events: list[CheckEvent]


def begin_reading(desk: Desk, visitor: Visitor, check_id: str) -> tuple[Check, Bundle]:
    """A check as it stands and its latest bundle, still sealed, the reading logged: what it says may be opened now.

    Raises:
        KeptOut: the records name somebody whom the reader may be close to.
        MustDeclare: the reader has to say first that they are close to nobody.
        NotConfirmed: no bundle has arrived, or the reading could not be logged: then nothing is opened.
    """
    with desk.engine.connect() as connection:
        check = queries.check_of(connection, check_id)
        bundle = queries.bundle_of(connection, check_id)
    if check is None or bundle is None:
        raise NotConfirmed("The bundle of this check has not arrived yet.", "Try again in a moment.")
    if _must_log(check, bundle, visitor):
        before_reading.look(desk, visitor, check, bundle)
        _log(desk, visitor, check, bundle)
    return check, bundle


def stead_of_reading(desk: Desk, visitor: Visitor, check_id: str) -> str:
    """Account of the manager in whose stead somebody would read a check now; '' in their own name."""
    with desk.engine.connect() as connection:
        check = queries.check_of(connection, check_id)
        bundle = queries.bundle_of(connection, check_id)
    if check is None or bundle is None or not _must_log(check, bundle, visitor):
        return ""
    return visitor.stands_in_for(role_for(visitor, "read", check) or "")


def open_latest(desk: Desk, visitor: Visitor, check_id: str, since: int = 0) -> Opened:
    """The latest bundle of a check, its reading logged, and what differs from an earlier version.

    Args:
        desk: the desk.
        visitor: who reads.
        check_id: the check.
        since: earlier version to compare with; 0 the one that they read last, or else the one before.

    Raises:
        KeptOut, MustDeclare, NotConfirmed: as `begin_reading`.
    """
    check, bundle = begin_reading(desk, visitor, check_id)
    with desk.engine.connect() as connection:
        role = role_for(visitor, "read", check)
        check = queries.check_of(connection, check_id) or check
        events = queries.history(connection, check_id)
    stead = f", for {visitor.lent[0].name}" if visitor.lent and visitor.stands_in_for(role or "") else ""
    reader = f"Read by {visitor.name} ({WORDS[role] if role else ''}{stead}) on {moment(desk.now())}"
    opener, entries = open_bundle(bundle, desk.library.sealer)
    view = view_of(bundle, opener, entries, check, events, desk.library, reader=reader)
    before = since if 0 < since < bundle.version else read_before(events, visitor.account, bundle.version)
    view = _compared(desk, view, opener, before or bundle.version - 1, check, events)
    return Opened(view, bundle, opener, entries, check, events)


def read_before(events: Sequence[CheckEvent], account: str, version: int) -> int:
    """The version that somebody read last before this one; 0 where they read none."""
    read = (int(e.codes["version"]) for e in events if e.kind == "read" and e.actor == account)
    return max((number for number in read if number < version), default=0)


def _compared(
    desk: Desk, view: BundleView, opener: Opener, since: int, check: Check, events: list[CheckEvent]
) -> BundleView:
    """The view, with what differs from an earlier version, which is opened with what may not be told now."""
    if since < 1:
        return view
    with desk.engine.connect() as connection:
        earlier = queries.bundle_of(connection, check.check_id, since)
    if earlier is None:
        return view
    old, entries = open_bundle(earlier, desk.library.sealer)
    old.also_withhold(opener)
    before = view_of(earlier, old, entries, check, events, desk.library, reader="")
    return replace(view, since=since, differences=differences(before, view))


def _must_log(check: Check, bundle: Bundle, visitor: Visitor) -> bool:
    """Unless they have read this very version already; a decider's reading also moves a check on."""
    if check.read.get(visitor.account, 0) < bundle.version:
        return True
    decides = role_for(visitor, "read", check) in DECIDERS
    waits = any(0 < version <= bundle.version for version in check.unread.values())
    return decides and (check.state is State.BUNDLE_READY or waits)


def _log(desk: Desk, visitor: Visitor, check: Check, bundle: Bundle) -> None:
    role = role_for(visitor, "read", check)
    if role is None:
        raise NotConfirmed("Your role may not read a bundle.", "Ask the duty manager.")
    command = CheckCommand(
        command_id=str(uuid.uuid4()),
        partnership=check.partnership,
        check_id=check.check_id,
        anchor=check.anchor,
        action="read",
        actor=visitor.account,
        role=role,
        codes={"version": str(bundle.version), "reason": _WHY.get(role, "audit")},
        at=desk.now(),
        acts_for=visitor.stands_in_for(role),
    )
    caused = desk.gateway.say(command)
    if caused[0].kind == "refused":
        raise NotConfirmed("The check did not admit this reading.", f"Reason: {caused[0].codes.get('reason', '')}.")
