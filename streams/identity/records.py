"""Records: the difference between what was held and what has come, applied exactly. No matching rule may live here.

What holds is the record of the highest `_rank`, in whatever order they come. The same content again has no new effect
but that facts follow to the higher version. A withdrawal, erasure or restriction takes back whatever the record
contributed, as though it had never come, and is passed on to the pictures.
"""

from __future__ import annotations

from datetime import datetime
from itertools import combinations

from hub.messages import SealedRecord
from hub.messages.erasure import PERSON_ERASURE
from hub.messages.record import Operation
from hub.messages.sealed import SealedSubject
from hub.state.api import Store, Turn
from streams.identity import decisions, erasing, rows
from streams.identity.homes import Homes
from streams.identity.lines import Line, part_of, records_of
from streams.identity.matching import Matcher
from streams.identity.model import MatchModel
from streams.identity.nodes import Effect, NodeBook
from streams.identity.persons import AROUND, CHANGED, LINKED, STAYS, Persons
from streams.identity.receipts import Receipts
from streams.identity.rows import HeldRecord, HeldSubject, num
from streams.identity.shared import Shared, has_end
from streams.identity.shown import Shown
from streams.identity.telling import Telling
from streams.identity.ties import held_ties, put_ties, side_by_side
from streams.identity.together import groups_of, put_together

_HASH = 16
_WITHDRAWALS = frozenset({Operation.WITHDRAW, Operation.ERASE, Operation.RESTRICT})


class Records:
    """Takes records into one store."""

    def __init__(
        self,
        nodes: NodeBook,
        matcher: Matcher,
        persons: Persons,
        homes: Homes,
        shared: Shared,
        shown: Shown,
        receipts: Receipts,
        model: MatchModel,
    ) -> None:
        """See the class."""
        self._nodes = nodes
        self._matcher = matcher
        self._persons = persons
        self._homes = homes
        self._shared = shared
        self._shown = shown
        self._receipts = receipts
        self._telling = Telling(persons, model.version)

    def take(self, record: SealedRecord, turn: Turn) -> None:
        """Apply one record."""
        store = turn.store
        held = rows.get_record(store, record.record_id)
        if record.operation is Operation.ERASE:
            erasing.refuse_held(record)
        frame = _frame(record)
        if held is not None and (_is_same(record, held) or _rank(frame) < _rank(held)):
            again = self._erased_again(turn, record, held)
            if _is_same(record, held) and record.version > held.version:
                self._follow(turn, record, held._replace(version=record.version), silent=again)
            self._receipt(turn, record, "duplicate")
            return
        if held is not None and record.operation is Operation.UPSERT:
            erasing.refuse_under_way(erasing.mark_of(store, record.record_id))
        new = self._as_held(store, record, frame, held)
        kept = new._replace(subjects=()) if record.operation is Operation.ERASE else new
        rows.put_record(store, record.record_id, kept)
        before = held.subjects if held is not None and held.live else ()
        after = new.subjects if new.live else ()
        if not new.live:
            self._telling.withdraw(turn, record, before or new.subjects)
        self._recluster(turn, self._apply(turn, record, held, new, before, after))
        self._telling.pass_on(turn, record, before, new)
        if record.operation is Operation.ERASE:
            self._erase_named(turn, record, new)
        if record.operation in _WITHDRAWALS:
            self._receipt(turn, record, "withdrawn")
            return
        # Here a record is the hub's for good, and at once it is matched: a sender sees both, and misses neither.
        self._receipt(turn, record, "received")
        self._receipt(turn, record, "matched")

    def erase_person(self, turn: Turn, source_id: str, why: erasing.Why) -> None:
        """Leave a source identity out of every record that names it, and have its key destroyed at the end."""
        store, number = turn.store, rows.number_of(turn.store, source_id)
        if number is not None:
            for record_id in records_of(store, number):
                self._leave_out(turn, record_id, number, why)
            node = rows.get_node(store, number)
            if node.state != rows.NAMED:  # it was withdrawn
                rows.put_node(store, number, node._replace(state=rows.NAMED))
                self._touch_person(turn, CHANGED, number)
        erasing.erase_subject(turn, source_id, why)

    def _leave_out(self, turn: Turn, record_id: str, number: int, why: erasing.Why) -> None:
        """What a record says of the others stays; where nobody is left, the record is erased."""
        store, held = turn.store, rows.get_record(turn.store, record_id)
        assert held is not None, "a line of a record that is not held"
        left = tuple(s for s in held.subjects if s.number != number)
        new = held._replace(
            operation=held.operation if left else Operation.ERASE.value,
            subjects=left,
            ties=tuple(t for t in held.ties if number not in t[:2]),
            merges=tuple(m for m in held.merges if number not in m[:2]),
        )
        rows.put_record(store, record_id, new)
        others = {s.number: rows.get_node(store, s.number).source_id for s in left}
        rest = erasing.record_without(record_id, why, [(s, others[s.number]) for s in left])
        self._recluster(turn, self._apply(turn, rest, held, new, held.subjects, left))
        erasing.leave_out(turn, record_id, rows.get_node(store, number).source_id, others.values(), why)

    def _erase_named(self, turn: Turn, record: SealedRecord, new: HeldRecord) -> None:
        """After an erase record: its own keys go, and those of everybody whom no live record names any more."""
        erasing.erase_record_keys(turn, record.record_id, erasing.of_record(record, erasing.ERASE_RECORD))
        whole = record.kind == PERSON_ERASURE
        named = {s.source_id: rows.number_of(turn.store, s.source_id) for s in record.subjects}
        named |= {rows.get_node(turn.store, s.number).source_id: s.number for s in new.subjects}
        for source_id, number in sorted(named.items()):
            live = number is not None and rows.get_node(turn.store, number).live
            if not live or (whole and any(s.source_id == source_id for s in record.subjects)):
                self.erase_person(turn, source_id, erasing.of_record(record, erasing.ERASE_RECORD, source_id))

    def _erased_again(self, turn: Turn, record: SealedRecord, held: HeldRecord) -> bool:
        """Whether what was erased is read again: it has no effect, and the keys it was sealed under go as well."""
        store, kept = turn.store, {s.number for s in held.subjects}
        again = [
            s.source_id
            for s in record.subjects
            if erasing.mark_of(store, s.source_id) is not None and rows.number_of(store, s.source_id) not in kept
        ]
        if held.operation == Operation.ERASE.value or (again and _is_same(record, held)):
            again.append(record.record_id)
        for name in again:
            erasing.put_off(turn, name, record.partnership, held.content)
        return bool(again)

    def erase_again(self, turn: Turn) -> None:
        """Destroy, when they are due, the keys of what was read again: unless somebody has spoken of them anew."""
        for name, content, why in erasing.due(turn):
            mark, number = erasing.mark_of(turn.store, name), rows.number_of(turn.store, name)
            held = rows.get_record(turn.store, name)
            if mark is not None and not mark.done:
                continue  # they go with an erasure that is under way
            if held is not None:
                if held.content == content:
                    erasing.erase_record_keys(turn, name, why, shared=bool(held.subjects))
            elif number is None or not rows.get_node(turn.store, number).live:
                erasing.erase_subject(turn, name, why)

    def _recluster(self, turn: Turn, touched: set[int]) -> None:
        if touched:
            self._persons.recluster(turn, touched)
            for number in sorted(touched):
                turn.touch(LINKED + num(rows.get_node(turn.store, number).person))

    def _follow(self, turn: Turn, record: SealedRecord, held: HeldRecord, *, silent: bool) -> None:
        """The same content under a higher version: facts carry it, and when and how it was first read.

        So what was back-loaded opens nothing when the source's next extract says it again. `silent` where it names
        somebody who was erased: nothing of that is passed on.
        """
        rows.put_record(turn.store, record.record_id, held)
        if silent:
            return
        whence = record.whence.model_copy(update={"history": held.history})
        first = datetime.fromisoformat(held.received)
        self._telling.pass_on(turn, record.model_copy(update={"received_at": first, "whence": whence}), (), held)

    def _as_held(self, store: Store, record: SealedRecord, frame: HeldRecord, held: HeldRecord | None) -> HeldRecord:
        if record.operation is not Operation.UPSERT:
            return frame._replace(subjects=held.subjects if held else ())
        numbers = [self._nodes.number(store, s.source_id, record.partnership) for s in record.subjects]
        subjects = tuple(
            HeldSubject(s.ref, s.role.value, number, _hash(s).hex(), s.restricted)
            for s, number in zip(record.subjects, numbers, strict=True)
        )
        merges = tuple(
            (
                self._nodes.number(store, m.source_id, record.partnership),
                self._nodes.number(store, m.merged_source_id, record.partnership),
                m.undone,
            )
            for m in record.merges
            if m.source_id != m.merged_source_id
        )
        ties, groups = held_ties(record, subjects), groups_of(record, subjects)
        happened = "" if not groups else _day(record.occurred_at) if record.occurred_at else frame.day
        return frame._replace(subjects=subjects, ties=ties, merges=merges, groups=groups, happened=happened)

    def _apply(
        self,
        turn: Turn,
        record: SealedRecord,
        held: HeldRecord | None,
        new: HeldRecord,
        before: tuple[HeldSubject, ...],
        after: tuple[HeldSubject, ...],
    ) -> set[int]:
        """Bring rows up to date; returns the numbers whose persons may change."""
        changed, hidden = self._contribute(turn, record, new, before, after)
        touched, tied = self._tie(turn, record.record_id, held, new)
        for number in sorted(put_together(turn.store, record.record_id, held, new)):
            self._touch_person(turn, AROUND, number)
        touched |= self._merge(turn.store, record.record_id, held, new)
        linked: set[int] = set()
        homes: dict[int, set[str]] = {}
        for number in sorted(changed | hidden):
            again = self._nodes.rebuild(turn.store, number) or number in hidden
            if again:
                tied.add(number)
                linked |= {number} | self._matcher.rematch(turn.store, number)
            places = self._homes.move(turn, number)
            self._shared.move(turn, number)
            if again or places:
                homes[number] = places
        touched |= linked | self._shown.follow(turn.store, tied, linked, homes)
        touched |= self._live(turn, record.operation, (*before, *new.subjects), after)
        return touched | {s.number for s in after if not rows.get_node(turn.store, s.number).person}

    def _contribute(
        self,
        turn: Turn,
        record: SealedRecord,
        new: HeldRecord,
        before: tuple[HeldSubject, ...],
        after: tuple[HeldSubject, ...],
    ) -> tuple[set[int], set[int]]:
        """Identities and restrictions; returns the numbers whose contributions, and whose restriction, changed."""
        store, record_id = turn.store, record.record_id
        changed: set[int] = set()
        was_held = {(s.number, s.identity_hash) for s in before}
        now_held = {(s.number, s.identity_hash): sealed for s, sealed in zip(after, record.subjects, strict=False)}
        roles: dict[tuple[int, str], frozenset[str]] = {}
        for s in after:
            roles[s.number, s.identity_hash] = roles.get((s.number, s.identity_hash), frozenset()) | {s.role}
        for (number, name), subject in now_held.items():
            opened = lambda s=subject: self._nodes.open_identity(store, s.source_id, s.identity)  # noqa: E731
            line = Line(record_id, new.day, part_of(roles[number, name]))
            effect = self._nodes.add(store, number, bytes.fromhex(name), line, opened, held=(number, name) in was_held)
            self._note(turn, number, effect, changed)
        for number, name in sorted(was_held - now_held.keys()):
            effect = self._nodes.remove(store, number, bytes.fromhex(name), record_id)
            self._note(turn, number, effect, changed)
        classes = dict.fromkeys((s.number for s in before), "") | {s.number: s.restricted for s in after}
        classes |= {s.number: s.restricted for s in after if s.restricted}
        hidden = {n for n, what in classes.items() if self._nodes.restrict(store, n, record_id, what)}
        for number in sorted(hidden):
            self._touch_person(turn, CHANGED, number)  # its neighbours' circles gain or lose it
        return changed, hidden

    @staticmethod
    def _touch_person(turn: Turn, kind: bytes, number: int) -> None:
        person = rows.get_node(turn.store, number).person
        if person:
            turn.touch(kind + num(person))

    def _note(self, turn: Turn, number: int, effect: Effect, changed: set[int]) -> None:
        if effect is Effect.FEATURES:
            changed.add(number)
        elif effect is Effect.DAYS or (effect is Effect.LAST and self._has_moved(turn.store, number)):
            self._touch_person(turn, STAYS, number)

    @staticmethod
    def _has_moved(store: Store, number: int) -> bool:
        """Whether each mention may say when the person left a home or a telephone, or how long it was about a place."""
        stays = rows.get_person(store, rows.get_node(store, number).person).stays
        return any(set(a.places).isdisjoint(b.places) for a, b in combinations(stays, 2)) or has_end(store, number)

    def _tie(self, turn: Turn, record_id: str, held: HeldRecord | None, new: HeldRecord) -> tuple[set[int], set[int]]:
        """Ties of the record; returns whose being two people was learnt or unlearnt, and whose ties are others."""
        old_ties = held.ties if held is not None and held.live else ()
        if old_ties == new.ties:
            return set(), set()
        ends = {(t[0], t[1]) for t in (*old_ties, *new.ties)}
        known = {p for p in ends if side_by_side(turn.store, *p)}
        tied = put_ties(turn.store, record_id, old_ties, new.ties)
        for end in sorted(tied):
            self._touch_person(turn, AROUND, end)
        learnt = {p for p in ends if side_by_side(turn.store, *p) != (p in known)}
        return {n for a, b in learnt if self._related(turn.store, a, b) for n in (a, b)}, tied

    def _related(self, store: Store, a: int, b: int) -> bool:
        """Whether it makes a difference to clusters that these two are different people."""
        one, two = rows.get_node(store, a).person, rows.get_node(store, b).person
        return (one == two and one != 0) or self._matcher.share_a_neighbour(store, a, b)

    def _merge(self, store: Store, record_id: str, held: HeldRecord | None, new: HeldRecord) -> set[int]:
        """Agency merges; returns the numbers that they name."""
        old = held.merges if held is not None and held.live else ()
        for a, b, _ in old:
            decisions.forget_merge(store, a, b, record_id)
        for a, b, undone in new.merges:
            decisions.assert_merge(store, a, b, record_id, new.version, undone=undone)
        return {n for a, b, _ in (*old, *new.merges) for n in (a, b)}

    def _live(
        self, turn: Turn, operation: Operation, before: tuple[HeldSubject, ...], after: tuple[HeldSubject, ...]
    ) -> set[int]:
        """Who is mentioned by a live record now; returns those for whom that changed."""
        store = turn.store
        changed: set[int] = set()
        for number in sorted({s.number for s in (*before, *after)}):
            node = rows.get_node(store, number)
            gone = rows.NAMED if operation is Operation.ERASE else rows.WITHDRAWN
            if any(s.number == number for s in after) or self._nodes.mentioned(store, number):
                gone = rows.LIVE
            if node.state != gone:
                rows.put_node(store, number, node._replace(state=gone))
                changed.add(number)
                self._touch_person(turn, CHANGED, number)
        return changed

    def _receipt(self, turn: Turn, record: SealedRecord, stage: str) -> None:
        self._receipts.note(turn, (record.partnership, record.agency, record.system, stage), record.record_id)


def _frame(record: SealedRecord) -> HeldRecord:
    """What is remembered of a record beside those whom it names."""
    written = record.recorded_at or record.occurred_at or record.received_at
    return HeldRecord(
        record.version,
        record.original_hash.hex(),
        record.operation.value,
        _day(written),
        record.received_at.isoformat(),
        record.whence.history,
    )


def _rank(record: HeldRecord) -> tuple[int, bool, str]:
    """The highest holds. Of several of one version a withdrawal comes first; the last part only breaks ties."""
    return (record.version, not record.live, record.content)


def _is_same(record: SealedRecord, held: HeldRecord) -> bool:
    """The same content, or the content that was erased: however high its version, it does not come back."""
    same = held.operation in {record.operation.value, Operation.ERASE.value}
    return same and held.content == record.original_hash.hex()


def _hash(subject: SealedSubject) -> bytes:
    """The identity hash at its fixed width, whatever a writer sent."""
    return subject.identity_hash[:_HASH].ljust(_HASH, b"\0")


def _day(at: datetime) -> str:
    return at.date().isoformat()
