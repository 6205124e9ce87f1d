"""The desk's pure parts: the queue's order, forms for every command there is, drawings, figures set out for people."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.check import config
from streams.check.actions import ACTIONS
from streams.check.figures import Figure
from streams.check.render.view import Line, Named, Source, Tie
from streams.check.state import Check, State, Task
from tests.check.people import NOW
from triage import forms, signs, steps
from triage.access import Standing, Visitor
from triage.board import board
from triage.chronology import choose
from triage.drawing.circle import draw_circle
from triage.drawing.timeline import LEFT, WIDTH, Spot, draw_timeline
from triage.form_words import SPECS
from triage.queue import Band, band_of, ordered
from triage.roles import Role
from triage.sql.queries import Entry
from triage.web.security import Limit
from triage.web.templating import away

PACKS = config.load()
NOTHING = forms.Around({}, {}, {})


def a_view() -> SimpleNamespace:
    """Three records of two agencies, of which two name the same woman."""
    sources = [Source(agency, "s", f"{agency}-{n}", "1 Mar") for n, agency in enumerate(("Police", "Health", "Police"))]
    kinds = ("Incident", "Attendance", "Call")
    lines = [
        Line("1 Mar", source.agency, kind, [], "", source, key=f"r{n} s")
        for n, (source, kind) in enumerate(zip(sources, kinds, strict=True), 1)
    ]
    tie = Tie("p-2", "Wren Vale", "mother", "", [], [sources[1]])
    named = Named("Wren Vale", "parent", "", [sources[1], sources[2]])
    return SimpleNamespace(chronology=lines, circle=[tie], named=[named])


def entry(number: int, *, state="screening", rating="", level=3, hours=0, person="", linked=()) -> Entry:
    check = Check(
        check_id=f"{number:08x}-0000-5000-8000-000000000000", state=State(state), rating=rating, level=level,
        person_id=person or f"p-{number}", linked=list(linked), clocks={"response": NOW + timedelta(hours=hours)},
    )  # fmt: skip
    begun = NOW - timedelta(hours=hours)
    return Entry(check, begun, begun, Standing())


entries = st.lists(
    st.builds(
        lambda state, rating, level, hours: (state, rating, level, hours),
        st.sampled_from(["screening", "referral", "rated", "checks_open", "decided", "routed"]),
        st.sampled_from(["", "red", "amber", "green"]),
        st.integers(1, 4),
        st.integers(0, 200),
    ),
    max_size=12,
)


@given(entries)
def test_nothing_is_lost_and_nobody_waits_behind_what_can_wait(rows):
    made = [entry(n, state=s, rating=r, level=v, hours=h) for n, (s, r, v, h) in enumerate(rows)]
    groups = ordered(made, {})
    flat = [e for group in groups for e in group.entries]
    assert sorted(e.check.check_id for e in flat) == sorted(e.check.check_id for e in made)
    bands = [list(Band).index(band_of(e)) for e in flat]
    assert bands == sorted(bands)
    unrated = [e.begun_at for e in flat if band_of(e) is Band.UNRATED]
    assert unrated == sorted(unrated)


def test_brothers_and_sisters_stand_together_where_the_gravest_stands():
    red, calm = entry(1, state="rated", rating="red"), entry(2, state="rated", rating="green", hours=50)
    old = entry(3, hours=90)
    groups = ordered([old, calm, red], {calm.check.check_id: {"p-1"}})
    assert [[e.check.check_id[:8] for e in g.entries] for g in groups] == [["00000001", "00000002"], ["00000003"]]
    assert groups[0].band is Band.NOW
    linked = entry(4, linked=[old.check.check_id])
    assert [len(g.entries) for g in ordered([old, linked], {})] == [2]


def test_the_gravest_is_at_the_top_until_it_is_decided():
    assert band_of(entry(1, level=4)) is Band.NOW
    assert band_of(entry(1, level=4, state="rated", rating="amber")) is Band.IN_HAND
    assert band_of(entry(1, level=4, state="decided", rating="red")) is Band.AFTER


@pytest.mark.parametrize("action", sorted(set(ACTIONS) - steps.HIDDEN))
@pytest.mark.parametrize("subject", ["child", "adult"])
def test_every_command_has_a_form_in_words(action, subject):
    task = Task(owner="Team", due=NOW, seq=1)
    check = Check(check_id="c", partnership="demo", subject=subject, rules={"CB02": 3}, tasks={"1": task})
    around = forms.Around({"CB02": "Two"}, {"other": "Check OTHER"}, {"1": "Team"})
    form = forms.form_for(action, check, PACKS, around, {})
    assert action in SPECS, f"give {action} its words in triage/form_words.py"
    assert form.spec.title
    names = [choice.name for choice in form.choices]
    assert len(names) == len(set(names))
    for choice in form.choices:
        assert not re.search(r"[_]", choice.label), f"{action}: {choice.name} is asked for by its code"


def test_a_command_that_nobody_has_given_words_has_a_form_all_the_same():
    form = forms.form_for("brand_new", Check(check_id="c"), PACKS, NOTHING, {}, asked_for="rating")
    assert form.spec.title == "Brand new"
    assert [(c.name, list(c.options)) for c in form.choices] == [("rating", ["red", "amber", "green"])]


def test_what_does_not_apply_is_not_sent():
    check = Check(check_id="c", partnership="demo")
    given = {"basis": ["agreed"], "override_reason": ["coerced"], "family": ["informed"], "part:ask": [" Bruises "]}
    form = forms.form_for("gate", check, PACKS, NOTHING, given)
    assert forms.codes_of(form, given) == {"basis": "agreed", "family": "informed"}
    assert forms.parts_of(form, given) == {"ask": "Bruises"}
    assert not {"s42_a", "capacity"} & {c.name for c in form.choices}


def test_londons_time_becomes_the_hubs():
    form = forms.form_for("seen", Check(check_id="c"), PACKS, NOTHING, {})
    summer, nonsense = {"seen_at": ["2026-07-01T02:00"]}, {"seen_at": ["soon"]}
    assert forms.codes_of(form, summer)["seen_at"] == "2026-07-01T01:00:00+00:00"
    assert forms.codes_of(form, nonsense)["seen_at"] == "soon", "the check refuses it, and the form keeps it"


def test_actions_go_on_from_the_numbers_that_there_are():
    task = Task(owner="Team", due=NOW, seq=1)
    form = forms.form_for("add_action", Check(check_id="c", tasks={"4": task}), PACKS, NOTHING, {})
    assert [c.name for c in form.choices][:3] == ["part:action.5", "action.5.owner", "action.5.due"]


def test_only_what_makes_sense_is_offered():
    screener = Visitor("x", "X", frozenset({Role.SCREENER}))
    check = Check(check_id="c", state=State.CHECKS_OPEN, strategy="wanted")
    offered = {step.action: step for step in steps.steps(check, screener)}
    assert {"strategy_held", "note", "rate", "go_forward"} <= offered.keys()
    assert not {"open", "decide", "accept_late", "delivered", "protection_ended", "read", "unlink"} & offered.keys()
    assert (offered["strategy_held"].main, offered["strategy_held"].may) == (True, False)
    assert "duty manager" in offered["go_forward"].who


def test_a_sign_tells_more_than_what_is_made_of_it():
    found = signs.load()
    assert found.ordered({"CB01": 4, "DA04": 4, "CB02": 3, "ED01": 2})[0] == "DA04"


@given(st.lists(st.integers(0, 4000), min_size=1, max_size=40))
def test_a_timeline_shows_every_record_within_its_frame(days):
    spots = [Spot(NOW - timedelta(days=d), f"agency {d % 3}", "text", grave=False) for d in days]
    drawn = draw_timeline(spots, NOW)
    assert len(drawn.marks) == len(spots)
    assert all(LEFT <= mark.x <= WIDTH and 0 < mark.y < drawn.height for mark in drawn.marks)
    assert drawn.summary.startswith("1 record on" if len(spots) == 1 else f"{len(spots)} records ")


def test_nothing_to_draw_is_no_drawing():
    assert draw_timeline([], NOW) is None

    class Nobody:
        circle = ()

    assert draw_circle(Nobody()) is None


def test_who_shares_a_telephone_stands_on_the_map_further_out_than_the_household():
    def tie(relation: str, *risks: str) -> Tie:
        return Tie(person=relation, name=relation.title(), relation=relation, since="", risks=list(risks), records=[])

    class Around:
        circle = (tie("mother"), tie("shares a telephone (3 people)", "Level 3: NW01"), tie("named together"))
        subject = SimpleNamespace(title="Ada")

    drawing = draw_circle(Around())
    assert {(n.relation, n.home, n.risky) for n in drawing.nodes} == {
        ("mother", True, False),
        ("shares a telephone (3 people)", False, True),
        ("named together", False, False),
    }


def test_figures_are_set_out_by_what_they_are_about():
    found = board(
        [
            Figure("requests", "police", 3, "count", 3), Figure("requests", "health", 9, "count", 9),
            Figure("overdue_share", "police", 0.5, "share", 2), Figure("proposals", "CB02", 4, "count", 4),
            Figure("feedback_in_time_share", "all", 1, "share", 7), Figure("open_checks", "rated", 2, "count", 2),
        ]
    )  # fmt: skip
    assert list(found.agencies.rows) == ["health", "police"]
    assert (found.agencies.most, found.single["feedback_in_time_share"].of, found.open_states) == (9, 7, {"rated": 2})
    assert "yield" not in found.rules.rows["CB02"]


def test_a_limit_is_one_a_person_and_forgets():
    limit = Limit(3)
    assert [limit.admits("a", at) for at in (0, 1, 2, 3)] == [True, True, True, False]
    assert limit.admits("b", 3)
    assert not limit.admits("a", 61)
    assert limit.admits("a", 300)


@pytest.mark.parametrize(
    ("hours", "said"),
    [(0.5, "30 min left"), (-0.01, "1 min overdue"), (2.25, "2 h 15 min left"), (-50, "2 days 2 h overdue"), (200, "8 days left")],
)  # fmt: skip
def test_how_long_is_said_as_people_do(hours, said):
    assert away(NOW + timedelta(hours=hours), NOW) == said


def test_the_chronology_is_chosen_by_agency_kind_and_whom_it_names():
    view = a_view()
    everything = choose(view, {}, "secret")
    assert (len(everything.lines), everything.filtered) == (3, False)
    wren = next(p for p in everything.people if p.name.startswith("Wren"))
    assert "Wren" not in wren.token
    by = {
        "agency": choose(view, {"agency": "Police"}, "secret"),
        "kind": choose(view, {"kind": "Incident"}, "secret"),
        "person": choose(view, {"person": wren.token}, "secret"),
        "both": choose(view, {"agency": "Health", "person": wren.token}, "secret"),
    }
    assert {name: sorted(chosen.keys) for name, chosen in by.items()} == {
        "agency": ["r1 s", "r3 s"], "kind": ["r1 s"], "person": ["r2 s", "r3 s"], "both": ["r2 s"],
    }  # fmt: skip
    stale = choose(view, {"person": wren.token, "agency": "Nobody"}, "another session")
    assert (len(stale.lines), stale.filtered, stale.person, stale.agency) == (3, False, "", "")
