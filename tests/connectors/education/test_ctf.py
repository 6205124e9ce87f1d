from __future__ import annotations

import io
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from connectors.education.ctf import CTF
from connectors.kit.api import Native, Reject, Unreadable
from tests.connectors.cases import assert_case, cases, outcome

CASES = Path(__file__).with_name("ctf_cases.yaml")
FULL: bytes = yaml.safe_load(CASES.read_text("utf-8"))[0]["given"].encode()
LEAVES = [m.start() for m in re.finditer(rb"<\w+>[^<\n]+</", FULL)]
IN_PUPIL = [at for at in LEAVES if at > FULL.index(b"<Pupil>")]


@pytest.mark.parametrize("case", cases(CASES))
def test_case(case: dict[str, Any]) -> None:
    assert_case(CTF, case)


def test_a_ctf_is_recognised_by_its_root() -> None:
    assert CTF.sniff(b"<?xml version='1.0'?>\n<CTfile><Header>", "x.xml")
    assert not CTF.sniff(b"<Message><Header>", "9754001_CTF_9754002_001.xml")


TELEPHONE_KINDS = {b"TelephoneType", b"LanguageType", b"Order"}
"""They say only how the value beside them is meant."""


@pytest.mark.parametrize("at", IN_PUPIL, ids=lambda at: f"{at}-{FULL[at + 1 : FULL.index(b'>', at)].decode()}")
def test_text_that_an_element_cannot_hold_is_never_dropped(at: int) -> None:
    begin, end = FULL.index(b">", at) + 1, FULL.index(b"</", at)
    name = FULL[at + 1 : begin - 1]
    records, reasons = outcome(CTF, FULL[:begin] + "¤¤¤".encode() + FULL[end:])
    assert reasons == []
    assert "¤¤¤" in json.dumps(records, ensure_ascii=False) or name in TELEPHONE_KINDS


@given(st.randoms(use_true_random=False))
def test_the_order_of_elements_means_nothing(rng: random.Random) -> None:
    tree = etree.fromstring(FULL)
    for parent in tree.iter("Pupil", "Contacts", "Contact", "SENhistory", "BasicDetails", "YearData", "Address"):
        children = list(parent)
        rng.shuffle(children)
        for at, one in enumerate(children):
            parent.insert(at, one)
    assert outcome(CTF, etree.tostring(tree)) == outcome(CTF, FULL)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_mutation_is_records_or_a_reason(data: st.DataObject) -> None:
    raw = bytearray(FULL)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(raw) - 1))
        until = min(len(raw), at + data.draw(st.integers(0, 60)))
        raw[at:until] = data.draw(
            st.binary(max_size=6) | st.sampled_from([b"<", b"</Pupil>", b"&amp;", b"<!--", b"]]>"])
        )
    records, reasons = outcome(CTF, bytes(raw))
    assert records or reasons
    assert (records, reasons) == outcome(CTF, bytes(raw))


def test_a_later_file_replaces_the_pupil() -> None:
    later = FULL.replace(b"2026-01-05T", b"2026-02-05T")
    first, second = outcome(CTF, FULL)[0][0], outcome(CTF, later)[0][0]
    assert first["local_id"] == second["local_id"]
    assert first["version"] < second["version"]


def test_a_file_cut_off_gives_what_came_before_and_one_reject() -> None:
    pupil = FULL[FULL.index(b"<Pupil>") : FULL.index(b"</Pupil>") + 8]
    two = FULL.replace(pupil, pupil + pupil)
    found = list(CTF.read(io.BytesIO(two[: -len(pupil) // 2])))
    assert [type(n) for n in found] == [Native, Reject]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "empty-file"),
        (b'<!DOCTYPE CTfile [<!ENTITY a "b">]><CTfile/>', "entity-bomb"),
        ("<CTfile/>".encode("utf-16"), "wrong-format"),
        (b"UPN,Surname\n", "malformed-xml"),
    ],
)
def test_what_is_no_ctf_is_refused_whole(raw: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        list(CTF.read(io.BytesIO(raw)))
    assert caught.value.reason == reason
