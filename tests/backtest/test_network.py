"""From police notices to a proposal: children of two households, whom no single record calls connected."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from connectors.kit.api import Context
from connectors.kit.outcomes import outcomes
from connectors.police.formats import PoliceNoticeJson
from hub.messages import AgencyRecord
from tests.backtest.made import record, triggers

PLACE = {"place_building": "1", "place_street": "Harbour Parade", "place_postcode": "ZY1 2BB"}
MAN = {"person_id": "N9", "role": "suspect", "given_name": "Olaf", "surname": "Strange", "date_of_birth": "1980-02-03"}


def _child(number: int, given: str, **more: str) -> dict[str, str]:
    home = {"building": str(number), "street": "Made Up Row", "postcode": f"ZY1 {number}AA"}
    born = f"201{number}-05-02"
    return {
        "person_id": f"N{number}", "role": "child", "given_name": given, "surname": f"{given}son",
        "date_of_birth": born, **home, **more,
    }  # fmt: skip


def _notice(day: str, incident: str, *persons: dict[str, str], **more: Any) -> AgencyRecord:
    said = {
        "notice_reference": f"P-{day}-{persons[0]['person_id']}", "notice_kind": "child", "occurred_at": f"{day}T20:00",
        "recorded_at": f"{day}T21:00", "incident_reference": incident, "persons": list(persons), **more,
    }  # fmt: skip
    read = datetime(2026, 11, 2, 9, tzinfo=UTC)
    context = Context("somewhere", "notices", read, read)
    (only,) = outcomes(PoliceNoticeJson(), io.BytesIO(json.dumps(said).encode()), context)
    return only.records[0]


def _story(way: str) -> list[AgencyRecord]:
    """Bram has markers of exploitation; Ada is excluded from school. What connects them, if anything, is `way`."""
    phone = {"telephone": "07700900123"} if way == "telephone" else {}
    place = PLACE if way == "place" else {}
    man = [MAN] if way == "adult" else []
    together = [_child(1, "Ada")] if way == "record" else []
    marked = _child(2, "Bram", markers="exploitation", **phone)
    ada = _notice("2026-03-05", "C-1" if way == "incident" else "A-1", _child(1, "Ada", **phone), *man, **place)
    excluded = record(
        "Ada", "2026-03-20", "education", "exclusion.permanent", subjects=[_pupil()], local_id="exclusion"
    )
    return [
        _notice("2026-03-01", "C-1", marked, *together, *man, **place),
        _notice("2026-03-03", "C-2", marked, *man, **place),
        ada,
        excluded,
    ]


def _pupil() -> dict[str, Any]:
    """Ada as her school has her."""
    return {
        "ref": "child",
        "role": "child",
        "local_person_id": "Ada",
        "identity": {
            "names": [{"given": "Ada", "family": "Adason"}],
            "birth": {"value": "2011-05-02"},
            "addresses": [{"lines": ["1 Made Up Row"], "postcode": "ZY1 1AA"}],
        },
        "facts": [{"code": "exclusion.permanent"}],
    }


@pytest.mark.parametrize("way", ["telephone", "place", "adult", "record", "incident"])
def test_what_children_share_opens_a_check_on_the_day_on_which_it_comes_together(way: str) -> None:
    (found,) = triggers(reversed(_story(way)))
    assert (found.day, found.rules[0], found.level) == (date(2026, 3, 20), "CB02", 3)
    assert {"NW01", "ED06"} <= set(found.behind)
    assert found.agencies == ("education", "police")


def test_without_what_they_share_nothing_opens() -> None:
    assert triggers(_story("nothing")) == []
