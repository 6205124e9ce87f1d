"""From what was typed at the front door to a call: pure. Only the worry must be there; the rest can be asked for.

Whoever tells us is never one of the people of the call: they have a block of their own, sealed apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from hub.messages import Attachment, ContactWords, Identity, Reporter
from hub.messages.record import Address, Name, NameKind, Relationship, Role
from hub.settings import LONDON
from streams.check.front_door import Call, Person
from triage import door_words as w
from triage.birth_dates import birth_of, expected_of

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
_LINES = 6
_EXPECTED = "Write when the baby is expected, as 2 9 2026 or 9 2026, or leave it empty"
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
    incident = _incident(fields, who.kind, now, typed.errors)
    reporter = _reporter(fields, who, typed.errors)
    if typed.errors:
        return typed
    relation = said(fields, "relation") or ("professional" if who.kind == w.PROFESSIONAL else "not_said")
    typed.call = Call(
        call_id=call_id,
        people=tuple(sorted(found, key=lambda person: not person.subject)),
        words=words,
        channel=w.CHANNELS[who.kind],
        reporter=reporter,
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


def _incident(fields: Fields, kind: str, now: datetime, errors: list[tuple[str, str]]) -> datetime | None:
    """When a domestic incident happened, if it was one: the child's school hears of it before its next day."""
    told = said(fields, "incident")
    if not told or kind == w.PUBLIC:
        return None
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        errors.append(("incident", "Write the day and the time of the incident, or leave it empty"))
        return None
    at = at if at.tzinfo else at.replace(tzinfo=LONDON)
    if at > now:
        errors.append(("incident", "The incident lies in the future: look at the day and the time again"))
        return None
    return at


def _short(fields: Fields, name: str, errors: list[tuple[str, str]]) -> str:
    """A field of a line; what is longer is told, never cut."""
    text = said(fields, name)
    if len(text) > _SHORT:
        errors.append((name, f"No more than {_SHORT} characters here; write the rest into the worry"))
    return text


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
    given, family, born = (_short(fields, f"{at}.{name}", errors) for name in ("given", "family", "born"))
    if not (given or family or born) and (not kind or number > 1):
        return None
    kind = kind if kind in w.WHO else "child"
    birth = expected_of(born, today) if kind == "unborn" else birth_of(born, today)
    if born and birth is None:
        what = _EXPECTED if kind == "unborn" else "Write the date as 2 6 2017, or the year alone, or leave it empty"
        errors.append((f"{at}.born", what))
    names = [Name(given=given, family=family, kind=_name_kind(given, family))] if given or family else []
    home = _addresses(fields, errors) if kind in _AT_HOME else []
    identity = Identity(names=names, birth=birth, addresses=home)
    subject = kind if kind in _SUBJECTS else ""
    return Person(f"{kind}-{number}", identity, subject, _ROLES.get(kind, Role.OTHER))


def _name_kind(given: str, family: str) -> NameKind:
    told = {part.casefold() for part in (given, family) if part}
    return NameKind.PLACEHOLDER if told and told <= _PLACEHOLDERS else NameKind.CURRENT


def _addresses(fields: Fields, errors: list[tuple[str, str]]) -> list[Address]:
    lines = [line.strip() for line in said(fields, "address").splitlines() if line.strip()]
    too_much = ("address", f"No more than {_LINES} lines of {_SHORT} characters; write the rest into the worry")
    if (len(lines) > _LINES or any(len(line) > _SHORT for line in lines)) and too_much not in errors:
        errors.append(too_much)
    told = said(fields, "postcode")
    if len(told) > _SHORT and "postcode" not in dict(errors):
        _short(fields, "postcode", errors)
    code = _POSTCODE.fullmatch(told.upper())
    postcode = f"{code[1]} {code[2]}" if code else ""
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


def _reporter(fields: Fields, who: Who, errors: list[tuple[str, str]]) -> Reporter | None:
    """Who tells us; None where they gave nothing of themselves."""
    anonymous = said(fields, "anonymous") == "yes" and who.kind != w.PROFESSIONAL
    given = {name: _short(fields, f"you.{name}", errors) for name in ("name", "role", "organisation", "contact")}
    if who.kind == w.PROFESSIONAL:
        given["name"] = given["name"] or who.name
        given["organisation"] = given["organisation"] or who.agency_name
    return Reporter(**given, anonymous=anonymous) if any(given.values()) or anonymous else None
