"""Who an ADT message is about: PID, PD1 and NK1 as a subject and relatives. Nothing about the visit.

Sources: HL7 v2.4 chapter 3; HL7 UK A.3 (identifiers in PID-3, practice in PD1-3, GP in PD1-4, tracing status in
PID-32); NHS Data Dictionary (ethnic category, NHS number status indicator); ODS (practice codes V81997 to V81999).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from connectors.health import hl7_types
from connectors.health.hl7_text import Message, Segment
from connectors.kit import identifiers, people, values
from hub.messages.record import Fact, Identifier, Identity

ETHNICITIES = {
    "A": "WBRI", "B": "WIRI", "C": "WOTH", "D": "MWBC", "E": "MWBA", "F": "MWAS", "G": "MOTH", "H": "AIND", "J": "APKN",
    "K": "ABAN", "L": "AOTH", "M": "BCRB", "N": "BAFR", "P": "BOTH", "R": "CHNE", "S": "OOTH", "Z": "REFU",
    "99": "NOBT", "X": "NOBT",
}  # fmt: skip
"""NHS ethnic category (2001) to DfE main code."""
_NOT_REGISTERED = "V81997"
_PRACTICE_UNKNOWN = ("V81998", "V81999")
_PRACTICE = re.compile(r"[A-Z][0-9]{5}")
_GP = re.compile(r"G[0-9]{7}")
_PROFESSIONALS = re.compile(
    r"social worker|health visitor|key ?worker|solicitor|\bgp\b|doctor|nurse|teacher|police|probation|advocate|midwife"
    r"|support worker|care ?home",
    re.IGNORECASE,
)
PID_KNOWN = frozenset({1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 13, 14, 15, 19, 22, 25, 29, 30, 32})
PD1_KNOWN = frozenset({3, 4, 12})
NK1_KNOWN = frozenset({1, 2, 3, 4, 5, 6, 15, 16, 20, 31, 33})


@dataclass(frozen=True, slots=True)
class Patient:
    """What PID, PD1 and NK1 say.

    Attributes:
        local_person_id: hospital number with its authority, or the NHS number; '' where there is neither.
        identity: who.
        facts: what these segments say beside who: practice, death, tracing status.
        relatives: next of kin.
        left_over: (path, value) of fields that could not be read.
        restricted: '' or the class that PD1-12 asks for.
    """

    local_person_id: str
    identity: Identity
    facts: list[Fact]
    relatives: list[people.Relative]
    left_over: list[tuple[str, str]]
    restricted: str


def read_patient(message: Message) -> Patient:
    """The patient of a message with one PID."""
    pid, pd1 = message.first("PID"), message.first("PD1")
    left_over: list[tuple[str, str]] = []
    numbers = patient_numbers(message, pid, left_over)
    protected = values.yes_no(pd1.text(12)) is True
    left_over += [(path, text) for path, text in _no_value(pid, pd1) if text]
    identity = Identity(
        names=hl7_types.names(pid, 5) + [hl7_types.as_alias(n) for n in hl7_types.names(pid, 9)],
        birth=hl7_types.birth_date(pid.text(7), pid.text(7, 2), "PID-7", left_over),
        death=_iso_or_left(pid.text(29), "PID-29", left_over),
        sex=hl7_types.sex(pid, 8, left_over),
        birth_order=int(order) or None if _is_order(order := pid.text(25)) else None,
        ethnicity=_ethnicity(pid),
        identifiers=numbers.identifiers,
        addresses=hl7_types.addresses(pid, 11, confidential=protected),
        telephones=hl7_types.telephones((pid, 13), (pid, 14), left_over=left_over),
        emails=hl7_types.emails((pid, 13), (pid, 14)),
        language=pid.text(15),
    )
    facts = [*_practice_facts(pd1), *_death_facts(pid), *numbers.facts]
    facility = message.header.text(4)
    relatives = [kin for nk1 in message.all("NK1") if (kin := _relative(nk1, facility, left_over))]
    return Patient(
        numbers.local_person_id, identity, facts, relatives, left_over, "protected_person" if protected else ""
    )


@dataclass(frozen=True, slots=True)
class Numbers:
    """A patient's numbers: all, the one that the system knows the patient by, and what is said of them."""

    identifiers: list[Identifier]
    local_person_id: str
    facts: list[Fact]


def patient_numbers(message: Message, pid: Segment, left_over: list[tuple[str, str]]) -> Numbers:
    """Every number of PID-2, PID-3, PID-4 and PID-19, wherever a sender puts the NHS number."""
    facility = message.header.text(4)
    found: dict[tuple[str, str, str], Identifier] = {}
    local: list[tuple[int, bool, str, str]] = []
    facts = [_tracing(code) for code in pid.repeats(32) if code[0]]
    for number in (3, 2, 4):
        for cx in pid.repeats(number):
            identifier, rank = hl7_types.cx_identifier(cx, facility)
            if identifier is None:
                left_over.append((f"PID-{number}", "^".join(cx)))
                continue
            found.setdefault((identifier.scheme, identifier.value, identifier.issuer), identifier)
            if identifier.scheme == "hospital_number" and number == 3:  # noqa: PLR2004 - PID-3, where A.3 has them
                local.append((rank, identifier.issuer != facility, identifier.issuer, identifier.value))
            if identifier.scheme == "nhs_number" and len(cx) > 1 and cx[1].isdecimal() and len(cx[1]) == 2:  # noqa: PLR2004
                facts.append(_tracing([cx[1]]))
    if text := pid.text(19):
        nhs = identifiers.nhs_number(text)
        if nhs:
            found.setdefault((nhs.scheme, nhs.value, nhs.issuer), nhs)
        else:
            left_over.append(("PID-19", text))
    ordered = sorted(found.values(), key=lambda i: (i.scheme, i.issuer, i.value))
    return Numbers(ordered, _local_person_id(local, ordered), facts)


def _local_person_id(local: list[tuple[int, bool, str, str]], found: list[Identifier]) -> str:
    if local:
        _, _, issuer, value = min(local)
        return f"{issuer}/{value}"
    nhs = sorted(i.value for i in found if i.scheme == "nhs_number" and i.check == "pass")
    return f"NHS/{nhs[0]}" if nhs else ""


def _tracing(code: list[str]) -> Fact:
    """How well the NHS number has been traced: NSTS01 verified, NSTS07 present but not traced ..."""
    return Fact(code="unmapped.nhs_number_status", value=code[0], system="NHS number status indicator")


def _is_order(text: str) -> bool:
    """Whether text is the number of a birth among those of one pregnancy."""
    return text.isdecimal() and len(text) <= 2  # noqa: PLR2004 - digits


def _no_value(pid: Segment, pd1: Segment) -> list[tuple[str, str]]:
    """Fields of which only some values have a place: birth order, death and protection indicators that are none."""
    born, died, protected = pid.raw(25), pid.raw(30), pd1.raw(12)
    return [
        ("PID-10", pid.raw(10) if pid.raw(22) and pid.raw(10) and pid.text(10) != pid.text(22) else ""),
        ("PID-25", "" if not born or _is_order(pid.text(25)) else born),
        ("PID-30", "" if not died or values.yes_no(pid.text(30)) is not None else died),
        ("PD1-12", "" if not protected or values.yes_no(pd1.text(12)) is not None else protected),
    ]


def _ethnicity(pid: Segment) -> str:
    code = pid.text(22) or pid.text(10) or pid.text(22, 2) or pid.text(10, 2)
    return ETHNICITIES.get(code.upper()[:1] if re.fullmatch(r"[A-Z][0-9]?", code.upper()) else code, code)


def _iso_or_left(text: str, path: str, left_over: list[tuple[str, str]]) -> str | None:
    found = values.iso_date(text)
    if text and not found:
        left_over.append((path, text))
    return found


def _practice_facts(pd1: Segment) -> list[Fact]:
    """The practice by its ODS code, wherever in PD1-3 or PD1-4 it stands; a GP is an attribute, never a subject."""
    said = [part for number in (3, 4) for repeat in pd1.repeats(number) for part in repeat if part]
    parts, words = [part.upper() for part in said], " ".join(said)
    practice = next((part for part in parts if _PRACTICE.fullmatch(part)), "")
    gp = next((part for part in parts if _GP.fullmatch(part)), "")
    if practice == _NOT_REGISTERED:
        return [Fact(code="gp.deregistered", note=words)]
    if practice and practice not in _PRACTICE_UNKNOWN:
        attributes = {"gp": gp} if gp else {}
        return [Fact(code="gp.registered", value=practice, system="ODS", attributes=attributes, note=words)]
    return [Fact(code="unmapped.PD1", value=gp or practice, note=words)] if words else []


def _death_facts(pid: Segment) -> list[Fact]:
    at = values.read_moment(pid.text(29))
    return [Fact(code="died", at=at)] if at or values.yes_no(pid.text(30)) else []


def _relative(nk1: Segment, facility: str, left_over: list[tuple[str, str]]) -> people.Relative | None:
    """Next of kin as a relative; a professional in NK1 is none, and is kept as an unmapped field."""
    words = [part for repeat in nk1.repeats(3) for part in repeat if part]
    called = hl7_types.names(nk1, 2)
    if not called or any(_PROFESSIONALS.search(word) for word in words):
        told = sorted(NK1_KNOWN - {1} | {7})
        text = " ".join(part for n in told for repeat in nk1.repeats(n) for part in repeat if part)
        if text:
            left_over.append(("NK1", text))
        return None
    kind = next((k for word in words if (k := people.relationship_kind(word))), "")
    if words and not kind:
        left_over.append(("NK1-3", " ".join(words)))
    identity = Identity(
        names=called,
        birth=hl7_types.birth_date(nk1.text(16), nk1.text(16, 2), "NK1-16", left_over),
        sex=hl7_types.sex(nk1, 15, left_over),
        addresses=hl7_types.addresses(nk1, 4),
        telephones=hl7_types.telephones((nk1, 5), (nk1, 6), (nk1, 31), left_over=left_over),
        emails=hl7_types.emails((nk1, 5), (nk1, 6), (nk1, 31)),
        identifiers=_numbers_of(nk1, facility, left_over),
        language=nk1.text(20),
    )
    return people.Relative(kind or "other", identity, local_person_id=_own_number(identity))


def _numbers_of(nk1: Segment, facility: str, left_over: list[tuple[str, str]]) -> list[Identifier]:
    out = []
    for cx in nk1.repeats(33):
        number, _ = hl7_types.cx_identifier(cx, facility)
        if number:
            out.append(number)
        else:
            left_over.append(("NK1-33", "^".join(cx)))
    return out


def _own_number(identity: Identity) -> str:
    own = sorted(f"{i.issuer}/{i.value}" for i in identity.identifiers if i.scheme == "hospital_number" and i.issuer)
    return own[0] if own else ""
