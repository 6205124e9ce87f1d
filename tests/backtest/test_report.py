"""What a report counts: intervals against published ones, frequencies, yield, overlap, groups."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from hub.state.headers import micros
from streams.backtest.chart import svg
from streams.backtest.replay import Trigger
from streams.backtest.report import Report, report, wilson
from streams.backtest.traits import NOT_RECORDED, Someone, ethnic_group

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
WHITE = {"ethnicity": "White", "sex": "female", "age": "5 to 9", "disability": NOT_RECORDED, "area": "ZY1"}
BLACK = WHITE | {"ethnicity": "Black, Black British, Caribbean or African", "sex": "male"}


def trigger(anchor: str, day: date, *rules: str, **changes: object) -> Trigger:
    fields: dict[str, object] = {
        "day": day, "proposal_id": f"{anchor}-{day}", "anchor": anchor, "subject": "child", "level": 3, "rises": False,
        "route": False, "rules": rules or ("CB02",), "behind": ("DA02", "ED10"), "agencies": ("education", "police"),
    }  # fmt: skip
    return Trigger(**(fields | changes))  # type: ignore[arg-type]


def child(traits: dict[str, str], *outcomes: date) -> Someone:
    at = tuple(micros(datetime(d.year, d.month, d.day, 12, tzinfo=UTC)) for d in outcomes)
    return Someone(traits, child=True, outcomes=at)


def counted(triggers: list[Trigger], *children: Someone) -> Report:
    people = [((f"s{n}", f"other{n}"), someone) for n, someone in enumerate(children)]
    return report("pack/1", triggers, people, (FIRST, LAST))


@pytest.mark.parametrize(
    ("triggered", "people", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718), (0, 0, 0, 0)],
)
def test_intervals_are_those_that_newcombe_published(triggered: int, people: int, low: float, high: float) -> None:
    # Newcombe, Stat Med 1998;17:857, table I, method 3 (score, no continuity correction).
    assert wilson(triggered, people) == pytest.approx((low, high), abs=0.00005)


def test_frequency_is_of_children_and_of_working_days() -> None:
    children = [child(WHITE) for _ in range(1_000)]
    triggers = [trigger(f"s{n}", FIRST + timedelta(days=n * 10)) for n in range(30)]
    found = counted([*triggers, trigger("s1", LAST, subject="adult")], *children)
    assert found.begun == 31
    assert found.month_per_10000 == pytest.approx(30 / 1_000 * 10_000 * 365.2425 / 12 / 365, rel=1e-6)
    assert found.working_day_per_300000 == pytest.approx(30 / 1_000 * 300_000 / 261, rel=1e-6)
    assert sum(found.by_day.values()) == 31
    assert len(found.by_day) == 365


def test_yield_counts_what_followed_and_only_where_the_history_goes_on() -> None:
    day = date(2026, 3, 1)
    people = [
        child(WHITE, day + timedelta(days=90)),
        child(WHITE, day + timedelta(days=91)),
        child(WHITE, day),  # on the day itself: it may be what fired
        child(WHITE, date(2026, 12, 20)),
    ]
    late = trigger("s3", date(2026, 12, 1))
    found = counted([*(trigger(f"s{n}", day) for n in range(3)), late], *people)
    assert found.outcomes == (3, 1)
    assert [(r.rule, r.triggers, r.known, r.led) for r in found.rules if r.rule == "CB02"] == [("CB02", 4, 3, 1)]


def test_what_rises_is_no_second_episode_and_rules_know_where_they_stand_alone() -> None:
    day = date(2026, 3, 1)
    rises = trigger("s0", day + timedelta(days=3), "CB01", level=4, rises=True)
    found = counted([trigger("s0", day, "CB02", "CB03"), rises, trigger("s1", day, "CB03")], child(WHITE), child(WHITE))
    assert (found.begun, found.rose, found.by_level) == (2, 1, {3: 2})
    alone = {r.rule: (r.triggers, r.alone) for r in found.rules}
    assert (alone["CB02"], alone["CB03"]) == ((1, 0), (2, 1))
    assert [(p.first, p.second, p.both, p.share) for p in found.overlap] == [
        ("CB02", "CB03", 1, 0.5),
        ("DA02", "ED10", 2, 1.0),
    ]
    assert found.agencies == {"education": 2, "police": 2}


def test_fairness_is_of_children_once_each_through_whichever_source_identity() -> None:
    triggers = [trigger("s0", FIRST), trigger("other0", LAST), trigger("other2", FIRST)]
    found = counted(triggers, child(WHITE), child(WHITE), child(BLACK), child(BLACK | {"ethnicity": NOT_RECORDED}))
    rates = {r.group: (r.triggered, r.people) for r in found.fairness["ethnicity"]}
    assert rates == {BLACK["ethnicity"]: (1, 1), "White": (1, 2), NOT_RECORDED: (0, 1)}
    assert found.fairness["ethnicity"][-1].group == NOT_RECORDED
    assert found.unrecorded == {"ethnicity": 0.25, "sex": 0, "age": 0, "disability": 1.0, "area": 0}


def test_the_chart_is_whole_xml_with_words_for_those_who_do_not_see_it() -> None:
    many = [child(WHITE) for _ in range(10)]
    found = counted([trigger("s0", FIRST), trigger("s10", LAST, level=4)], *many, child(BLACK))
    root = ET.fromstring(svg(found))
    texts = [e.text for e in root.iter() if e.text]
    assert root.get("role") == "img"
    assert any("2 episodes began" in t for t in texts)
    assert any("ethnicity White: 1 of 10" in t for t in texts)
    assert not any("ethnicity Black" in t for t in texts), "a group of one is nobody's business"
    assert ET.fromstring(svg(counted([], child(WHITE)))) is not None, "nothing fired: a chart all the same"


@pytest.mark.parametrize(
    ("code", "group"),
    [("WBRI", "White"), ("A", "White"), ("W1", "White"), ("APKN", "Asian or Asian British"), ("J", "Asian or Asian British"),
     ("CHNE", "Asian or Asian British"), ("R", "Asian or Asian British"), ("B3", "Black, Black British, Caribbean or African"),
     ("MWBC", "Mixed or multiple"), ("G", "Mixed or multiple"), ("OOTH", "Other ethnic group"), ("S", "Other ethnic group"),
     ("", NOT_RECORDED), ("REFU", NOT_RECORDED), ("NOBT", NOT_RECORDED), ("Z", NOT_RECORDED), ("?", NOT_RECORDED)],
)  # fmt: skip
def test_ethnic_groups_of_three_code_sets(code: str, group: str) -> None:
    assert ethnic_group(code) == group
