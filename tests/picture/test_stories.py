"""Every story comes out as expected, and without its telling fact nothing is proposed."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.picture.rules.engine import Engine
from streams.picture.stories import differences, load_story

STORIES = sorted((Path(__file__).parent / "stories").glob("*.yaml"))


@pytest.mark.parametrize("path", STORIES, ids=lambda p: p.stem)
def test_story_comes_out_as_expected(path: Path, engine: Engine) -> None:
    assert differences(load_story(path), engine) == []


def test_there_are_opening_and_quiet_stories() -> None:
    stories = [load_story(path) for path in STORIES]
    assert sum(not story.expect for story in stories) >= 3
    assert all(any(h.telling for h in story.happens) for story in stories if len(story.expect) == 1)
