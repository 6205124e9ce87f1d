"""The identity stage without input or output: records, decisions and ticks in; facts, persons, reviews, receipts out.

Invariants:
    - the persons are a pure function of live identities, decisions and model, whatever the order of arrival;
    - a record taken back leaves what there would be had it never come;
    - everything stands in rows: a core made anew over the same rows goes on as the old one would have, and one with
      another model comes, tick by tick, to the persons that it would have formed from the first;
    - no clock but ticks, no randomness but the nonces of seals.
No Kafka, no file and no format of an agency may be named here.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

from pydantic import BaseModel

from hub.ids import Pseudonyms
from hub.messages import EraseCommand, Erasure, IdentityCommand, SealedRecord, Tick
from hub.sealing import Sealer
from hub.state.api import GaugeValues, Store, Turn
from hub.state.api import Rows as StoredRows
from streams.identity import decisions, erasing, receipts, renewal, rows
from streams.identity.blocking import KeyHasher
from streams.identity.circles import Circles
from streams.identity.homes import Homes
from streams.identity.matching import Matcher
from streams.identity.model import SAME_IN_CONFLICT, SAME_TWO_NUMBERS, MatchModel, shipped_model
from streams.identity.nodes import NodeBook
from streams.identity.persons import AROUND, CHANGED, LINKED, STAYS, Persons
from streams.identity.receipts import Receipts
from streams.identity.records import Records
from streams.identity.reviews import Reviews, count_open
from streams.identity.rows import num, num_at
from streams.identity.shared import Shared
from streams.identity.shown import Shown


class IdentityCore:
    """A `hub.state.api.Core`.

    Args:
        pseudonyms: the partnership's keyed hashes; keys and places are hashed under a secret made from them.
        sealer: opens identities and seals features.
        model: the match model; the shipped one if None.
    """

    name = "identity"
    input_topic = "records"

    def __init__(self, pseudonyms: Pseudonyms, sealer: Sealer, model: MatchModel | None = None) -> None:
        """See the class."""
        self.model = model or shipped_model()
        hasher = KeyHasher(pseudonyms)
        self.nodes = NodeBook(sealer, self.model.tables)
        self.matcher = Matcher(self.nodes, self.model, hasher)
        self.persons = Persons(self.matcher, self.model)
        self.homes = Homes(self.nodes, hasher)
        self._shown = Shown(self.nodes, self.matcher, self.model)
        self._shared = Shared(self.nodes, hasher)
        self._circles = Circles(self.homes, self._shared, self.persons)
        self._reviews = Reviews(self.matcher, self.persons, self.model)
        self._receipts = Receipts()
        self._records = Records(
            self.nodes,
            self.matcher,
            self.persons,
            self.homes,
            self._shared,
            self._shown,
            self._receipts,
            self.model,
        )

    def handle(self, message: BaseModel, turn: Turn) -> None:
        """Take one message. Other types than those of the catalogue are a mistake of the shell.

        Raises:
            Skippable: see `decisions.decide`, and seals that do not open.
        """
        self._circles.forget()
        match message:
            case SealedRecord():
                self._records.take(message, turn)
            case IdentityCommand():
                self._decide(message, turn)
            case EraseCommand():
                self._records.erase_person(turn, message.source_id, erasing.of_command(message))
            case Erasure():
                erasing.note_done(turn.store, message)
            case Tick():
                self._tick(turn)
            case _:
                raise TypeError(f"{type(message).__name__} is no input of the identity stage")

    def settle_one(self, key: bytes, turn: Turn) -> None:
        """Say, once a batch, what came of a person or of an agency's records."""
        kind = key[:1]
        if kind == receipts.TOUCH:
            self._receipts.send(turn)
            return
        number = num_at(key, 1)
        if kind == AROUND:
            self._circles.say(turn, number)
            return
        if kind == CHANGED:
            self.persons.say_membership(turn, number)
            self._circles.touch_neighbours(turn, number)
            turn.touch(LINKED + num(number))
        elif kind == STAYS:
            self._circles.follow_stays(turn, number)
        else:
            self._reviews.say(turn, number)

    def gauges(self, store: StoredRows, now: datetime) -> GaugeValues:  # noqa: ARG002 - reviews have no due time
        """Reviews that wait for a person."""
        return {("reviews_open",): count_open(store)}

    def _decide(self, command: IdentityCommand, turn: Turn) -> None:
        concerned = decisions.decide(turn.store, command, partial(self._needs_second, turn.store))
        if concerned is not None:
            self._again(turn, set(concerned))

    def _needs_second(self, store: Store, a: int, b: int, decision: str) -> bool:
        asked = self.model.second_person
        if decision in asked:
            return True
        if decision != decisions.SAME:
            return False
        of_numbers = SAME_TWO_NUMBERS in asked and self.persons.conflicts(store).two_numbers(a, b)
        return of_numbers or (SAME_IN_CONFLICT in asked and self.persons.others_conflict(store, a, b))

    def _tick(self, turn: Turn) -> None:
        self._records.erase_again(turn)
        touched = self.matcher.work_off(turn.store)
        touched |= self._shown.follow(turn.store, touched, touched, dict.fromkeys(touched, ()))
        for a, b in decisions.expired(turn.store, turn.now):
            touched |= {a, b}
        for number in renewal.advance(turn.store, self.model.fingerprint):
            linked = {number} | self.matcher.rematch(turn.store, number)
            touched |= linked | self._shown.follow(turn.store, {number}, linked, {number: ()})
        if touched:
            self._again(turn, touched)

    def _again(self, turn: Turn, touched: set[int]) -> None:
        self.persons.recluster(turn, touched)
        for number in sorted(touched):
            turn.touch(LINKED + num(rows.get_node(turn.store, number).person))
