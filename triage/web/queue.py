"""The queue: which checks there are, how urgent, whose. No name of a family and no word of a record is on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from streams.check.render.words import agency_name, plain
from triage.access import Verdict, judge
from triage.desk import Desk
from triage.queue import Band, Group, ordered
from triage.roles import Right
from triage.sql import queries
from triage.sql.queries import Entry
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
class Row:
    """A check as the queue shows it."""

    check_id: str
    reference: str
    about: str
    state: str
    rating: str
    level: int
    proposed: str
    signs: list[str]
    begun_at: datetime
    clock: str
    due: datetime | None
    waiting: list[str]
    owner: str
    mine: bool
    may_open: bool
    may_claim: bool
    flags: list[str]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the queue."""

    band: str
    title: str
    groups: list[list[Row]]
    count: int


def show(desk: Desk, ask: Ask) -> Answer:
    """The queue, all of it or one's own."""
    mine = ask.query.get("show") == "mine"
    with desk.engine.connect() as connection:
        entries = [e for e in queries.open_entries(connection) if ask.visitor.account not in e.standing.walled]
        near = queries.neighbours(connection, [e.check.check_id for e in entries])
        ended = queries.recent_entries(connection, _ENDED_SHOWN) if ask.query.get("show") == "ended" else []
        names = dict(queries.colleagues(connection, frozenset({"screener", "decision_maker", "duty_manager"})))
    own = sum(ask.visitor.account in e.standing.designated for e in entries)
    shown = [e for e in entries if not mine or ask.visitor.account in e.standing.designated]
    groups = ordered(shown, near)[:_SHOWN]
    context = {
        "sections": _sections(desk, ask, groups, names),
        "ended": [_row(desk, ask, e, names) for e in ended if ask.visitor.account not in e.standing.walled],
        "show": ask.query.get("show", "all"),
        "all_count": len(entries),
        "mine_count": own,
        "left_out": max(0, len(shown) - sum(len(g.entries) for g in groups)),
    }
    return Page("queue.html", context)


def _sections(desk: Desk, ask: Ask, groups: Iterable[Group], names: dict[str, str]) -> list[Section]:
    by_band: dict[Band, list[list[Row]]] = {band: [] for band in Band}
    for group in groups:
        by_band[group.band].append([_row(desk, ask, entry, names) for entry in group.entries])
    return [Section(b, _HEADS[b], rows, sum(map(len, rows))) for b, rows in by_band.items() if rows]


def _row(desk: Desk, ask: Ask, entry: Entry, names: dict[str, str]) -> Row:
    check, standing = entry.check, entry.standing
    clock, due = min(check.clocks.items(), key=lambda pair: pair[1], default=("", None))
    kinds = desk.packs.clocks.clocks
    name = clock.partition(":")[0]
    return Row(
        check_id=check.check_id,
        reference=check.check_id[:8].upper(),
        about={"child": "Child", "adult": "Adult", "unborn": "Unborn child"}.get(check.subject, check.subject),
        state=plain(check.state).capitalize(),
        rating=check.rating,
        level=check.level,
        proposed=check.brag.lower(),
        signs=[desk.library.catalogue.rule(rule, rule) for rule in desk.signs.ordered(check.rules)],
        begun_at=entry.begun_at,
        clock=kinds[name].text if name in kinds else plain(name).capitalize(),
        due=due,
        waiting=[agency_name(r.agency, desk.packs, check.partnership) for r in check.of_round() if not r.settled],
        owner=names.get(standing.owner, standing.owner),
        mine=ask.visitor.account in standing.designated,
        may_open=judge(Right.READ, ask.visitor, ask.now, standing=standing) is Verdict.YES,
        may_claim=judge(Right.CLAIM, ask.visitor, ask.now, standing=standing) is Verdict.YES and not standing.owner,
        flags=_flags(entry),
    )


def _flags(entry: Entry) -> list[str]:
    check = entry.check
    found = ["Strategy discussion wanted"] if check.strategy == "wanted" and not check.ended else []
    found += ["The person was merged or split"] if check.identity_pending else []
    found += ["A late return waits"] if check.late else []
    found += ["Disagreement on its way up"] if check.ladder else []
    found += ["An agency is overdue"] if any(r.status in {"overdue", "escalated"} for r in check.of_round()) else []
    return found
