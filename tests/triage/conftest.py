"""The desk's tests share one hub (topics, a check worker), one served desk and one browser."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import pytest

from tests.check.live import Live, live
from tests.triage.browsing import Person
from tests.triage.served import Served, served, settings_for
from triage import assets

for _name in dir(anyio):  # it loads its parts when they are asked for, and pytest rewrites what is loaded: CPython 3.11
    getattr(anyio, _name)  # sometimes fails at that in a desk's thread ("AST constructor recursion depth mismatch")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def built() -> Path:
    """The desk's style sheet and scripts; skipped where no npm registry can be had."""
    try:
        return assets.build()
    except assets.AssetsUnavailable as error:
        pytest.skip(f"the desk's pages cannot be drawn here: {error}")


@pytest.fixture(scope="module")
def desk_hub(kafka: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("desk")
    with live(kafka, f"t-desk-{time.time_ns() % 10**9}", folder) as hub:
        yield hub


@pytest.fixture(scope="module")
def at_desk(desk_hub: Live, built: Path) -> Iterator[Served]:
    """A desk in front of a live hub."""
    with served(settings_for(desk_hub), desk_hub) as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """A real browser; skipped, with the reason, where there is none.

    One for each file: as long as Playwright runs, this process can run no event loop of its own.
    """
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    program = os.environ.get("MASH_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def sit(chromium: object, at_desk: Served) -> Iterator[Callable[..., Person]]:
    """Lets people sit down, each at a browser of their own; they leave at the end."""
    people: list[Person] = []

    def sit_down(account: str, **window: object) -> Person:
        people.append(Person(chromium, at_desk, account, **window))
        return people[-1]

    yield sit_down
    for person in people:
        person.close()
