"""The front door: what a contact does to a check, who takes it up, who may learn who referred. Opens nothing.

A contact is not yet a referral: a named screener takes it up. Danger is answered before anything else.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from hub.ids import derived_id
from hub.messages import Contact
from streams.check.situation import CHECK_ID, MANAGER, Desk, Draft, Refusal, Situation, only_synthetic
from streams.check.state import Check, State

SUBJECTS = ("child", "adult", "unborn")
CHANNELS = ("professional_form", "public_form", "telephone", "document", "system", "manual")
DANGERS = ("yes", "no", "unknown")
_SLUG = re.compile(r"[a-z0-9_]{1,60}")
_MOST = 20
"""Categories of one concern, or siblings of one call."""
DOMESTIC = frozenset({"domestic_abuse", "adult_domestic_abuse"})


def check_id_of(contact_id: str) -> str:
    """The check that a contact begins: known before it is sent, so that siblings' contacts can name each other."""
    return derived_id("check", "contact", contact_id)


def valid(desk: Desk, contact: Contact) -> None:
    """Whether a contact says what it must.

    Raises:
        Refusal: a code is none of those allowed, or there is no worry.
    """
    sets: dict[str, Collection[str]] = {
        "subject": SUBJECTS,
        "channel": CHANNELS,
        "danger": DANGERS,
        "relation": [*desk.config.decisions.referrers, ""],
    }
    for name, allowed in sets.items():
        if getattr(contact, name) not in allowed:
            raise Refusal("bad-code", code=name)
    if len(contact.categories) > _MOST or len(contact.linked) > _MOST:
        raise Refusal("bad-code", code="categories")
    for name, values in (("categories", contact.categories), ("agency", [contact.agency or "x"])):
        if not all(map(_SLUG.fullmatch, values)):
            raise Refusal("bad-code", code=name)
    if not all(map(CHECK_ID.fullmatch, contact.linked)):
        raise Refusal("bad-code", code="linked")
    if not contact.words:
        raise Refusal("missing-words")
    if contact.role == "scripted":
        only_synthetic(desk, contact.partnership)


def arrive(desk: Desk, contact: Contact, check: Check | None, now: datetime) -> list[Draft]:
    """A contact begins a check (None), comes on top of an open one, or opens an ended one again.

    Args:
        desk: the partnership's rules.
        contact: as `valid` let it pass.
        check: the check that it comes to.
        now: stage time.
    """
    first = Draft(
        "contacted",
        _codes(contact) | (desk.due("response", now) if check is None else {}) | _school(desk, contact, now),
        State.CONTACT if check is None else None,
        contact.words,
        {"reporter": contact.reporter, "identity": contact.identity, "mother": contact.mother},
    )
    drafts = [first]
    if contact.danger == "yes":
        drafts.append(Draft("paged", {"whom": desk.told(MANAGER, now), "why": "danger"}))
    drafts += [Draft("linked", {"check": other, "link": "sibling"}) for other in contact.linked]
    if check is not None and check.ended:
        drafts.append(Draft("reopened", {"why": "re_referral"}, State.REOPENED))
    elif check is not None and check.state is State.DECISION_PENDING:
        drafts.append(Draft("bundle_ready", {"why": "new_contact"}, State.BUNDLE_READY))
    return drafts


def _codes(contact: Contact) -> dict[str, str]:
    codes = {
        "contact": contact.contact_id,
        "subject": contact.subject,
        "channel": contact.channel,
        "danger": contact.danger,
        "agency": contact.agency,
        "system": contact.system,
        "record": contact.record_id,
        "relation": contact.relation,
        "anonymous": "yes" if contact.anonymous else "no",
        "concern": " ".join(sorted(set(contact.categories))),
    }
    if contact.last_seen_at:
        codes["last_seen_at"] = contact.last_seen_at.isoformat()
    return codes


def _school(desk: Desk, contact: Contact, now: datetime) -> dict[str, str]:
    return school_told(desk, contact.subject, contact.incident_at, now) if contact.incident_at else {}


def school_told(desk: Desk, subject: str, incident_at: datetime, now: datetime) -> dict[str, str]:
    """Codes of the clock by which a child's school hears of a domestic incident; {} where it is none, or long ago."""
    recent = timedelta(days=desk.config.clocks.calendar.school.recent_days)
    if subject != "child" or now - incident_at > recent:
        return {}
    return {"due.school": max(desk.time.school_begins(incident_at), now).isoformat()}


def screen(_s: Situation) -> list[Draft]:
    """A named screener takes a contact up."""
    return [Draft("screening", {}, State.SCREENING)]


def see_reporter(s: Situation) -> list[Draft]:
    """Who referred is looked up by whoever has to reach them; it is written down before the seal is opened."""
    codes = {"contact": s.code("contact", s.check.contacts)}
    return [Draft("reporter_seen", codes | {"reason": s.code("reason", s.desk.config.decisions.reporter_reasons)})]


def release_reporter(s: Situation) -> list[Draft]:
    """A manager lets the bundle name who referred, and says why."""
    contact = s.code("contact", s.check.contacts)
    return [Draft("reporter_released", {"contact": contact}, None, s.need_words())]
