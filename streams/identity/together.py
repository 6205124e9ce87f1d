"""Who is named together: young people in one record, or in several records of one incident. No circle here.

Every pair of a group (an incident, or a record of none) is a statement that can be taken back; all statements of a pair
are summed up in a row of the kind in which stated ties are.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice, product
from typing import Final

from hub.messages import SealedRecord
from hub.messages.record import Role
from hub.state.api import Store
from streams.identity import rows
from streams.identity.rows import HeldRecord, HeldSubject, num_at, pair_key, text_key
from streams.identity.ties import MOST_BESIDE

TOGETHER: Final = "named_together"
"""Relation of such a tie; its kind is peer."""
MOST_EVIDENCE: Final = 10
"""Records named behind a tie, the first in order of ids (contract of Edge)."""
MOST_RECORDS: Final = 24
"""Records of one incident from which its reference says nothing: somebody writes the same one into all of theirs."""
KINDS: Final = frozenset({"police.notice.child", "police.missing", "education.exclusion"})
"""Kinds of records that tell of what happened among young people; a domestic incident or a contact names a family."""
_ROLES: Final = frozenset({Role.CHILD.value, Role.PEER.value, Role.VICTIM.value, Role.SUSPECT.value})

_Group = dict[str, tuple[str, tuple[int, ...]]]
"""Of each record: the day (ISO), and whom it names."""
_Statements = dict[tuple[bytes, str], tuple[str, str]]
"""Pair (smaller number first) and records -> first and last day."""
_parse_named: Final = rows.reader(tuple[str, tuple[int, ...]])
_parse_days: Final = rows.reader(tuple[str, str])


def group_of(record: SealedRecord, subjects: tuple[HeldSubject, ...]) -> str:
    """The group in which a record names people together; '' if it names nobody so."""
    if record.kind not in KINDS:
        return ""
    named = sum(s.role in _ROLES for s in subjects)
    return (record.incident_key if named else "") or (record.record_id if named > 1 else "")


def put_together(store: Store, record_id: str, before: HeldRecord | None, after: HeldRecord) -> set[int]:
    """Let the record name just these together. Returns the numbers for whom that made a difference."""
    changed: set[int] = set()
    for group in sorted({h.group for h in (before, after) if h is not None and h.group}):
        was, now = (_named(h, group) for h in (before, after))
        if was != now:
            changed |= _put(store, group, record_id, now)
    return changed


def _named(held: HeldRecord | None, group: str) -> tuple[str, tuple[int, ...]] | None:
    if held is None or not held.live or held.group != group:
        return None
    numbers = tuple(sorted({s.number for s in held.subjects if s.role in _ROLES}))
    return (held.happened, numbers) if numbers else None


def _put(store: Store, group: str, record_id: str, named: tuple[str, tuple[int, ...]] | None) -> set[int]:
    prefix = text_key(b"c", group, "")
    key = prefix + record_id.encode()
    others = islice(store.scan(prefix), MOST_RECORDS + 2)
    held: _Group = {row[len(prefix) :].decode(): _parse_named(value) for row, value in others}
    if record_id not in held and (mine := store.get(key)) is not None:
        held[record_id] = _parse_named(mine)
    before = _statements(held)
    held.pop(record_id, None)
    if named is None:
        store.delete(key)
    else:
        store.put(key, rows.dumps(named))
        held[record_id] = named
    return _say(store, before, _statements(held))


def _statements(held: _Group) -> _Statements:
    """What is said of each pair; nothing where there are too many records or people."""
    everyone = {n for _, numbers in held.values() for n in numbers}
    if len(held) > MOST_RECORDS or not 1 < len(everyone) <= MOST_BESIDE:
        return {}
    found: _Statements = {}
    for record_id, (day, numbers) in held.items():
        found |= {(pair_key(b"", a, b), record_id): (day, day) for a, b in combinations(numbers, 2)}
    for (one, (day, these)), (other, (its_day, those)) in combinations(sorted(held.items()), 2):
        days = (min(day, its_day), max(day, its_day))
        found |= {
            (pair_key(b"", min(a, b), max(a, b)), f"{one}+{other}"): days for a, b in product(these, those) if a != b
        }
    return found


def _say(store: Store, before: _Statements, after: _Statements) -> set[int]:
    changed: set[bytes] = set()
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) == after.get(name):
            continue
        pair, records = name
        key = b"C" + pair + records.encode()
        if name in after:
            store.put(key, rows.dumps(after[name]))
        else:
            store.delete(key)
        changed.add(pair)
    return {n for pair in sorted(changed) if _sum_up(store, pair) for n in (num_at(pair, 0), num_at(pair, 8))}


def _sum_up(store: Store, pair: bytes) -> bool:
    """Write what is said of a pair, as both ends see it; True if it changed."""
    said = list(_said(store, pair))
    total = None
    if said:
        records = sorted({record for _, _, behind in said for record in behind})
        total = rows.dumps((min(s[0] for s in said), max(s[1] for s in said), records[:MOST_EVIDENCE]))
    keys = [b"T" + ends + TOGETHER.encode() for ends in (pair, pair[8:] + pair[:8])]
    if store.get(keys[0]) == total:
        return False
    for key in keys:
        if total is None:
            store.delete(key)
        else:
            store.put(key, total)
    return True


def _said(store: Store, pair: bytes) -> Iterator[tuple[str, str, list[str]]]:
    for row, value in store.scan(b"C" + pair):
        yield (*_parse_days(value), row[1 + len(pair) :].decode().split("+"))
