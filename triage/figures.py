"""The figures that a partnership looks at: how long, how often, by whom. Pure: rows in, figures out; no person in them.

What is measured stands in check.md ("figures the hub reports on itself"). A share of few is shown with its number: five
of six is no 83 %.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import quantiles

_HOUR = 3600.0
SETTLED = frozenset({"answered", "not_known", "refused"})
_LATE = frozenset({"overdue", "escalated"})
AGAIN_WITHIN = timedelta(days=365)
"""A re-referral is one within twelve months (DfE, children in need census)."""
RATINGS = ("red", "amber", "green")


@dataclass(frozen=True, slots=True)
class CheckRow:
    """What a figure needs of a check."""

    check_id: str
    person_id: str
    state: str
    rating: str
    decision: str
    rules: tuple[str, ...]
    begun_at: datetime
    decided_at: datetime | None
    ended_at: datetime | None
    fed_back_at: datetime | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class RequestRow:
    """What a figure needs of a request."""

    agency: str
    rating: str
    status: str
    sent_at: datetime
    due_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Span:
    """Times, in hours: how many, their median and what nine in ten stay under."""

    count: int
    median: float | None
    ninetieth: float | None


@dataclass(frozen=True, slots=True)
class Agency:
    """What one agency was asked, and how it answered."""

    agency: str
    asked: int
    waiting: int
    overdue: int
    late: int
    not_known: int
    refused: int
    hours: Span


@dataclass(frozen=True, slots=True)
class Rule:
    """What came of a rule's proposals: the yield is those that led to a service."""

    rule: str
    proposals: int
    dismissed: int
    led_to_service: int
    no_further_action: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything on the board."""

    open_by_rating: Mapping[str, int]
    decided_in: Mapping[str, Span]
    agencies: Sequence[Agency]
    rules: Sequence[Rule]
    decided: int
    no_further_action: int
    again: int
    persons_ended: int
    fed_back: int
    fed_back_in_time: int
    load: Sequence[tuple[str, int]]


def figures(
    checks: Sequence[CheckRow],
    requests: Sequence[RequestRow],
    load: Mapping[str, int],
    services: frozenset[str],
    feedback_due: Callable[[datetime], datetime],
    now: datetime,
) -> Figures:
    """The board's figures.

    Args:
        checks: of the period.
        requests: of the period.
        load: account -> open checks that they are designated to.
        services: decisions that hand over to a service.
        feedback_due: when feedback on a decision of that moment is due.
        now: for what is still open.
    """
    decided = [c for c in checks if c.decision]
    told = [(c.decided_at, c.fed_back_at) for c in decided if c.fed_back_at and c.decided_at]
    return Figures(
        open_by_rating=Counter(c.rating or "unrated" for c in checks if c.is_open),
        decided_in={rating: _decided_in(decided, rating) for rating in RATINGS},
        agencies=_agencies(requests, now),
        rules=_rules(checks, services),
        decided=len(decided),
        no_further_action=sum(c.decision == "nfa" for c in decided),
        again=_again(checks),
        persons_ended=len({c.person_id for c in checks if c.ended_at}),
        fed_back=len(told),
        fed_back_in_time=sum(at <= feedback_due(decided_at) for decided_at, at in told),
        load=sorted(load.items(), key=lambda pair: (-pair[1], pair[0])),
    )


def _decided_in(decided: Iterable[CheckRow], rating: str) -> Span:
    return span(c.decided_at - c.begun_at for c in decided if c.decided_at and c.rating == rating)


def span(times: Iterable[timedelta]) -> Span:
    """Median and ninetieth percentile; None where there is nothing to say."""
    hours = sorted(t.total_seconds() / _HOUR for t in times)
    if not hours:
        return Span(0, None, None)
    if len(hours) == 1:
        return Span(1, hours[0], hours[0])
    tenths = quantiles(hours, n=10, method="inclusive")
    return Span(len(hours), tenths[4], tenths[8])


def _agencies(requests: Iterable[RequestRow], now: datetime) -> list[Agency]:
    by_agency: dict[str, list[RequestRow]] = defaultdict(list)
    for request in requests:
        by_agency[request.agency].append(request)
    return [_agency(agency, rows, now) for agency, rows in sorted(by_agency.items())]


def _agency(agency: str, rows: list[RequestRow], now: datetime) -> Agency:
    waiting = [r for r in rows if r.status not in SETTLED]
    return Agency(
        agency=agency,
        asked=len(rows),
        waiting=len(waiting),
        overdue=sum(r.status in _LATE or r.due_at < now for r in waiting),
        late=sum(r.answered_at is not None and r.answered_at > r.due_at for r in rows),
        not_known=sum(r.status == "not_known" for r in rows),
        refused=sum(r.status == "refused" for r in rows),
        hours=span(r.answered_at - r.sent_at for r in rows if r.answered_at),
    )


def _rules(checks: Iterable[CheckRow], services: frozenset[str]) -> list[Rule]:
    by_rule: dict[str, list[CheckRow]] = defaultdict(list)
    for check in checks:
        for rule in check.rules:
            by_rule[rule].append(check)
    return [
        Rule(
            rule,
            len(rows),
            sum(c.state == "dismissed" for c in rows),
            sum(c.decision in services for c in rows),
            sum(c.decision == "nfa" for c in rows),
        )
        for rule, rows in sorted(by_rule.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    ]


def _again(checks: Iterable[CheckRow]) -> int:
    """Persons whose next check began within twelve months of the end of one before it."""
    by_person: dict[str, list[CheckRow]] = defaultdict(list)
    for check in checks:
        by_person[check.person_id].append(check)
    return sum(
        any(
            earlier.ended_at is not None and earlier.ended_at <= later.begun_at <= earlier.ended_at + AGAIN_WITHIN
            for earlier in rows
            for later in rows
            if later is not earlier
        )
        for rows in by_person.values()
        if len(rows) > 1
    )


def as_rows(found: Figures) -> list[tuple[str, str, str]]:
    """Everything as (figure, of what, value), for a spreadsheet."""
    rows = [("open checks", rating, str(count)) for rating, count in sorted(found.open_by_rating.items())]
    for rating, took in found.decided_in.items():
        rows += _span_rows("contact to decision", rating, took)
    for a in found.agencies:
        pairs = {"requests": a.asked, "waiting": a.waiting, "overdue": a.overdue, "answered late": a.late,
                 "not known": a.not_known, "refused": a.refused}  # fmt: skip
        rows += [(f"agency: {name}", a.agency, str(value)) for name, value in pairs.items()]
        rows += _span_rows("agency: time to answer", a.agency, a.hours)
    for r in found.rules:
        rows += [("rule: proposals", r.rule, str(r.proposals)), ("rule: dismissed", r.rule, str(r.dismissed)),
                 ("rule: led to a service", r.rule, str(r.led_to_service)),
                 ("rule: no further action", r.rule, str(r.no_further_action))]  # fmt: skip
    pairs = {"checks decided": found.decided, "no further action": found.no_further_action,
             "persons checked again within 12 months": found.again,
             "persons whose check has ended": found.persons_ended,
             "referrers told": found.fed_back, "told in time": found.fed_back_in_time}  # fmt: skip
    rows += [(name, "", str(value)) for name, value in pairs.items()]
    return rows + [("open checks of", account, str(count)) for account, count in found.load]


def _span_rows(name: str, of: str, took: Span) -> list[tuple[str, str, str]]:
    if took.median is None or took.ninetieth is None:
        return [(f"{name}: number", of, "0")]
    return [(f"{name}: number", of, str(took.count)), (f"{name}: median hours", of, f"{took.median:.2f}"),
            (f"{name}: 90th percentile hours", of, f"{took.ninetieth:.2f}")]  # fmt: skip
