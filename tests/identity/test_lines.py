"""Lines of one identity: whatever is added, changed and taken back, the sum is that of what is left."""

from __future__ import annotations

from functools import reduce

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.state.memory import MemoryStore
from streams.identity.lines import FULL, Line, Part, both, put_line, said_of, take_line

HASH = bytes(16)
steps = st.lists(
    st.tuples(
        st.integers(0, 3 * FULL), st.integers(1, 28), st.sampled_from([*Part, Part.ADULT | Part.CHILD]), st.booleans()
    ),
    max_size=6 * FULL,
)


@settings(max_examples=60, deadline=None)
@given(steps=steps)
def test_the_sum_is_that_of_the_lines_that_are_left(steps) -> None:
    store, left = MemoryStore(), {}
    for record, day, part, goes in steps:
        name = f"r{record}"
        if goes and name in left:
            del left[name]
            take_line(store, 7, HASH, name)
        elif not goes:
            line = Line(name, f"2026-03-{day:02}", int(part))
            put_line(store, 7, HASH, line, held=name in left)
            left[name] = line
        alone = MemoryStore()
        sums = [put_line(alone, n, HASH, line, held=False) for n, line in enumerate(left.values())]
        assert said_of(store, 7, HASH) == (reduce(both, sums) if sums else None)
    if not left:
        assert len(store) == 0


def test_a_row_holds_so_many_lines_and_no_more() -> None:
    store = MemoryStore()
    for n in range(10 * FULL):
        put_line(store, 7, HASH, Line(f"r{n:04}", "2026-03-02", 0), held=False)
    assert max(len(value) for _, value in store.scan(b"")) < 100 * FULL
    assert len(store) == 11
