"""In which order the files of a county are fed, and by which format each is read. No reading here."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from bench.county.truth import FOLDER

FORMATS = (
    (re.compile(r"health/.*\.hl7"), "health.hl7v2.adt"),
    (re.compile(r"police/.*\.csv"), "police.notice.csv"),
    (re.compile(r"police/.*\.json"), "police.notice.json"),
    (re.compile(r"social_care/.*contacts\.csv"), "social_care.contact.csv"),
    (re.compile(r"social_care/.*\.xml"), "social_care.cin"),
    (re.compile(r"education/.*ctf.*\.xml"), "education.ctf"),
    (re.compile(r"education/.*_pupilonroll\.csv"), "education.census.pupilonroll"),
    (re.compile(r"education/.*_termlyexclusionsonroll\.csv"), "education.census.termlyexclusionsonroll"),
    (re.compile(r"education/.*_termlysessiondetailsonroll\.csv"), "education.census.termlysessiondetailsonroll"),
)
"""Which format reads which file: names of the connectors' registry."""


@dataclass(frozen=True, slots=True)
class FeedItem:
    """A file to feed.

    Attributes:
        agency: whose.
        format: name of the format that reads it.
        path: relative to the county's folder.
        made: day on which the agency made it, ISO: files are fed in this order, and time may be moved to its end.
    """

    agency: str
    format: str
    path: str
    made: str


def item(path: str) -> FeedItem:
    """What a file is, by its name.

    Raises:
        KeyError: no format reads such a file.
    """
    for pattern, name in FORMATS:
        if pattern.fullmatch(path):
            agency, _, file = path.partition("/")
            return FeedItem(agency, name, path, file[:10])
    raise KeyError(path)


def plan(paths: list[str]) -> list[FeedItem]:
    """Files in the order of time; on one day by agency and name."""
    return sorted((item(path) for path in paths), key=lambda i: (i.made, i.agency, i.path))


def read_plan(out: Path) -> list[FeedItem]:
    """The plan of a county that was written to a folder.

    Raises:
        FileNotFoundError: there is no county in the folder.
    """
    items = json.loads((out / FOLDER / "feed.json").read_text("utf-8"))
    return [FeedItem(**entry) for entry in items]
