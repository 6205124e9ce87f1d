"""What a partnership edits, read once and checked: clocks, decisions, questions, agreements. No clock runs here.

A file that breaks its model is a `Fatal` that names file and field: a hub with a half-read agreement must not start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.errors import Fatal
from packs import HERE

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
RATINGS = ("red", "amber", "green")


class _Pack(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


_P = TypeVar("_P", bound=_Pack)


class Span(_Pack):
    """A length of time and how it is counted."""

    hours: float = Field(gt=0, description="Hours.")
    counted: Literal["always", "working_days", "cover"] = Field(description="Which hours count.")


class Clock(_Pack):
    """One clock: the same for all ratings (`hours`, `counted`), or one span a rating."""

    text: str
    escalate_to: str
    hours: float | None = None
    counted: Literal["always", "working_days", "cover"] = "always"
    red: Span | None = None
    amber: Span | None = None
    green: Span | None = None

    def span(self, rating: str = "") -> Span:
        """The clock's span, for a rating where it depends on one."""
        if self.hours is not None:
            return Span(hours=self.hours, counted=self.counted)
        span = {"red": self.red, "amber": self.amber, "green": self.green}[rating]
        if span is None:
            raise KeyError(rating)
        return span


class Hours(_Pack):
    """When somebody is there. `to: "24:00"` is midnight at the end of the day."""

    days: tuple[Day, ...]
    from_: str = Field(alias="from", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    to: str = Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")
    bank_holidays: bool = Field(default=False, description="True where bank holidays are covered too.")


class CalendarPack(_Pack):
    """Which days are working days."""

    country: str
    subdivision: str
    working_week: tuple[Day, ...]
    also_closed: tuple[date, ...] = ()


class Quorum(_Pack):
    """What must be in before a bundle goes forward at its deadline."""

    must: tuple[str, ...]
    share: float = Field(ge=0, le=1)


class ClocksPack(_Pack):
    """packs/clocks.yaml."""

    version: str
    zone: str
    calendar: CalendarPack
    clocks: Mapping[str, Clock]
    ladder: tuple[str, ...]
    quorum: Quorum
    cover: Mapping[str, Hours]


class Decision(_Pack):
    """One way to end a check."""

    text: str
    of: tuple[str, ...]
    service: bool = Field(description="True where a service must accept the hand-over.")
    each_rule: bool = Field(default=False, description="True where each rule that fired needs a reason.")


Words = Mapping[str, str]


class DecisionsPack(_Pack):
    """packs/decisions.yaml: code sets and their words."""

    version: str
    ratings: Words
    decisions: Mapping[str, Decision]
    rule_reasons: Words
    bases: Words
    override_reasons: Words
    provisions: Words
    family_informed: Words
    limb: Words
    wishes: Words
    capacity: Words
    refusals: Words
    routes: Words
    read_reasons: Words


class Question(_Pack):
    """One question to an agency."""

    id: str
    text: str
    for_: tuple[str, ...] = Field(default=(), alias="for", description="Rule categories that call for it; () always.")
    of: tuple[str, ...] = Field(default=("child", "unborn", "adult"), description="Whom it is asked of.")


class QuestionSet(_Pack):
    """packs/questions/<agency>.yaml."""

    agency: str
    version: str
    questions: tuple[Question, ...]


class Signatory(_Pack):
    """An agency that signed."""

    name: str
    telephone: str
    asked_for: tuple[str, ...]


class Agreement(_Pack):
    """packs/agreements/<id>.yaml."""

    id: str
    version: str
    partnership: str
    synthetic: bool = Field(default=False, description="Made-up people only: scripted parties may act under it.")
    in_force_from: date
    review_by: date
    purposes: str
    signatories: Mapping[str, Signatory]

    def in_force(self, day: date) -> bool:
        """Whether it admits sharing on that day."""
        return self.in_force_from <= day <= self.review_by


@dataclass(frozen=True, slots=True)
class Config:
    """All that a partnership has set for its checks."""

    clocks: ClocksPack
    decisions: DecisionsPack
    questions: Mapping[str, QuestionSet]
    agreements: tuple[Agreement, ...]

    def agreement(self, partnership: str) -> Agreement | None:
        """The partnership's agreement, the latest to come into force first."""
        mine = [a for a in self.agreements if a.partnership == partnership]
        return max(mine, key=lambda a: a.in_force_from, default=None)

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
