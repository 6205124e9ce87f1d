"""From what was typed at the front door to a call: pure. Only the worry must be there; the rest can be asked for.

Whoever tells us is never one of the people of the call: they have a block of their own, sealed apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from hub.messages import Attachment, ContactWords, Identity, Reporter
from hub.messages.record import Address, BirthDate, Name, NameKind, Precision, Relationship, Role
from hub.settings import LONDON
from streams.check.front_door import Call, Person
from triage import door_words as w

MOST_PEOPLE = 8
_WORRY_LONGEST = 10_000
_LONGEST = 3_000
"""Characters: what a check takes in one message holds all of them; what is longer belongs into an attached document."""
_BYTES_TOGETHER = 30_000
_SHORT = 120
_SUBJECTS = frozenset({"child", "adult", "unborn"})
_AT_HOME = frozenset({"child", "adult", "unborn", "mother", "parent", "sibling", "household"})
_ROLES = {"mother": Role.PARENT, "parent": Role.PARENT, "sibling": Role.SIBLING, "household": Role.HOUSEHOLD,
          "harm": Role.SUSPECT}  # fmt: skip
_KINSHIP = {"mother": "mother", "parent": "parent", "sibling": "sibling", "household": "household"}
_POSTCODE = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})")
_WRITTEN = re.compile(r"(?:(?:(?P<day>\d{1,2})[ /.-]+)?(?P<month>\d{1,2})[ /.-]+)?(?P<year>\d{4})")
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
_OLDEST = 120
_PLACEHOLDERS = frozenset({"unknown", "not known", "baby", "?"})
Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Who:
    """Who has the form before them, and what the hub knows of them."""

    kind: str
    account: str = ""
    role: str = ""
    name: str = ""
    agency: str = ""
    agency_name: str = ""


@dataclass(slots=True)
class Typed:
    """What was typed, read.

    Attributes:
        call: None where something has to be put right first.
        errors: field and text.
    """

    call: Call | None = None
    errors: list[tuple[str, str]] = field(default_factory=list)


def said(fields: Fields, name: str) -> str:
    """One field, without blanks around it."""
    return next((value.strip() for value in fields.get(name, ())), "")


def read(
    fields: Fields, people: int, files: Sequence[Attachment], who: Who, call_id: str, now: datetime,
    earlier: tuple[str, str] = ("", ""),
) -> Typed:  # fmt: skip
    """Read a form that somebody wants to send.

    Args:
        fields: as sent.
        people: how many it asks about.
        files: that were taken with it.
        who: has it before them.
        call_id: the same for what is sent again.
        now: when.
        earlier: the check on which it comes, with its anchor, where it is known.
    """
    typed = Typed()
    words = _words(fields, files, who.kind, typed.errors)
    found = [p for number in range(1, people + 1) if (p := _person(fields, number, now.date(), typed.errors))]
    if not any(person.subject for person in found):
        # Where nobody says whom it is about, a child it is: then nothing that protects children is left out.
        found.insert(0, Person("somebody", Identity(), "child"))
    if typed.errors:
        return typed
    incident = _incident(fields, who.kind, now)
    relation = said(fields, "relation") or ("professional" if who.kind == w.PROFESSIONAL else "not_said")
    typed.call = Call(
        call_id=call_id,
        people=tuple(sorted(found, key=lambda person: not person.subject)),
        words=words,
        channel=w.CHANNELS[who.kind],
        reporter=_reporter(fields, who),
        relationships=tuple(_relationships(found)),
        danger=said(fields, "danger") or "unknown",
        agency=who.agency if who.kind == w.PROFESSIONAL else said(fields, "agency"),
        relation=relation,
        actor=who.account,
        role=who.role,
        earlier=earlier,
        categories=("domestic_abuse",) if incident else (),
        incident_at=incident,
        family_informed=said(fields, "family_informed") or "not_said",
        at=now,
    )
    return typed


def _incident(fields: Fields, kind: str, now: datetime) -> datetime | None:
    """When a domestic incident happened, if it was one: the child's school hears of it before its next day."""
    try:
        at = datetime.fromisoformat(said(fields, "incident")).replace(tzinfo=LONDON)
    except ValueError:
        return None
    return at if kind != w.PUBLIC and at <= now else None


def _words(fields: Fields, files: Sequence[Attachment], kind: str, errors: list[tuple[str, str]]) -> ContactWords:
    found = {asked.name: said(fields, asked.name) for asked in w.WORDS if kind in asked.on}
    if not found["worry"]:
        errors.append(("worry", "Say what the worry is: it is the only thing that must be there"))
    for asked in w.WORDS:
        most = _WORRY_LONGEST if asked is w.WORRY else _LONGEST
        if len(found.get(asked.name, "")) > most:
            too_long = f"{w.label_of(asked, kind)} No more than {most:,} characters; the rest can be a file"
            errors.append((asked.name, too_long))
    if not errors and sum(len(text.encode()) for text in found.values()) > _BYTES_TOGETHER:
        errors.append(("worry", "All together it is too long: send the longest part as a file"))
    return ContactWords(**found, attachments=list(files))


def _person(fields: Fields, number: int, today: date, errors: list[tuple[str, str]]) -> Person | None:
    """One of the form's people; None where nothing was said of them."""
    at = f"p{number}"
    kind = said(fields, f"{at}.who")
    given, family, born = (said(fields, f"{at}.{name}")[:_SHORT] for name in ("given", "family", "born"))
    if not (given or family or born) and (not kind or number > 1):
        return None
    kind = kind if kind in w.WHO else "child"
    birth = birth_of(born, today, expected=kind == "unborn")
    if born and birth is None:
        errors.append((f"{at}.born", "Write the date as 2 6 2017, or the year alone, or leave it empty"))
    names = [Name(given=given, family=family, kind=_name_kind(given, family))] if given or family else []
    identity = Identity(names=names, birth=birth, addresses=_addresses(fields) if kind in _AT_HOME else [])
    subject = kind if kind in _SUBJECTS else ""
    return Person(f"{kind}-{number}", identity, subject, _ROLES.get(kind, Role.OTHER))


def _name_kind(given: str, family: str) -> NameKind:
    told = {part.casefold() for part in (given, family) if part}
    return NameKind.PLACEHOLDER if told and told <= _PLACEHOLDERS else NameKind.CURRENT


def birth_of(text: str, today: date, *, expected: bool = False) -> BirthDate | None:
    """A birth date as people write it; of an unborn child the expected one. None where it cannot be one."""
    found = _WRITTEN.fullmatch(text) or _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day = (int(found[name] or 0) for name in ("year", "month", "day"))
    try:
        born = date(year, month or 1, day or 1)
    except ValueError:
        return None
    if expected:
        return BirthDate(value=born.isoformat(), precision=Precision.EXPECTED)
    if not date(today.year - _OLDEST, 1, 1) <= born <= today:
        return None
    if not month:
        return BirthDate(value=f"{year:04}", precision=Precision.YEAR)
    return BirthDate(value=born.isoformat()) if day else BirthDate(value=f"{born:%Y-%m}", precision=Precision.MONTH)


def _addresses(fields: Fields) -> list[Address]:
    lines = [line.strip()[:_SHORT] for line in said(fields, "address").splitlines() if line.strip()][:6]
    code = _POSTCODE.fullmatch(said(fields, "postcode").upper().strip())
    postcode = f"{code[1]} {code[2]}" if code else ""
    told = said(fields, "postcode")[:_SHORT]
    lines += [told] if told and not code else []
    return [Address(lines=lines, postcode=postcode)] if lines or postcode else []


def _relationships(people: Sequence[Person]) -> list[Relationship]:
    """What the others are to those whom the worry is about; siblings among those are found by the matching."""
    about = [person for person in people if person.subject]
    found = []
    for person in people:
        kind = person.ref.partition("-")[0]
        if kind not in _KINSHIP:
            continue
        of = [p for p in about if p.subject == "unborn"] if kind == "mother" else about
        found += [Relationship(subject=person.ref, kind=_KINSHIP[kind], of=other.ref) for other in of]
    return found


def _reporter(fields: Fields, who: Who) -> Reporter | None:
    """Who tells us; None where they gave nothing of themselves."""
    anonymous = said(fields, "anonymous") == "yes" and who.kind != w.PROFESSIONAL
    given = {name: said(fields, f"you.{name}")[:_SHORT] for name in ("name", "role", "organisation", "contact")}
    if who.kind == w.PROFESSIONAL:
        given["name"] = given["name"] or who.name
        given["organisation"] = given["organisation"] or who.agency_name
    return Reporter(**given, anonymous=anonymous) if any(given.values()) or anonymous else None
