"""Whether a person is known: exact details and a reason in, the little that a professional may learn out, written down.

A check tells the hub under keyed hashes of its person's details whether it is open; a question carries such a hash and
nothing else. It finds what agrees exactly, and says so: "no check here" never means that nobody knows the person.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from hub.errors import Skippable
from hub.ids import Pseudonyms, derived_id
from hub.messages import CheckCommand, CheckEvent, Identity, Known, LookUp, SubjectContent
from hub.messages.picture import Snapshot
from hub.messages.record import CheckDigit, Precision
from hub.sealing import Sealer
from hub.state.api import Turn
from streams.check.rows import Rows
from streams.check.situation import MACHINE, RESEARCHER, SERVICE, TRIAGE, Desk, Refusal, only_synthetic
from streams.check.state import Check

_MAY_ASK = TRIAGE | {RESEARCHER, SERVICE, "professional"}
_NUMBERS = frozenset({"nhs_number", "upn", "la_child_id", "nino", "pnc"})
_WORKER = "allocated.worker"


def keys_of(identities: Iterable[Identity], hashes: Pseudonyms) -> set[str]:
    """Keyed hashes of full name and birth date, and of each number and birth date."""
    found = set()
    people = list(identities)
    births = {i.birth.value for i in people if i.birth and i.birth.precision is Precision.DAY}
    for person in people:
        own = {person.birth.value} if person.birth and person.birth.precision is Precision.DAY else births
        for birth in own:
            found |= {key_of_name(n.given, n.family, birth, hashes) for n in person.names if n.given and n.family}
            numbers = [n for n in person.identifiers if n.scheme in _NUMBERS and n.check is not CheckDigit.FAIL]
            found |= {key_of_number(n.scheme, n.value, birth, hashes) for n in numbers}
    return found


def key_of_name(given: str, family: str, birth: str, hashes: Pseudonyms) -> str:
    """The hash of a first given name, a family name and a birth date (ISO)."""
    return hashes.name("known-name", f"{_plain(given.split(maxsplit=1)[0])}|{_plain(family)}|{birth}")


def key_of_number(scheme: str, value: str, birth: str, hashes: Pseudonyms) -> str:
    """The hash of a number and a birth date (ISO)."""
    return hashes.name("known-number", f"{scheme}|{_plain(value)}|{birth}")


def _plain(text: str) -> str:
    """Case, accents, spaces, hyphens and apostrophes make no other name."""
    bare = unicodedata.normalize("NFKD", text).casefold()
    return re.sub(r"[\W_]", "", "".join(c for c in bare if not unicodedata.combining(c)))


def worker_of(picture: Snapshot, sealer: Sealer) -> str:
    """The team that social care's records name as allocated; '' where none does."""
    for entry in picture.entries:
        if entry.agency not in {"social_care", "adult_social_care"} or not entry.content:
            continue
        try:
            content = sealer.open(entry.source_id, entry.content, SubjectContent)
        except Skippable:
            continue
        found = [f.value for f in content.facts if f.code == _WORKER and f.until is None and f.value]
        if found:
            return found[0]
    return ""


def key_of_person(person_id: str, hashes: Pseudonyms) -> str:
    """The hash under which checks of one person find each other."""
    return hashes.name("known-person", person_id)


def tell(check: Check, keys: set[str], person: str, worker: str, area: str, rows: Rows) -> list[Known]:
    """What changed in what the check says of itself.

    Args:
        check: as it stands.
        keys: hashes of its person's details.
        person: hash of the person; '' before the matching.
        worker: allocated, by the records.
        area: responsible.
        rows: hold what was said last.
    """
    keys = keys | ({person} if person else set())
    state = "closed" if check.ended else "open"
    said = json.dumps([state, area, check.worker or worker, check.rating, outcome_of(check)])
    before = rows.keys(check.check_id)
    now = dict.fromkeys(keys, said)
    if now == before:
        return []
    rows.set_keys(check.check_id, now)
    changed = [key for key in sorted(now) if before.get(key) != said]
    gone = sorted(before.keys() - now.keys())
    return [
        Known(
            key=key,
            partnership=check.partnership,
            check_id=check.check_id,
            seq=check.seq,
            state=state if key in now else "gone",
            area=area if key in now else "",
            worker=(check.worker or worker) if key in now else "",
            anchor=check.anchor,
            same_person=key == person,
            began_at=check.began_at,
            rating=check.rating,
            outcome=outcome_of(check),
        )
        for key in [*changed, *gone]
    ]


def outcome_of(check: Check) -> str:
    """The decision, or how it was answered without one; '' while nobody has."""
    return check.decision or check.answered


def learn(known: Known, rows: Rows, turn: Turn, now: datetime) -> None:
    """Another check's word, in the partition of its key. Checks of one person are linked, whoever began them."""
    held = {k.check_id: k for k in rows.known(known.key)}
    rows.set_known(known)
    if not known.same_person or known.state == "gone":
        return
    is_new = known.check_id not in held
    for other in held.values():
        if other.state == "gone" or other.check_id == known.check_id:
            continue
        if is_new and known.state == "open":
            _link(known, other, "re_referral" if other.state == "closed" else "same_person", turn, now)
        if other.state == "open":
            _link(other, known, "same_person", turn, now)


def _link(check: Known, other: Known, kind: str, turn: Turn, now: datetime) -> None:
    """Tell a check of another: which it is, and what came of it so far."""
    codes = {"check": other.check_id, "anchor": other.anchor, "link": kind, "rating": other.rating}
    codes |= {"outcome": other.outcome, "began": other.began_at.date().isoformat() if other.began_at else ""}
    command = CheckCommand(
        command_id=derived_id("same-person", check.check_id, other.check_id, str(other.seq)),
        partnership=check.partnership,
        check_id=check.check_id,
        anchor=check.anchor,
        action="link",
        actor=MACHINE,
        role=MACHINE,
        codes=codes,
        at=now,
    )
    turn.emit("checks", check.anchor, command)


def answer(desk: Desk, asked: LookUp, rows: Rows, turn: Turn, now: datetime, sealer: Sealer) -> None:
    """Say what may be said, and write down who asked what and why. Whoever was erased is not found."""
    if rows.is_done(asked.key, asked.look_up_id):
        return
    rows.set_done(asked.key, asked.look_up_id)
    try:
        kind, codes = "looked_up", _may_learn(desk, asked, rows, sealer)
    except Refusal as refusal:
        kind, codes = "refused", {"action": "look_up", "reason": refusal.reason, **refusal.codes}
    event = CheckEvent(
        event_id=derived_id("looked-up", asked.key, asked.look_up_id),
        partnership=asked.partnership,
        check_id="",
        anchor=asked.key,
        seq=0,
        kind=kind,
        state="unknown",
        at=now,
        actor=asked.actor,
        role=asked.role,
        codes=codes | {"agency": asked.agency, "why": asked.reason},
        cause=asked.look_up_id,
    )
    turn.emit("check-events", asked.key, event)


def _may_learn(desk: Desk, asked: LookUp, rows: Rows, sealer: Sealer) -> dict[str, str]:
    if not asked.actor.strip():
        raise Refusal("no-name")
    if asked.role == "scripted":
        only_synthetic(desk, asked.partnership)
    elif asked.role not in _MAY_ASK:
        raise Refusal("wrong-role")
    if asked.reason not in desk.config.decisions.look_up_reasons:
        raise Refusal("bad-code" if asked.reason else "missing-code", code="reason")
    agreement = desk.config.agreement(asked.partnership)
    if agreement is None:
        raise Refusal("no-agreement")
    words = [k for k in rows.known(asked.key) if k.state != "gone" and k.partnership == asked.partnership]
    found = [k for k in words if sealer.has_key(k.anchor)]
    ring = {"ring": agreement.first_contact.name, "telephone": agreement.first_contact.telephone}
    if not found:
        return {"found": "no"} | ring
    best = max(found, key=lambda k: (k.state == "open", k.seq, k.check_id))
    return {
        "found": "yes",
        "open": "yes" if best.state == "open" else "no",
        "area": best.area,
        "worker": best.worker,
    } | ring
