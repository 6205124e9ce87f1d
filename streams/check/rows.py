"""How a check is kept: rows by prefix, over the stage's store. No decision and no message may be made here.

The rows' keys:
    check/<check>              the fold, as JSON; folded again from its events when `FOLD` has moved on
    event/<check>/<seq>        every event, as it was sent
    done/<check>/<id>          commands and returns that had their effect
    due/<time>/<check>/<clock> running clocks, the next one first
    picture/<check>/<slice>    the picture in hand (a PictureUpdate's bytes, cut to rows)
    proposal/<check>           the proposal in hand, without its picture
    anchor/<anchor>/<check>    checks of one person's record
    open/<check>               of a check that has not ended: where it stands and whose answers it awaits
    known/<key>/<check>        a check that answers to these exact details (`known`)
    hidden/<check>             a restricted record is about its person: look-ups do not find it
    keys/<check>               the details that it answered to last
    record/<check>/<record>    a source record in the bundle: since which version, and which receipts it has had
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import BaseModel

from hub.avro import decode_as, encode
from hub.messages import CheckEvent, Known, PictureUpdate, Proposal
from hub.state import api
from streams.check.fold import FOLD, fold
from streams.check.state import Check, State

_SLICE = 200_000
"""Bytes of a picture a row: below the 256 kB that a row may have, key and framing included."""
_TIME = "%Y-%m-%dT%H:%M:%S.%f"
"""Fixed width, so that the keys' order is the order in time."""


class Due(NamedTuple):
    """A running clock in the index."""

    key: bytes
    at: datetime
    check_id: str
    clock: str


class Shown(BaseModel):
    """A source record in a check's bundle."""

    agency: str
    system: str
    version: int
    since: int
    proposed: bool = False
    seen: bool = False
    acted: bool = False


class Standing(BaseModel):
    """A check that has not ended, in as few bytes as counting it takes."""

    state: State
    awaited: list[tuple[str, datetime]]
    """Agency and due time of each request of the round in hand that is not settled."""


class Rows:
    """The rows of checks in one partition."""

    def __init__(self, store: api.Store) -> None:
        """Over `store`."""
        self._store = store

    def check(self, check_id: str) -> Check | None:
        """The check as it stands."""
        row = self._store.get(_key("check", check_id))
        if row is None:
            return None
        check = Check.model_validate_json(row)
        return check if check.fold == FOLD else fold(self.events(check_id))

    def save(self, check: Check, clocks_before: dict[str, datetime]) -> None:
        """Write the fold, and move its clocks in the index."""
        check.fold = FOLD
        self._store.put(_key("check", check.check_id), check.model_dump_json().encode())
        for clock, due in clocks_before.items():
            if check.clocks.get(clock) != due:
                self._store.delete(_due_key(due, check.check_id, clock))
        for clock, due in check.clocks.items():
            if clocks_before.get(clock) != due:
                self._store.put(_due_key(due, check.check_id, clock), b"1")
        self._save_standing(check)

    def _save_standing(self, check: Check) -> None:
        key = _key("open", check.check_id)
        held = self._store.get(key)
        if check.ended:
            if held is not None:
                self._store.delete(key)
            return
        awaited = [(r.agency, r.due_at) for r in check.of_round() if not r.settled]
        row = Standing(state=check.state, awaited=awaited).model_dump_json().encode()
        if row != held:
            self._store.put(key, row)

    def of_anchor(self, anchor: str) -> list[str]:
        """Numbers of all checks that were ever attached to this source identity."""
        prefix = _key("anchor", anchor, "")
        return [key[len(prefix) :].decode() for key, _ in self._store.scan(prefix)]

    def set_anchor(self, anchor: str, check_id: str) -> None:
        """Attach a check to a source identity."""
        self._store.put(_key("anchor", anchor, check_id), b"1")

    def add_event(self, event: CheckEvent) -> None:
        """Keep an event."""
        self._store.put(_key("event", event.check_id, f"{event.seq:08d}"), encode(event))

    def events(self, check_id: str) -> Iterator[CheckEvent]:
        """A check's events in order."""
        for _, value in self._store.scan(_key("event", check_id, "")):
            yield decode_as(CheckEvent, value)

    def event(self, check_id: str, seq: int) -> CheckEvent | None:
        """One event."""
        value = self._store.get(_key("event", check_id, f"{seq:08d}"))
        return decode_as(CheckEvent, value) if value else None

    def is_done(self, check_id: str, message_id: str) -> bool:
        """Whether this command or return has had its effect already."""
        return self._store.get(_key("done", check_id, message_id)) is not None

    def set_done(self, check_id: str, message_id: str) -> None:
        """It has now."""
        self._store.put(_key("done", check_id, message_id), b"1")

    def next_due(self, now: datetime) -> Due | None:
        """The clock that runs out first, if it has by `now`."""
        for key, _ in self._store.scan(b"due/"):
            _, time, check_id, clock = key.decode().split("/", 3)
            at = datetime.strptime(time, _TIME).replace(tzinfo=UTC)
            return Due(key, at, check_id, clock) if at <= now else None
        return None

    def drop_due(self, due: Due) -> None:
        """Take a clock out of the index."""
        self._store.delete(due.key)

    def set_picture(self, picture: PictureUpdate) -> None:
        """Keep the picture in hand, in place of the one before."""
        data = encode(picture)
        slices = [data[i : i + _SLICE] for i in range(0, len(data), _SLICE)]
        keys = [_key("picture", picture.check_id, f"{n:04d}") for n in range(len(slices))]
        for key, part in zip(keys, slices, strict=True):
            self._store.put(key, part)
        for key in [k for k, _ in self._store.scan(_key("picture", picture.check_id, "")) if k > keys[-1]]:
            self._store.delete(key)

    def picture(self, check_id: str) -> PictureUpdate:
        """The picture in hand."""
        return decode_as(PictureUpdate, b"".join(v for _, v in self._store.scan(_key("picture", check_id, ""))))

    def set_proposal(self, check_id: str, proposal: Proposal) -> None:
        """Keep the proposal in hand; its picture is kept by itself."""
        nothing: dict[str, object] = {"entries": [], "indicators": [], "circle": [], "circle_members": {}}
        bare = proposal.snapshot.model_copy(update=nothing)
        self._store.put(_key("proposal", check_id), encode(proposal.model_copy(update={"snapshot": bare})))

    def proposal(self, check_id: str) -> Proposal | None:
        """The proposal in hand, its snapshot empty; None where the check began with a contact."""
        value = self._store.get(_key("proposal", check_id))
        return decode_as(Proposal, value) if value else None

    def known(self, key: str) -> list[Known]:
        """Checks that answer to these details."""
        return [decode_as(Known, value) for _, value in self._store.scan(_key("known", key, ""))]

    def set_known(self, known: Known) -> None:
        """Keep what a check says of itself; an older word changes nothing."""
        row = _key("known", known.key, known.check_id)
        before = self._store.get(row)
        if before is None or decode_as(Known, before).seq <= known.seq:
            self._store.put(row, encode(known))

    def hide(self, check_id: str) -> None:
        """From now on no look-up finds this check."""
        self._store.put(_key("hidden", check_id), b"1")

    def is_hidden(self, check_id: str) -> bool:
        """Whether look-ups pass it over."""
        return self._store.get(_key("hidden", check_id)) is not None

    def keys(self, check_id: str) -> dict[str, str]:
        """Details that a check answered to last -> what it said."""
        value = self._store.get(_key("keys", check_id))
        found: dict[str, str] = json.loads(value) if value else {}
        return found

    def set_keys(self, check_id: str, said: dict[str, str]) -> None:
        """Keep what a check said of itself."""
        self._store.put(_key("keys", check_id), json.dumps(said, sort_keys=True).encode())

    def shown(self, check_id: str) -> dict[str, Shown]:
        """Source records in the check's bundle, by record_id."""
        prefix = _key("record", check_id, "")
        return {k[len(prefix) :].decode(): Shown.model_validate_json(v) for k, v in self._store.scan(prefix)}

    def set_shown(self, check_id: str, record_id: str, shown: Shown) -> None:
        """Keep what is known of a source record."""
        self._store.put(_key("record", check_id, record_id), shown.model_dump_json().encode())


def standing(store: api.Rows) -> Iterator[Standing]:
    """Every check that has not ended."""
    for _, value in store.scan(_key("open", "")):
        yield Standing.model_validate_json(value)


def _key(*parts: str) -> bytes:
    return "/".join(parts).encode()


def _due_key(due: datetime, check_id: str, clock: str) -> bytes:
    return _key("due", due.astimezone(UTC).strftime(_TIME), check_id, clock)
