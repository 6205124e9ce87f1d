"""Plays stories through both cores: a family's facts by day, held against the triggers that are expected.

The runner stands in for identity (it knows who is who) and holds everything in memory: no Kafka, no file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from hub.ids import Pseudonyms, birth_id
from hub.keys_in_memory import MemoryKeys
from hub.messages import Circle, Identity, Membership, Part, Proposal, SubjectContent, SubjectFacts, Tick
from hub.messages.identity import Edge, Member
from hub.messages.record import BirthDate, Fact, FactStatus, Operation, Precision, Terms
from hub.sealing import Sealer
from hub.state.memory import MemoryTurnDriver
from streams.picture.evidence import EvidenceBox
from streams.picture.facts_core import FactsCore
from streams.picture.person_core import PersonCore
from streams.picture.rules.engine import Engine
from streams.picture.story import Expected, Happening, Story, Tie

PARTNERSHIP = "story"
_MORNING = time(6, tzinfo=UTC)
_NOON = time(12, tzinfo=UTC)
_EVENING = time(20, tzinfo=UTC)


def box_in_memory(effects_from: datetime | None = None) -> EvidenceBox:
    """What opens and seals evidence, with keys of its own."""
    return EvidenceBox(Sealer(MemoryKeys()), Pseudonyms(b"story" * 8, PARTNERSHIP), effects_from)


class Wire:
    """Both cores, joined as the topics join them."""

    def __init__(self, engine: Engine, box: EvidenceBox) -> None:
        """See the class."""
        self.facts = MemoryTurnDriver(FactsCore())
        self.person = MemoryTurnDriver(PersonCore(engine, box))

    def tell(self, *messages: Part) -> None:
        """Messages to the facts stage, and all that follows from them."""
        self.to_person(*(o.message for o in self.facts.feed(*messages) if o.topic == "persons"))

    def to_person(self, *messages: Part) -> None:
        """Messages to the person stage, and what persons tell each other, until nobody has anything to say."""
        pending = list(messages)
        while pending:
            pending = [o.message for o in self.person.feed(*pending) if o.topic == "persons"]

    def tick(self, at: datetime) -> None:
        """Time passes."""
        self.facts.feed(Tick(at=at))
        self.to_person(Tick(at=at))


@dataclass(frozen=True, slots=True)
class Trigger:
    """A proposal that began or rose."""

    day: date
    about: str
    proposal: Proposal
    rises: bool

    def is_as(self, expected: Expected) -> bool:
        """Whether this is what was expected."""
        p = self.proposal
        mine = (self.day, self.about, p.fired[0].rule_id, p.level, self.rises, p.route)
        return mine == (expected.day, expected.about, expected.rule, expected.level, expected.rises, expected.route)


class Stage:
    """Plays one story."""

    def __init__(self, story: Story, engine: Engine) -> None:
        """See the class."""
        self._story = story
        self._box = box_in_memory()
        self._wire = Wire(engine, self._box)
        self._sources: dict[str, list[str]] = {}
        self._heard = 0
        self._level: dict[str, int] = {}
        self.triggers: list[Trigger] = []

    def play(self) -> list[Trigger]:
        """Day by day, with a tick in the morning and one in the evening."""
        today = min((h.day for h in self._story.happens), default=self._story.until)
        first = True
        while today <= self._story.until:
            self._wire.tick(datetime.combine(today, _MORNING))
            for number, happening in enumerate(self._story.happens):
                if happening.day == today:
                    self._happens(happening, number)
            if first:
                self._circles()
            first = False
            self._wire.tick(datetime.combine(today, _EVENING))
            self._listen(today)
            today += timedelta(days=1)
        return self.triggers

    def _source(self, about: str, agency: str) -> str:
        return self._box.pseudonyms.source_id(agency, "story", about)

    def person_id(self, about: str) -> str:
        """A person of the story in the hub: born with its first source identity in the order of the story."""
        agency = next((h.agency for h in self._story.happens if h.about == about), "register")
        return birth_id(self._source(about, agency))

    def _happens(self, happening: Happening, number: int) -> None:
        about, source = happening.about, self._source(happening.about, happening.agency)
        person_id = self.person_id(about)
        known = self._sources.setdefault(about, [])
        if source not in known:
            known.append(source)
            members = [Member(source_id=s, assignment_seq=1) for s in known]
            self._wire.to_person(
                Membership(partnership=PARTNERSHIP, person_id=person_id, seq=len(known), members=members)
            )
        self._wire.tell(self._record(happening, number, source, person_id))

    def _record(self, happening: Happening, number: int, source: str, person_id: str) -> SubjectFacts:
        pseudonyms, seal = self._box.pseudonyms, self._box.sealer.seal
        at = datetime.combine(happening.day, _NOON)
        name = happening.withdraws or happening.name or str(number)
        withdrawn = bool(happening.withdraws)
        content = SubjectContent(facts=[_fact(f, happening.status) for f in happening.facts])
        return SubjectFacts(
            partnership=PARTNERSHIP,
            source_id=source,
            person_id=person_id,
            assignment_seq=1,
            model_version="story",
            record_id=pseudonyms.record_id(happening.agency, "story", name),
            ref="subject",
            role=self._story.people[happening.about].role,
            agency=happening.agency,
            system="story",
            operation=Operation.WITHDRAW if withdrawn else Operation.UPSERT,
            version=number,
            kind="story",
            occurred_at=at,
            received_at=at,
            incident_key=pseudonyms.incident_key(happening.incident),
            prompted_by=pseudonyms.incident_key(happening.prompted_by),
            history=happening.history,
            identity=b"" if withdrawn else seal(source, self._identity(happening.about)),
            content=b"" if withdrawn else seal(source, content),
            terms=Terms(),
        )

    def _identity(self, about: str) -> Identity:
        someone = self._story.people[about]
        if someone.born:
            return Identity(birth=BirthDate(value=someone.born.isoformat()))
        if someone.due:
            return Identity(birth=BirthDate(value=someone.due.isoformat(), precision=Precision.EXPECTED))
        return Identity()

    def _circles(self) -> None:
        for name in self._story.people:
            edges = [self._edge(t, t.other, t.relation) for t in self._story.ties if t.of == name]
            edges += [self._edge(t, t.of, _back(t)) for t in self._story.ties if t.other == name]
            if edges:
                edges.sort(key=lambda e: (e.person_id, e.kind, e.relation))
                self._wire.to_person(
                    Circle(partnership=PARTNERSHIP, person_id=self.person_id(name), seq=1, edges=edges)
                )

    def _edge(self, tie: Tie, other: str, relation: str) -> Edge:
        return Edge(
            person_id=self.person_id(other),
            kind=tie.kind,
            relation=relation,
            since=tie.since.isoformat() if tie.since else None,
            until=tie.until.isoformat() if tie.until else None,
            shared_by=tie.shared_by,
        )

    def _listen(self, today: date) -> None:
        names = {self.person_id(name): name for name in self._story.people}
        proposals = [m for m in self._wire.person.sent("checks") if isinstance(m, Proposal)]
        for proposal in proposals[self._heard :]:
            before = self._level.get(proposal.proposal_id)
            if before is None or proposal.level > before:
                about = names[proposal.snapshot.person_id]
                self.triggers.append(Trigger(today, about, proposal, before is not None))
            self._level[proposal.proposal_id] = max(proposal.level, before or 0)
        self._heard = len(proposals)


def play(story: Story, engine: Engine) -> list[Trigger]:
    """Every proposal that began or rose, in order."""
    return Stage(story, engine).play()


def differences(story: Story, engine: Engine) -> list[str]:
    """How the story comes out otherwise than expected, and without each telling happening, when nothing may open."""
    found = _compare(story, play(story, engine))
    told: list[Happening | Tie] = [*story.happens, *story.ties]
    for one in told:
        if one.telling:
            other = story.without(one)
            found += [f"without {_what(one)}: {text}" for text in _compare(other, play(other, engine))]
    return found


def _what(told: Happening | Tie) -> str:
    return f"{told.agency} on {told.day}" if isinstance(told, Happening) else f"the {told.relation} of {told.of}"


def _compare(story: Story, triggers: list[Trigger]) -> list[str]:
    left = list(triggers)
    missing = []
    for expected in story.expect:
        match = next((t for t in left if t.is_as(expected)), None)
        if match is None:
            missing.append(f"expected {expected.rule} at level {expected.level} for {expected.about} on {expected.day}")
        else:
            left.remove(match)
    return missing + [f"not expected: {describe(t)}" for t in left]


def describe(trigger: Trigger) -> str:
    """A trigger in a line."""
    p = trigger.proposal
    what = "rises to" if trigger.rises else "begins at"
    rules = ", ".join(f.rule_id for f in p.fired)
    return f"{trigger.day} {trigger.about}: {what} level {p.level} ({rules}){' route' if p.route else ''}"


def _fact(raw: str | dict[str, dict[str, str]], status: FactStatus) -> Fact:
    if isinstance(raw, str):
        return Fact(code=raw, status=status)
    code, said = next(iter(raw.items()))
    attributes = {name: value for name, value in said.items() if name != "value"}
    return Fact(code=code, status=status, value=said.get("value", ""), attributes=attributes)


def _back(tie: Tie) -> str:
    """What `of` is to `other`."""
    return "child" if tie.kind == "relationship" and tie.relation != "sibling" else tie.relation
