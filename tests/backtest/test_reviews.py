"""What reviews of deaths found missing, where it is who is who that fails: stories from agencies' records to a proposal.

Failures that are a matter of rules alone are stories in tests/picture/stories; `tests/picture/test_stories.py` lists all.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from hub.messages import AgencyRecord
from hub.messages.record import Address, Fact, Identifier, Identity, Name, NameKind
from tests.backtest.made import record, triggers

OLD = Address(lines=["1 Made Up Row"], postcode="ZY1 1AA")
NEW = Address(lines=["7 Sample Street"], postcode="ZY2 2BB")
SUSPENDED = ("2026-03-01", "2026-03-05", "2026-03-09")


def _girl(given: str, family: str, at: Address, *, number: str = "9990000018", former: str = "") -> Identity:
    names = [Name(given=given, family=family)]
    names += [Name(kind=NameKind.FORMER, given="Ada", family=former)] if former else []
    return Identity(
        names=names,
        birth={"value": "2013-05-02"},
        sex="F",
        identifiers=[Identifier(scheme="nhs_number", value=number, check="pass")] if number else [],
        addresses=[at],
    )


def _of(day: str, agency: str, identity: Identity, *facts: str | Fact, **more: Any) -> AgencyRecord:
    """One agency's record of a girl, under that agency's own number for her."""
    found = [f.model_dump() if isinstance(f, Fact) else {"code": f} for f in facts]
    subject = {"ref": "p", "role": "child", "local_person_id": agency, "identity": identity, "facts": found}
    return record("Ada", day, agency, subjects=[subject | more.pop("person", {})], local_id=f"{agency}-{day}", **more)


def _two_names(*, harm: bool = True, bridge: bool = True) -> list[AgencyRecord]:
    """The school has Ada Thistle of Made Up Row; the hospital Adah Quill of Sample Street; a GP knows both names."""
    school = _girl("Ada", "Thistle", OLD, number="")
    hospital = _girl("Adah", "Quill", NEW)
    known = _girl("Adah", "Quill", NEW, former="Thistle").model_copy(update={"addresses": [NEW, OLD]})
    told = [_of(day, "education", school, "suspension", incident=day) for day in SUSPENDED]
    told += [_of("2026-03-12", "social_care", known, "gp.registered")] if bridge else []
    return told + ([_of("2026-03-20", "health", hospital, "ae.selfharm")] if harm else [])


def test_one_child_under_two_names_and_addresses_is_seen_whole() -> None:
    (found,) = triggers(_two_names())
    assert (found.day, found.rules[0], found.level) == (date(2026, 3, 20), "CB02", 3)
    assert found.agencies == ("education", "health")


@pytest.mark.parametrize("without", ["harm", "bridge"])
def test_without_the_last_fact_or_what_bridges_the_names_nothing_opens(without: str) -> None:
    assert triggers(_two_names(**{without: False})) == []


def _wrong_address(*, right: bool = True, violence: bool = True) -> list[AgencyRecord]:
    """The clinic has the child at an address of long ago; violence is known where she lives; the school knows where."""
    mother = {
        "ref": "m",
        "role": "victim",
        "local_person_id": "mother",
        "identity": Identity(
            names=[Name(given="Joan", family="Thistle")], birth={"value": "1988-02-03"}, addresses=[NEW]
        ),
        "facts": [Fact(code="da.dash", attributes={"dash_ticks": "16"})],
    }
    told = [_of("2026-01-10", "health", _girl("Ada", "Thistle", OLD), "gp.registered")]
    told += [record("Ada", "2026-02-01", "police", subjects=[mother], local_id="incident")] if violence else []
    pupil = _girl("Ada", "Thistle", NEW)
    return told + ([_of("2026-03-02", "education", pupil, "school.roll")] if right else [])


def test_a_wrong_address_is_put_right_by_whoever_knows_better() -> None:
    (found,) = triggers(_wrong_address())
    assert (found.day, found.rules[0], found.level) == (date(2026, 3, 2), "CB01", 4)
    assert found.behind == ("DA03",)


@pytest.mark.parametrize("without", ["right", "violence"])
def test_with_the_wrong_address_alone_or_without_violence_nothing_opens(without: str) -> None:
    assert triggers(_wrong_address(**{without: False})) == []


def _late_notice(*, sent: bool) -> list[AgencyRecord]:
    """A notice that was not sent when it was written is received eleven days later, as a gap in its numbers tells."""
    arrived = datetime(2026, 3, 12, 9, tzinfo=UTC)
    girl = _girl("Ada", "Thistle", OLD)
    roll = _of("2026-01-10", "education", girl, "school.roll", received_at=datetime(2026, 1, 10, 9, tzinfo=UTC))
    notice = _of("2026-03-01", "police", girl, "s46.used", received_at=arrived)
    return [roll, notice] if sent else [roll]


def test_a_notice_that_comes_late_opens_on_the_day_it_comes_and_unsent_never() -> None:
    (found,) = triggers(_late_notice(sent=True), by="received")
    assert (found.day, found.rules[0], found.level) == (date(2026, 3, 12), "CB01", 4)
    assert triggers(_late_notice(sent=False), by="received") == []
