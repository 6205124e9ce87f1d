"""Police notices: what cells become, on whom facts stand, and what is refused."""

from __future__ import annotations

import contextlib
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kit.api import Context, Native, Reject, Unreadable
from connectors.kit.outcomes import Outcome, outcomes
from connectors.police import fields
from connectors.police.formats import PoliceNoticeCsv, PoliceNoticeJson
from hub.messages import AgencyRecord
from hub.messages.record import CheckDigit, Operation, Precision, Role, Subject

NOW = datetime(2026, 3, 3, 8, tzinfo=UTC)
CONTEXT = Context("demo", "", NOW, NOW)
FIELDS_MD = Path(__file__).parents[3] / "connectors" / "police" / "FIELDS.md"

NOTICE = {"notice_reference": "PPN-1", "sequence": "1", "notice_kind": "domestic", "occurred_at": "2026-07-02T21:40"}
MOTHER = {"person_ref": "1", "person_id": "n 1", "role": "victim", "given_name": "Marisol", "surname": "Testbrook"}
CHILD = {"person_ref": "2", "person_id": "N2", "role": "child", "given_name": "Ilo", "date_of_birth": "02/04/2019"}
PARTNER = {"person_ref": "3", "person_id": "N3", "role": "suspect", "given_name": "Corin"}


def record(*persons: dict[str, Any], **notice: Any) -> AgencyRecord:
    """One notice through JSON."""
    data = json.dumps({**NOTICE, **notice, "persons": list(persons)}).encode()
    (only,) = outcomes(PoliceNoticeJson(), io.BytesIO(data), CONTEXT)
    assert only.reject is None, only.reject
    return only.records[0]


def refused(*persons: dict[str, Any], **notice: Any) -> str:
    data = json.dumps({**NOTICE, **notice, "persons": list(persons)}).encode()
    (only,) = outcomes(PoliceNoticeJson(), io.BytesIO(data), CONTEXT)
    assert only.reject is not None
    return only.reject.reason


def codes(subject: Subject) -> set[str]:
    return {fact.code for fact in subject.facts}


def unmapped(of: AgencyRecord) -> dict[str, str]:
    return {field.path: field.value for field in of.unmapped}


def read_csv(text: str) -> list[Outcome]:
    return list(outcomes(PoliceNoticeCsv(), io.BytesIO(text.encode()), CONTEXT))


def test_a_domestic_incident_stands_on_victim_suspect_and_child() -> None:
    found = record(
        {**MOTHER, "relationships": [{"relationship": "mother", "related_to": "2"}]},
        {**CHILD, "present": True, "welfare_check": "Y"},
        PARTNER,
        {"person_ref": "4", "role": "witness", "given_name": "Neighbour"},
        marac=True, dash_ticks=15, dash_grade="High", strangulation="Y", incident_reference="TM-7",
    )  # fmt: skip
    assert (found.kind, found.local_id, found.version, found.incident) == (
        "police.domestic_incident",
        "PPN-1",
        1,
        "TM-7",
    )
    assert found.occurred_at == datetime(2026, 7, 2, 20, 40, tzinfo=UTC)
    mother, child, suspect, witness = found.subjects
    assert codes(mother) == {"da.incident", "da.dash"}
    assert codes(child) == {"da.incident", "da.dash", "seen"}
    assert codes(suspect) == {"da.incident"}
    assert codes(witness) == set()
    assert child.facts[0].attributes == {"strangulation": "yes", "present": "yes"}
    assert mother.facts[1].attributes == {"marac": "yes", "dash_ticks": "15", "police_grade": "high"}
    assert [(r.subject, r.kind, r.of) for r in found.relationships] == [("1", "mother", "2")]


def test_the_officer_is_the_reporter_and_no_subject() -> None:
    found = record(MOTHER, officer_name="PC Rowan Testwell", officer_number="TC1000", officer_unit="Response")
    assert found.reporter is not None
    assert found.reporter.name == "PC Rowan Testwell TC1000"
    assert "Testwell" not in found.model_dump_json(exclude={"reporter"})


def test_identity_of_a_person() -> None:
    found = record(
        {
            **MOTHER, "pnc_id": "81/34U", "cro": "85227/65G", "nhs_number": "999 000 0018", "former_surname": "Mockford",
            "address": {"building": "4", "street": "Made Up Row", "town": "Fennick", "postcode": "zz11aa", "uprn": "0012"},
            "telephone": "01632 960001;07700 900123", "email": "Nobody@Example.Invalid", "gender": "F",
            "safe_contact": "by text only", "previous_postcode": "ZZ2 2BB",
        }
    )  # fmt: skip
    subject = found.subjects[0]
    who = subject.identity
    assert subject.local_person_id == "N1"
    assert [(i.scheme, i.value, i.check) for i in who.identifiers] == [
        ("pnc", "1981/0000034U", CheckDigit.PASS),
        ("cro", "085227/65G", CheckDigit.FAIL),
        ("nhs_number", "9990000018", CheckDigit.PASS),
        ("nominal_id", "N1", CheckDigit.UNCHECKED),
    ]
    home, previous = who.addresses
    assert (home.lines, home.postcode, home.uprn) == (["4 Made Up Row", "Fennick"], "ZZ1 1AA", "12")
    assert (previous.kind, previous.postcode) == ("previous", "ZZ2 2BB")
    assert who.telephones == ["01632960001", "07700900123"]
    assert who.emails == ["nobody@example.invalid"]
    assert [(n.kind.value, n.family) for n in who.names] == [("current", "Testbrook"), ("former", "Mockford")]
    assert who.safe_contact == "by text only"


def test_an_unborn_child_has_an_expected_date() -> None:
    found = record({"person_ref": "1", "expected_delivery_date": "2026-09-01"}, notice_kind="P_009")
    subject = found.subjects[0]
    assert subject.role is Role.UNBORN
    assert subject.identity.birth is not None
    assert subject.identity.birth.precision is Precision.EXPECTED
    assert codes(subject) == {"notice.child"}


def test_where_no_role_is_said_age_tells_child_from_adult() -> None:
    persons = [{"date_of_birth": "2008-07-03"}, {"date_of_birth": "2008-07-02"}, {"age": "17"}, {"given_name": "Ada"}]
    assert [s.role for s in record(*persons).subjects] == [Role.CHILD, Role.ADULT, Role.CHILD, Role.ADULT]


def test_a_missing_episode_has_hours_and_age() -> None:
    mother = {"person_ref": "2", "role": "adult"}
    found = record(
        CHILD, mother, notice_kind="missing", missing_from="2026-07-01T22:00", returned_at="2026-07-02T23:30"
    )
    child, adult = found.subjects
    (fact,) = child.facts
    assert (fact.code, fact.attributes) == ("missing.reported", {"age": "7", "hours": "25.5"})
    assert codes(adult) == set()  # where a child is missing, the adults of the notice are not


def test_a_person_who_poses_a_risk_is_linked_to_the_children() -> None:
    found = record(CHILD, {**PARTNER, "risk_kind": "mappa"}, notice_kind="child", grade="High")
    child, suspect = found.subjects
    assert codes(child) == {"notice.child", "person.risk.linked"}
    assert codes(suspect) == {"person.risk.linked"}
    assert child.facts[0].attributes == {"grade": "red"}


def test_where_nobody_has_the_role_facts_stand_on_everybody_and_are_not_lost() -> None:
    found = record({"person_ref": "1", "role": "parent"}, notice_kind="child", police_protection="Y")
    assert codes(found.subjects[0]) == {"notice.child", "s46.used"}


def test_nothing_that_has_no_map_is_dropped() -> None:
    found = record(
        {**CHILD, "Shoe Size": "34", "postcode": "nowhere", "markers": "exploitation;glitter", "school": "Fennick Primary",
         "relationship": "sister;??", "related_to": "9;1"},
        odd={"a": [1]}, dash_ticks="99", handling_code="P", marac="perhaps",
    )  # fmt: skip
    assert codes(found.subjects[0]) == {"da.incident", "exploitation.marker"}
    assert unmapped(found) == {
        "odd": '{"a": [1]}', "dash_ticks": "99", "marac": "perhaps", "person 1/Shoe Size": "34",
        "person 1/postcode": "nowhere", "person 1/markers": "glitter", "person 1/school": "Fennick Primary",
        "person 1/relationship": "??:1",
    }  # fmt: skip
    assert found.terms.marking == "P"


def test_where_it_happened_is_an_address_of_those_who_were_there_and_no_home() -> None:
    parent = {
        "person_ref": "2",
        "role": "parent",
        "given_name": "Marisol",
        "surname": "Testbrook",
        "postcode": "ZZ1 1AA",
    }
    found = record(
        CHILD, parent,
        notice_kind="missing", place_building="1", place_street="Harbour Parade", place_town="Fennick",
        place_postcode="zz12bb", place_uprn="999000000042",
    )  # fmt: skip
    child, mother = ([a for a in s.identity.addresses if a.kind == "incident"] for s in found.subjects)
    assert [(a.lines, a.postcode, a.uprn) for a in child] == [
        (["1 Harbour Parade", "Fennick"], "ZZ1 2BB", "999000000042")
    ]
    assert mother == []
    assert unmapped(record(CHILD, notice_kind="missing", place_postcode="nowhere")) == {"place_postcode": "nowhere"}


def test_a_withdrawn_notice_needs_no_person() -> None:
    assert record(operation="Withdraw", sequence=2).operation is Operation.WITHDRAW


@pytest.mark.parametrize(
    ("notice", "persons", "reason"),
    [
        ({"notice_reference": ""}, [MOTHER], "no-reference"),
        ({"notice_kind": "parking"}, [MOTHER], "unknown-kind"),
        ({"sequence": "second"}, [MOTHER], "bad-sequence"),
        ({"operation": "burn"}, [MOTHER], "unknown-operation"),
        ({}, [], "no-person"),
    ],
)
def test_what_cannot_become_a_record_says_why(
    notice: dict[str, str], persons: list[dict[str, str]], reason: str
) -> None:
    assert refused(*persons, **notice) == reason


def test_half_a_character_is_refused_with_its_bytes() -> None:
    data = b'[{"notice_reference": "PPN-1", "notice_kind": "child", "persons": [{"given_name": "\\ud800"}]}]'
    (only,) = outcomes(PoliceNoticeJson(), io.BytesIO(data), CONTEXT)
    assert only.reject is not None
    assert (only.reject.reason, only.reject.raw) == ("bad-encoding", data[1:-1])


def test_rows_of_one_notice_are_one_record_and_their_bytes_stand_together() -> None:
    text = (
        "DS_031,DS_032 Surname,Notice Reference,notice_kind,sequence,role,circumstances\n"
        'Marisol,Testbrook,PPN-1,domestic,1,victim,"He said ""no"",\nand left"\n'
        "Ilo,Testbrook,PPN-1,,1,child,\n"
        "Ada,Mockford,PPN-2,adult,1,adult,\n"
    )
    one, two = read_csv(text)
    assert [s.identity.names[0].given for s in one.records[0].subjects] == ["Marisol", "Ilo"]
    assert one.records[0].narrative == 'He said "no",\nand left'
    assert one.native is not None
    assert two.native is not None
    assert (one.native.before + one.native.raw + two.native.raw).decode() == text
    (again,) = outcomes(PoliceNoticeCsv(), io.BytesIO(one.native.before + one.native.raw), CONTEXT)
    assert again.records == one.records


def test_a_row_that_cannot_be_read_is_missed_by_its_notice_and_by_no_other() -> None:
    header = "notice_reference,notice_kind,given_name\n"
    found = read_csv(f"{header}PPN-1,child,Ilo\nPPN-1,child\nPPN-1,child,Ada\nPPN-2,child,Bo\n")
    assert [o.reject.reason if o.reject else o.records[0].local_id for o in found] == [
        "wrong-columns",
        "PPN-1",
        "PPN-2",
    ]
    assert unmapped(found[1].records[0]) == {"row not read": "line 3"}
    assert unmapped(found[2].records[0]) == {}


def test_rows_of_a_notice_that_stand_apart_are_refused() -> None:
    found = read_csv("notice_reference,notice_kind\nPPN-1,child\nPPN-2,child\nPPN-1,child\n")
    assert [o.reject.reason if o.reject else "" for o in found] == ["", "", "rows-apart"]


def test_the_documented_header_and_example_are_what_the_code_reads() -> None:
    text = FIELDS_MD.read_text("utf-8")
    header = next(line for line in text.splitlines() if line.startswith("notice_reference,"))
    assert header.split(",") == [*fields.NOTICE_FIELDS, *fields.PERSON_FIELDS]
    example = text.split("```json\n")[1].split("```")[0].encode()
    assert PoliceNoticeJson().sniff(example, "")
    (only,) = outcomes(PoliceNoticeJson(), io.BytesIO(example), CONTEXT)
    assert len(only.records[0].subjects) == 2


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("DS_031", "given_name"),
        ("DS_031 Given Name", "given_name"),
        ("ds_010 Post Code", "postcode"),
        ("DOB", "date_of_birth"),
        ("Notice-Reference", "notice_reference"),
        ("DS_999 Given Name", "given_name"),
        ("DS_999", ""),
        ("shoe size", ""),
    ],
)
def test_headers(header: str, field: str) -> None:
    assert fields.field_of(header) == field


_CELLS = st.dictionaries(
    st.sampled_from([*fields.NOTICE_FIELDS, *fields.PERSON_FIELDS, "odd"]),
    st.text(max_size=10)
    | st.sampled_from(["Y", "N", "child", "domestic", "missing", "2019-04-02", "1;2", "mother;x", "9"]),
    max_size=12,
)


@given(_CELLS, st.lists(_CELLS, max_size=3))
def test_any_cells_become_a_record_or_a_named_refusal(notice: dict[str, str], persons: list[dict[str, str]]) -> None:
    data = json.dumps([{**NOTICE, **notice, "persons": persons}]).encode()
    for item in PoliceNoticeJson().read(io.BytesIO(data)):
        assert isinstance(item, Native)
        with contextlib.suppress(Unreadable):
            (found,) = PoliceNoticeJson().translate(item, CONTEXT)
            assert len(found.subjects) == len(persons)
            assert [found] == PoliceNoticeJson().translate(item, CONTEXT)


@given(st.lists(st.lists(st.text(max_size=8), min_size=4, max_size=4), max_size=5))
def test_any_rows_of_text_become_outcomes(rows: list[list[str]]) -> None:
    body = "".join(",".join(row) + "\n" for row in rows).encode("utf-8", errors="replace")
    data = b"notice_reference,notice_kind,given_name,role\n" + body
    for outcome in outcomes(PoliceNoticeCsv(), io.BytesIO(data), CONTEXT):
        assert outcome.records or isinstance(outcome.reject, Reject)
        assert outcome.reject is None or outcome.reject.reason != "connector-error"


def test_names_in_camel_case_are_read() -> None:
    data = json.dumps(
        [
            {
                "noticeReference": "PPN-1", "noticeKind": "domestic", "occurredAt": "2026-07-02T21:40", "sequence": "2.0",
                "persons": [
                    {
                        "personRef": "1", "givenName": "Ilo", "dateOfBirth": "2019-04-02",
                        "Address": {"Street": "Made Up Row", "postCode": "ZZ1 1AA"},
                        "Relationships": [{"Relationship": "mother", "relatedTo": "2", "since": "2019"}],
                    },
                    {"personRef": "2", "givenName": "Bo"},
                ],
            }
        ]
    ).encode()  # fmt: skip
    assert PoliceNoticeJson().sniff(data, "x")
    (only,) = outcomes(PoliceNoticeJson(), io.BytesIO(data), CONTEXT)
    (found,) = only.records
    assert (found.local_id, found.version) == ("PPN-1", 2)
    assert found.subjects[0].identity.addresses[0].postcode == "ZZ1 1AA"
    assert [(r.subject, r.kind, r.of) for r in found.relationships] == [("1", "mother", "2")]
    assert unmapped(found) == {"person 1/relationships": '{"since": "2019"}'}


def test_a_member_in_the_wrong_place_is_kept() -> None:
    found = record({"given_name": "Ilo", "officer_name": "Offy", "grade": "red"}, postcode="ZZ1 1AA", surname="Flat")
    assert unmapped(found) == {
        "postcode": "ZZ1 1AA", "surname": "Flat", "person 1/officer_name": "Offy", "person 1/grade": "red",
    }  # fmt: skip


def test_an_empty_row_between_two_of_a_notice_does_not_part_them() -> None:
    (only,) = read_csv("notice_reference,notice_kind,given_name\nPPN-1,domestic,Ilo\n,,\nPPN-1,domestic,Bo\n")
    assert len(only.records[0].subjects) == 2


def test_what_is_no_id_makes_no_two_persons_or_notices_one() -> None:
    found = record({"given_name": "Ilo", "person_id": "UNKNOWN"}, {"given_name": "Bo", "person_id": "0000"})
    assert [s.local_person_id for s in found.subjects] == ["", ""]
    assert unmapped(found) == {"person 1/person_id": "UNKNOWN", "person 2/person_id": "0000"}
    assert refused({"given_name": "Ilo"}, notice_reference="NULL") == "no-reference"
