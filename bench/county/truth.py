"""The truth of a county beside its files: who is who in every system, which checks should open. For checkers only.

Files, all JSON: `people.jsonl` (a person a line: every source identity), `households.jsonl`, `stories.json`,
`summary.json`, `feed.json`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from bench.county.people import Household, Person

FOLDER = "truth"


@dataclass(slots=True)
class Story:
    """A family whose facts were planted.

    Attributes:
        story_id: such as `S0007-two-ambers`; quiet ones begin with Q.
        kind: kind of story.
        quiet: it must not propose.
        households: ids of the households that it is about, the first one its own.
        about: persons whom the proposal should be about (any one of them is enough), or of whom none should be.
        not_about: persons of the household who must stay quiet though another has a story (a twin, say).
        rules: rule ids expected among those that fire: all of them.
        due: the day by which it should have fired, ISO; '' for quiet ones.
        telling: the fact that completes it, in words.
        tells: who in the county saw what: (agency, day, what), in time order.
        anchors: source identities of `about`: (agency, system, local person id).
    """

    story_id: str
    kind: str
    quiet: bool
    households: list[str]
    about: list[str]
    rules: list[str] = field(default_factory=list)
    due: str = ""
    telling: str = ""
    not_about: list[str] = field(default_factory=list)
    tells: list[tuple[str, str, str]] = field(default_factory=list)
    anchors: list[tuple[str, str, str]] = field(default_factory=list)


class Truth:
    """Writes the truth as households are finished; keeps only stories in memory."""

    def __init__(self, out: Path) -> None:
        self._folder = out / FOLDER
        self._folder.mkdir(parents=True, exist_ok=True)
        self._people: TextIO = (self._folder / "people.jsonl").open("w", encoding="utf-8", newline="\n")
        self._households: TextIO = (self._folder / "households.jsonl").open("w", encoding="utf-8", newline="\n")
        self.stories: list[Story] = []

    def household(self, house: Household) -> None:
        """Write a household and its people; all their records must be out."""
        for person in house.members:
            _line(self._people, _person(person, house))
        _line(
            self._households,
            {
                "id": house.hid, "kind": house.kind, "loud": house.loud, "members": [p.pid for p in house.members],
                "homes": [_home(since, place.uprn, place.postcode) for since, place in house.homes],
            },
        )  # fmt: skip

    def story(self, story: Story, people: list[Person]) -> None:
        """Keep a story; `people` are those it is about."""
        story.anchors = sorted({entry for person in people for entry in person.known_to})
        story.tells.sort(key=lambda tell: tell[1])
        self.stories.append(story)

    def finish(self, summary: dict[str, Any], feed: list[dict[str, str]]) -> None:
        """Write what is left."""
        self._people.close()
        self._households.close()
        for name, value in (("stories", [asdict(s) for s in self.stories]), ("summary", summary), ("feed", feed)):
            text = json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
            (self._folder / f"{name}.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def _person(person: Person, house: Household) -> dict[str, Any]:
    return {
        "id": person.pid, "household": house.hid, "role": person.role, "sex": person.sex,
        "birth": person.birth.isoformat(), "birth_order": person.birth_order, "nhs": person.nhs,
        "name": f"{person.given} {person.family}", "before": [f"{c.given} {c.family}" for c in person.changes],
        "ids": sorted(person.known_to), "thin": sorted(person.thin), "subjects": sorted(person.subjects),
    }  # fmt: skip


def _home(since: date, uprn: str, postcode: str) -> dict[str, str]:
    return {"since": "" if since == date.min else since.isoformat(), "uprn": uprn, "postcode": postcode}


def _line(file: TextIO, value: dict[str, Any]) -> None:
    file.write(json.dumps(value, ensure_ascii=False) + "\n")
