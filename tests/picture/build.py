"""Messages for tests of the cores: made-up people, one county."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hub.messages import Circle, FactPut, Identity, Membership, SubjectContent, SubjectFacts, Watch
from hub.messages.identity import Edge, Member
from hub.messages.picture import Entry
from hub.messages.record import BirthDate, Fact, Operation, Role, Terms
from streams.picture.evidence import EvidenceBox

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BORN = "2018-04-02"


def entry(box: EvidenceBox, source: str, record: str, *codes: str, **changes: Any) -> Entry:
    """An entry with facts; `days` ago, `attributes` of its facts, `birth`, and any field of Entry."""
    at = NOW - timedelta(days=changes.pop("days", 0))
    attributes = changes.pop("attributes", {})
    birth = changes.pop("birth", BORN)
    content = SubjectContent(facts=[Fact(code=code, attributes=attributes) for code in codes])
    fields: dict[str, Any] = {
        "source_id": source,
        "record_id": record,
        "ref": "child-1",
        "role": Role.CHILD,
        "agency": "police",
        "system": "test",
        "operation": Operation.UPSERT,
        "version": 1,
        "kind": "test",
        "occurred_at": at,
        "received_at": at,
        "identity": box.sealer.seal(source, Identity(birth=BirthDate(value=birth))),
        "content": box.sealer.seal(source, content),
        "terms": Terms(),
    }
    return Entry(**(fields | changes))


def put(person: str, e: Entry, *, seq: int = 1, held: int = 1) -> FactPut:
    return FactPut(partnership="p", person_id=person, assignment_seq=seq, held=held, entry=e)


def facts(e: Entry, person: str, seq: int = 1) -> SubjectFacts:
    shared = {name: getattr(e, name) for name in Entry.model_fields if name != "left_out"}
    return SubjectFacts(**shared, partnership="p", person_id=person, assignment_seq=seq, model_version="m")


def members(person: str, *sources: str, seq: int = 1, assignment: int = 1) -> Membership:
    found = [Member(source_id=s, assignment_seq=assignment) for s in sources]
    return Membership(partnership="p", person_id=person, seq=seq, members=found)


def circle(person: str, *edges: tuple[str, str, str], seq: int = 1) -> Circle:
    found = [Edge(person_id=other, kind=kind, relation=relation) for other, kind, relation in edges]
    return Circle(partnership="p", person_id=person, seq=seq, edges=found)


def watch(person: str, anchor: str, state: str, *, seq: int, assignment: int = 1) -> Watch:
    return Watch(
        partnership="p",
        check_id="check-1",
        anchor=anchor,
        person_id=person,
        state=state,
        assignment_seq=assignment,
        seq=seq,
    )
