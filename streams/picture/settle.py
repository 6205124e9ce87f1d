"""One settling of one person: indicators, context, digest, summary, proposal, updates, receipts, next due time.

Everything that is sent is sent from here, once a batch, and only when it differs from what was sent before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain

import msgspec

from hub.messages import OwnDigest, PictureSummary, PictureUpdate, Proposal
from hub.messages.picture import Snapshot
from hub.state.api import Turn
from hub.state.headers import from_micros, micros
from streams.picture import context, episode, explain, renewal, snapshot, watches
from streams.picture.context import NO_CONTEXT, Context, Ring, context_of, message_of, read_digests
from streams.picture.entries import ALL_CODES, Entries
from streams.picture.episode import Episode
from streams.picture.evidence import EvidenceBox
from streams.picture.head import Heads
from streams.picture.keys import due_text, key
from streams.picture.own import Asking, Own, bring_up_to_date, read_person
from streams.picture.rules.combine import Fire, InForce, Standing, Verdict, decide
from streams.picture.rules.engine import Engine
from streams.picture.rules.look import Person

WAITING_IN_HEAD = 50
"""Records whose receipts wait in the head itself, 3 kB at most; more have rows of their own."""
RecordName = tuple[str, str, str]
"""Agency, system, record id."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A person's picture at one moment, as the rules see it."""

    person: Person
    own: tuple[InForce, ...]
    context: Context
    verdict: Verdict
    found: Own

    @property
    def indicators(self) -> tuple[InForce, ...]:
        """Own, then through the circle."""
        return (*self.own, *self.context.indicators)


def evaluate(own: Own, ring: Ring, digests: context.Digests, person: Person, engine: Engine, now: int) -> Evaluated:
    """What the rules make of an own layer that is up to date, and of the circle."""
    in_force = own.in_force(engine, person, now)
    # Household indicators count for children; an adult's own say what the adult's are.
    adult = person.subject(now) == "adult"
    around = NO_CONTEXT if adult else context_of(ring, digests, own, engine, now)
    standing = Standing(now, person, in_force, around.indicators, own.found)
    return Evaluated(person, in_force, around, decide(engine.judges, standing), own)


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
        self._head = heads.take(turn.store, person_id)
        self._now = micros(turn.now)
        self._settled = self._head.settled

    @property
    def partnership(self) -> str:
        """Whose person this is."""
        return self._head.partnership

    @property
    def is_calm(self) -> bool:
        """Whether the rules need not be asked, if nothing that they look at changed (see `Head.calm`)."""
        return self._head.calm and not renewal.is_due(self._store, self._engine.fingerprint, self._person_id)

    def count(self, records: Iterable[RecordName]) -> list[RecordName]:
        """As `run`, of a person at whom the rules need not look: counts, receipts, and since when it is unsettled."""
        received = self._received(records)
        ring = Ring.load(self._store, self._person_id)
        self._summary((), (), 0, ring, changed=False)
        self._waits()
        self._heads.save(self._store, self._person_id, self._head)
        return received

    def run(
        self, codes: set[str], records: Iterable[RecordName], *, changed: bool, renewed: bool = False
    ) -> list[RecordName]:
        """Do it; returns the records that are in a settled picture now, for their senders' receipts.

        Args:
            codes: fact codes whose evidence changed in this batch.
            records: records put in this batch.
            changed: whether entries, members, circle or digests changed.
            renewed: the rule pack is another one than when the person was last looked at.
        """
        head, store = self._head, self._store
        person = read_person(self._box, head)
        if renewed or renewal.is_due(store, self._engine.fingerprint, self._person_id):
            Entries(store, self._box, self._person_id, head, self._engine.by_code).look_again()
            codes = {ALL_CODES}
        # Without evidence nothing was found; where it has just gone, its codes are among the changed ones.
        own = Own.load(store, self._person_id) if head.codes or codes else Own()
        before = own.due.copy()
        asking = Asking(store, self._box, self._engine, self._person_id, head, person, self._now)
        found_other = bring_up_to_date(own, asking, codes)
        if found_other or before != own.due:
            own.save(store, self._person_id)
        ring = Ring.load(store, self._person_id)
        digests = read_digests(store, self._person_id, self._engine)
        seen = evaluate(own, ring, digests, person, self._engine, self._now)
        received = self._received(records)
        if self._settled:
            self._digest(seen, ring)
        watching = watches.of(store, self._person_id)
        found_seen = own.found.get("seen")
        head.seen = found_seen["at"] if found_seen else 0
        of_own, of_others = ([i.rule.id for i in found] for found in (seen.own, seen.context.indicators))
        level = max((i.level for i in seen.indicators), default=0)
        self._summary(of_own, of_others, level, ring, changed=bool(watching) and (changed or found_other))
        if self._settled and head.members:
            self._tell(seen, ring, watching)
        self._due(seen)
        self._waits()
        quiet = not (seen.own or seen.context.indicators or seen.verdict.fires or digests or head.sent or watching)
        head.calm = quiet and episode.is_over(store, self._person_id)
        self._heads.save(store, self._person_id, head)
        return received

    def _received(self, records: Iterable[RecordName]) -> list[RecordName]:
        """Records in a settled picture; until it is settled they wait."""
        head, store = self._head, self._store
        names = list(records)
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

    def _digest(self, seen: Evaluated, ring: Ring) -> None:
        """Tell neighbours what the own layer means for them, where that differs from what they were told."""
        head = self._head
        told = context.digest_of(seen.own, self._engine) if head.members else []
        if not told and not head.sent:
            return
        indicators = [message_of(i) for i in told]
        birth = str(from_micros(seen.person.birth).year) if seen.person.birth is not None else ""
        now_says = context.digest_hash(indicators, birth)
        neighbours = ring.neighbours() - {self._person_id}
        wanted = dict.fromkeys(sorted(neighbours), now_says) if now_says else {}
        owed = {p: h for p, h in wanted.items() if head.sent.get(p) != h} | dict.fromkeys(head.sent.keys() - wanted, "")
        if not owed:
            return
        head.digest_seq += 1
        for neighbour, said in sorted(owed.items()):
            digest = OwnDigest(
                partnership=head.partnership,
                person_id=neighbour,
                about=self._person_id,
                seq=head.digest_seq,
                indicators=indicators if said else [],
                birth=birth if said else "",
            )
            self._turn.emit("persons", neighbour, digest)
        head.sent = wanted

    def _summary(self, own: Iterable[str], context: Iterable[str], level: int, ring: Ring, *, changed: bool) -> None:
        head = self._head
        says = {
            "settled": self._settled,
            "entries": head.entries,
            "sources": sum(1 for h in head.sources.values() if h.visible),
            "agencies": sorted(head.agencies),
            "indicators": list(own),
            "context": sorted(set(context)),
            "level": level,
            "circle": len(ring.edges),
            "last_seen_at": head.seen or None,
        }
        hashed = blake2b(msgspec.json.encode((says, head.merged_into)), digest_size=8).hexdigest()
        head.revision += changed or hashed != head.summary  # counted for those who watch
        if hashed == head.summary:
            return
        head.summary = hashed
        says |= {"partnership": head.partnership, "person_id": self._person_id, "as_of": self._turn.now}
        if head.seen:
            says["last_seen_at"] = from_micros(head.seen)
        self._turn.emit("pictures", self._person_id, PictureSummary.of_valid(says))

    def _tell(self, seen: Evaluated, ring: Ring, watching: list[watches.Watching]) -> None:
        """Proposal and updates, from a settled picture."""
        state = watches.gravest(watching)
        taken: list[Snapshot] = []

        def picture() -> Snapshot:
            if not taken:
                args = (self._store, self._person_id, self._head, ring, seen.indicators, self._turn.now)
                taken.append(snapshot.take(*args))
            return taken[0]

        proposed = self._propose(seen, state, picture)
        for watch in watching:
            if watch.state == watches.CLOSED or watch.told == self._head.revision:
                continue
            watch.told = self._head.revision
            watch.save(self._store, self._person_id)
            if proposed and watch.state == watches.PROPOSED:
                continue  # the proposal holds the same picture
            update = PictureUpdate(
                check_id=watch.check_id,
                partnership=self._head.partnership,
                anchor=watch.anchor,
                seq=watch.update_seq(self._head.revision),
                snapshot=picture(),
            )
            self._turn.emit("checks", watch.anchor, update)

    def _propose(self, seen: Evaluated, state: str, picture: Callable[[], Snapshot]) -> bool:
        """Begin, update or end the episode; True if a proposal was sent."""
        case = episode.case_of(seen.verdict.fires)
        last = Episode.load(self._store, self._person_id)
        if last is not None and not any(last.anchor == source for source, _ in self._head.members):
            self._store.delete(key("z", self._person_id))  # the anchor went to another person: it goes on there
            last = None
        if not case.fires:
            if last is not None and not last.ended and state not in {watches.OPEN, watches.PROPOSED}:
                last.ended = True
                last.save(self._store, self._person_id)
            return False
        running = episode.current(last, case, self._head.anchor, state)
        news = episode.has_news(running, case, state)
        running.tell(case, keep=bool(state))
        running.save(self._store, self._person_id)
        if news:
            self._send(running, case.fires, seen, picture())
        return news

    def _send(self, running: Episode, fires: tuple[Fire, ...], seen: Evaluated, picture: Snapshot) -> None:
        gravest = fires[0]
        notes = seen.verdict.notes
        proposal = Proposal(
            proposal_id=running.proposal_id,
            partnership=self._head.partnership,
            anchor=running.anchor,
            subject=seen.person.subject(self._now),
            level=gravest.level,
            brag=gravest.rule.brag or "AMBER",
            fired=explain.fired_by(fires, notes, self._now),
            pack=self._engine.pack.name,
            route=gravest.level < episode.GRAVEST and any(n.rule.routes for n in notes),
            episode_from=from_micros(running.first),
            snapshot=picture,
            at=self._turn.now,
        )
        self._turn.emit("checks", running.anchor, proposal)

    def _waits(self) -> None:
        """Where to be found as long as the picture is unsettled, and since when."""
        head = self._head
        if self._settled == (not head.unsettled):
            return
        if self._settled:
            self._store.delete(key("u", due_text(head.unsettled), self._person_id))
            head.unsettled = 0
        else:
            head.unsettled = self._now
            self._store.put(key("u", due_text(self._now), self._person_id), b"1")

    def _due(self, seen: Evaluated) -> None:
        """Where to be found by the tick with which time itself changes something."""
        head = self._head
        moments = chain(
            seen.found.due.values(),
            (seen.context.due, seen.verdict.due, seen.person.next_birthday(self._now)),
        )
        due = min((m for m in moments if m > self._now), default=0)
        if head.due and head.due != due:
            self._store.delete(key("t", due_text(head.due), self._person_id))
        row = key("t", due_text(due), self._person_id)
        if due and self._store.get(row) is None:  # a tick takes the row away before the time it found is used up
            self._store.put(row, b"1")
        head.due = due
