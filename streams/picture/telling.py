"""What is said of a settled picture to others: digests to the circle, a proposal, updates to those who watch.

Only what differs from what was said before is said. What the picture is, is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from hub.avro import encode
from hub.messages import OwnDigest, PictureUpdate, Proposal
from hub.messages.picture import Snapshot
from hub.state.api import Turn
from hub.state.headers import from_micros, micros
from streams.picture import context, episode, explain, snapshot, watches
from streams.picture.context import message_of
from streams.picture.episode import Episode
from streams.picture.evaluate import Evaluated
from streams.picture.head import Head
from streams.picture.keys import key
from streams.picture.ring import Ring
from streams.picture.rules.engine import Engine
from streams.picture.rules.inforce import Fire


class Telling:
    """One settling's words about one person."""

    def __init__(self, turn: Turn, engine: Engine, person_id: str, head: Head, ring: Ring, seen: Evaluated) -> None:
        """See the module."""
        self._turn = turn
        self._engine = engine
        self._person_id = person_id
        self._head = head
        self._ring = ring
        self._seen = seen
        self._now = micros(turn.now)

    def digest(self) -> None:
        """Tell neighbours what the own layer means for them, where that differs from what they were told."""
        head = self._head
        neighbours = self._ring.neighbours() - {self._person_id}
        if not neighbours and not head.sent:
            return  # nobody to tell
        told = context.digest_of(self._seen.own, self._engine) if head.members else []
        if not told and not head.sent:
            return
        birth = str(from_micros(self._seen.person.birth).year) if self._seen.person.birth is not None else ""
        now_says = context.digest_hash(told, birth)
        wanted = dict.fromkeys(sorted(neighbours), now_says) if now_says else {}
        owed = {p: h for p, h in wanted.items() if head.sent.get(p) != h} | dict.fromkeys(head.sent.keys() - wanted, "")
        if not owed:
            return
        head.digest_seq += 1
        indicators = [message_of(i) for i in told]
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

    def watchers(self, watching: Iterable[watches.Watching]) -> None:
        """Proposal and updates."""
        watching = list(watching)
        proposed = self._propose(watches.gravest(watching))
        for watch in watching:
            if watch.state == watches.CLOSED or watch.told == self._head.revision:
                continue
            watch.told = self._head.revision
            watch.save(self._turn.store, self._person_id)
            if proposed and watch.state == watches.PROPOSED:
                continue  # the proposal holds the same picture
            update = PictureUpdate(
                check_id=watch.check_id,
                partnership=self._head.partnership,
                anchor=watch.anchor,
                seq=watch.update_seq(self._head.revision),
                snapshot=self._snapshot,
            )
            self._send_picture(watch.anchor, update)

    @cached_property
    def _snapshot(self) -> Snapshot:
        indicators, now = self._seen.indicators, self._turn.now
        taken = snapshot.take(self._turn.store, self._person_id, self._head, self._ring, indicators, now)
        seen = self._seen.found.found.get("seen")
        if seen is None:
            return taken
        # A row that an earlier version wrote names no record.
        return taken.model_copy(
            update={"last_seen_at": from_micros(seen["at"]), "last_seen_record": seen.get("record", "")}
        )

    def _propose(self, state: str) -> bool:
        """Begin, update or end the episode; True if a proposal was sent."""
        store, person_id = self._turn.store, self._person_id
        case = episode.case_of(self._seen.verdict.fires)
        last = Episode.load(store, person_id)
        if last is not None and not any(last.anchor == source for source, _ in self._head.members):
            store.delete(key("z", person_id))  # the anchor went to another person: it goes on there
            last = None
        if not case.fires:
            if last is not None and not last.ended and state not in {watches.OPEN, watches.PROPOSED}:
                last.ended = True
                last.save(store, person_id)
            return False
        running = episode.current(last, case, self._head.anchor, state)
        news = episode.has_news(running, case, state)
        running.tell(case, keep=bool(state))
        running.save(store, person_id)
        if news:
            self._send(running, case.fires)
        return news

    def _send(self, running: Episode, fires: tuple[Fire, ...]) -> None:
        gravest = fires[0]
        notes = self._seen.verdict.notes
        proposal = Proposal(
            proposal_id=running.proposal_id,
            partnership=self._head.partnership,
            anchor=running.anchor,
            subject=self._seen.person.subject(self._now),
            level=gravest.level,
            brag=gravest.rule.brag or "AMBER",
            fired=explain.fired_by(fires, notes, self._now),
            pack=self._engine.pack.name,
            route=gravest.level < episode.GRAVEST and any(n.rule.routes for n in notes),
            episode_from=from_micros(running.first),
            snapshot=self._snapshot,
            at=self._turn.now,
        )
        self._send_picture(running.anchor, proposal)

    def _send_picture(self, anchor: str, message: Proposal | PictureUpdate) -> None:
        """Encoded here: a snapshot's entries are bodies, which nobody could read in the message itself."""
        self._turn.emit_encoded("checks", anchor, type(message), encode(message))
