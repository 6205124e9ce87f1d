"""What a partnership edits, read once and checked: clocks, decisions, questions, agreements. No clock runs here.

A file that breaks its model is a `Fatal` that names file and field: a hub with a half-read agreement must not start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from hub.errors import Fatal
from packs import HERE
from streams.check.agreements import Agreement, QuestionSet
from streams.check.clocks_pack import ClocksPack
from streams.check.decisions_pack import DecisionsPack
from streams.check.pack import Pack

RATINGS = ("red", "amber", "green")
_P = TypeVar("_P", bound=Pack)


@dataclass(frozen=True, slots=True)
class Config:
    """All that a partnership has set for its checks."""

    clocks: ClocksPack
    decisions: DecisionsPack
    questions: Mapping[str, QuestionSet]
    agreements: tuple[Agreement, ...]

    def agreement(self, partnership: str, day: date | None = None) -> Agreement | None:
        """The partnership's agreement: of those in force on `day` the latest, else the latest of all."""
        mine = [a for a in self.agreements if a.partnership == partnership]
        in_force = [a for a in mine if day and a.in_force(day)]
        return max(in_force or mine, key=lambda a: a.in_force_from, default=None)

    def question(self, question_id: str) -> str:
        """A question's words; its id where the set no longer has it."""
        questions = self.questions.get(question_id.partition(".")[0])
        found = (q.text for q in questions.questions if q.id == question_id) if questions else iter(())
        return next(found, question_id)


def load(folder: Path | None = None) -> Config:
    """Read the packs from `folder`; None takes those that come with the hub.

    Raises:
        Fatal: a file is missing or wrong; the text names the file and the fields.
    """
    base = folder or HERE
    sets = [_read(QuestionSet, path) for path in sorted((base / "questions").glob("*.yaml"))]
    return Config(
        clocks=_read(ClocksPack, base / "clocks.yaml"),
        decisions=_read(DecisionsPack, base / "decisions.yaml"),
        questions={s.agency: s for s in sets},
        agreements=tuple(_read(Agreement, path) for path in sorted((base / "agreements").glob("*.yaml"))),
    )


def _read(model: type[_P], path: Path) -> _P:
    try:
        return model.model_validate(_yaml(path))
    except ValidationError as error:
        fields = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise Fatal(f"{path.name} cannot be used: {fields}.", "Correct the file and start again.") from None


def _yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        raise Fatal(f"{path} cannot be read ({type(error).__name__}).", "Check HUB_PACKS_DIR.") from None
    except yaml.YAMLError as error:
        raise Fatal(f"{path.name} is no YAML: {error}", "Correct the file and start again.") from None


__all__ = ["RATINGS", "Agreement", "ClocksPack", "Config", "DecisionsPack", "QuestionSet", "load"]
