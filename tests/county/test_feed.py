"""Every native file is read by the project's own connector for it, and its people are those of the truth."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from bench.county.feed import FORMATS, FeedItem, item, plan, read_plan
from connectors import registry
from connectors.kit.api import Context, Native, Reject, Unreadable
from tests.county.conftest import Made


def test_the_plan_holds_every_file_in_the_order_of_time(county: Made) -> None:
    feed = read_plan(county.path)
    on_disk = {
        str(p.relative_to(county.path)) for p in county.path.rglob("*") if p.is_file() and "truth" not in p.parts
    }
    assert {i.path for i in feed} == on_disk
    assert [i.made for i in feed] == sorted(i.made for i in feed)
    by_agency = [i.path for i in feed if i.agency == "education"]
    assert by_agency == sorted(by_agency)


def test_a_file_that_no_format_reads_is_an_error() -> None:
    with pytest.raises(KeyError):
        item("health/notes.txt")


def test_the_plan_is_by_day_then_agency() -> None:
    paths = ["police/2025-02-02_notices.csv", "health/2025-02-02_adt.hl7", "health/2025-01-26_adt.hl7"]
    assert [i.path for i in plan(paths)] == [paths[2], paths[1], paths[0]]


def files_of(made: Made, name: str) -> list[FeedItem]:
    return [i for i in read_plan(made.path) if i.format == name]


@pytest.mark.parametrize("name", sorted({name for _, name in FORMATS}))
def test_every_file_is_read_without_a_reject_and_names_only_people_of_the_truth(county: Made, name: str) -> None:
    reader = registry.by_name(name)
    known = {tuple(e) for p in county.truth("people.jsonl") for e in p["ids"]}
    rejects: Counter[str] = Counter()
    strangers: Counter[str] = Counter()
    records = 0
    items = files_of(county, reader.name)
    assert items
    for entry in items:
        path = county.path / entry.path
        with path.open("rb") as head:
            assert registry.recognise(head.read(registry.HEAD_BYTES), path.name).name == reader.name
        made = datetime.fromisoformat(entry.made).replace(tzinfo=UTC) + timedelta(hours=23)
        context = Context("thistlemere", "", made, made)
        with path.open("rb") as source:
            for native in reader.read(source):
                if isinstance(native, Reject):
                    rejects[native.reason] += 1
                    continue
                assert isinstance(native, Native)
                try:
                    translated = reader.translate(native, context)
                except Unreadable as error:
                    rejects[error.reason] += 1
                    continue
                for record in translated:
                    records += 1
                    for subject in record.subjects:
                        if (record.agency, record.system, subject.local_person_id) not in known:
                            strangers[f"{record.kind} {subject.ref} {subject.local_person_id[:4]}"] += 1
    assert not rejects
    assert not strangers
    assert records
