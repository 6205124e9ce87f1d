"""Plays a history day by day through identity, facts and person, each rule pack with a person stage of its own.

No check is ever opened here: an episode runs as long as something fires. Nothing leaves the process; rows stand in a
scratch folder, and person stages hear each other's digests as on the topic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from hub.avro import encode
from hub.messages import Membership, Proposal, Tick
from hub.state.batch import Outbound
from hub.state.headers import micros
from streams.backtest.history import Diary
from streams.backtest.rows import CoreRunner
from streams.identity.core import IdentityCore
from streams.identity.model import MatchModel
from streams.picture.evidence import EvidenceBox
from streams.picture.facts_core import FactsCore
from streams.picture.keys import due_text, key
from streams.picture.person_core import PersonCore
from streams.picture.rules.engine import Engine

MORNING = time(6, tzinfo=UTC)
EVENING = time(20, tzinfo=UTC)
_DUE = key("t", "")
_AT_A_TIME = 2_000
"""Records passed on together: some 50 MB of messages."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """An episode that began, or rose to a higher level. No personal data: ids are keyed hashes and derived ids.

    Attributes:
        day: on which.
        proposal_id: of the episode.
        anchor: source identity that it is about.
        subject: child | adult | unborn.
        level: 3 or 4.
        rises: the episode had begun before, at a lower level.
        route: already open to a worker.
        rules: combinations that fired, gravest first.
        behind: indicators behind them.
        agencies: who first told of the incidents behind.
    """

    day: date
    proposal_id: str
    anchor: str
    subject: str
    level: int
    rises: bool
    route: bool
    rules: tuple[str, ...]
    behind: tuple[str, ...]
    agencies: tuple[str, ...]


@dataclass(slots=True)
class Played:
    """What one pack made of the history.

    Attributes:
        pack: name and version.
        triggers: in the order of days.
        rejects: reason -> messages that the person stage set aside.
    """

    pack: str
    triggers: list[Trigger] = field(default_factory=list)
    rejects: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Persons:
    """Who is who at the end: person id -> source identities, most senior first."""

    members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _seq: dict[str, int] = field(default_factory=dict)

    def hear(self, message: Membership) -> None:
        """The newest membership of a person holds."""
        if message.seq > self._seq.get(message.person_id, 0):
            self._seq[message.person_id] = message.seq
            self.members[message.person_id] = tuple(m.source_id for m in message.members)

    def by_source(self) -> dict[str, str]:
        """Source identity -> person id."""
        return {source: person for person, sources in self.members.items() for source in sources}


class _PersonStage:
    """The person stage under one pack."""

    def __init__(self, engine: Engine, box: EvidenceBox, folder: Path) -> None:
        self._engine = engine
        self._runner = CoreRunner(PersonCore(engine, box), folder)
        self._level: dict[str, int] = {}
        self.played = Played(engine.pack.name)

    def feed(self, values: Sequence[bytes], today: date, *, counts: bool) -> None:
        """Messages, and what persons tell each other, until nobody has anything to say."""
        pending = list(values)
        while pending:
            sent = self._runner.feed(pending)
            pending = [o.value for o in sent if o.topic == "persons"]
            for output in sent:
                if isinstance(output.message, Proposal):
                    self._hear(output.message, today, counts=counts)

    def tick(self, at: datetime, today: date, *, counts: bool) -> None:
        """Time passes, until nothing is due any more: one tick takes only so many persons."""
        limit = due_text(micros(at)).encode()
        self.feed([encode(Tick(at=at))], today, counts=counts)
        while (row := self._runner.first_row(_DUE)) is not None and row[len(_DUE) :].split(b"/", 1)[0] <= limit:
            self.feed([encode(Tick(at=at))], today, counts=counts)

    def _hear(self, proposal: Proposal, today: date, *, counts: bool) -> None:
        before = self._level.get(proposal.proposal_id)
        self._level[proposal.proposal_id] = max(proposal.level, before or 0)
        if counts and (before is None or proposal.level > before):
            self.played.triggers.append(_trigger(proposal, today, self._engine, rises=before is not None))

    def said(self) -> Played:
        """Until now."""
        self.played.rejects = dict(self._runner.rejects)
        return self.played

    def close(self) -> None:
        """Let go of the rows."""
        self._runner.close()


def _trigger(proposal: Proposal, today: date, engine: Engine, *, rises: bool) -> Trigger:
    fired = [f.rule_id for f in proposal.fired if f.level]
    behind = {rule for rule in fired if rule in engine.indicators}
    agencies = {a for i in proposal.snapshot.indicators if i.rule_id in behind for a in i.agencies}
    records = {r for f in proposal.fired if f.level for r in f.records}
    agencies |= {e.agency for e in proposal.snapshot.entries if not behind and e.record_id in records}
    return Trigger(
        today,
        proposal.proposal_id,
        proposal.anchor,
        proposal.subject,
        proposal.level,
        rises,
        proposal.route,
        tuple(rule for rule in fired if rule in engine.combinations),
        tuple(sorted(behind)),
        tuple(sorted(agencies)),
    )


class Replay:
    """See the module."""

    def __init__(self, engines: Iterable[Engine], box: EvidenceBox, model: MatchModel, scratch: Path) -> None:
        """Stages over rows in `scratch`."""
        self._identity = CoreRunner(IdentityCore(box.pseudonyms, box.sealer, model), scratch / "identity")
        self._facts = CoreRunner(FactsCore(), scratch / "facts")
        self._stages = [_PersonStage(e, box, scratch / f"person-{n}") for n, e in enumerate(engines)]
        self.persons = Persons()

    def play(self, diary: Diary, first: date, last: date) -> Iterator[date]:
        """Day by day; yields each day that is done. What lies before `first` is known on its morning, and not counted.

        Args:
            diary: the history.
            first: first day whose triggers count.
            last: last day, inclusive: the history's end, or later to let silence fire.
        """
        span = diary.span()
        if span is None:
            return
        self._time(datetime.combine(first - timedelta(days=1), EVENING), first, counts=False)
        for day in _days(span[0], min(span[1], first - timedelta(days=1))):
            if values := diary.day(day):
                self._tell(values, first, counts=False)
        for day in _days(first, last):
            self.one_day(diary.day(day), day)
            yield day

    def one_day(self, values: Sequence[bytes], day: date) -> None:
        """A morning, what is told, an evening. The same day again takes what is told later on it."""
        self._time(datetime.combine(day, MORNING), day, counts=True)
        self._tell(values, day, counts=True)
        self._time(datetime.combine(day, EVENING), day, counts=True)

    def _time(self, at: datetime, today: date, *, counts: bool) -> None:
        tick = [encode(Tick(at=at))]
        outputs = self._identity.feed(tick)
        self._pass_on(outputs, today, counts=counts, tick=tick)
        for stage in self._stages:
            stage.tick(at, today, counts=counts)

    def _tell(self, values: Sequence[bytes], today: date, *, counts: bool) -> None:
        """What is told on a day, some at a time: on the day of a register its outputs would take gigabytes."""
        for start in range(0, len(values), _AT_A_TIME):
            self._pass_on(self._identity.feed(values[start : start + _AT_A_TIME]), today, counts=counts)

    def _pass_on(self, outputs: Sequence[Outbound], today: date, *, counts: bool, tick: Sequence[bytes] = ()) -> None:
        """Identity's outputs to facts, and both's to persons."""
        facts = self._facts.feed([*tick, *(o.value for o in outputs if o.topic == "facts")])
        persons = [o for o in (*outputs, *facts) if o.topic == "persons"]
        for output in persons:
            message = output.message if output.kind is Membership else None  # most are not decoded yet
            if isinstance(message, Membership):
                self.persons.hear(message)
        values = [o.value for o in persons]
        for stage in self._stages:
            stage.feed(values, today, counts=counts)

    def played(self) -> list[Played]:
        """What each pack made of it until now, in the order in which the packs were given."""
        return [stage.said() for stage in self._stages]

    def close(self) -> None:
        """Let go of the rows' files."""
        self._identity.close()
        self._facts.close()
        for stage in self._stages:
            stage.close()


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
