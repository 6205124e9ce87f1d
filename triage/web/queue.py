"""The queue: which checks there are, how urgent, whose. No name of a family and no word of a record is on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from markupsafe import Markup

from triage.desk import Desk
from triage.queue import Band, Group
from triage.sql import queries
from triage.sql.queries import Entry
from triage.web import cards
from triage.web.asking import Answer, Ask, Page

_SHOWN = 300
_ENDED_SHOWN = 20
_HEADS = {
    Band.NOW: "Act now",
    Band.UNRATED: "Not rated yet, the oldest first",
    Band.IN_HAND: "Under way, by the clock that runs out first",
    Band.AFTER: "Decided or routed, not closed",
}


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the queue."""

    band: str
    title: str
    groups: list[list[Markup]]
    count: int


def show(desk: Desk, ask: Ask) -> Answer:
    """The queue, all of it or one's own."""
    which = ask.query.get("show", "all")
    account = ask.visitor.account
    seen, groups = desk.open_checks.get().shown_to(account, mine=which == "mine")
    with desk.engine.connect() as connection:
        ended = queries.recent_entries(connection, _ENDED_SHOWN) if which == "ended" else []
        names = dict(queries.colleagues(connection, frozenset({"screener", "decision_maker", "duty_manager"})))

    def drawn(entry: Entry) -> Markup:
        return cards.draw(desk, ask, entry, names)

    context = {
        "sections": _sections(groups[:_SHOWN], drawn),
        "ended": [drawn(e) for e in ended if account not in e.standing.walled],
        "show": which,
        "all_count": len(seen),
        "mine_count": sum(account in e.standing.designated for e in seen),
        "left_out": sum(len(g.entries) for g in groups[_SHOWN:]),
    }
    return Page("queue.html", context)


def _sections(groups: Iterable[Group], drawn: Callable[[Entry], Markup]) -> list[Section]:
    by_band: dict[Band, list[list[Markup]]] = {band: [] for band in Band}
    for group in groups:
        by_band[group.band].append([drawn(entry) for entry in group.entries])
    return [Section(b, _HEADS[b], rows, sum(map(len, rows))) for b, rows in by_band.items() if rows]
