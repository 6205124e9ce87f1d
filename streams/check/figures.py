"""What the hub reports on itself, from checks as they stand: pure counts and times. Reads no topic, draws nothing.

The measures are those that MASH evaluations publish (check.md, Figures); each is a row (`Figure`), so that the same
list makes a table, a CSV file and a chart. Groups with no case have no row: a share of nothing is not nought.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from streams.check.decisions_pack import DecisionsPack
from streams.check.state import Check, Request, State

YEAR = timedelta(days=365)
_HOUR = timedelta(hours=1)
ALL = "all"
PUBLIC, RULES = "public", "rules"
_LATE = frozenset({"overdue", "escalated", "undelivered"})


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        measure: which.
        group: of whom: a rating, an agency, a rule, a source, or all.
        value: the figure.
        unit: hours, share (0 to 1) or count.
        of: cases behind it.
    """

    measure: str
    group: str
    value: float
    unit: str
    of: int


def figures(
    checks: Iterable[Check], packs: DecisionsPack, now: datetime, since: datetime | None = None
) -> list[Figure]:
    """Every figure.

    Args:
        checks: all of them, ended ones too: re-referral needs their history.
        packs: says which decisions are handed to a service.
        now: until when.
        since: only checks that began then or later count; None counts all.
    """
    everyone = list(checks)
    chosen = [c for c in everyone if c.began_at and (since is None or c.began_at >= since)]
    return [
        *_decision_times(chosen),
        *_by_agency(chosen, now),
        *_again(everyone, chosen),
        *_no_further_action(chosen),
        *_yield(chosen, packs),
        *_feedback(chosen, now),
        *_open(chosen),
    ]


def median(values: Iterable[float]) -> float:
    """The middle value; of an even number the mean of the two in the middle."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


def _decision_times(checks: list[Check]) -> Iterable[Figure]:
    """From contact or proposal to the first decision (a decision, advice, routing or dismissal)."""
    times = defaultdict(list)
    for check in checks:
        if check.first_decided_at and check.began_at:
            times[check.rating or "not_rated"].append((check.first_decided_at - check.began_at) / _HOUR)
    for rating, hours in sorted(times.items()):
        yield Figure("hours_to_decision_median", rating, median(hours), "hours", len(hours))
        yield Figure("hours_to_decision_90th", rating, percentile(hours, 0.9), "hours", len(hours))


def _by_agency(checks: list[Check], now: datetime) -> Iterable[Figure]:
    asked: dict[str, list[Request]] = defaultdict(list)
    for request in chain.from_iterable(c.requests.values() for c in checks):
        asked[request.agency].append(request)
    for agency, requests in sorted(asked.items()):
        answered = [r for r in requests if r.settled and r.answered_at]
        yield Figure("requests", agency, len(requests), "count", len(requests))
        yield Figure("returns", agency, len(answered), "count", len(requests))
        yield Figure("hours_entered", agency, sum(r.minutes for r in answered) / 60, "hours", len(answered))
        yield _share("overdue_share", agency, [_was_late(r, now) for r in requests])
        if answered:
            hours = [(r.answered_at - r.sent_at) / _HOUR for r in answered if r.answered_at]
            yield Figure("hours_to_answer_median", agency, median(hours), "hours", len(hours))
            yield Figure("hours_to_answer_90th", agency, percentile(hours, 0.9), "hours", len(hours))
            yield _share("not_known_share", agency, [r.status == "not_known" for r in answered])
            yield _share("refused_share", agency, [r.status == "refused" for r in answered])


def _was_late(request: Request, now: datetime) -> bool:
    """Whether the answer came after its due time, or is not there yet and was due by now."""
    return request.late if request.settled else request.status in _LATE or request.due_at <= now


def _again(everyone: list[Check], chosen: list[Check]) -> Iterable[Figure]:
    """Of all referrals those that followed within 12 months on an ended check of the same person."""
    ends: dict[str, list[datetime]] = defaultdict(list)
    for check in everyone:
        for end in (*check.previously_ended, *([check.ended_at] if check.ended_at else [])):
            ends[_person(check)].append(end)
    came = [
        any(timedelta(0) <= at - end <= YEAR for end in ends[_person(check)])
        for check in chosen
        if check.state is not State.DUPLICATE and check.began_at
        for at in (check.began_at, *check.referred_again)
    ]
    if came:
        yield _share("re_referral_share_12_months", ALL, came)


def _person(check: Check) -> str:
    return check.person_id or check.anchor


def source_of(check: Check) -> str:
    """Where a check came from: the first referrer's agency, the public, or the rules."""
    first = min(check.contacts.values(), key=lambda held: (held.at, held.contact_id), default=None)
    return RULES if first is None else first.agency or PUBLIC


def _no_further_action(checks: list[Check]) -> Iterable[Figure]:
    ended: dict[str, list[bool]] = defaultdict(list)
    for check in checks:
        if check.first_decided_at and check.state is not State.DUPLICATE:
            ended[source_of(check)].append(check.decision == "nfa" or check.state is State.DISMISSED)
    for source, none in sorted(ended.items()):
        yield _share("no_further_action_share", source, none)


def led_to_service(check: Check, packs: DecisionsPack) -> bool:
    """Whether a service, worker or pathway has taken it."""
    decision = packs.decisions.get(check.decision)
    return bool(check.worker) or bool(decision and decision.service and check.state is State.CLOSED)


def _yield(checks: list[Check], packs: DecisionsPack) -> Iterable[Figure]:
    """Of each rule's proposals that were answered, those that led to a service."""
    answered: dict[str, list[bool]] = defaultdict(list)
    proposed: dict[str, int] = defaultdict(int)
    for check in checks:
        for rule in check.rules:
            proposed[rule] += 1
            if check.first_decided_at:
                answered[rule].append(led_to_service(check, packs))
    for rule, count in sorted(proposed.items()):
        yield Figure("proposals", rule, count, "count", count)
        if answered[rule]:
            yield _share("yield", rule, answered[rule])


def _feedback(checks: list[Check], now: datetime) -> Iterable[Figure]:
    """Of feedback that was due by now, or given, that which was given in time."""
    in_time = [
        bool(c.feedback_at and c.feedback_at <= c.feedback_due)
        for c in checks
        if c.feedback_due and (c.feedback_at or c.feedback_due <= now)
    ]
    if in_time:
        yield _share("feedback_in_time_share", ALL, in_time)


def _open(checks: list[Check]) -> Iterable[Figure]:
    counts: dict[str, int] = defaultdict(int)
    for check in checks:
        if not check.ended:
            counts[check.state.value] += 1
    for state, count in sorted(counts.items()):
        yield Figure("open_checks", state, count, "count", count)


def _share(measure: str, group: str, cases: list[bool]) -> Figure:
    return Figure(measure, group, sum(cases) / len(cases), "share", len(cases))


def arrivals(ages: Iterable[tuple[str, float]]) -> list[Figure]:
    """How many records came, and how old what they tell of was when they did: a late record decides nothing.

    Args:
        ages: agency and hours from what happened to the record's arrival; back-loaded history left out.
    """
    by_agency: dict[str, list[float]] = defaultdict(list)
    for agency, hours in ages:
        by_agency[agency].append(hours)
    found = []
    for agency, hours_each in sorted(by_agency.items()):
        count = len(hours_each)
        found.append(Figure("records", agency, count, "count", count))
        found.append(Figure("hours_to_arrival_median", agency, median(hours_each), "hours", count))
        found.append(Figure("hours_to_arrival_90th", agency, percentile(hours_each, 0.9), "hours", count))
    return found


MEASURES: Mapping[str, str] = {
    "hours_to_decision_median": "Hours from contact to decision, median",
    "hours_to_decision_90th": "Hours from contact to decision, nine in ten within",
    "requests": "Requests",
    "returns": "Returns",
    "hours_entered": "Hours that agencies entered",
    "overdue_share": "Overdue",
    "hours_to_answer_median": "Hours to answer, median",
    "hours_to_answer_90th": "Hours to answer, nine in ten within",
    "records": "Records behind checks",
    "hours_to_arrival_median": "Hours from what happened to the record's arrival, median",
    "hours_to_arrival_90th": "Hours from what happened to the record's arrival, nine in ten within",
    "not_known_share": "Not known to the agency",
    "refused_share": "Refused",
    "re_referral_share_12_months": "Referred again within 12 months",
    "no_further_action_share": "No further action, by source",
    "proposals": "Proposals of each rule",
    "yield": "Proposals that led to a service, by rule",
    "feedback_in_time_share": "Feedback in time",
    "open_checks": "Open checks, by state",
}
"""Each measure in words, in the order of a report."""
