"""One small county for the whole run of these tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bench.county import Config, Summary, generate
from bench.county.truth import FOLDER

AS_OF = date(2026, 1, 5)
PEOPLE = 3_000


@dataclass
class Made:
    """A county that was made."""

    path: Path
    config: Config
    summary: Summary

    def truth(self, name: str) -> list[dict[str, Any]]:
        """Lines of a truth file."""
        import json

        text = (self.path / FOLDER / name).read_text("utf-8")
        return [json.loads(line) for line in text.splitlines()] if name.endswith("l") else json.loads(text)


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """3,000 people, a year."""
    path = tmp_path_factory.mktemp("county") / "made"
    config = Config(path, PEOPLE, seed=11, as_of=AS_OF)
    return Made(path, config, generate(config))
