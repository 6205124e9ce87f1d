"""Puts a bundle's version together: picture, returns, gaps, what changed. Sealed parts stay sealed here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from hub.ids import derived_id
from hub.messages import Bundle, CheckEvent
from hub.messages.check import BundleCheck, BundleContact, BundleReturn
from hub.messages.picture import Entry, Fired, Snapshot
from streams.check.state import Check, Held, Request

_BUDGET = 900_000
"""Bytes of a bundle's sealed parts; a topic takes 1 MB with the frame around them."""
_ENTRY_FRAME = 600
"""Bytes of an entry besides its sealed parts: ids, codes, times, terms."""
_CO_SUBJECT = 50
_BUNDLE_STATUS = {"sent": "waiting", "acknowledged": "waiting", "escalated": "overdue", "undelivered": "overdue"}


def assemble(
    check: Check,
    *,
    fired: list[Fired],
    picture: Snapshot,
    words: Mapping[str, bytes],
    contacts: Mapping[str, CheckEvent],
    changed: list[str],
    made_at: datetime,
) -> Bundle:
    """One version of a bundle.

    Args:
        check: as it stands; `check.bundle` is the version.
        fired: rules behind the proposal.
        picture: the settled picture in hand.
        words: request_id -> the sealed words of its answer.
        contacts: contact_id -> the event of its arrival.
        changed: record_ids and agencies that differ from the version before.
        made_at: stage time.
    """
    used = sum(map(len, words.values())) + sum(
        len(e.words) + sum(map(len, e.parts.values())) for e in contacts.values()
    )
    entries, omitted = _fit(picture.entries, used)
    omitted += picture.omitted
    return Bundle(
        bundle_id=derived_id("bundle", check.check_id, str(check.bundle)),
        partnership=check.partnership,
        check_id=check.check_id,
        anchor=check.anchor,
        version=check.bundle,
        made_at=made_at,
        rating=check.rating,
        fired=fired,
        picture=picture.model_copy(update={"entries": entries, "omitted": omitted}),
        returns=[_part(r, words.get(r.request_id, b"")) for r in _in_order(check)],
        gaps=gaps(check, omitted),
        linked=sorted(check.linked),
        checks=[
            BundleCheck(check_id=other, link=check.links.get(other, ""), **check.others.get(other, {}))
            for other in sorted(check.linked)
        ],
        changed=changed,
        contacts=[
            _contact(held, contacts[held.contact_id]) for held in _arrivals(check) if held.contact_id in contacts
        ],
    )


def _arrivals(check: Check) -> list[Held]:
    return sorted(check.contacts.values(), key=lambda held: (held.at, held.contact_id))


def _contact(held: Held, event: CheckEvent) -> BundleContact:
    return BundleContact(
        contact_id=held.contact_id,
        channel=held.channel,
        agency=held.agency,
        relation=held.relation,
        danger=held.danger,
        at=held.at,
        words=event.words,
        identity=event.parts.get("identity", b""),
        record_id=held.record_id,
        reporter=event.parts.get("reporter", b"") if held.released else b"",
    )


def _fit(entries: list[Entry], used: int) -> tuple[list[Entry], int]:
    """As many entries as a message holds, newest first, and how many were left out."""
    room = _BUDGET - used
    for kept, entry in enumerate(entries):
        sealed = len(entry.identity) + len(entry.content) + len(entry.record_content)
        room -= sealed + _ENTRY_FRAME + sum(_CO_SUBJECT + len(o.identity) for o in entry.others)
        if room < 0:
            return entries[:kept], len(entries) - kept
    return entries, 0


def _in_order(check: Check) -> list[Request]:
    return sorted(check.requests.values(), key=lambda r: (r.round, r.agency))


def _part(request: Request, words: bytes) -> BundleReturn:
    status = "late" if request.late and request.settled else _BUNDLE_STATUS.get(request.status, request.status)
    return BundleReturn(
        agency=request.agency,
        request_id=request.request_id,
        status=status,
        asked_at=request.sent_at,
        due_at=request.due_at,
        answered_at=request.answered_at,
        actor=request.actor,
        reason=request.reason,
        release=request.release,
        words=words,
        via=request.via,
    )


def gaps(check: Check, omitted: int) -> list[str]:
    """What is missing, in codes `<kind>:<about>`."""
    missing = [f"no-answer:{r.agency}" for r in check.of_round() if not r.settled]
    missing += [f"refused:{r.agency}" for r in check.of_round() if r.status == "refused"]
    missing += [f"not-asked:{agency}" for agency in sorted(check.blocked)]
    missing += [f"omitted:{omitted}"] if omitted else []
    missing += [f"unread-contact:{held.contact_id}" for held in check.contacts.values() if not held.read]
    missing += ["identity-changed:"] if check.identity_pending else []
    return sorted(missing)
