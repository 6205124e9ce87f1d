"""What people and agencies assert about pairs: decisions, and agency merges (HL7 A40). No score may live here.

Both are kept as data and read by the clustering, so that either can be taken back and the earlier state returns. Of
several decisions on a pair the latest by its own time holds, whatever the order they came in.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, NamedTuple

from hub.messages import IdentityCommand
from hub.state.api import Store
from streams.identity import rows
from streams.identity.errors import BadDecision, UnknownSource
from streams.identity.rows import num, num_at, pair_key

SAME: Final = "same"
DIFFERENT: Final = "different"
CANNOT_TELL: Final = "cannot_tell"
WITHDRAWN: Final = "withdrawn"
DECISIONS: Final = frozenset({SAME, DIFFERENT, CANNOT_TELL, WITHDRAWN})
_TIME = "%Y%m%dT%H%M%S%f"


class Decision(NamedTuple):
    """The decision that holds on a pair."""

    at: str
    command_id: str
    decision: str
    actor: str
    reason: str
    expires: str


_parse: Final = rows.reader(Decision)
_parse_assertion: Final = rows.reader(tuple[int, bool])


def decide(
    store: Store, command: IdentityCommand, needs_second: Callable[[int, int, str], bool] = lambda _a, _b, _what: False
) -> tuple[int, int] | None:
    """Note a decision. Returns the pair, or None where the command had its effect before.

    Args:
        store: the rows.
        command: what somebody decides.
        needs_second: whether such a decision on this pair holds only once another person takes it as well.

    Raises:
        BadDecision: the decision does not exist, or the pair is one identity.
        UnknownSource: no record has mentioned one of the two.
    """
    if command.decision not in DECISIONS or command.source_a == command.source_b:
        raise BadDecision
    a, b = rows.number_of(store, command.source_a), rows.number_of(store, command.source_b)
    if a is None or b is None:
        raise UnknownSource
    if rows.get_node(store, a).partnership != rows.get_node(store, b).partnership:
        raise BadDecision
    seen = rows.text_key(b"y", command.command_id)
    if store.get(seen) is not None:
        return None
    store.put(seen, b"")
    new = Decision(
        _stamp(command.at),
        command.command_id,
        command.decision,
        command.actor,
        command.reason,
        _stamp(command.expires) if command.expires else "",
    )
    if needs_second(a, b, new.decision) and not _seconded(store, a, b, new):
        return a, b
    store.delete(_pending_key(a, b))
    held = decision_on(store, a, b)
    if held is None or (new.at, new.command_id) > (held.at, held.command_id):
        _put(store, a, b, held, new)
    return a, b


def _seconded(store: Store, a: int, b: int, new: Decision) -> bool:
    """Whether somebody else took the same decision before; else it waits for somebody who does."""
    first = pending(store, a, b)
    if first is not None and first.decision == new.decision and first.actor != new.actor:
        return True
    store.put(_pending_key(a, b), rows.dumps(new))
    return False


def pending(store: Store, a: int, b: int) -> Decision | None:
    """The decision of a first person, who needs a second."""
    raw = store.get(_pending_key(a, b))
    return None if raw is None else _parse(raw)


def _pending_key(a: int, b: int) -> bytes:
    return pair_key(b"Z", min(a, b), max(a, b))


def _put(store: Store, a: int, b: int, held: Decision | None, new: Decision) -> None:
    if held is not None and held.expires:
        store.delete(_due_key(held.expires, a, b))
    for key in (pair_key(b"z", a, b), pair_key(b"z", b, a)):
        store.put(key, rows.dumps(new))
    if new.expires:
        store.put(_due_key(new.expires, a, b), b"")


def decision_on(store: Store, a: int, b: int) -> Decision | None:
    """The decision on a pair, also one that was withdrawn."""
    raw = store.get(pair_key(b"z", a, b))
    return None if raw is None else _parse(raw)


def decided(store: Store, number: int) -> dict[int, str]:
    """Far end -> decision, for all pairs of one source identity."""
    return dict(store.listed(b"z" + num(number), lambda key, value: (num_at(key, 9), _parse(value).decision)))


def expired(store: Store, now: datetime) -> list[tuple[int, int]]:
    """Pairs whose decision must be looked at again by now. Each is returned once; the decision holds meanwhile."""
    due: list[tuple[int, int]] = []
    for key, _ in store.scan(b"D"):
        stamp, at = key[1 : 1 + len(_stamp(now))], 1 + len(_stamp(now))
        if stamp.decode() > _stamp(now):
            break
        due.append((num_at(key, at), num_at(key, at + 8)))
        store.delete(key)
    return due


def is_due(decision: Decision, now: datetime) -> bool:
    """Whether a decision has passed the day on which it must be looked at again."""
    return bool(decision.expires) and decision.expires <= _stamp(now)


def _due_key(stamp: str, a: int, b: int) -> bytes:
    return b"D" + stamp.encode() + num(min(a, b)) + num(max(a, b))


def _stamp(at: datetime) -> str:
    """A time whose text order is its order in time."""
    return at.astimezone(UTC).strftime(_TIME)


def assert_merge(store: Store, a: int, b: int, record_id: str, version: int, *, undone: bool) -> None:
    """Note what a live record asserts of a pair."""
    for key in (pair_key(b"m", a, b), pair_key(b"m", b, a)):
        store.put(key + record_id.encode(), rows.dumps((version, undone)))


def forget_merge(store: Store, a: int, b: int, record_id: str) -> None:
    """Take back what a record asserted."""
    for key in (pair_key(b"m", a, b), pair_key(b"m", b, a)):
        store.delete(key + record_id.encode())


def _parse_merge(key: bytes, value: bytes) -> tuple[int, tuple[int, str, bool]]:
    version, undone = _parse_assertion(value)
    return num_at(key, 9), (version, key[17:].decode(), undone)


def merged(store: Store, number: int) -> set[int]:
    """Who an agency holds to be the same: of the live assertions on a pair, the highest version speaks."""
    latest: dict[int, tuple[int, str, bool]] = {}
    for other, said in store.listed(b"m" + num(number), _parse_merge):
        latest[other] = max(latest.get(other, said), said)
    return {other for other, (_, _, undone) in latest.items() if not undone}
