"""Signals of a pack: when a person was last seen, what is open. Combinations ask for them; none is an indicator."""

from __future__ import annotations

from streams.picture.rules.look import SKEW, Look, days
from streams.picture.rules.watcher import KEPT, REFUTED, Answer, Watcher, ahead, current

_LATELY = days(182)


def newest(name: str, codes: tuple[str, ...]) -> Watcher:
    """When the newest fact of these codes was, and the record that says so."""

    def ask(look: Look) -> Answer:
        limit, lately = look.now + SKEW, look.now - _LATELY
        changes = ahead(look, codes)
        found, record = 0, ""
        for code in look.held_of(codes):
            for oldest in (lately, None):  # what is older is not fetched where it need not be
                last = next((e for e in look.newest(code, oldest) if e.at <= limit and e.status != REFUTED), None)
                if last is not None:
                    found, record = max((found, record), (last.at, last.record_id))
                    break
        return ({"at": found, "record": record} if found else None), min(changes, default=0)

    return Watcher(name, frozenset(codes), frozenset(codes), ask)


def open_since(name: str, codes: tuple[str, ...], ended_by: tuple[str, ...]) -> Watcher:
    """Facts of these codes that nothing has ended: since when, who says so, in which records."""

    def ask(look: Look) -> Answer:
        ended = max((e.at for e in current(look, ended_by)), default=None)
        open_now = [
            e for e in current(look, codes) if (not e.until or e.until > look.now) and (ended is None or e.at > ended)
        ]
        changes = [*ahead(look, (*codes, *ended_by)), *(e.until for e in open_now if e.until)]
        if not open_now:
            return None, min(changes, default=0)
        found = {
            "since": min(e.at for e in open_now),
            "records": list(dict.fromkeys(e.record_id for e in open_now))[:KEPT],
            "agencies": sorted({e.agency for e in open_now}),
            "history": all(e.history for e in open_now),
        }
        return found, min(changes, default=0)

    return Watcher(name, frozenset((*codes, *ended_by)), frozenset(codes), ask)
