"""Two packs over one history: of whom they differ, and how."""

from __future__ import annotations

from datetime import date

import pytest

from streams.backtest.compare import compare
from streams.backtest.replay import Trigger
from tests.backtest.test_report import trigger

DAY, LATER = date(2026, 3, 1), date(2026, 3, 9)
CASES = [
    ([trigger("a", DAY)], [], "only live", ("CB02", "DA02", "ED10"), ()),
    ([], [trigger("a", DAY)], "only shadow", (), ("CB02", "DA02", "ED10")),
    ([trigger("a", LATER)], [trigger("a", DAY)], "earlier", (), ()),
    ([trigger("a", DAY)], [trigger("a", LATER)], "later", (), ()),
    ([trigger("a", DAY)], [trigger("a", LATER, "CB01", level=4)], "graver", ("CB02",), ("CB01",)),
    ([trigger("a", DAY, level=4)], [trigger("a", DAY)], "milder", (), ()),
    ([trigger("a", DAY)], [trigger("a", DAY, "CB03")], "other rules", ("CB02",), ("CB03",)),
]


@pytest.mark.parametrize(("live", "shadow", "how", "ours", "theirs"), CASES, ids=[c[2] for c in CASES])
def test_how_they_differ(
    live: list[Trigger], shadow: list[Trigger], how: str, ours: tuple[str, ...], theirs: tuple[str, ...]
) -> None:
    found = compare(("live/1", "shadow/1"), live, shadow, {"a": "person"})
    [difference] = found.differences
    assert (difference.how, difference.live_rules, difference.shadow_rules) == (how, ours, theirs)
    assert found.how == {how: 1}
    assert found.rules == dict.fromkeys([*ours, *theirs], 1)
    assert found.same == 0


def test_the_same_person_under_two_source_identities_is_one() -> None:
    found = compare(("a/1", "b/1"), [trigger("a", DAY)], [trigger("b", DAY)], {"a": "person", "b": "person"})
    assert (found.same, found.differences) == (1, [])
