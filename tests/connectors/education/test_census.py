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

from connectors import registry
from connectors.education import dfe_codes
from connectors.education.census import CENSUS, CensusRow, CensusTable
from connectors.education.census_tables import Term, table_of
from connectors.kit.api import Native, Unreadable
from connectors.kit.csv_rows import header_of
from tests.connectors.cases import CONTEXT, SAMPLES, assert_case, cases, count_sample, outcome

CENSUS_SAMPLES = SAMPLES / "school_census_csv" / "samples"
HERE = Path(__file__).parent
COLUMNS = {
    "pupilonroll": "dob surname forename middlenames preferredsurname formersurname upn formerupn uniquelearnernumber sex entrydate"
    " termlysessionspossible termlysessionsauthorised termlysessionsunauthorised senprovision plaa youngcarer enrolstatus ethnicity"
    " language hoursatsetting",
    "pupilnolongeronroll": "dob surname forename gender entrydate leavingdate annualsessionspossible annualsessionsauthorised adoptedfromcare",
    "termlyexclusionsonroll": "startdate sessions reason1 reason2 reason3 reason category senprovision incare",
    "termlysessiondetailsoffroll": "sessions absencesessions attendancereason",
    "senneeds": "sentyperank sentype",
    "addressesonroll": "uniquepropertyreferencenumber saon paon street locality town postcode addressline1 addressline5",
    "fsmperiod": "fsmstartdate fsmenddate ukcountry",
    "learneraims": "qan",
}


def format_for(headers: list[str]) -> CensusTable:
    found = [f for f in CENSUS if f.sniff((",".join(headers) + "\n").encode(), "")]
    assert len(found) == 1, [f.name for f in found]
    return found[0]


def headers_of(table: str) -> list[str]:
    pupil = "pupilnolongeronrolltableid" if table.endswith(("offroll", "nolongeronroll")) else "pupilonrolltableid"
    own = [] if table.startswith("pupil") else [f"{table}tableid"]
    return [pupil, "NativeId", "sourceid", *own, *COLUMNS[table].split()]


def row_of(table: str) -> dict[str, str]:
    return {
        h: {"NativeId": "SCH1", "sourceid": "s-1"}.get(h, "t-1" if h.endswith("tableid") else "")
        for h in headers_of(table)
    }


def written(row: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(row))
    writer.writeheader()
    writer.writerow(row)
    return text.getvalue().encode()


@pytest.mark.parametrize("case", cases(HERE / "census_cases.yaml"))
def test_case(case: dict[str, Any]) -> None:
    assert_case(format_for(header_of(case["given"].encode())), case)


@pytest.mark.skipif(
    not CENSUS_SAMPLES.is_dir(), reason="the published samples (../shared/formats) are not on this machine"
)
def test_every_row_of_every_sample_is_a_record() -> None:
    paths = sorted(CENSUS_SAMPLES.glob("*.csv"))
    assert paths
    for path in paths:
        fmt = format_for(header_of(path.read_bytes()[: 1 << 16]))
        natives, records, rejects = count_sample(fmt, path)
        print(f"{path.name} ({fmt.name}): {natives} rows, {records} records, rejects {rejects or 'none'}")  # noqa: T201 - the count is asked for
        assert natives == records
        assert rejects == {}


@pytest.mark.skipif(
    not CENSUS_SAMPLES.is_dir(), reason="the published samples (../shared/formats) are not on this machine"
)
def test_rows_of_a_child_table_find_their_pupil() -> None:
    def people(name: str) -> set[str]:
        path = CENSUS_SAMPLES / name
        fmt = format_for(header_of(path.read_bytes()[: 1 << 16]))
        with path.open("rb") as source:
            natives = [n for n in fmt.read(source) if isinstance(n, Native)]
        return {r.subjects[0].local_person_id for n in natives for r in fmt.translate(n, CONTEXT)}

    pupils = people("2024_autumn_pupilnolongeronroll.csv")
    assert len(pupils) == 308
    for table in ("addressesoffroll", "termlyexclusionsoffroll", "termlysessiondetailsoffroll"):
        assert people(f"2024_autumn_{table}.csv") <= pupils


def test_the_term_comes_from_the_file_s_name() -> None:
    assert Term.of("2025_spring_pupilonroll.csv") == Term(2025, "spring")
    assert Term.of("export.csv").collected_until is None
    until = Term(2025, "spring").collected_until
    assert until is not None
    assert until.isoformat() == "2024-12-31T00:00:00+00:00"


def test_the_same_table_id_in_two_schools_or_returns_is_two_people() -> None:
    fmt = CensusTable("senneeds")
    ids = set()
    for school, source in (("SCH1", "s-1"), ("SCH2", "s-1"), ("SCH1", "s-2")):
        row = row_of("senneeds") | {"NativeId": school, "sourceid": source, "sentype": "SEMH"}
        ids.add(outcome(fmt, written(row))[0][0]["subjects"][0]["local_person_id"])
    assert len(ids) == 3


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty-file"),
        (b"<Message/>", "wrong-format"),
        (b"schooltableid,NativeId,sourceid,schoolname\n1,SCH1,s,x\n", "wrong-format"),
        ("pupilonrolltableid,NativeId\n".encode("utf-16"), "utf-16"),
    ],
)
def test_other_files_are_refused_whole(raw: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        list(CensusTable("pupilonroll").read(io.BytesIO(raw)))
    assert caught.value.reason == reason


def test_a_table_is_not_taken_for_another() -> None:
    with pytest.raises(Unreadable):
        list(CensusTable("pupilonroll").read(io.BytesIO(written(row_of("senneeds")))))


@pytest.mark.parametrize("table", sorted(COLUMNS))
def test_text_that_a_column_cannot_hold_is_never_dropped(table: str) -> None:
    fmt = format_for(headers_of(table))
    for column in COLUMNS[table].split():
        records, reasons = outcome(fmt, written(row_of(table) | {column: "¤¤¤"}))
        assert reasons == []
        assert "¤¤¤" in json.dumps(records, ensure_ascii=False), column


VALUES = st.text(max_size=15) | st.sampled_from(
    ["10.0", "-1.0", "2025-Feb-14 00:00:00", "PERM", "A", "R201100018042", "nan", "1e5"]
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(COLUMNS)), st.data())
def test_any_row_is_a_record_or_a_reason(table: str, data: st.DataObject) -> None:
    row = row_of(table)
    row |= data.draw(st.dictionaries(st.sampled_from(sorted(row)), VALUES))
    raw = written(row).replace(b"\x00", b"")
    records, reasons = outcome(format_for(list(row)), raw)
    assert bool(records) != bool(reasons)
    assert (records, reasons) == outcome(format_for(list(row)), raw)


@given(st.randoms(use_true_random=False))
def test_the_order_of_columns_means_nothing(rng: random.Random) -> None:
    row = {
        name: value
        for name, value in (row_of("pupilonroll") | {"surname": "Testley", "dob": "x", "plaa": "G"}).items()
        if value
    }
    shuffled = list(row.items())
    rng.shuffle(shuffled)
    fmt = CensusTable("pupilonroll")

    def told(cells: dict[str, str]) -> Any:
        return fmt.translate(Native(b"", "line 2", 1, CensusRow("pupilonroll", Term(), cells)), CONTEXT)

    assert told(dict(shuffled)) == told(row)


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))
def test_a_share_of_absence_is_between_nothing_and_all(possible: int, authorised: int, unauthorised: int) -> None:
    assert 0.0 <= float(dfe_codes.attendance(possible, authorised, unauthorised)["absence_rate"]) <= 1.0


def test_attendance_codes_have_one_meaning_each() -> None:
    groups = (dfe_codes.UNAUTHORISED, dfe_codes.AUTHORISED, dfe_codes.PRESENT, dfe_codes.NOT_REQUIRED)
    assert sum(map(len, groups)) == len(frozenset().union(*groups))


def test_every_table_has_a_format_of_its_own() -> None:
    assert len({f.name for f in CENSUS}) == len(CENSUS)
    assert table_of(["pupilonrolltableid", "NativeId", "sourceid", "schoolcensustableid"]) == "pupilonroll"


def test_a_short_table_of_pupils_is_not_a_council_s_list() -> None:
    head = b"NativeId,sourceid,pupilonrolltableid,upn,surname,forename,dob,sex\n"
    assert registry.recognise(head, "x.csv").name == "education.census.pupilonroll"
