"""A person's own layer: indicators and signals from the person's own facts, brought up to date where something changed.

What others' facts mean for the person is in `context`; nothing here reads a digest.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from hub.state.api import Store
from streams.picture.entries import ALL_CODES, births_of
from streams.picture.evidence import Evidence, EvidenceBox
from streams.picture.head import Head
from streams.picture.keys import SPAN_DIGITS, key, row
from streams.picture.recent import Placed, Recent, Spans
from streams.picture.rules.engine import Engine
from streams.picture.rules.inforce import InForce
from streams.picture.rules.look import Look, Person, person_of
from streams.picture.rules.watcher import LOOKED_AT


class Own(msgspec.Struct):
    """What the watchers found.

    Attributes:
        found: watcher -> what it found, for those that found something.
        due: watcher -> when time alone may change its answer.
    """

    found: dict[str, dict[str, Any]] = {}
    due: dict[str, int] = {}

    @classmethod
    def load(cls, store: Store, person_id: str) -> Own:
        """The stored layer, or an empty one."""
        value = store.get(key("i", person_id))
        return _decode(value) if value else cls()

    def save(self, store: Store, person_id: str) -> None:
        """Write the row; where there is nothing to say there is none."""
        if self.found or self.due:
            store.put(key("i", person_id), _encode(self))
        else:
            store.delete(key("i", person_id))

    def in_force(self, engine: Engine, person: Person, now: int) -> tuple[InForce, ...]:
        """Indicators that apply to the person: a child's, an adult's, and everybody's household ones."""
        if not self.found:
            return ()
        subject = "adult" if person.subject(now) == "adult" else "child"
        applies = {subject, "household"}
        return tuple(
            indicator_of(name, self.found[name], engine)
            for name in sorted(self.found.keys() & engine.indicators.keys())
            if (rule := engine.indicators[name]).subject in applies and not rule.with_circle
        )


_encode = msgspec.json.Encoder(order="deterministic").encode
_decode = msgspec.json.Decoder(Own).decode


def indicator_of(rule_id: str, found: dict[str, Any], engine: Engine) -> InForce:
    """What a watcher found, as an indicator in force."""
    echoes = set(found["echoes"])
    return InForce(
        rule=engine.indicators[rule_id],
        level=found["level"],
        origins={i: (a, i in echoes) for i, a in zip(found["incidents"], found["agencies"], strict=True)},
        records=tuple(found["records"]),
        first=found["first"],
        last=found["last"],
        until=found["until"],
        history=found["history"],
        count=found["count"],
    )


def read_person(box: EvidenceBox, head: Head) -> Person:
    """Birth date by the number of source identities that give it; roles by their counts."""
    return person_of(births_of(head, box), head.roles)


class Asking(msgspec.Struct, frozen=True):
    """Whose own layer is brought up to date, with what, and when (`now`: microseconds).

    `recent` is what is known of the person's evidence, and is added to.
    """

    store: Store
    box: EvidenceBox
    engine: Engine
    person_id: str
    head: Head
    person: Person
    now: int
    recent: Recent = msgspec.field(default_factory=Recent)

    def look(self) -> Look:
        """The view that watchers get."""
        held = self.box.codes_of(self.head.codes.keys(), self.engine.by_code)
        return Look(self.now, self.person, held, self._newest, self._aliases())

    def _newest(self, code: str, oldest: int | None) -> list[Evidence]:
        """See `Look.newest`."""
        placed = self.recent.newest(self.box.tag(code), oldest, self._spans)
        end = LOOKED_AT if oldest is None else bisect_left(placed, (-oldest,), hi=min(LOOKED_AT, len(placed)))
        return [evidence for _, _, evidence in placed[:end]]

    def _spans(self, tag: str) -> Spans:
        """Evidence of a code as its rows have it, by the spans of time that keys tell apart."""
        prefix = key("x", self.person_id, tag, "")
        start = len(prefix)
        for span, rows in groupby(self.store.scan(prefix), lambda row: row[0][start : start + SPAN_DIGITS]):
            yield span, partial(self._opened, rows, start + SPAN_DIGITS + 1)

    def _opened(self, rows: Iterable[tuple[bytes, bytes]], begins: int) -> list[Placed]:
        """Evidence of rows whose source's name begins at this place of the key, in order."""
        placed: list[Placed] = []
        for row_key, value in rows:
            evidence = self.box.unseal(row_key[begins:].split(b"/", 1)[0].decode(), value)
            if evidence is not None:
                placed.append((-evidence.at, row_key, evidence))
        return placed

    def _aliases(self) -> dict[str, str]:
        prefix = key("l", self.person_id, "")
        found: dict[str, str] = {}
        for row_key, value in self.store.listed(prefix, row):
            incident = row_key[len(prefix) :].split(b"/", 1)[0].decode()
            cause = value.decode()
            found[incident] = min(found.get(incident, cause), cause)
        return found


class Answers(NamedTuple):
    """What asking again came to: whether a finding, or a due time, is another one."""

    found: bool = False
    due: bool = False


SAME = Answers()


def bring_up_to_date(own: Own, asking: Asking, codes: Mapping[str, int]) -> Answers:
    """Ask again every watcher whose facts changed or whose time has come.

    Args:
        own: the layer.
        asking: with what.
        codes: fact codes whose evidence changed -> when the newest of it was.
    """
    engine, found, due = asking.engine, own.found, own.due
    names = engine.asked_by(codes, asking.now) if ALL_CODES not in codes else {*engine.watchers, *found}
    if due:
        names |= {name for name, at in due.items() if at <= asking.now}
    if not names:
        return SAME
    look = asking.look()
    held, watchers = look.held, engine.watchers
    found_other = due_other = False
    for name in names:
        watcher = watchers.get(name)
        if watcher is None or watcher.needs.isdisjoint(held):
            what, when = None, 0
            if name not in found and name not in due:
                continue
        else:
            what, when = watcher.ask(look)
        found_other |= _keep(found, name, what)
        due_other |= _keep(due, name, when)
    return Answers(found_other, due_other)


def _keep(row: dict[str, Any], name: str, value: Any) -> bool:
    """True if it is another one."""
    if not value:
        return row.pop(name, None) is not None
    if row.get(name) == value:
        return False  # what was found stays the very same object
    row[name] = value
    return True
