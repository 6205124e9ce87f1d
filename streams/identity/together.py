"""Who is named together: young people in one record, in several records of one incident, or with one adult. No circle.

Every pair of a group is a statement that can be taken back; all statements of a pair in one way are summed up in a row
of the kind in which stated ties are. An adult counts who is no relation of the young person by the record itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import combinations, islice, product
from typing import Final

from hub.messages import SealedRecord
from hub.messages.record import Role
from hub.state.api import Store
from streams.identity import rows
from streams.identity.rows import HeldRecord, HeldSubject, num_at, pair_key, text_key
from streams.identity.shared import LINGERS
from streams.identity.ties import MOST_BESIDE

TOGETHER: Final = "named_together"
SAME_ADULT: Final = "same_adult"
WAYS: Final = (TOGETHER, SAME_ADULT)
"""Relations of such ties; their kind is peer."""
MOST_EVIDENCE: Final = 10
"""Records named behind a tie, the first in order of ids (contract of Edge)."""
MOST_RECORDS: Final = 24
"""Records of one group beyond which it says nothing: a reference that somebody writes into all of theirs, say."""
KINDS: Final = frozenset({"police.notice.child", "police.missing", "education.exclusion"})
"""Kinds of records that tell of what happened among young people; a domestic incident or a contact names a family."""
_YOUNG: Final = frozenset({Role.CHILD.value, Role.PEER.value, Role.VICTIM.value})
_ADULT: Final = "a"
"""Begins the name of a group round an adult; incidents and records are hexadecimal and stand behind an 'i'."""

_Named = tuple[str, tuple[int, ...]]
"""On what day (ISO), and whom."""
_Statements = dict[tuple[bytes, str], tuple[str, str]]
"""Pair (smaller number first) and records -> first and last day."""
_parse_named: Final = rows.reader(tuple[str, tuple[int, ...]])
_parse_days: Final = rows.reader(tuple[str, str])


def groups_of(record: SealedRecord, subjects: tuple[HeldSubject, ...]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The groups in which a record names young people, with these."""
    if record.kind not in KINDS:
        return ()
    suspects = {s.number: s.ref for s in subjects if s.role == Role.SUSPECT.value}
    young = {s.number: s.ref for s in subjects if s.role in _YOUNG}
    related = {frozenset((r.subject, r.of)) for r in record.relationships}
    found = {}
    if record.incident_key or len(young) + len(suspects) > 1:
        found[f"i{record.incident_key or record.record_id}"] = tuple(sorted(young.keys() | suspects.keys()))
    for adult, ref in suspects.items():
        strangers = [n for n, its in young.items() if n != adult and frozenset((ref, its)) not in related]
        found[f"{_ADULT}{adult}"] = tuple(sorted(strangers))
    return tuple(sorted((group, numbers) for group, numbers in found.items() if numbers))


def put_together(store: Store, record_id: str, before: HeldRecord | None, after: HeldRecord) -> set[int]:
    """Let the record name just these together. Returns the numbers for whom that made a difference."""
    was, now = _held(before), _held(after)
    changed: set[int] = set()
    for group in sorted(was.keys() | now.keys()):
        if was.get(group) != now.get(group):
            changed |= _put(store, group, record_id, now.get(group))
    return changed


def _held(record: HeldRecord | None) -> dict[str, _Named]:
    """What a record says by group, of those whom it still names."""
    if record is None or not record.live or not record.groups:
        return {}
    there = {s.number for s in record.subjects}
    found = {group: tuple(n for n in numbers if n in there) for group, numbers in record.groups}
    return {
        group: (record.happened, numbers)
        for group, numbers in found.items()
        if numbers and (group[0] != _ADULT or int(group[1:]) in there)
    }


def _put(store: Store, group: str, record_id: str, named: _Named | None) -> set[int]:
    prefix = text_key(b"c", group, "")
    key = prefix + record_id.encode()
    others = islice(store.scan(prefix), MOST_RECORDS + 2)
    held = {row[len(prefix) :].decode(): _parse_named(value) for row, value in others}
    if (mine := store.get(key)) is not None:
        held[record_id] = _parse_named(mine)
    way = SAME_ADULT if group[0] == _ADULT else TOGETHER
    before = _statements(held, way)
    held.pop(record_id, None)
    if named is None:
        store.delete(key)
    else:
        store.put(key, rows.dumps(named))
        held[record_id] = named
    return _say(store, way, before, _statements(held, way))


def _statements(held: dict[str, _Named], way: str) -> _Statements:
    """What is said of each pair; nothing where there are too many records or people.

    Who is named in one record with an adult is named together already; two records speak of one adult if they lie no
    further apart than a shared place lingers.
    """
    everyone = {n for _, numbers in held.values() for n in numbers}
    if len(held) > MOST_RECORDS or not 1 < len(everyone) <= MOST_BESIDE:
        return {}
    found: _Statements = {}
    for record_id, (day, numbers) in held.items() if way == TOGETHER else ():
        found |= {(pair_key(b"", a, b), record_id): (day, day) for a, b in combinations(numbers, 2)}
    for (one, (day, these)), (other, (its_day, those)) in combinations(sorted(held.items()), 2):
        first, last = min(day, its_day), max(day, its_day)
        if way == SAME_ADULT and date.fromisoformat(last) - date.fromisoformat(first) >= LINGERS:
            continue
        days = (first if way == TOGETHER else last, last)
        pairs = {pair_key(b"", min(a, b), max(a, b)) for a, b in product(these, those) if a != b}
        found |= {(pair, f"{one}+{other}"): days for pair in pairs}
    return found


def _say(store: Store, way: str, before: _Statements, after: _Statements) -> set[int]:
    changed: set[bytes] = set()
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) == after.get(name):
            continue
        pair, records = name
        key = _row(pair, way) + records.encode()
        if name in after:
            store.put(key, rows.dumps(after[name]))
        else:
            store.delete(key)
        changed.add(pair)
    return {n for pair in sorted(changed) if _sum_up(store, pair, way) for n in (num_at(pair, 0), num_at(pair, 8))}


def _row(pair: bytes, way: str) -> bytes:
    return b"C" + pair + way[:1].encode()


def _sum_up(store: Store, pair: bytes, way: str) -> bool:
    """Write what is said of a pair, as both ends see it; True if it changed."""
    said = list(_said(store, _row(pair, way)))
    total = None
    if said:
        records = sorted({record for _, _, behind in said for record in behind})
        total = rows.dumps((min(s[0] for s in said), max(s[1] for s in said), records[:MOST_EVIDENCE]))
    keys = [b"T" + ends + way.encode() for ends in (pair, pair[8:] + pair[:8])]
    if store.get(keys[0]) == total:
        return False
    for key in keys:
        if total is None:
            store.delete(key)
        else:
            store.put(key, total)
    return True


def _said(store: Store, prefix: bytes) -> Iterator[tuple[str, str, list[str]]]:
    for row, value in store.scan(prefix):
        yield (*_parse_days(value), row[len(prefix) :].decode().split("+"))
