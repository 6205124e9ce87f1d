from __future__ import annotations

import io
import json
import random
from pathlib import Path
from typing import Any

import hl7
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.health import hl7_text
from connectors.health.adt import ADT
from connectors.health.clinical import clinical_codes
from connectors.health.hl7_files import MESSAGE_LIMIT
from connectors.kit.api import Native, Reject, Unreadable
from tests.connectors.cases import CONTEXT, assert_case, cases, outcome

FULL = (
    "MSH|^~\\&|PAS|RXX|HUB|TESTSHIRE|20260105231500||ADT^A04^ADT_A01|M1|P|2.4|||AL|NE||UNICODE UTF-8\r"
    "EVN|A04|20260105231000\r"
    "PID|1||H1001^^^RXX^PI~9990000026^^^NHS^NH~K9^^^RYY^MR||Testley^Maya^^^Miss^^L~Old\\T\\New^Maya^^^^^M||20110304|F||A"
    "|1 Example Road^Northby^Testtown^^ZZ1 1AA^^H||01632960001^PRN^PH~^NET^Internet^maya@example.org||ENG||||||||||||||||NSTS01\r"
    "PD1|||EXAMPLE SURGERY^^A81001|G1234567^Makebelieve^D\r"
    "NK1|1|Testley^Jo|MTH|1 Example Road^^^^ZZ1 1AA|07700900001\r"
    "NK1|2|Testley^Kit|BRO||||||||||||M|20130202\r"
    "NK1|3|Testley^Ren|SIS||||||||||||F|20150202\r"
    "PV1|1|E|AE^^^RXX||||C1^Makebelieve^D|||180|||||||||E900^^^RXX|||||||||||||||||||||||||20260105230500\r"
    "PV2|||X61^Self-poisoning^I10\r"
    "DG1|1|I10|S52.5^Fracture^I10\r"
    "AL1|1|DA|PEN^Penicillin\r"
    "OBX|1|CE|MOBILE^^L||Y\r"
    "ZPI|1|x^y\r"
)


def natives(raw: bytes) -> list[Native | Reject]:
    return list(ADT.read(io.BytesIO(raw)))


@pytest.mark.parametrize("case", cases(Path(__file__).with_name("cases.yaml")))
def test_case(case: dict[str, Any]) -> None:
    assert_case(ADT, case)


def test_our_reading_of_fields_is_the_hl7_library_s() -> None:
    theirs = hl7.parse(FULL)
    ours = hl7_text.parse(FULL.encode())
    assert [s.name for s in ours.segments] == [str(s[0]) for s in theirs]
    for mine, other in zip(ours.segments, theirs, strict=True):
        for number in range(1, len(other)):
            assert mine.fields[number] == str(other[number])
            if mine.name == "MSH" and number <= 2:
                continue
            for at, repeat in enumerate(other[number]):
                values = [str(c) for c in repeat] if isinstance(repeat, hl7.Repetition) else [str(repeat)]
                assert mine.repeats(number)[at : at + 1] in ([[theirs.unescape(v) for v in values]], [])


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_segments_may_end_in_any_way(end: bytes) -> None:
    given = FULL.encode().replace(b"\r", end)
    assert outcome(ADT, given) == outcome(ADT, FULL.encode())
    assert len(outcome(ADT, given)[0]) == 3


@pytest.mark.parametrize(
    "wrap",
    [
        lambda one: b"\x0b" + one + b"\x1c\r\x0b" + one + b"\x1c\r",
        lambda one: b"\x0b" + one + b"\x1c\x0b" + one + b"\x1c",
        lambda one: b"\x0b" + one + b"\x1c\r\n\x0b" + one + b"\x1c\r\n",
        lambda one: b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + one + one + b"BTS|2\rFTS|1\r",
        lambda one: b"\xef\xbb\xbf" + one + b"\r\n\r\n" + one,
        lambda one: b"\n\n" + one.rstrip() + b"\n" + one.rstrip(),
    ],
    ids=[
        "mllp frames",
        "mllp frames without CR",
        "mllp frames a line",
        "batch",
        "byte order mark and blank lines",
        "no last line end",
    ],
)
def test_several_messages_in_a_file(wrap: Any) -> None:
    found = natives(wrap(FULL.encode()))
    assert [(type(n), n.position) for n in found] == [(Native, "message 1"), (Native, "message 2")]
    assert all(n.raw.startswith(b"MSH") and n.raw.count(b"MSH") == 1 for n in found)


def test_batch_that_lost_a_message_says_so() -> None:
    found = natives(b"BHS|^~\\&|A\r" + FULL.encode() + b"BTS|2\r")
    assert [n.reason for n in found if isinstance(n, Reject)] == ["batch-count"]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty-file"),
        (b" \r\n\x0b", "empty-file"),
        (b"SourceID,DOB\n1,2\n", "wrong-format"),
        (b"MSHistory of a hospital", "wrong-format"),
        ("MSH|^~\\&|".encode("utf-16"), "utf-16"),
        (b"\x00\x01\x02", "wrong-format"),
    ],
)
def test_what_is_no_hl7_is_refused_whole(raw: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        natives(raw)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"\x0b" + FULL.encode()[:400], "truncated"),
        (b"MSH|", "bad-header"),
        (FULL.encode().replace(b"Testley", b"Test\xff\xc3\xa9", 1), "bad-encoding"),
        (b"MSH|^~\\&|" + b"x" * (MESSAGE_LIMIT + 1), "too-large"),
    ],
)
def test_a_spoilt_message_is_one_reject_and_its_neighbour_is_read(raw: bytes, reason: str) -> None:
    good = FULL.encode()
    first = natives(good + raw)
    assert [type(n) for n in first] == [Native, Reject]
    assert isinstance(first[1], Reject)
    assert first[1].reason == reason
    after = natives(raw + (b"\x1c\r" if reason == "truncated" else b"\r") + good)
    assert isinstance(after[-1], Native)


def test_every_refusal_says_what_to_do_next() -> None:
    broken = [
        b"BHS|^~\\&|A\r" + FULL.encode() + b"BTS|2\r", FULL.encode() + b"\x1c\rwhat is this\r", b"\x0b" + FULL.encode(),
        b"MSH|", b"MSH|^~\\&|" + b"x" * (MESSAGE_LIMIT + 1),
    ]  # fmt: skip
    details = [n.detail for raw in broken for n in natives(raw) if isinstance(n, Reject)]
    assert len(details) == len(broken)
    assert all("Ask " in detail for detail in details), details


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize("declared", ["8859/1", "8859/15", "8859/2", ""])
def test_accents_survive_whatever_the_encoding(encoding: str, declared: str) -> None:
    text = FULL.replace("Maya", "Zoë").replace("|UNICODE UTF-8", f"|{declared}")
    records, _ = outcome(ADT, text.encode(encoding))
    assert records[0]["subjects"][0]["identity"]["names"][0]["given"] == "Zoë"


def test_escapes_are_resolved() -> None:
    records, _ = outcome(ADT, FULL.encode())
    assert {"kind": "former", "given": "Maya", "family": "Old&New"} in records[0]["subjects"][0]["identity"]["names"]


@settings(max_examples=200)
@given(st.text(alphabet="ABFSTREX0Dbr.\\|^~&", max_size=12))
def test_any_run_of_escapes_is_read(text: str) -> None:
    assert isinstance(hl7_text.Marks().plain(text), str)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_mutation_is_records_or_a_reason(data: st.DataObject) -> None:
    raw = bytearray(FULL.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        until = min(len(raw), at + data.draw(st.integers(0, 40)))
        raw[at:until] = data.draw(
            st.binary(max_size=8) | st.sampled_from([b"|", b"^", b"~", b"\r", b'""', b"&", b"\\"])
        )
    records, reasons = outcome(ADT, bytes(raw))
    assert records or reasons
    assert (records, reasons) == outcome(ADT, bytes(raw))


@settings(max_examples=200, deadline=None)
@given(
    st.text(min_size=1, max_size=30), st.sampled_from(["PID", "NK1", "PV1", "DG1", "PD1", "PV2"]), st.integers(1, 45)
)
def test_any_text_in_any_field_is_read(text: str, name: str, number: int) -> None:
    segments = FULL.split("\r")
    at = next(i for i, s in enumerate(segments) if s.startswith(name))
    fields = segments[at].split("|") + [""] * 46
    fields[number] = text.replace("\r", " ").replace("\n", " ")
    segments[at] = "|".join(fields)
    records, reasons = outcome(ADT, "\r".join(segments).encode("utf-8", "replace"))
    assert records or reasons


@given(st.randoms(use_true_random=False))
def test_the_order_of_relatives_and_of_numbers_means_nothing(rng: random.Random) -> None:
    segments = FULL.rstrip("\r").split("\r")
    at = [i for i, s in enumerate(segments) if s.startswith("NK1")]
    kin = [segments[i] for i in at]
    rng.shuffle(kin)
    for i, segment in zip(at, kin, strict=True):
        segments[i] = segment
    pid = segments[2].split("|")
    numbers = pid[3].split("~")
    rng.shuffle(numbers)
    pid[3] = "~".join(numbers)
    segments[2] = "|".join(pid)
    assert outcome(ADT, "\r".join(segments).encode()) == outcome(ADT, FULL.encode())


def test_a_later_message_has_a_higher_version() -> None:
    later = FULL.replace("20260105231500", "20260105231501")
    records, _ = outcome(ADT, (FULL + later).encode())
    assert records[0]["local_id"] == records[3]["local_id"]
    assert records[0]["version"] < records[3]["version"]


@pytest.mark.parametrize(
    ("code", "system", "fact"),
    [
        ("X60", "I10", "ae.selfharm"),
        ("X84.9", "ICD10", "ae.selfharm"),
        ("T741", "", "injury.suspected_nai"),
        ("T74.1D", "", "injury.suspected_nai"),
        ("Y07.1", "", "injury.suspected_nai"),
        ("Y06", "", "concern.neglect"),
        ("S06.50", "I10", "injury"),
        ("276853009", "SCT", "ae.selfharm"),
    ],
)
def test_known_clinical_codes(code: str, system: str, fact: str) -> None:
    meaning = clinical_codes().meaning(code, system)
    assert meaning is not None
    assert meaning.fact == fact


@pytest.mark.parametrize("code", ["", "J45", "T74.5X99", "X85Q1234", "99", "S"])
def test_other_codes_mean_nothing_here(code: str) -> None:
    assert clinical_codes().meaning(code) is None


def test_every_fact_of_the_code_table_is_in_the_catalogue(catalogue: frozenset[str]) -> None:
    table = clinical_codes()
    facts = {m.fact for m in table.exact.values()} | {m.fact for _, _, m in table.ranges}
    assert {f for f in facts if not f.startswith("unmapped.")} <= catalogue


def test_nobody_who_works_there_is_a_subject() -> None:
    records, _ = outcome(ADT, FULL.encode())
    names = {n["family"] for r in records for s in r["subjects"] for n in s.get("identity", {}).get("names", [])}
    assert "Makebelieve" not in names


def test_translate_does_not_change_the_native() -> None:
    native = natives(FULL.encode())[0]
    assert isinstance(native, Native)
    assert ADT.translate(native, CONTEXT) == ADT.translate(native, CONTEXT)


HOUSEKEEPING = {"PID-1", "NK1-1", "PV1-1", "DG1-1", "OBX-1", "AL1-1", "PV2-1", "DG1-2", "OBX-2", "OBX-4", "OBX-6"}
"""Set ids, and fields that only say how the one beside them is coded."""


@pytest.mark.parametrize("name", sorted({s[:3] for s in FULL.split("\r")} - {"MSH", "EVN", ""}))
def test_text_that_a_field_cannot_hold_is_never_dropped(name: str) -> None:
    dropped = []
    for number in range(1, 50):
        segments = FULL.split("\r")
        at = next(i for i, s in enumerate(segments) if s.startswith(name))
        fields = segments[at].split("|") + [""] * 50
        fields[number] = "¤¤¤"
        segments[at] = "|".join(fields).rstrip("|")
        records, _ = outcome(ADT, "\r".join(segments).encode())
        if "¤¤¤" not in json.dumps(records, ensure_ascii=False):
            dropped.append(f"{name}-{number}")
    assert set(dropped) <= HOUSEKEEPING
