from __future__ import annotations

import io
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from connectors.kit.api import Native, Reject, Unreadable
from connectors.social_care.cin import CIN
from tests.connectors.cases import SAMPLES, assert_case, cases, count_sample, outcome

CENSUS = SAMPLES / "cin_census"
NO_SAMPLES = pytest.mark.skipif(
    not CENSUS.is_dir(), reason="the published samples (../shared/formats) are not on this machine"
)
HERE = Path(__file__).parent

FULL = b"""<?xml version="1.0" encoding="UTF-8"?>
<Message><Header><Source><LEA>975</LEA><DateTime>2026-05-01T10:12:28</DateTime></Source></Header><Children><Child>
<ChildIdentifiers><LAchildID>7</LAchildID><UPN>R201100018042</UPN><FormerUPN>A201100018042</FormerUPN><UPNunknown>UN1</UPNunknown>
<PersonBirthDate>2015-03-27</PersonBirthDate><ExpectedPersonBirthDate>2015-03-20</ExpectedPersonBirthDate><Sex>M</Sex>
<PersonDeathDate>2025-01-01</PersonDeathDate></ChildIdentifiers>
<ChildCharacteristics><Ethnicity>WBRI</Ethnicity><Disabilities><Disability>LD</Disability></Disabilities></ChildCharacteristics>
<CINdetails><CINreferralDate>2020-01-01</CINreferralDate><ReferralSource>6</ReferralSource><PrimaryNeedCode>N1</PrimaryNeedCode>
<CINclosureDate>2020-06-01</CINclosureDate><ReasonForClosure>RC7</ReasonForClosure><DateOfInitialCPC>2020-02-01</DateOfInitialCPC>
<Assessments><AssessmentActualStartDate>2020-01-02</AssessmentActualStartDate><AssessmentInternalReviewDate>2020-01-12</AssessmentInternalReviewDate>
<AssessmentAuthorisationDate>2020-02-12</AssessmentAuthorisationDate><FactorsIdentifiedAtAssessment><AssessmentFactors>3B</AssessmentFactors></FactorsIdentifiedAtAssessment></Assessments>
<CINPlanDates><CINPlanStartDate>2020-02-12</CINPlanStartDate><CINPlanEndDate>2020-03-12</CINPlanEndDate></CINPlanDates>
<Section47><S47ActualStartDate>2020-01-13</S47ActualStartDate><InitialCPCtarget>2020-01-23</InitialCPCtarget><DateOfInitialCPC>2020-01-23</DateOfInitialCPC><ICPCnotRequired>0</ICPCnotRequired></Section47>
<ReferralNFA>0</ReferralNFA>
<ChildProtectionPlans><CPPstartDate>2020-01-23</CPPstartDate><CPPendDate>2020-05-23</CPPendDate><InitialCategoryOfAbuse>NEG</InitialCategoryOfAbuse><LatestCategoryOfAbuse>EMO</LatestCategoryOfAbuse><NumberOfPreviousCPP>1</NumberOfPreviousCPP><Reviews><CPPreviewDate>2020-04-20</CPPreviewDate></Reviews></ChildProtectionPlans>
</CINdetails>
<CINdetails><CINreferralDate>2024-01-01</CINreferralDate><ReferralSource>6</ReferralSource><ReferralNFA>true</ReferralNFA></CINdetails>
</Child></Children></Message>"""
LEAVES = sorted({m.decode() for m in re.findall(rb"<(\w+)>[^<\n]+</", FULL)} - {"LEA", "DateTime"})


@pytest.mark.parametrize("case", cases(HERE / "cin_cases.yaml"))
def test_case(case: dict[str, Any]) -> None:
    assert_case(CIN, case)


@NO_SAMPLES
def test_every_child_of_every_sample_is_records() -> None:
    paths = sorted(CENSUS.rglob("*.xml"))
    assert paths
    for path in paths:
        assert CIN.sniff(path.read_bytes()[: 1 << 16], path.name), path.name
        natives, records, rejects = count_sample(CIN, path)
        print(f"{path.name}: {natives} children, {records} episodes, rejects {rejects or 'none'}")  # noqa: T201 - the count is asked for
        assert natives
        assert records >= natives
        assert rejects == {}


@NO_SAMPLES
def test_a_check_digit_that_fails_is_flagged_and_kept() -> None:
    records, _ = outcome(CIN, (CENSUS / "fake_CIN_data.xml").read_bytes())
    upns = {
        i["value"]: i["check"]
        for r in records
        for i in r["subjects"][0]["identity"]["identifiers"]
        if i["scheme"] == "upn"
    }
    assert len(upns) == 332
    assert sum(check == "pass" for check in upns.values()) == 12


def test_a_later_statement_replaces_the_episode() -> None:
    later = FULL.replace(b"2026-05-01T", b"2026-06-01T").replace(b"<ReasonForClosure>RC7", b"<ReasonForClosure>RC2")
    first, second = outcome(CIN, FULL)[0][0], outcome(CIN, later)[0][0]
    assert first["local_id"] == second["local_id"]
    assert first["version"] < second["version"]


def test_two_episodes_of_one_day_are_told_apart_in_any_order() -> None:
    raw = FULL.replace(b"2024-01-01", b"2020-01-01")
    tree = etree.fromstring(raw)
    child = tree.find(".//Child")
    assert child is not None
    details = child.findall("CINdetails")
    child.insert(list(child).index(details[0]), details[1])
    told = [{k: v for k, v in r.items() if k != "whence"} for r in outcome(CIN, raw)[0]]
    assert len({r["local_id"] for r in told}) == 2
    assert [{k: v for k, v in r.items() if k != "whence"} for r in outcome(CIN, etree.tostring(tree))[0]] == told


@pytest.mark.parametrize("leaf", LEAVES)
def test_text_that_an_element_cannot_hold_is_never_dropped(leaf: str) -> None:
    raw = re.sub(rf"<{leaf}>[^<]*</".encode(), f"<{leaf}>¤¤¤</".encode(), FULL, count=1)
    records, reasons = outcome(CIN, raw)
    assert reasons == []
    assert "¤¤¤" in json.dumps(records, ensure_ascii=False)


@given(st.randoms(use_true_random=False))
def test_the_order_of_elements_means_nothing(rng: random.Random) -> None:
    tree = etree.fromstring(FULL)
    for parent in tree.iter("CINdetails", "ChildIdentifiers", "Child", "Section47", "ChildProtectionPlans"):
        children = list(parent)
        rng.shuffle(children)
        for at, one in enumerate(children):
            parent.insert(at, one)
    assert outcome(CIN, etree.tostring(tree)) == outcome(CIN, FULL)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_mutation_is_records_or_a_reason(data: st.DataObject) -> None:
    raw = bytearray(FULL)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw) - 1))
        until = min(len(raw), at + data.draw(st.integers(0, 60)))
        raw[at:until] = data.draw(
            st.binary(max_size=6) | st.sampled_from([b"<", b"</Child>", b"&amp;", b"<!--", b"]]>"])
        )
    records, reasons = outcome(CIN, bytes(raw))
    assert records or reasons
    assert (records, reasons) == outcome(CIN, bytes(raw))


@pytest.mark.parametrize("flag", ["0", "false", "False", "FALSE", "N"])
def test_no_is_read_however_it_is_written(flag: str) -> None:
    raw = FULL.replace(b"<ReferralNFA>0<", f"<ReferralNFA>{flag}<".encode())
    facts = outcome(CIN, raw)[0][0]["subjects"][0]["facts"]
    assert next(f for f in facts if f["code"] == "referral")["attributes"]["nfa"] == "no"


@pytest.mark.parametrize("encoding", ["windows-1252", "iso-8859-1", "utf-8"])
def test_a_declared_encoding_is_followed(encoding: str) -> None:
    text = FULL.decode().replace("UTF-8", encoding).replace("<UPNunknown>UN1", "<UPNunknown>Zoë")
    records, reasons = outcome(CIN, text.encode(encoding))
    assert reasons == []
    assert "Zoë" in json.dumps(records, ensure_ascii=False)


def test_a_file_cut_off_gives_what_came_before_and_one_reject() -> None:
    whole = FULL.replace(b"</Children>", b"<Child><ChildIdentifiers><LAchildID>8</LAchildID></Child")
    found = list(CIN.read(io.BytesIO(whole[: whole.index(b"<LAchildID>8") + 5])))
    assert [type(n) for n in found] == [Native, Reject]


class _Endless(io.RawIOBase):
    """A file of 200 MB that begins as an entity bomb, and counts what is read of it."""

    def __init__(self) -> None:
        self.taken = 0
        entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
        self.head = f'<!DOCTYPE Message [<!ENTITY l0 "lol">{entities}]><Message><Children>&l9;'.encode()

    def read(self, size: int = -1) -> bytes:
        assert size > 0
        body = (self.head + b"x" * size)[:size] if not self.taken else b"x" * size
        self.taken += len(body)
        return body if self.taken < 200 << 20 else b""


def test_an_entity_bomb_is_refused_before_it_is_read() -> None:
    bomb = _Endless()
    with pytest.raises(Unreadable) as caught:
        list(CIN.read(bomb))  # type: ignore[arg-type]
    assert caught.value.reason == "entity-bomb"
    assert bomb.taken < 1 << 20


@pytest.mark.parametrize(
    ("raw", "reason"),
    [(b"", "empty-file"), (b"SourceID,DOB\n", "malformed-xml"), ("<Message/>".encode("utf-16"), "wrong-format")],
)
def test_what_is_no_census_is_refused_whole(raw: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        list(CIN.read(io.BytesIO(raw)))
    assert caught.value.reason == reason


def test_a_census_in_utf16_is_recognised_and_read_the_same() -> None:
    text = (
        '<?xml version="1.0" encoding="utf-16"?><Message><Header><Source><LEA>975</LEA></Source></Header><Children><Child>'
        "<ChildIdentifiers><LAchildID>1</LAchildID></ChildIdentifiers></Child></Children></Message>"
    )
    raw = text.encode("utf-16")
    assert CIN.sniff(raw, "x.xml")
    assert outcome(CIN, raw) == outcome(CIN, text.replace("utf-16", "utf-8").encode())
