"""Subjects of a preview file (`mash connector preview ... --json`), to compare before they are sent. No Kafka."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from hub.errors import Skippable
from hub.messages import AgencyRecord
from hub.messages.record import Subject


class NoSuchSubject(Skippable):
    """The file has no subject, or several, of that name."""


def subject_of(path: Path, asked: str) -> Subject:
    """One subject: `LINE`, `LINE:REF`, `LOCAL_ID` or `LOCAL_ID:REF`; no ref is needed where there is one.

    Raises:
        NoSuchSubject: none or several answer, or the file is no preview file.
    """
    name, _, ref = asked.rpartition(":") if ":" in asked else (asked, "", "")
    found = [
        subject
        for number, record in _records(path)
        if name in {str(number), record.local_id}
        for subject in record.subjects
        if not ref or subject.ref == ref
    ]
    if len(found) != 1:
        raise NoSuchSubject(
            f"{len(found) or 'No'} subjects of {path.name} answer to {asked!r}.",
            "Name a line (from 1) or the record's own id, then ':' and the subject's ref: 3:child-1.",
        )
    return found[0]


def _records(path: Path) -> list[tuple[int, AgencyRecord]]:
    """Line number and record; rejects are passed over."""
    found = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        try:
            value = json.loads(line) if line.strip() else {}
            if "record" in value:
                found.append((number, AgencyRecord.model_validate(value["record"])))
        except (ValueError, ValidationError, TypeError) as error:
            raise NoSuchSubject(
                f"Line {number} of {path.name} is no line of a preview ({type(error).__name__}).",
                "Make the file with `mash connector preview FORMAT FILE --json`.",
            ) from None
    return found
