"""What was taken down at the front door -> a record to be matched and one contact a person. Sends nothing.

The record goes the way of every agency's records, so that the contact counts in pictures and rules; the contacts go
straight to the checks, so that nobody waits for a match. Each child or adult of the call gets a check of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from hub.ids import Pseudonyms, derived_id
from hub.messages import AgencyRecord, Contact, ContactWords, Identity, Reporter, SealedRecord
from hub.messages.record import Fact, FactStatus, Relationship, Role, Subject, Terms, Whence
from hub.sealing import Sealer, reporter_key, seal_record, source_id_of
from streams.check.contacts import check_id_of

SYSTEM = "front_door"
PUBLIC = "other"
"""Agency of a record that a member of the public gave."""
_KIND = "social_care.contact"
_ROLES = {"child": Role.CHILD, "unborn": Role.UNBORN, "adult": Role.ADULT}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the call.

    Attributes:
        ref: stable name inside the call (child-1, mother ...).
        identity: as the referrer gives it.
        subject: child, adult or unborn, where the worry is about them; '' for others of the household.
        role: what the person is in the record; of those the worry is about it follows from `subject`.
    """

    ref: str
    identity: Identity
    subject: str = ""
    role: Role = Role.OTHER


@dataclass(frozen=True, slots=True)
class Call:
    """What was taken down, whole.

    Attributes:
        call_id: given by whoever takes it down; the same id twice has one effect.
        people: those the worry is about first.
        words: the worry and the rest; the same for each of them.
        earlier: check on which it comes, with its anchor, where the front door knows.
    """

    call_id: str
    people: tuple[Person, ...]
    words: ContactWords
    channel: str
    reporter: Reporter | None = None
    relationships: tuple[Relationship, ...] = ()
    danger: str = "unknown"
    agency: str = ""
    relation: str = "not_said"
    actor: str = ""
    role: str = ""
    earlier: tuple[str, str] = ("", "")
    categories: tuple[str, ...] = ()
    family_informed: str = "not_said"
    incident_at: datetime | None = None
    last_seen_at: datetime | None = None
    at: datetime = field(kw_only=True)


def take_down(call: Call, hashes: Pseudonyms, sealer: Sealer) -> tuple[SealedRecord, list[Contact]]:
    """The record and the contacts of a call: deterministic but for the seals' nonces.

    Args:
        call: as taken down.
        hashes: keyed hashes of the partnership.
        sealer: seals the words under each person's key, who referred under a key of its own.

    Raises:
        ValueError: the worry is missing, or it is about nobody.
    """
    call = _safely(call)
    about = [person for person in call.people if person.subject]
    if not call.words.worry.strip():
        raise ValueError("the worry is missing")
    if not about:
        raise ValueError("nobody is named whom the worry is about; a person without a name is named by a placeholder")
    record = _record(call, hashes)
    ids = {person.ref: _contact_id(call, person, about) for person in about}
    sealed = seal_record(record, hashes, sealer)
    subjects = {s.ref: s for s in record.subjects}
    contacts = []
    for person in about:
        anchor = source_id_of(record, subjects[person.ref], hashes)
        siblings = [_check_of(call, ids[other.ref]) for other in about if other is not person]
        contacts.append(_contact(call, person, ids[person.ref], anchor, sealed, siblings, sealer))
    return sealed, contacts


def _safely(call: Call) -> Call:
    """How to reach them safely goes where agencies who are asked will read it: to whom the worry is about."""
    safe = call.words.safe_contact.strip()
    told = tuple(
        replace(p, identity=p.identity.model_copy(update={"safe_contact": p.identity.safe_contact or safe}))
        if p.subject and safe
        else p
        for p in call.people
    )
    return replace(call, people=told)


def _contact_id(call: Call, person: Person, about: list[Person]) -> str:
    return call.call_id if person is about[0] else derived_id("contact", call.call_id, person.ref)


def _check_of(call: Call, contact_id: str) -> str:
    return (call.earlier[0] if contact_id == call.call_id else "") or check_id_of(contact_id)


def _record(call: Call, hashes: Pseudonyms) -> AgencyRecord:
    fact = Fact(code="contact", status=FactStatus.ALLEGED, at=call.at)
    return AgencyRecord(
        partnership=hashes.partnership,
        agency=call.agency or PUBLIC,
        system=SYSTEM,
        local_id=call.call_id,
        version=1,
        kind=_KIND,
        occurred_at=call.at,
        recorded_at=call.at,
        received_at=call.at,
        subjects=[
            Subject(
                ref=p.ref,
                role=_ROLES.get(p.subject, p.role),
                identity=p.identity,
                facts=[fact] if p.subject else [],
            )
            for p in call.people
        ],
        relationships=list(call.relationships),
        narrative=call.words.worry,
        reporter=call.reporter,
        terms=Terms(family_informed=call.family_informed),
        whence=Whence(connector=f"front_door.{call.channel}", position=""),
    )


def _contact(
    call: Call,
    person: Person,
    contact_id: str,
    anchor: str,
    record: SealedRecord,
    siblings: list[str],
    sealer: Sealer,
) -> Contact:
    earlier, its_anchor = call.earlier if contact_id == call.call_id else ("", "")
    key = its_anchor or anchor
    return Contact(
        contact_id=contact_id,
        partnership=record.partnership,
        anchor=key,
        record_id=record.record_id,
        subject=person.subject,
        channel=call.channel,
        danger=call.danger,
        agency=call.agency,
        system=SYSTEM,
        relation=call.relation,
        anonymous=call.reporter is None or call.reporter.anonymous,
        actor=call.actor,
        role=call.role,
        earlier=earlier,
        linked=siblings,
        categories=list(call.categories),
        incident_at=call.incident_at,
        last_seen_at=call.last_seen_at,
        words=sealer.seal(key, call.words),
        identity=sealer.seal(key, person.identity),
        mother=_mother(call, person, key, sealer),
        reporter=sealer.seal(reporter_key(record.record_id), call.reporter) if call.reporter else b"",
        at=call.at,
    )


def _mother(call: Call, person: Person, key: str, sealer: Sealer) -> bytes:
    """An unborn child is found by its mother; her name is never the child's."""
    refs = {r.subject for r in call.relationships if r.kind == "mother" and r.of == person.ref}
    found = [other.identity for other in call.people if other.ref in refs]
    return sealer.seal(key, found[0]) if person.subject == "unborn" and found else b""
