"""The person stage: what is known of one person, and what the rules make of it.

Messages change rows; everything that follows from them (indicators, digest, summary, proposal, updates, receipts) is
done once a touched person and batch, in `settle_one`. A picture depends on the set of its facts and the last tick only:
never on their order, repetition, or how often they were re-keyed. Time passing is a row with a due time, which a tick
finds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel

from hub.errors import Skippable
from hub.messages import Circle, FactPut, FactRetract, Membership, OwnDigest, Tick, Watch
from hub.receipting import in_parts
from hub.state.api import GaugeValues, Rows, Turn
from hub.state.headers import micros
from streams.picture import context, renewal, ring, unsettled, watches
from streams.picture.entries import Entries
from streams.picture.evidence import ROLES, EvidenceBox
from streams.picture.head import Head, Heads
from streams.picture.keys import begin, due_text, key
from streams.picture.rules.engine import Engine
from streams.picture.rules.watcher import ANY_TIME
from streams.picture.settle import Changes, RecordName, Settling

DUE_PER_TICK = 2_000
"""Persons looked at again by one tick of a partition: a second or less. Facts without an hour fall due together at
midnight; what is left is taken by the next tick, about a second later."""

RECORDS_PER_RECEIPT = 1_000
"""About 35 kB a receipt."""
RECEIPTS = b"~receipts"
"""Touched by settled persons: settled after them, it sends one receipt to each sender for the whole batch."""


class PersonCore:
    """See the module.

    Args:
        engine: the compiled rule pack.
        box: opens entries, seals evidence.
    """

    name = "person"
    input_topic = "persons"

    def __init__(self, engine: Engine, box: EvidenceBox) -> None:
        """See the class."""
        self._engine = engine
        self._box = box
        self._heads = Heads()
        self._changes: dict[str, Changes] = {}
        self._received: dict[tuple[str, str, str], dict[str, None]] = {}

    def handle(self, message: BaseModel, turn: Turn) -> None:
        """Take one message.

        Raises:
            Skippable: it is of a type that doesn't belong on this topic, or its sealed parts are damaged.
        """
        match message:
            case FactPut():
                self._put(message, turn)
            case FactRetract():
                self._retract(message, turn)
            case Membership():
                self._membership(message, turn)
            case Circle():
                # Of a picture that is not settled nothing is said, and what settles it touches it.
                if ring.keep_circle(turn.store, message) and not self._heads.look(turn.store, message.person_id).amiss:
                    self._touch(message.person_id, turn, message.partnership).picture = True
            case OwnDigest():
                if context.keep_digest(turn.store, message):
                    changes = self._touch(message.person_id, turn, message.partnership)
                    changes.picture = changes.asks = True
            case Watch():
                self._watch(message, turn)
            case Tick():
                self._tick(turn)
            case _:
                what = f"A {type(message).__name__} on the persons topic."
                raise Skippable(what, "Mend the writer.", reason="wrong-type")

    def settle_one(self, key: bytes, turn: Turn) -> None:
        """Bring a touched person up to date and say what follows from it."""
        if key == RECEIPTS:
            self._send_receipts(turn)
            return
        person_id = key.decode()
        changes = self._changes.get(person_id) or Changes(asks=True)
        settling = Settling(turn, self._engine, self._box, self._heads, person_id)
        received = settling.run(changes)
        self._changes.pop(person_id, None)  # only now: a settling that fails is tried again with the same changes
        if received:
            self._acknowledge(settling.partnership, received, turn)

    def _acknowledge(self, partnership: str, records: Iterable[RecordName], turn: Turn) -> None:
        """Records are in a settled picture: their senders hear of it at the batch's end."""
        for agency, system, record_id in records:
            self._received.setdefault((partnership, agency, system), {})[record_id] = None
        turn.touch(RECEIPTS)

    def gauges(self, store: Rows, now: datetime) -> GaugeValues:
        """Unsettled pictures, and the age of the oldest in seconds."""
        count, oldest = unsettled.standing(store)
        since = micros(now) if oldest is None else oldest
        return {
            ("unsettled_pictures",): count,
            ("unsettled_oldest_seconds",): max(micros(now) - since, 0) / 1_000_000,
        }

    def _send_receipts(self, turn: Turn) -> None:
        for whose, records in sorted(self._received.items()):
            ids = sorted(records)  # in whatever order they were settled
            for receipt in in_parts(whose, "in_picture", ids, turn.now, RECORDS_PER_RECEIPT):
                turn.emit("receipts", f"{receipt.agency}/{receipt.system}", receipt)
        self._received.clear()

    def _touch(self, person_id: str, turn: Turn, partnership: str) -> Changes:
        """Ask for a settling. The first message of a person also says whose partnership it is."""
        if not self._heads.look(turn.store, person_id).partnership:
            head, recent = self._heads.take(turn.store, person_id)
            head.partnership = partnership
            self._heads.save(turn.store, person_id, head, recent)
        turn.touch(person_id.encode())
        return self._changes_of(person_id)

    def _changes_of(self, person_id: str) -> Changes:
        changes = self._changes.get(person_id)
        if changes is None:
            changes = self._changes[person_id] = Changes()
        return changes

    def _put(self, message: FactPut, turn: Turn) -> None:
        head, recent = self._heads.take(turn.store, message.person_id)
        if not head.partnership:
            begin(turn.store, message.person_id)
        entries = Entries(turn.store, self._box, message.person_id, head, recent, self._engine.by_code)
        roles = list(head.roles)
        put = entries.put(message, turn.value)
        if not entries.counts and head.partnership == message.partnership:
            self._heads.put_back(turn.store, message.person_id, head, recent)
        else:
            head.partnership = message.partnership
            self._heads.save(turn.store, message.person_id, head, recent)
        entry = message.entry
        record = (entry.agency, entry.system, entry.record_id)
        if not (entries.counts or entries.changed) and self._is_at_rest(message.person_id, head):
            if put:
                self._acknowledge(message.partnership, [record], turn)
            return
        changes = self._changes_of(message.person_id)
        changes.add(entries.changed)
        if put:
            changes.records[record] = None
            changes.picture |= entries.news
            if roles != list(head.roles):
                changes.codes[ROLES] = ANY_TIME
        turn.touch(message.person_id.encode())

    def _is_at_rest(self, person_id: str, head: Head) -> bool:
        """Whether what changes nothing in the head changes nothing at all: settled, untouched, nobody is told of it."""
        return head.calm and not head.amiss and bool(head.members) and person_id not in self._changes and head.settled

    def _retract(self, message: FactRetract, turn: Turn) -> None:
        head, recent = self._heads.take(turn.store, message.person_id)
        entries = Entries(turn.store, self._box, message.person_id, head, recent, self._engine.by_code)
        roles = list(head.roles)
        if not entries.retract(message.source_id, message.assignment_seq):
            return
        watches.leave(turn.store, message.person_id, message.source_id, message.assignment_seq)
        head.partnership = message.partnership
        self._heads.save(turn.store, message.person_id, head, recent)
        changes = self._changes_of(message.person_id)
        changes.add(entries.changed)
        if roles != list(head.roles):
            changes.codes[ROLES] = ANY_TIME
        changes.picture = changes.asks = True
        turn.touch(message.person_id.encode())

    def _membership(self, message: Membership, turn: Turn) -> None:
        head, recent = self._heads.take(turn.store, message.person_id)
        if message.seq <= head.membership_seq:
            return
        if not head.partnership:
            begin(turn.store, message.person_id)
        head.partnership = message.partnership
        head.membership_seq = message.seq
        head.members = [(m.source_id, m.assignment_seq) for m in message.members]
        head.merged_into = message.merged_into
        self._heads.save(turn.store, message.person_id, head, recent)
        self._changes_of(message.person_id).picture = True
        turn.touch(message.person_id.encode())

    def _watch(self, message: Watch, turn: Turn) -> None:
        held = self._heads.look(turn.store, message.person_id).sources.get(message.anchor)
        if held is not None and (
            held.seq > message.assignment_seq or (held.lost and held.seq == message.assignment_seq)
        ):
            return  # the anchor has left for another person, and facts has passed the watch on there
        if watches.keep(turn.store, message):
            self._touch(message.person_id, turn, message.partnership).asks = True

    def _tick(self, turn: Turn) -> None:
        now = due_text(micros(turn.now)).encode()
        prefix = key("t", "")
        taken: list[tuple[bytes, bytes]] = []
        for row_key, _ in turn.store.scan(prefix):
            due, person_id = row_key[len(prefix) :].split(b"/", 1)
            if due > now or len(taken) == DUE_PER_TICK:
                break
            taken.append((row_key, person_id))
        for row_key, person_id in taken:
            turn.store.delete(row_key)
            self._changes_of(person_id.decode()).asks = True
            turn.touch(person_id)
        for found in renewal.advance(turn.store, self._engine.fingerprint):
            self._changes_of(found).renewed = True
            turn.touch(found.encode())
