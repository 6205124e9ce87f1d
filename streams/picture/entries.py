"""Puts entries into a person's rows and takes them out again: entry, chronology, evidence, births, incident aliases.

Taking out undoes exactly what putting in did. No rule is evaluated here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from hub.avro import decode_as, encode
from hub.keystore import Erased
from hub.messages import FactPut
from hub.messages.picture import Entry
from hub.state.api import Store
from hub.state.headers import from_micros
from streams.picture.evidence import BIRTH, Evidence, EvidenceBox, Opened, moment_of
from streams.picture.head import Head, Held, bump
from streams.picture.keys import key, newest_first, quoted
from streams.picture.merge import is_visible, rank, tie_break

_MARK = b"1"
"""Value of a row whose key says all."""
ALL_CODES = "*"
"""Among changed codes: every rule has to be looked at again."""


class Entries:
    """One person's entries.

    Args:
        store: the partition's rows.
        box: opens entries and seals evidence.
        person_id: whose.
        head: its counts are kept up to date; the caller saves it.
    """

    def __init__(self, store: Store, box: EvidenceBox, person_id: str, head: Head) -> None:
        """See the class."""
        self._store = store
        self._box = box
        self._person = person_id
        self._head = head
        self.changed: set[str] = set()
        """Fact codes whose evidence changed."""

    def put(self, message: FactPut) -> bool:
        """Put an entry; False if what is held already is as new or newer.

        Raises:
            BadSeal: its sealed parts are damaged.
        """
        entry, seq = message.entry, message.assignment_seq
        held = self._head.sources.get(entry.source_id) or Held()
        if seq < held.seq or (seq == held.seq and held.lost):
            return False
        if seq > held.seq:
            self.drop(entry.source_id)
            held = Held(seq=seq)
        self._head.sources[entry.source_id] = held
        held.expected = max(held.expected, message.held)
        row_key = key("f", self._person, entry.source_id, entry.record_id, quoted(entry.ref))
        before = self._store.get(row_key)
        if before is not None:
            old = _entry(before)
            if (rank(old), tie_break(old)) >= (rank(entry), tie_break(entry)):
                return False
            self._take_out(old, before)
        else:
            held.rows += 1
        self._put_in(message, row_key)
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
        for row_key, value in list(self._store.scan(key("f", self._person, source_id, ""))):
            self._take_out(_entry(value), value)
            self._store.delete(row_key)
        self._store.delete(key("b", self._person, source_id))

    def _put_in(self, message: FactPut, row_key: bytes) -> None:
        entry = message.entry
        opened = self._box.open(entry) if is_visible(entry) else Opened()
        suffixes = [self._put_evidence(entry, e, n) for n, e in enumerate(opened.evidence)]
        if is_visible(entry):
            self._count(entry, 1)
            self._store.put(self._chronology_key(entry), _MARK)
            self._alias(entry, put=True)
        if opened.birth:
            self._births(entry.source_id, opened.birth, 1)
        index = json.dumps([suffixes, bool(opened.birth)], separators=(",", ":")).encode()
        self._store.put(row_key, index + b"\n" + encode(message))

    def _take_out(self, entry: Entry, value: bytes) -> None:
        suffixes, gave_birth = json.loads(value[: value.index(b"\n")])
        for tag, suffix in suffixes:
            row_key = key("x", self._person, tag, "") + suffix.encode()
            row = self._store.get(row_key)
            evidence = self._box.unseal(entry.source_id, row) if row else None
            self.changed.add(evidence.code if evidence else ALL_CODES)
            self._store.delete(row_key)
            bump(self._head.codes, tag, -1)
        if is_visible(entry):
            self._count(entry, -1)
            self._store.delete(self._chronology_key(entry))
            self._alias(entry, put=False)
        if gave_birth:
            opened = self._box.open(entry)
            if opened.birth:
                self._births(entry.source_id, opened.birth, -1)
            else:  # erased meanwhile: nothing that this source said of a birth can be read again
                self._store.delete(key("b", self._person, entry.source_id))
                self.changed.add(BIRTH)

    def _put_evidence(self, entry: Entry, evidence: Evidence, number: int) -> tuple[str, str]:
        tag = self._box.tag(evidence.code)
        at = newest_first(from_micros(evidence.at))
        row_key = key("x", self._person, tag, at, entry.source_id, entry.record_id, quoted(entry.ref), str(number))
        self._store.put(row_key, self._box.seal(evidence))
        bump(self._head.codes, tag, 1)
        self.changed.add(evidence.code)
        return tag, row_key[len(key("x", self._person, tag, "")) :].decode()

    def _count(self, entry: Entry, by: int) -> None:
        bump(self._head.agencies, entry.agency, by)
        bump(self._head.roles, entry.role.value, by)
        self._head.sources[entry.source_id].visible += by

    def _chronology_key(self, entry: Entry) -> bytes:
        at = newest_first(moment_of(entry))
        return key("h", self._person, at, entry.source_id, entry.record_id, quoted(entry.ref))

    def _alias(self, entry: Entry, *, put: bool) -> None:
        """An incident that was itself prompted by another: what echoes it echoes that one."""
        if not (entry.prompted_by and entry.incident_key) or entry.prompted_by == entry.incident_key:
            return
        row_key = key("l", self._person, entry.incident_key, entry.source_id, entry.record_id, quoted(entry.ref))
        if put:
            self._store.put(row_key, entry.prompted_by.encode())
        else:
            self._store.delete(row_key)
        self.changed.add(ALL_CODES)

    def _births(self, source_id: str, birth: str, by: int) -> None:
        counts = read_births(self._store, self._box, self._person, source_id)
        before = dict(counts)
        bump(counts, birth, by)
        row_key = key("b", self._person, source_id)
        if counts:
            self._store.put(row_key, self._box.sealer.seal_bytes(source_id, json.dumps(counts).encode()))
        else:
            self._store.delete(row_key)
        if counts.keys() != before.keys():
            self.changed.add(BIRTH)


def read_births(store: Store, box: EvidenceBox, person_id: str, source_id: str) -> dict[str, int]:
    """How often a source's live records give each birth date."""
    value = store.get(key("b", person_id, source_id))
    if value is None:
        return {}
    try:
        counts: dict[str, int] = json.loads(box.sealer.open_bytes(source_id, value))
    except Erased:
        return {}
    return counts


def chronology(store: Store, person_id: str) -> Iterator[Entry]:
    """Live, visible entries, newest first."""
    prefix = key("h", person_id, "")
    for row_key, _ in store.scan(prefix):
        rest = row_key[len(prefix) :].split(b"/", 1)[1]
        value = store.get(key("f", person_id, "") + rest)
        if value is not None:
            yield _entry(value)


def all_entries(store: Store, person_id: str) -> Iterator[Entry]:
    """Every entry, tombstones and hidden ones too, in key order."""
    for _, value in store.scan(key("f", person_id, "")):
        yield _entry(value)


def _entry(value: bytes) -> Entry:
    return decode_as(FactPut, value[value.index(b"\n") + 1 :]).entry
