"""Puts entries into a person's rows and takes them out again: entry, evidence, birth dates, incident aliases.

A newer version of a record changes what differs from the one before, and nothing else. Taking out undoes exactly what
putting in did. No rule is evaluated here.
"""

from __future__ import annotations

from collections.abc import Container, Iterable

import msgspec

from hub.messages import FactPut
from hub.messages.picture import Entry
from hub.state.api import Store
from hub.state.headers import micros
from streams.picture import chronology
from streams.picture.chronology import entry_of_row
from streams.picture.evidence import BIRTH, NOTHING, Evidence, EvidenceBox, Opened, moment_of
from streams.picture.head import Head, Held, bump
from streams.picture.index import Index, index_of
from streams.picture.keys import SPAN_DIGITS, key, newest_span_first, quoted
from streams.picture.merge import is_visible, rank, tie_break
from streams.picture.recent import Recent
from streams.picture.rules.watcher import ANY_TIME

ALL_CODES = "*"
"""Among changed codes: every rule has to be looked at again."""


class Entries:
    """One person's entries.

    Args:
        store: the partition's rows.
        box: opens entries and seals evidence.
        person_id: whose.
        head: its counts are kept up to date; the caller saves it.
        recent: kept up to date, as the head.
        asked: fact codes that some rule asks for: others make no evidence.
    """

    def __init__(
        self, store: Store, box: EvidenceBox, person_id: str, head: Head, recent: Recent, asked: Container[str]
    ) -> None:
        """See the class."""
        self._asked = asked
        self._store = store
        self._box = box
        self._person = person_id
        self._head = head
        self._recent = recent
        self.changed: dict[str, int] = {}
        """Fact codes whose evidence changed -> when the newest of it was, microseconds."""
        self.counts = False
        """Whether anything in the head changed: a record said again with other words mostly leaves it as it is."""
        self.news = False
        """Whether an entry was put that says anything else than the one it holds over."""

    def put(self, message: FactPut, value: bytes) -> bool:
        """Put an entry; False if what is held already is as new or newer.

        Args:
            message: the entry.
            value: the same, encoded: what the row keeps.

        Raises:
            BadSeal: its sealed parts are damaged.
        """
        entry, seq = message.entry, message.assignment_seq
        held = self._head.sources.get(entry.source_id)
        if held is not None and (seq < held.seq or (seq == held.seq and held.lost)):
            return False
        if held is None or seq > held.seq:
            if held is not None:
                self.drop(entry.source_id)
            held = self._head.sources[entry.source_id] = Held(seq=seq)
            self.counts = True
        if message.held > held.expected:
            held.expected = message.held
            self.counts = True
        name = f"{entry.source_id}/{entry.record_id}/{quoted(entry.ref)}"
        row_key = key("f", self._person, name)
        row = self._store.get(row_key)
        before = index_of(row) if row is not None else None
        if before is None:
            held.rows += 1
            self.counts = True
        elif row is not None and not _holds_over(entry, before, row):
            return False
        opened = self._box.open(entry, self._asked) if is_visible(entry) else NOTHING
        rows = self._rows_of(name, opened)
        after = self._index(entry, opened, rows)
        self.news |= before is None or row is None or not _says_the_same(entry, before, row)
        self.counts = self.counts or before is None or _counted(before) != _counted(after)
        self._evidence(entry.source_id, before.evidence if before else [], rows)
        self._births(entry.source_id, before.birth if before else "", after.birth, opened.birth)
        self._count(entry.source_id, before, after)
        if after.incident or (before and before.incident):
            self._alias(entry, before.incident if before else "", after.incident)
        self._store.put(row_key, after.before(value))
        chronology.keep(self._store, self._person, self._head, row_key, before, after)
        return True

    def retract(self, source_id: str, seq: int) -> bool:
        """Everything of a source up to this assignment leaves; False if that was known."""
        held = self._head.sources.get(source_id) or Held()
        if seq < held.seq or (seq == held.seq and held.lost):
            return False
        self.drop(source_id)
        self._head.sources[source_id] = Held(seq=seq, lost=True)
        return True

    def drop(self, source_id: str) -> None:
        """Take out every entry of a source."""
        for row_key, row in list(self._store.scan(key("f", self._person, source_id, ""))):
            before = index_of(row)
            self._evidence(source_id, before.evidence, {})
            self._births(source_id, before.birth, "", "")
            self._count(source_id, before, None)
            if before.incident:
                self._alias(entry_of_row(row), before.incident, "")
            self._store.delete(row_key)
            chronology.keep(self._store, self._person, self._head, row_key, before, None)

    def look_again(self) -> None:
        """Make the evidence of every entry afresh: the rules may ask for other fact codes than before.

        Raises:
            BadSeal: sealed parts are damaged.
        """
        self._recent.clear()
        for row_key, row in list(self._store.scan(key("f", self._person, ""))):
            before = index_of(row)
            if before.visible:
                entry = entry_of_row(row)
                name = f"{entry.source_id}/{entry.record_id}/{quoted(entry.ref)}"
                after = self._rows_of(name, self._box.open(entry, self._asked))
                self._evidence(entry.source_id, before.evidence, after)
                index = msgspec.structs.replace(before, evidence=list(after))
                self._store.put(row_key, index.before(row[row.index(b"\n") + 1 :]))

    def _index(self, entry: Entry, opened: Opened, rows: Iterable[tuple[str, str]]) -> Index:
        aliased = bool(entry.prompted_by and entry.incident_key) and entry.prompted_by != entry.incident_key
        visible = is_visible(entry)
        return Index(
            rank=rank(entry),
            at=micros(moment_of(entry)),
            visible=visible,
            agency=entry.agency,
            role=entry.role.value,
            birth=self._box.birth_tag(entry.source_id, opened.birth) if opened.birth else "",
            incident=entry.incident_key if visible and aliased else "",
            evidence=list(rows),
        )

    def _rows_of(self, name: str, opened: Opened) -> dict[tuple[str, str], Evidence]:
        """Where each piece of an entry's evidence stands: coded fact code and the rest of the key."""
        tag = self._box.tag
        return {(tag(e.code), f"{newest_span_first(e.at)}/{name}/{number}"): e for number, e in opened.evidence}

    def _evidence(self, source_id: str, before: list[tuple[str, str]], after: dict[tuple[str, str], Evidence]) -> None:
        """Write what is new or another, delete what is gone; a row that says the same stays as it is."""
        known: dict[tuple[str, str], Evidence | None] = {}
        for place in before:
            tag, rest = place
            row_key = key("x", self._person, tag, rest)
            row = self._store.get(row_key)
            old = known[place] = self._box.unseal(source_id, row) if row else None
            if place not in after:
                self._changes(old.code if old else ALL_CODES, old.at if old else ANY_TIME)
                self._store.delete(row_key)
                self._recent.remove(tag, row_key, old)
                bump(self._head.codes, tag, -1)
                self.counts = True
        for place, evidence in after.items():
            tag, rest = place
            old = known.get(place)
            if old == evidence:
                continue
            self._changes(evidence.code, max(evidence.at, old.at) if old else evidence.at)
            row_key = key("x", self._person, tag, rest)
            self._store.put(row_key, self._box.seal(evidence))
            if place in known:
                self._recent.remove(tag, row_key, old)
            else:
                self.counts = True
                if bump(self._head.codes, tag, 1) == 1:
                    self._recent.begin(tag)
            self._recent.add(tag, rest[:SPAN_DIGITS].encode(), row_key, evidence)

    def _changes(self, code: str, at: int) -> None:
        """Evidence of a code is another one. Of changes the newest decides who looks at it again."""
        self.changed[code] = max(at, self.changed.get(code, at))

    def _count(self, source_id: str, before: Index | None, after: Index | None) -> None:
        if before and after and before.counted() == after.counted():
            return
        for index, by in ((before, -1), (after, 1)):
            if index is not None and index.visible:
                bump(self._head.agencies, index.agency, by)
                bump(self._head.roles, index.role, by)
                self._head.sources[source_id].visible += by

    def _alias(self, entry: Entry, before: str, after: str) -> None:
        """An incident that was itself prompted by another: what echoes it echoes that one."""
        for incident in {before, after} - {""}:
            row_key = key("l", self._person, incident, entry.source_id, entry.record_id, quoted(entry.ref))
            old, new = self._store.get(row_key), entry.prompted_by.encode() if incident == after else None
            if new is None:
                self._store.delete(row_key)
            elif old != new:
                self._store.put(row_key, new)
            if old != new:
                self.changed[ALL_CODES] = ANY_TIME

    def _births(self, source_id: str, before: str, after: str, birth: str) -> None:
        """Count what a source's records give as the birth date: sealed once, however many say it."""
        if before == after:
            return
        births = self._head.sources[source_id].births
        if before:
            count, sealed = births.pop(before)
            if count > 1:
                births[before] = (count - 1, sealed)
            else:
                self.changed[BIRTH] = ANY_TIME
        if after:
            count, sealed = births.get(after) or (0, "")
            if not count:
                sealed = self._box.seal_text(source_id, birth)
                self.changed[BIRTH] = ANY_TIME
            births[after] = (count + 1, sealed)


def births_of(head: Head, box: EvidenceBox) -> dict[str, int]:
    """Birth date -> how many source identities give it."""
    found: dict[str, int] = {}
    for source_id, held in head.sources.items():
        for _, sealed in held.births.values():
            birth = box.unseal_text(source_id, sealed)
            if birth is not None:
                bump(found, birth, 1)
    return found


def _says_the_same(entry: Entry, before: Index, row: bytes) -> bool:
    """Whether only the version is another: a source sent the same content again, on the same terms."""
    same_content = bool(entry.original_hash) and rank(entry)[1:] == before.rank[1:]
    return same_content and entry_of_row(row).terms == entry.terms


def _counted(index: Index) -> tuple[object, ...]:
    return (index.visible, index.agency, index.role, index.birth)


def _holds_over(entry: Entry, before: Index, row: bytes) -> bool:
    new = rank(entry)
    return new > before.rank or (new == before.rank and tie_break(entry) > tie_break(entry_of_row(row)))
