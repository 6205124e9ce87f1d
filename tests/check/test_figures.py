"""The hub's figures on itself, worked out by hand on a few made-up checks; the weekly sample."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.check.figures import MEASURES, figures, led_to_service, median, percentile, source_of
from streams.check.sampling import sample, week_of
from streams.check.state import Check, Held, Request, State
from tests.check.people import NOW

HOUR = timedelta(hours=1)
LONDON = ZoneInfo("Europe/London")


def check(number: int, **changes) -> Check:
    return Check(**{"check_id": f"{number:08d}", "anchor": f"a{number}", "began_at": NOW} | changes)


def request(agency: str, status: str, hours: float, *, late: bool = False, minutes: int = 0) -> Request:
    settled = status in {"answered", "not_known", "refused"}
    return Request(request_id=f"{agency}-{hours}", agency=agency, round=1, status=status, sent_at=NOW,
                   due_at=NOW + 6 * HOUR, question_set="x/1", questions=[], agreement="d/1", late=late,
                   minutes=minutes, answered_at=NOW + hours * HOUR if settled else None)  # fmt: skip


def table(packs, *checks: Check, now=NOW + timedelta(days=30), since=None) -> dict[tuple[str, str], tuple[float, int]]:
    found = figures(checks, packs.decisions, now, since)
    assert {f.measure for f in found} <= MEASURES.keys()
    return {(f.measure, f.group): (f.value, f.of) for f in found}


def test_time_to_decision_by_rating(packs):
    times = [1, 2, 3, 50]
    checks = [check(n, rating="red", first_decided_at=NOW + t * HOUR) for n, t in enumerate(times)]
    found = table(packs, *checks, check(9, rating="red"), check(10, first_decided_at=NOW + HOUR))
    assert found["hours_to_decision_median", "red"] == (2.5, 4)
    assert found["hours_to_decision_90th", "red"] == (50, 4)
    assert found["hours_to_decision_median", "not_rated"] == (1, 1)


def test_what_each_agency_gave(packs):
    requests = [
        request("health", "answered", 2, minutes=45),
        request("health", "not_known", 4),
        request("health", "answered", 9, late=True, minutes=15),
        request("health", "escalated", 0),
        request("police", "sent", 0),
    ]
    found = table(packs, check(1, requests={r.request_id + str(n): r for n, r in enumerate(requests)}))
    assert found["requests", "health"] == (4, 4)
    assert found["returns", "health"] == (3, 4)
    assert found["hours_entered", "health"] == (1, 3)
    assert found["overdue_share", "health"] == (0.5, 4)
    assert found["not_known_share", "health"] == (pytest.approx(1 / 3), 3)
    assert found["hours_to_answer_median", "health"] == (4, 3)
    assert found["overdue_share", "police"] == (1, 1), "due, and nothing has come"
    assert ("not_known_share", "police") not in found, "a share of nothing is not nought"
    early = table(packs, check(1, requests={"r": request("police", "sent", 0)}), now=NOW)
    assert early["overdue_share", "police"] == (0, 1)


def test_referred_again_within_a_year_of_an_end(packs):
    old = check(1, person_id="p", began_at=NOW - timedelta(days=500), ended_at=NOW - timedelta(days=300))
    older = check(2, person_id="q", began_at=NOW - timedelta(days=900), ended_at=NOW - timedelta(days=366))
    again = [check(3, person_id="p"), check(4, person_id="q"), check(5, person_id="r")]
    opened = check(6, previously_ended=[NOW + HOUR], referred_again=[NOW + 2 * HOUR])
    found = table(packs, old, older, *again, opened, since=NOW)
    assert found["re_referral_share_12_months", "all"] == (2 / 5, 5)


def held(agency: str) -> dict[str, Held]:
    return {"c": Held(contact_id="c", seq=1, channel="telephone", agency=agency, at=NOW)}


def test_no_further_action_by_source(packs):
    checks = [
        check(1, contacts=held("education"), decision="nfa", first_decided_at=NOW, state=State.CLOSED),
        check(2, contacts=held("education"), decision="section_17", first_decided_at=NOW, state=State.CLOSED),
        check(3, contacts=held(""), first_decided_at=NOW, state=State.ADVICE),
        check(4, first_decided_at=NOW, state=State.DISMISSED),
        check(5, contacts=held("education")),
    ]
    found = table(packs, *checks)
    assert found["no_further_action_share", "education"] == (0.5, 2)
    assert found["no_further_action_share", "public"] == (0, 1)
    assert found["no_further_action_share", "rules"] == (1, 1)
    assert source_of(checks[2]) == "public"


def test_yield_of_a_rule_is_what_led_to_a_service(packs):
    checks = [
        check(1, rules={"CB01": 4, "DA02": 3}, worker="North team", first_decided_at=NOW),
        check(2, rules={"CB01": 3}, first_decided_at=NOW, state=State.DISMISSED),
        check(3, rules={"CB01": 3}),
    ]
    found = table(packs, *checks)
    assert found["proposals", "CB01"] == (3, 3)
    assert found["yield", "CB01"] == (0.5, 2)
    assert found["yield", "DA02"] == (1, 1)
    assert led_to_service(check(4, decision="section_17", state=State.CLOSED), packs.decisions)
    assert not led_to_service(check(4, decision="nfa", state=State.CLOSED), packs.decisions)


def test_feedback_in_time(packs):
    due = NOW + 24 * HOUR
    checks = [
        check(1, feedback_due=due, feedback_at=NOW + HOUR),
        check(2, feedback_due=due, feedback_at=due + HOUR),
        check(3, feedback_due=due),
        check(4),
    ]
    assert table(packs, *checks)["feedback_in_time_share", "all"] == (pytest.approx(1 / 3), 3)
    assert table(packs, *checks, now=NOW + 2 * HOUR)["feedback_in_time_share", "all"] == (0.5, 2)


def test_nothing_gives_no_figures(packs):
    assert table(packs) == {}


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_median_and_percentile_lie_among_the_values(values):
    assert min(values) <= median(values) <= max(values)
    assert percentile(values, 0.9) in values
    assert percentile(values, 0) == min(values)
    assert percentile(values, 1) == max(values)


def test_the_sample_is_the_same_for_whoever_draws_it_and_none_can_foretell_it():
    ended = [check(n, state=State.CLOSED, ended_at=NOW) for n in range(40)]
    other = [check(90, state=State.CLOSED, ended_at=NOW + timedelta(days=7)), check(91)]
    assert week_of(ended[0], LONDON) == "2026-W10"
    drawn = sample([*ended, *other], "2026-W10", "seed", LONDON)
    assert len(drawn) == 10
    assert drawn == sample([*other, *reversed(ended)], "2026-W10", "seed", LONDON)
    assert drawn != sample(ended, "2026-W10", "another", LONDON)
    assert sample(ended, "2026-W11", "seed", LONDON) == []
