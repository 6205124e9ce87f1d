from __future__ import annotations

import csv
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.kit.api import Native
from connectors.social_care.contact import CONTACT_CSV
from connectors.social_care.contact_columns import _KNOWN, FLAGS
from tests.connectors.cases import CONTEXT, SAMPLES, assert_case, cases, count_sample, outcome

COUNCIL = SAMPLES / "csc_sui_matcher"
COLUMNS = sorted(set(_KNOWN.values()))
HERE = Path(__file__).parent


def written(row: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(row))
    writer.writeheader()
    writer.writerow(row)
    return text.getvalue().encode()


@pytest.mark.parametrize("case", cases(HERE / "contact_cases.yaml"))
def test_case(case: dict[str, Any]) -> None:
    assert_case(CONTACT_CSV, case)


@pytest.mark.skipif(not COUNCIL.is_dir(), reason="the published samples (../shared/formats) are not on this machine")
def test_every_row_of_every_sample_is_a_record_or_a_reject() -> None:
    paths = sorted(COUNCIL.rglob("*.csv"))
    assert paths
    for path in paths:
        assert CONTACT_CSV.sniff(path.read_bytes()[: 1 << 16], path.name), path.name
        natives, records, rejects = count_sample(CONTACT_CSV, path)
        print(f"{path.name}: {natives} rows, {records} records, rejects {rejects or 'none'}")  # noqa: T201 - the count is asked for
        assert natives == records + sum(rejects.values())
        assert records >= 0.99 * natives


def test_the_example_of_the_field_list_is_read() -> None:
    text = (Path(__file__).resolve().parents[3] / "connectors/social_care/FIELDS.md").read_text("utf-8")
    example = text.split("```csv\n")[1].split("```")[0]
    records, reasons = outcome(CONTACT_CSV, example.encode())
    assert reasons == []
    assert [r["kind"] for r in records] == ["social_care.child", "social_care.contact"]
    assert all("unmapped" not in r for r in records)


def test_every_column_of_the_field_list_is_known() -> None:
    text = (Path(__file__).resolve().parents[3] / "connectors/social_care/FIELDS.md").read_text("utf-8")
    missing = [c for c in COLUMNS if not c.startswith(("Parent", "Sibling", "Other")) and f"`{c}`" not in text]
    assert [c for c in missing if not c.startswith(("Address", *FLAGS))] == []


VALUES = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["1", "0", "Y", "2017-03-04", "31/02/2020", "withdraw", "da.incident", "9990000018", "ZZ1 1AA", "=1+1", "adult"]
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from([*COLUMNS, "Column1", "Shoe size"]), VALUES, min_size=1, max_size=25))
def test_any_row_is_records_or_a_reason(row: dict[str, str]) -> None:
    row = {"SourceID": "7", "DOB": "2017-03-04"} | row
    raw = written(row).replace(b"\x00", b"")
    records, reasons = outcome(CONTACT_CSV, raw)
    assert bool(records) != bool(reasons)
    assert (records, reasons) == outcome(CONTACT_CSV, raw)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from(COLUMNS), VALUES, min_size=3, max_size=25), st.randoms(use_true_random=False))
def test_the_order_of_columns_means_nothing(row: dict[str, str], rng: random.Random) -> None:
    row = {"SourceID": "7", "DOB": "2017-03-04", "Surname": "Testley"} | row
    shuffled = list(row.items())
    rng.shuffle(shuffled)

    def told(cells: dict[str, str]) -> Any:
        try:
            return CONTACT_CSV.translate(Native(b"", "line 2", 1, cells), CONTEXT)
        except Exception as error:  # noqa: BLE001 - the same refusal is asked for
            return type(error)

    assert told(dict(shuffled)) == told(row)


@pytest.mark.parametrize("spelt", ["source_id,d_o_b,SUR NAME", "SourceId,DOB,Surname", "SOURCE-ID,dob,surname"])
def test_headers_are_matched_however_they_are_spelt(spelt: str) -> None:
    records, _ = outcome(CONTACT_CSV, f"{spelt}\n7,2017-03-04,Testley\n".encode())
    assert records[0]["local_id"] == "child/7"
    assert "unmapped" not in records[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_accents_survive(encoding: str) -> None:
    records, _ = outcome(CONTACT_CSV, "SourceID,DOB,Surname,Forename\n7,2017-03-04,Testley,Zoë\n".encode(encoding))
    assert records[0]["subjects"][0]["identity"]["names"][0]["given"] == "Zoë"


def test_an_update_of_the_row_has_the_same_key_and_a_higher_version() -> None:
    raw = (
        b"SourceID,DOB,Surname,ContactID,ContactDate,UpdatedAt\n"
        b"7,2017-03-04,Testley,C-1,2026-01-05,2026-01-05T10:00:00\n7,2017-03-04,Testley,C-1,2026-01-05,2026-01-06T10:00:00\n"
    )
    first, second = outcome(CONTACT_CSV, raw)[0]
    assert first["local_id"] == second["local_id"]
    assert first["version"] < second["version"]


def test_people_who_work_there_and_referrers_are_never_subjects() -> None:
    raw = (
        b"SourceID,DOB,Surname,ContactID,ContactDate,Worker,Team,ReferrerName,SeenBy,SeenDate\n"
        b"7,2017-03-04,Testley,C-1,2026-01-05,W Madeup,East,R Madeup,nurse,2026-01-05\n"
    )
    records, _ = outcome(CONTACT_CSV, raw)
    assert [s["ref"] for r in records for s in r["subjects"]] == ["child", "child"]
    assert all(s["identity"]["names"] == [{"family": "Testley"}] for r in records for s in r["subjects"])


@pytest.mark.parametrize("column", COLUMNS)
def test_text_that_a_column_cannot_hold_is_never_dropped(column: str) -> None:
    row = {"SourceID": "7", "DOB": "2017-03-04", "Surname": "Testley"} | {column: "¤¤¤"}
    records, reasons = outcome(CONTACT_CSV, written(row))
    assert "¤¤¤" in json.dumps(records, ensure_ascii=False) or reasons == ["unknown-operation"]
    contact = row | {
        "ContactID": "¤¤¤" if column == "ContactID" else "C-1",
        "ContactReason": row.get("ContactReason", "disclosure"),
    }
    records, reasons = outcome(CONTACT_CSV, written(contact))
    assert "¤¤¤" in json.dumps(records, ensure_ascii=False) or reasons == ["unknown-operation"]
