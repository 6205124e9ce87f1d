"""Every story comes out as expected, and without its telling fact nothing is proposed."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from packs import HERE
from streams.picture.rules.engine import Engine, load_engine
from streams.picture.stories import differences
from streams.picture.story import StoryWrong, load_story

FOLDER = Path(__file__).parent / "stories"
STORIES = sorted([*FOLDER.glob("*.yaml"), *(FOLDER / "reviews").glob("*.yaml")])
THISTLEMERE = sorted((FOLDER / "thistlemere").glob("*.yaml"))

REVIEW_FAILURES = {
    "the same injury seen by three agencies apart": ["same_injury_three_agencies", "violence_known_to_police_only"],
    "re-referrals each judged alone": ["repeat_closures", "five_reports_closed"],
    "family members' reports set aside as malicious": ["family_report_weighs_the_same", "grandmother_not_believed"],
    "injuries explained away, historic files not read": ["doctors_disagree", "historic_files_not_read"],
    "home education after concerns": ["home_educated_and_unseen", "home_educated_and_access_refused"],
    "nobody had seen the child": ["home_educated_and_unseen", "worry_and_then_silence", "vanished_from_every_list"],
    "domestic abuse underestimated: it follows an adult into a new household": [
        "abuse_follows_the_adult",
        "violence_follows_into_a_new_home",
    ],
    "parental risks seen one by one": ["parental_trio", "baby_of_parents_in_trouble"],
    "an adult's contacts each treated alone": ["adult_two_agencies", "adult_befriended_and_used"],
}
"""What reviews of deaths found missing, as far as rules can mend it."""

BESIDE_THE_RULES = {
    "one child under several names and addresses": (
        "tests.backtest.test_reviews",
        "test_one_child_under_two_names_and_addresses_is_seen_whole",
        "test_without_the_last_fact_or_what_bridges_the_names_nothing_opens",
    ),
    "a wrong address": (
        "tests.backtest.test_reviews",
        "test_a_wrong_address_is_put_right_by_whoever_knows_better",
        "test_with_the_wrong_address_alone_or_without_violence_nothing_opens",
    ),
    "a notice never sent": (
        "tests.backtest.test_reviews",
        "test_a_notice_that_comes_late_opens_on_the_day_it_comes_and_unsent_never",
    ),
    "a case closed in days with files unread": (
        "tests.check.test_rules_of_procedure",
        "test_nobody_decides_on_what_they_have_not_read",
        "test_a_screener_s_reading_does_not_stand_for_the_decision_maker_s",
        "test_a_return_after_closing_opens_the_check_again",
    ),
    "referrers never told": (
        "tests.check.test_to_the_end",
        "test_feedback_counts_when_it_was_received",
        "test_that_nobody_can_be_told_takes_a_manager",
    ),
}
"""Where a person was not recognised, or a check was handled wrongly: module, and the tests that hold it."""


@pytest.mark.parametrize("failure", BESIDE_THE_RULES)
def test_a_review_failure_that_no_rule_mends_is_held_elsewhere(failure: str) -> None:
    module, *tests = BESIDE_THE_RULES[failure]
    assert all(callable(getattr(importlib.import_module(module), test)) for test in tests)


@pytest.mark.parametrize("path", STORIES, ids=lambda p: p.stem)
def test_story_comes_out_as_expected(path: Path, engine: Engine) -> None:
    assert differences(load_story(path), engine) == []


@pytest.mark.parametrize("path", THISTLEMERE, ids=lambda p: p.stem)
def test_another_partnership_has_stories_of_its_own(path: Path, engine: Engine) -> None:
    story, theirs = load_story(path), load_engine(HERE / "rules" / "thistlemere.yaml")
    assert differences(story, theirs) == []
    assert differences(story, engine) != [], "under the default pack it comes out otherwise: the file is the threshold"


def test_there_are_opening_and_quiet_stories() -> None:
    stories = [load_story(path) for path in STORIES]
    assert sum(not story.expect for story in stories) >= 3
    assert all(any(h.telling for h in story.happens) for story in stories if len(story.expect) == 1)


@pytest.mark.parametrize("failure", REVIEW_FAILURES)
def test_every_published_review_failure_opens_on_its_day_and_not_without_the_telling_fact(failure: str) -> None:
    by_name = {path.stem: load_story(path) for path in STORIES}
    for name in REVIEW_FAILURES[failure]:
        story = by_name[name]
        assert story.source or name in {"parental_trio", "adult_two_agencies"}
        assert story.expect, "opens a check, on the day that it says"
    assert any(h.telling for name in REVIEW_FAILURES[failure] for h in by_name[name].happens)


def test_every_story_of_a_review_stands_for_a_failure() -> None:
    told = {name for names in REVIEW_FAILURES.values() for name in names}
    assert {path.stem for path in (FOLDER / "reviews").glob("*.yaml")} <= told
    for path in (FOLDER / "reviews").glob("*.yaml"):
        story = load_story(path)
        assert story.source
        assert any(h.telling for h in story.happens)


WRONG = [
    ("agency: police", "agency: polise", "line 9: there is no agency 'polise'. Did you mean 'police'?"),
    ("da.dash: {dash_ticks", "da.desh: {dash_ticks", "line 9: there is no fact 'da.desh'. Did you mean 'da.dash'?"),
    ("{dash_ticks:", "{dash_tics:", "line 9: there is no attribute of da.dash 'dash_tics'. Did you mean 'dash_ticks'?"),
    ("about: partner", "about: patner", "nobody of the story is called patner"),
    ("day: 2025-11-10", "day: 2025-11-40", "line 9 (happens.0.day)"),
    ("telling: true", "teling: true", "line 9 (happens.0.teling)"),
    ("until: 2026-03-20", "until: [", "line 13 cannot be read"),
    ("until: 2026-03-20", "until: &a [*a]", "cannot be read (RecursionError)"),
]


@pytest.mark.parametrize(("old", "new", "says"), WRONG)
def test_a_mistake_in_a_story_is_named_with_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = (FOLDER / "abuse_follows_the_adult.yaml").read_text("utf-8")
    assert old in text
    path = tmp_path / "story.yaml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(StoryWrong) as caught:
        load_story(path)
    assert says in str(caught.value)
