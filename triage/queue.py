"""The queue's order: what must not wait first, then the oldest that nobody has rated, siblings side by side. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from streams.check.state import State
from triage.sql.queries import Entry

GRAVE = 4
_UNRATED = frozenset({State.SCREENING, State.REFERRAL, State.REOPENED})
_AFTER = frozenset({State.DECIDED, State.DISSEMINATED, State.HANDED_OVER, State.ACCEPTED, State.FEEDBACK_SENT,
                    State.ADVICE, State.ROUTED})  # fmt: skip


class Band(StrEnum):
    """Where a check stands in the queue."""

    NOW = "now"
    UNRATED = "unrated"
    IN_HAND = "in_hand"
    AFTER = "after"


_RANK = {band: rank for rank, band in enumerate(Band)}


@dataclass(frozen=True, slots=True)
class Group:
    """Checks of people who belong together: siblings, a household. Often of one check."""

    band: Band
    entries: list[Entry]


def band_of(entry: Entry) -> Band:
    """Red, or grave and not yet looked at, comes before everything until it is decided."""
    check = entry.check
    if check.state in _AFTER:
        return Band.AFTER
    if check.rating == "red" or (check.level >= GRAVE and check.state in _UNRATED):
        return Band.NOW
    return Band.UNRATED if check.state in _UNRATED else Band.IN_HAND


def ordered(entries: Iterable[Entry], neighbours: Mapping[str, set[str]]) -> list[Group]:
    """The queue.

    Args:
        entries: open checks.
        neighbours: check_id -> person ids around the person that it is about.
    """
    groups = [_group(members) for members in _together(list(entries), neighbours)]
    return sorted(groups, key=lambda group: _place(group.entries[0]))


def _group(members: list[Entry]) -> Group:
    members.sort(key=_place)
    return Group(band_of(members[0]), members)


def _place(entry: Entry) -> tuple[int, datetime, str]:
    band = band_of(entry)
    due = min(entry.check.clocks.values(), default=entry.begun_at)
    when = entry.begun_at if band is Band.UNRATED else due
    return _RANK[band], when, entry.check.check_id


def _together(entries: list[Entry], neighbours: Mapping[str, set[str]]) -> list[list[Entry]]:
    """Checks whose people stand in each other's circle, or that are linked, by union-find."""
    parent = {entry.check.check_id: entry.check.check_id for entry in entries}

    def root(check_id: str) -> str:
        while parent[check_id] != check_id:
            parent[check_id] = parent[parent[check_id]]
            check_id = parent[check_id]
        return check_id

    of_person: dict[str, str] = {}
    for entry in entries:
        if entry.check.person_id:
            first = of_person.setdefault(entry.check.person_id, entry.check.check_id)
            parent[root(entry.check.check_id)] = root(first)
    for entry in entries:
        near = [of_person[person] for person in neighbours.get(entry.check.check_id, ()) if person in of_person]
        for other in (*near, *entry.check.linked):
            if other in parent:
                parent[root(other)] = root(entry.check.check_id)
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(root(entry.check.check_id), []).append(entry)
    return list(groups.values())
