"""Evidence kept in memory is what the rows have, however it came, went, and was cut off."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import groupby
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from streams.picture import recent
from streams.picture.evidence import Evidence
from streams.picture.keys import SPAN_DIGITS, newest_span_first
from streams.picture.recent import Placed, Recent, Spans

LOOKED_AT = 3
DAY = 24 * 60 * 60 * 1_000_000
TAG = "tag"
PREFIX = len("x/")


def evidence(day: int) -> Evidence:
    return Evidence("seen", day * DAY, 0, "observed", "", "police", "child", "s", "r", "r", echo=False, history=False)


def row_key(day: int, number: int) -> bytes:
    return f"x/{newest_span_first(day * DAY)}/{number}".encode()


class Rows:
    """Rows of one code as a store has them: by key, which tells half-years apart and no more."""

    def __init__(self) -> None:
        self.rows: dict[bytes, Evidence] = {}

    def fetch(self, _tag: str) -> Spans:
        def opened(keys: Iterator[bytes]) -> list[Placed]:
            return [(-self.rows[k].at, k, self.rows[k]) for k in keys]

        for span, keys in groupby(sorted(self.rows), lambda k: k[PREFIX : PREFIX + SPAN_DIGITS]):
            yield span, partial(opened, keys)

    def newest(self, oldest: int | None) -> list[Placed]:
        """What a rule may look at, by looking at every row."""
        placed = sorted((-e.at, k, e) for k, e in self.rows.items())[:LOOKED_AT]
        return [p for p in placed if oldest is None or -p[0] > oldest]


# Days of three half-years, several facts a day; a fact that is there is taken out, another is put in, or one looks.
step = st.tuples(
    st.sampled_from(["fact", "fact", "fact", "look"]), st.sampled_from([0, 1, 2, 200, 201, 400, 401]), st.integers(0, 2)
)


@given(st.lists(step, min_size=30, max_size=60), st.booleans())
def test_the_newest_are_those_of_the_rows(steps: list[tuple[str, int, int]], begun: bool) -> None:  # noqa: FBT001 - drawn
    with patch.object(recent, "LOOKED_AT", LOOKED_AT), patch.object(recent, "_KEPT", 5):
        rows, kept = Rows(), Recent()
        if begun:
            kept.begin(TAG)
        for what, day, number in steps:
            name, fact = row_key(day, number), evidence(day)
            if what == "look":
                oldest = None if number else day * DAY
                seen = kept.newest(TAG, oldest, rows.fetch)[:LOOKED_AT]
                assert [p for p in seen if oldest is None or -p[0] > oldest] == rows.newest(oldest)
            elif name in rows.rows:
                kept.remove(TAG, name, rows.rows.pop(name) if number else None)
                rows.rows.pop(name, None)
            else:
                rows.rows[name] = fact
                kept.add(TAG, name[PREFIX : PREFIX + SPAN_DIGITS], name, fact)
        assert kept.newest(TAG, None, rows.fetch)[:LOOKED_AT] == rows.newest(None)
