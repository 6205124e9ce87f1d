"""One settling of one person: own layer, circle, summary, what is told, receipts, next due time.

Everything that is sent is sent from here, once a batch, and only when it differs from what was sent before. Of a
picture that is not settled nothing is said and no rule is asked: what changed meanwhile is owed until it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from hub.messages import PictureSummary
from hub.state.api import Turn
from hub.state.headers import from_micros, micros
from streams.picture import episode, renewal, unsettled, watches
from streams.picture.context import read_digests
from streams.picture.entries import ALL_CODES, Entries
from streams.picture.evaluate import Evaluated, evaluate
from streams.picture.evidence import BIRTH, ROLES, EvidenceBox
from streams.picture.head import Heads
from streams.picture.keys import due_text, key
from streams.picture.own import SAME, Answers, Asking, Own, bring_up_to_date, read_person
from streams.picture.ring import Ring
from streams.picture.rules.engine import Engine
from streams.picture.rules.look import Person
from streams.picture.rules.watcher import ANY_TIME
from streams.picture.telling import Telling

WAITING_IN_HEAD = 50
"""Records whose receipts wait in the head itself, 3 kB at most; more have rows of their own."""
ASKS = "?"
"""Among what is owed: the rules have to be asked whatever the codes."""
_OF_PERSON = frozenset({ALL_CODES, BIRTH, ROLES})
"""Codes with which birth or roles may be others."""
RecordName = tuple[str, str, str]
"""Agency, system, record id."""


@dataclass(slots=True)
class Changes:
    """What a batch did to a person so far. Lost with the process, as is the batch that it belongs to.

    Attributes:
        codes: fact codes whose evidence changed -> when the newest of it was, microseconds.
        records: records put.
        picture: entries, members, circle or digests changed.
        asks: the rules have to be asked whatever the codes: time, digests or watches changed.
        renewed: the pack changed.
    """

    codes: dict[str, int] = field(default_factory=dict)
    records: dict[RecordName, None] = field(default_factory=dict)
    picture: bool = False
    asks: bool = False
    renewed: bool = False

    def add(self, codes: Mapping[str, int]) -> None:
        """More evidence changed."""
        for code, at in codes.items():
            self.codes[code] = max(at, self.codes.get(code, at))


class Figures(NamedTuple):
    """What a summary says of indicators.

    Attributes:
        own: rule ids of own ones in force, sorted.
        context: of those through the circle, sorted.
        level: the highest.
    """

    own: list[str]
    context: list[str]
    level: int

    @classmethod
    def of(cls, seen: Evaluated) -> Figures:
        """Of an evaluation."""
        context = sorted({i.rule.id for i in seen.context.indicators})
        return cls([i.rule.id for i in seen.own], context, max((i.level for i in seen.indicators), default=0))


NOTHING_FOUND = Figures([], [], 0)


class Said(NamedTuple):
    """What an evaluation came to, and what it looked at beside findings, digests and watches.

    Attributes:
        person: birth and roles.
        ring: the circle.
        members: source identities and assignments.
        figures: what the summary says.
        moments: when time alone changes something beyond what watchers say, microseconds; 0 never.
    """

    person: Person
    ring: Ring
    members: list[tuple[str, int]]
    figures: Figures
    moments: tuple[int, ...]


_encode = msgspec.json.Encoder(order="deterministic").encode


class Settling:
    """One person in one batch."""

    def __init__(self, turn: Turn, engine: Engine, box: EvidenceBox, heads: Heads, person_id: str) -> None:
        """See the module."""
        self._turn = turn
        self._store = turn.store
        self._engine = engine
        self._box = box
        self._person_id = person_id
        self._heads = heads
        self._head, self._recent = heads.take(turn.store, person_id)
        self._now = micros(turn.now)
        self._settled = self._head.settled

    @property
    def partnership(self) -> str:
        """Whose person this is."""
        return self._head.partnership

    @property
    def is_calm(self) -> bool:
        """Whether whatever the rules don't find anew changes counts alone (see `Head.calm`)."""
        return self._head.calm

    def run(self, changes: Changes) -> list[RecordName]:
        """Do it; returns the records that are in a settled picture now, for their senders' receipts."""
        head, store = self._head, self._store
        known: tuple[object, ...] = self._standing()
        codes, asks = changes.codes, changes.asks
        if changes.renewed or renewal.is_due(store, self._engine.fingerprint, self._person_id):
            Entries(store, self._box, self._person_id, head, self._recent, self._engine.by_code).look_again()
            codes, known = {ALL_CODES: ANY_TIME}, ()
        if self._settled:
            codes = self._with_owed(codes)
            self._look(codes, asks=asks or ASKS in codes, changed=changes.picture or head.amiss > 0)
        else:
            self._owe(codes, asks=asks)
        received = self._received(changes.records)
        unsettled.note(store, self._person_id, head, settled=self._settled, now=self._now)
        self._keep(known)
        return received

    def _keep(self, known: tuple[object, ...]) -> None:
        """Save the head, if something in it changed."""
        save = self._heads.put_back if self._standing() == known else self._heads.save
        save(self._store, self._person_id, self._head, self._recent)

    def _standing(self) -> tuple[object, ...]:
        """All that a settling may change in a head, or what changes with it."""
        h = self._head
        waits = (len(h.waiting), h.overflow, h.amiss, h.unsettled, *h.owed)
        return (h.summary, h.revision, h.due, h.calm, h.seen, h.digest_seq, *waits)

    def _owe(self, codes: Iterable[str], *, asks: bool) -> None:
        """Keep for later what the rules have to be asked about, without a fact code that could be read."""
        owed = {*self._head.owed, *(self._box.tag(code) if code != ALL_CODES else code for code in codes)}
        if asks:
            owed.add(ASKS)
        self._head.owed = sorted({ALL_CODES, *owed & {ASKS}} if ALL_CODES in owed else owed)

    def _with_owed(self, codes: dict[str, int]) -> dict[str, int]:
        """These codes and those that were owed, which no longer are."""
        owed = self._head.owed
        if not owed:
            return codes
        self._head.owed = []
        found = self._box.codes_of(owed, self._engine.by_code)
        return codes | dict.fromkeys(found | {ALL_CODES, ASKS}.intersection(owed), ANY_TIME)

    def _look(self, codes: dict[str, int], *, asks: bool, changed: bool) -> None:
        """Bring a settled picture up to date and say what follows from it.

        Args:
            codes: fact codes whose evidence changed -> when the newest of it was.
            asks: the rules have to be asked whatever the codes.
            changed: whether entries, members, circle or digests changed.
        """
        head, store = self._head, self._store
        calm = self.is_calm and not asks
        ring = Ring.load(store, self._person_id).meaning(self._engine.pack.ties.most_sharing)
        if calm and not codes:
            self._summary(NOTHING_FOUND, ring, changed=False)
            return
        own, answers = self._own(codes)
        if calm and own.found.keys().isdisjoint(self._engine.rules):
            self._due(own, self._person.next_birthday(self._now))
            self._summary(NOTHING_FOUND, ring, changed=False)
            return
        watching = watches.of(store, self._person_id)
        if not (asks or answers.found or watching) and self._still_holds(ring):
            self._say_again(own, ring, due=answers.due)
            return
        digests = read_digests(store, self._person_id, self._engine)
        seen = evaluate(own, ring, digests, self._person, self._engine, self._now)
        telling = Telling(self._turn, self._engine, self._person_id, head, ring, seen)
        telling.digest()
        figures = Figures.of(seen)
        self._summary(figures, ring, changed=bool(watching) and (changed or answers.found))
        if head.members:
            telling.watchers(watching)
        moments = (seen.context.due, seen.verdict.due, self._person.next_birthday(self._now))
        self._due(own, *moments)
        quiet = not (seen.own or seen.context.indicators or seen.verdict.fires or digests or head.sent or watching)
        head.calm = quiet and episode.is_over(store, self._person_id)
        self._recent.said = Said(self._person, ring, head.members, figures, moments)

    def _still_holds(self, ring: Ring) -> bool:
        """Whether what the last evaluation came to would come of another one: nothing that it looked at is different.

        Findings, digests and watches the caller knows to be the same.
        """
        said, head = self._recent.said, self._head
        if said is None or 0 < head.due <= self._now:
            return False
        return (said.person, said.ring, said.members) == (self._person, ring, head.members)

    def _say_again(self, own: Own, ring: Ring, *, due: bool) -> None:
        """What an evaluation that comes to the same says: how much there is, and when to look again."""
        said = self._recent.said
        assert said is not None
        self._summary(said.figures, ring, changed=False)
        if due:
            self._due(own, *said.moments)

    def _own(self, codes: dict[str, int]) -> tuple[Own, Answers]:
        """The own layer, up to date, and whether a watcher's answer is another one."""
        head, store, recent = self._head, self._store, self._recent
        if not all(map(self._box.sealer.has_key, head.sources)):
            recent.clear()  # an erased person's evidence is gone, also what was opened before
        if recent.person is None or not _OF_PERSON.isdisjoint(codes):
            recent.person = read_person(self._box, head)
        self._person = recent.person
        if not (head.codes or codes):
            head.seen = 0
            return Own(), SAME  # without evidence nothing was found; where it has just gone, codes are changed
        own = recent.own
        if own is None:
            own = recent.own = Own.load(store, self._person_id)
        asking = Asking(store, self._box, self._engine, self._person_id, head, self._person, self._now, recent)
        answers = bring_up_to_date(own, asking, codes)
        if answers.found or answers.due:
            own.save(store, self._person_id)
        found_seen = own.found.get("seen")
        head.seen = found_seen["at"] if found_seen else 0
        return own, answers

    def _received(self, records: Iterable[RecordName]) -> list[RecordName]:
        """Records in a settled picture; until it is settled they wait."""
        head, store = self._head, self._store
        names = list(records)
        if self._settled and not head.waiting and not head.overflow:
            return names if head.members else []
        if not self._settled:
            room = max(WAITING_IN_HEAD - len(head.waiting), 0)
            head.waiting += names[:room]
            for agency, system, record_id in names[room:]:
                store.put(key("n", self._person_id, record_id), msgspec.json.encode([agency, system]))
                head.overflow = True
            return []
        names += head.waiting
        head.waiting = []
        if head.overflow:
            prefix = key("n", self._person_id, "")
            for row_key, value in list(store.scan(prefix)):
                agency, system = msgspec.json.decode(value)
                names.append((agency, system, row_key[len(prefix) :].decode()))
                store.delete(row_key)
            head.overflow = False
        return names if head.members else []  # what has left for another person is acknowledged there

    def _summary(self, says: Figures, ring: Ring, *, changed: bool) -> None:
        """The picture in figures, where they are others than were last said."""
        head = self._head
        sources = sum([h.visible > 0 for h in head.sources.values()])
        agencies, entries, circle = sorted(head.agencies), head.entries, len(ring.edges)
        figures = (entries, agencies, sources, *says, circle, head.seen, head.merged_into)
        hashed = blake2b(_encode(figures), digest_size=8).hexdigest()
        head.revision += changed or hashed != head.summary  # counted for those who watch
        if hashed == head.summary:
            return
        head.summary = hashed
        summary = {
            "partnership": head.partnership,
            "person_id": self._person_id,
            "settled": True,
            "entries": entries,
            "sources": sources,
            "agencies": agencies,
            "indicators": says.own,
            "context": says.context,
            "level": says.level,
            "circle": circle,
            "last_seen_at": from_micros(head.seen) if head.seen else None,
            "as_of": self._turn.now,
        }
        self._turn.emit("pictures", self._person_id, PictureSummary.of_valid(summary))

    def _due(self, own: Own, *moments: int) -> None:
        """Where to be found by the tick with which time itself changes something."""
        head, now = self._head, self._now
        due = min([m for m in (*own.due.values(), *moments) if m > now], default=0)
        if head.due == due:
            return  # and the row is there: a tick takes away none that lies ahead
        if head.due:
            self._store.delete(key("t", due_text(head.due), self._person_id))
        if due:
            self._store.put(key("t", due_text(due), self._person_id), b"1")
        head.due = due
