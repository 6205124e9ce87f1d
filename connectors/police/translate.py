"""A police notice as a canonical record: pure, no I/O. What a cell holds is read in `cells`, `identity` and `facts`."""

from __future__ import annotations

from datetime import date, datetime

from connectors.kit import identifiers
from connectors.kit.api import Context, Native, Unreadable
from connectors.kit.people import relationship_kind
from connectors.kit.records import unmapped
from connectors.kit.values import LONDON
from connectors.police import facts
from connectors.police.cells import Cells
from connectors.police.identity import identity_of, place_of
from connectors.police.reading import Notice
from hub.messages import AgencyRecord, Reporter
from hub.messages.record import (
    Address,
    Admission,
    BirthDate,
    Fact,
    Identity,
    Operation,
    Precision,
    Relationship,
    Role,
    Subject,
    Terms,
    Unmapped,
    Whence,
)

KINDS = {
    "child": "police.notice.child",
    "adult": "police.notice.adult",
    "domestic": "police.domestic_incident",
    "missing": "police.missing",
}
_KIND_WORDS = {word: word for word in KINDS} | {
    "p_009": "child", "p009": "child", "vulnerable_child": "child", "p_011": "child", "unborn": "child",
    "p_010": "adult", "p010": "adult", "vulnerable_adult": "adult",
    "domestic_abuse": "domestic", "domestic_incident": "domestic", "p_014": "missing", "p014": "missing",
}  # fmt: skip
_OPERATIONS = {
    "upsert": "upsert", "new": "upsert", "update": "upsert", "withdraw": "withdraw", "withdrawn": "withdraw",
}  # fmt: skip
_ROLES = {role.value: role for role in Role} | {"household": Role.HOUSEHOLD, "perpetrator": Role.SUSPECT}
_ROLE_WORDS = {word: role.value for word, role in _ROLES.items()}
_FAMILY_WORDS = {
    "informed": "informed", "agreed": "agreed", "not_informed": "not_informed", "y": "informed", "yes": "informed",
    "n": "not_informed", "no": "not_informed",
}  # fmt: skip
_WERE_THERE = frozenset({Role.CHILD, Role.PEER, Role.VICTIM, Role.SUSPECT})
"""Those who were where it happened; a parent or a household that a notice names need not have been."""
ADULT_AGE = 18
"""Years. Children Act 1989 s105."""


def translate(native: Native, context: Context, *, agency: str, system: str, connector: str) -> list[AgencyRecord]:
    """The record that a notice becomes.

    Raises:
        Unreadable: `no-reference`, `unknown-kind`, `unknown-operation`, `bad-sequence`, `no-person`.
    """
    notice: Notice = native.value
    cells = Cells(notice.cells)
    kind = _kind(cells)
    operation = _operation(cells)
    if not notice.persons and operation is not Operation.WITHDRAW:
        raise _refused("The notice names no person.", "no-person")
    occurred = cells.moment("occurred_at")
    subjects, relationships, person_cells = _subjects(notice, kind, cells, occurred, context)
    if kind != "missing":
        for name in ("missing_from", "returned_at", "hours_missing"):
            cells.keep(name)
    record = AgencyRecord(
        partnership=context.partnership,
        agency=agency,
        system=context.system or system,
        local_id=cells.text("notice_reference"),
        operation=operation,
        version=_sequence(cells),
        kind=KINDS[kind],
        occurred_at=occurred,
        recorded_at=cells.moment("recorded_at"),
        received_at=context.received_at,
        incident=cells.text("incident_reference"),
        subjects=subjects,
        relationships=relationships,
        narrative=cells.text("circumstances"),
        reporter=_reporter(cells),
        terms=_terms(cells, kind, context),
        unmapped=_unmapped(notice, [cells, *person_cells]),
        whence=Whence(
            connector=connector,
            position=native.position,
            extracted_at=context.extracted_at,
            history=context.history,
        ),
    )
    return [record]


def _refused(what: str, reason: str) -> Unreadable:
    return Unreadable(what, "Mend it where it is kept and export it again.", reason=reason)


def _kind(cells: Cells) -> str:
    if not identifiers.own_id(cells.text("notice_reference")):
        raise _refused("The notice has no reference.", "no-reference")
    kind = cells.code("notice_kind", _KIND_WORDS)
    if not kind:
        raise _refused("The kind of the notice is none of child, adult, domestic and missing.", "unknown-kind")
    return kind


def _operation(cells: Cells) -> Operation:
    if not cells.text("operation"):
        return Operation.UPSERT
    word = cells.code("operation", _OPERATIONS)
    if not word:
        raise _refused("The operation is neither upsert nor withdraw.", "unknown-operation")
    return Operation(word)


def _sequence(cells: Cells) -> int:
    if not cells.text("sequence"):
        return 0
    sequence = cells.whole("sequence")
    if sequence is None:
        raise _refused("The sequence is no whole number.", "bad-sequence")
    return sequence


def _subjects(
    notice: Notice, kind: str, cells: Cells, occurred: datetime | None, context: Context
) -> tuple[list[Subject], list[Relationship], list[Cells]]:
    """Persons as subjects, with the notice's facts on those that they stand on."""
    on_day = (occurred or context.received_at).astimezone(LONDON).date()
    there = place_of(cells)
    persons = [
        _Person(one, f"person {number}/", on_day, context, there) for number, one in enumerate(notice.persons, 1)
    ]
    refs = _refs([person.cells for person in persons])
    present = frozenset(person.role for person in persons)
    shared = facts.of_notice(kind, cells)
    risks = facts.risks_on_children(person.risk for person in persons if person.risk)
    missing = facts.missing_roles(present) if kind == "missing" else frozenset()
    subjects = []
    for ref, person in zip(refs, persons, strict=True):
        own = shared.on(person.role, present) + facts.of_person(person.cells, person.role, person.risk, occurred)
        if person.role in facts.CHILDREN:
            own = facts.with_presence(own, person.cells.yes_no("present"))
            own += [risk for risk in risks if risk not in own]
        if person.role in missing:
            own.append(facts.missing(cells, person.age))
        subjects.append(_subject(ref, person, own))
    everyone = [person.cells for person in persons]
    return subjects, _relationships(everyone, refs), everyone


class _Person:
    """A person's cells with what is read of them before any fact is placed."""

    __slots__ = ("age", "cells", "identity", "risk", "role")

    def __init__(
        self, cells: dict[str, str], path: str, on_day: date, context: Context, there: tuple[Address, ...]
    ) -> None:
        """See the class."""
        self.cells = Cells(cells, path)
        identity = identity_of(self.cells, context.received_at.year)
        self.age = _age(self.cells, identity, on_day)
        self.role = _role(self.cells, identity, self.age)
        placed = there if self.role in _WERE_THERE else ()
        self.identity = identity.model_copy(update={"addresses": [*identity.addresses, *placed]})
        self.risk = facts.risk_of(self.cells)


def _subject(ref: str, person: _Person, own: list[Fact]) -> Subject:
    person.cells.keep("school")
    return Subject(
        ref=ref,
        role=person.role,
        local_person_id=identifiers.own_id(person.cells.text("person_id")),
        identity=person.identity,
        facts=own,
        narrative=person.cells.text("person_narrative"),
    )


def _refs(people: list[Cells]) -> list[str]:
    """The persons' references, by their number where they have none; a second of one name gets a suffix."""
    out: list[str] = []
    for number, person in enumerate(people, start=1):
        ref = person.text("person_ref") or str(number)
        if ref in out:
            person.keep("person_ref")
            ref = f"{ref} ({number})"
        out.append(ref)
    return out


def _role(cells: Cells, identity: Identity, age: int | None) -> Role:
    if word := cells.code("role", _ROLE_WORDS):
        return Role(word)
    if identity.birth is not None and identity.birth.precision is Precision.EXPECTED:
        return Role.UNBORN
    return Role.CHILD if age is not None and age < ADULT_AGE else Role.ADULT


def _age(cells: Cells, identity: Identity, on_day: date) -> int | None:
    """Whole years on the day, by the birth date, else as the notice says."""
    born = _day(identity.birth)
    stated = cells.whole("age")
    if born is None:
        cells.keep("age")
        return stated
    age = on_day.year - born.year - ((on_day.month, on_day.day) < (born.month, born.day))
    if stated is not None and stated != age:
        cells.keep("age")
    return max(age, 0)


def _day(birth: BirthDate | None) -> date | None:
    return date.fromisoformat(birth.value) if birth is not None and birth.precision is Precision.DAY else None


def _relationships(people: list[Cells], refs: list[str]) -> list[Relationship]:
    out = []
    for ref, cells in zip(refs, people, strict=True):
        kinds, others = cells.items("relationship"), cells.items("related_to")
        for number in range(max(len(kinds), len(others))):
            word = kinds[number] if number < len(kinds) else ""
            other = others[number] if number < len(others) else ""
            if word and other in refs and other != ref:
                out.append(_relationship(ref, word, other, cells))
            elif word or other:
                cells.unmapped.append((cells.path + "relationship", f"{word}:{other}"))
    return out


def _relationship(ref: str, word: str, other: str, cells: Cells) -> Relationship:
    kind = relationship_kind(word)
    if kind == "child":  # the contract says who is the parent of whom, never the other way about
        return Relationship(subject=other, kind="parent", of=ref)
    if not kind and word.lower() != "other":
        cells.unmapped.append((cells.path + "relationship", word))
    return Relationship(subject=ref, kind=kind or "other", of=other)


def _reporter(cells: Cells) -> Reporter | None:
    """The officer: never a subject."""
    name, number = cells.text("officer_name"), cells.text("officer_number")
    unit, contact = cells.text("officer_unit"), cells.text("officer_contact")
    if not (name or number or unit or contact):
        return None
    return Reporter(
        name=" ".join(part for part in (name, number) if part),
        role="police officer",
        organisation=unit or cells.text("force"),
        contact=contact,
    )


def _terms(cells: Cells, kind: str, context: Context) -> Terms:
    """A domestic incident with a child is a statutory notice (Operation Encompass, Victims and Prisoners Act 2024)."""
    family = cells.code("family_informed", _FAMILY_WORDS)
    return Terms(
        controller=cells.text("force"),
        criminal_condition="dpa_2018_sch1_18",
        agreement=context.agreement,
        admission=Admission.STATUTORY_NOTICE if kind == "domestic" else Admission.REFERRAL_ONLY,
        family_informed=family or "not_said",
        why_not_informed=cells.text("why_not_informed"),
        marking=cells.text("handling_code") or "OFFICIAL-SENSITIVE",
    )


def _unmapped(notice: Notice, cells: list[Cells]) -> list[Unmapped]:
    pairs = list(dict.fromkeys(pair for part in cells for pair in part.unmapped))
    return unmapped([*notice.unknown, *pairs, *(("row not read", position) for position in notice.unread)])
