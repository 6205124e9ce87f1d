"""CSV, XML and JSON cut into records: exact bytes, neighbours unharmed, memory bounded."""

from __future__ import annotations

import csv
import io
import re
import tracemalloc
from collections.abc import Iterator
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.kit import csv_rows, json_records, xml_records
from connectors.kit.api import Native, Reject, Unreadable
from connectors.kit.text import decode

_CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r", exclude_categories=("Cs",)), max_size=12)
_ROW = st.lists(_CELL, min_size=3, max_size=3).filter(lambda row: any(cell.strip() for cell in row))


def _csv(rows: list[list[str]], *, bom: bool = False, end: str = "\r\n") -> tuple[bytes, bytes]:
    header, body = io.StringIO(), io.StringIO()
    csv.writer(header, lineterminator=end).writerow(["a", "b", "c"])
    csv.writer(body, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)
    return ("\ufeff" if bom else "").encode() + header.getvalue().encode(), body.getvalue().encode()


def _read(data: bytes, **names: object) -> list[Native | Reject]:
    return list(csv_rows.read_rows(io.BytesIO(data), **names))  # type: ignore[arg-type]


@given(st.lists(_ROW, max_size=8), st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_the_bytes_of_all_rows_together_are_the_file(rows: list[list[str]], bom: object, end: str) -> None:
    header, body = _csv(rows, bom=bool(bom), end=end)
    found = _read(header + body)
    assert b"".join(item.raw for item in found) == body
    assert all(item.before == header for item in found)
    assert [list(item.value.values()) for item in found if isinstance(item, Native)] == [
        ["" if cell.strip() in csv_rows.NOTHING_SAID else cell.strip() for cell in row] for row in rows
    ]


@given(st.binary(max_size=400))
def test_any_bytes_become_rows_or_rejects_and_none_is_lost(body: bytes) -> None:
    found = _read(b"a,b\n" + body)
    says_nothing = b' \t\r\n,;|"\x1a'  # what rows are made of that are passed over
    assert b"".join(item.raw for item in found).translate(None, says_nothing) == body.translate(None, says_nothing)


def test_a_fault_in_one_row_leaves_its_neighbours() -> None:
    rows = _read(b'a,b\n1,2\n"open,3\n4,5\n6\n7,\x81\n8,9\x00\n10,11,12\n13,14,\n5" nail,x\n')
    assert [item.reason if isinstance(item, Reject) else item.value["a"] for item in rows] == [
        "1", "unclosed-quote", "4", "wrong-columns", "bad-encoding", "nul-byte", "wrong-columns", "13", '5" nail',
    ]  # fmt: skip
    assert [item.position for item in rows] == [f"line {n}" for n in range(2, 11)]


def test_utf8_windows_1252_and_a_mixture_of_both() -> None:
    rows = _read("a\nJosé\n".encode() + b"Jos\xe9\n" + "é".encode() + b"\xe9\n")
    assert [item.value["a"] for item in rows if isinstance(item, Native)] == ["José", "José"]
    assert isinstance(rows[2], Reject)
    assert rows[2].reason == "bad-encoding"


def test_after_a_byte_order_mark_nothing_but_utf8_is_tried() -> None:
    rows = _read(b"\xef\xbb\xbfa\nJos\xe9\n")
    assert isinstance(rows[0], Reject)
    assert rows[0].reason == "bad-encoding"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty-file"),
        (b"\r\n\n", "empty-file"),
        ("a,b\n".encode("utf-16"), "utf-16"),
        (b"x,y\n1,2\n", "wrong-format"),
    ],
)
def test_a_file_that_is_no_such_thing_is_refused_whole(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as refused:
        _read(data, required=("a",))
    assert refused.value.reason == reason


def test_columns_of_one_name_and_of_no_name_lose_nothing() -> None:
    (row,) = _read(b"a,a,\n1,2,3\n")
    assert isinstance(row, Native)
    assert row.value == {"a": "1", "a (2)": "2", "column 3": "3"}


@pytest.mark.parametrize(
    "before",
    [
        b"",
        b"\xef\xbb\xbf",
        b"\r\n\n",
        b"\xef\xbb\xbf\r\n",
        b",,,\n",
        b"sep=;\r\n",
        b'\xef\xbb\xbf"sep=;"\n',
        b"SEP=;,,\n\n",
    ],
)
def test_what_spreadsheets_write_before_the_header_is_passed_over(before: bytes) -> None:
    data = before + b'a;"b\nb, c, d"\r\n1;2\r\n'
    (row,) = _read(data, delimiter="" if b"=" in before else ";")
    assert isinstance(row, Native)
    assert row.value == {"a": "1", "b\nb, c, d": "2"}
    assert csv_rows.header_of(before + b"a;b\r\n1;2\r\n") == ["a", "b"]


def test_a_header_with_a_line_break_is_recognised() -> None:
    assert csv_rows.header_of(b'a,"b\nc",d\n1,2,3\n') == ["a", "b\nc", "d"]


def test_rows_that_say_nothing_are_passed_over_and_not_counted() -> None:
    rows = _read(b'a,b,c\n,,\n1,2,3\n , ,"" \n,\n;;;;\n4,5,6\n\x1a')
    assert [(item.row, item.position) for item in rows if isinstance(item, Native)] == [(1, "line 3"), (2, "line 7")]
    assert len(rows) == 2


def test_every_refused_row_says_what_to_do_next() -> None:
    rows = _read(b'a,b\n"open,3\n6\n7,\x81\n8,9\x00\n1\r2,3\n' + b"x" * (csv_rows.ROW_LIMIT + 9) + b",1\n")
    details = [item.detail for item in rows if isinstance(item, Reject)]
    assert len(details) == len(rows) == 6
    assert all(re.search(r"Mend|Ask|Export", detail) for detail in details), details


def test_lines_that_end_in_carriage_returns_alone_are_refused_by_name() -> None:
    with pytest.raises(Unreadable, match="carriage returns alone"):
        _read(b"a,b\r1,2\r")


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(separator: str) -> None:
    (row,) = _read(separator.join(["a", "b"]).encode() + b"\n" + separator.join(["1", "2"]).encode())
    assert isinstance(row, Native)
    assert row.value == {"a": "1", "b": "2"}


class _Endless(io.RawIOBase):
    """So many bytes without a line feed, never all in memory."""

    def __init__(self, first: bytes, filler: bytes, size: int, last: bytes = b"") -> None:
        self._parts = self._all(first, filler, size, last)
        self._left = b""

    @staticmethod
    def _all(first: bytes, filler: bytes, size: int, last: bytes) -> Iterator[bytes]:
        yield first
        block = filler * (65_536 // len(filler))
        for _ in range(size // len(block)):
            yield block
        yield last

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        while not self._left:
            self._left = next(self._parts, b"")
            if not self._left:
                return 0
        taken = self._left[: len(view)]
        self._left = self._left[len(taken) :]
        view[: len(taken)] = taken
        return len(taken)


def _stream(first: bytes, filler: bytes, size: int, last: bytes = b"") -> BinaryIO:
    return io.BufferedReader(_Endless(first, filler, size, last))  # type: ignore[return-value, arg-type]


SIZE = 200_000_000
BOUND = 40_000_000
"""Memory that reading may take at most: some records at their limit, a fifth of the file."""


def _peak(work: Iterator[Native | Reject]) -> tuple[int, int, list[str]]:
    """How many records, the peak of memory, and the reasons of rejects."""
    tracemalloc.start()
    count, reasons = 0, []
    try:
        for item in work:
            if isinstance(item, Reject):
                reasons.append(item.reason)
            else:
                count += 1
        return count, tracemalloc.get_traced_memory()[1], reasons
    finally:
        tracemalloc.stop()


def test_a_row_without_an_end_is_cut_in_bounded_memory() -> None:
    count, peak, reasons = _peak(csv_rows.read_rows(_stream(b"a\n", b"x", SIZE, b"\nlast\n")))
    assert (count, reasons) == (1, ["too-large"])
    assert peak < BOUND


def test_a_large_xml_streams_in_bounded_memory() -> None:
    filler = b"<Child><Name>Ilo</Name>" + b"<Note>made up</Note>" * 600 + b"</Child>"
    source = _stream(b"<Message><Children>", filler, SIZE // 4, b"</Children></Message>")
    count, peak, reasons = _peak(xml_records.read_records(source, record="Child", root="Message"))
    assert count > 3000
    assert reasons == []
    assert peak < BOUND


def test_an_xml_record_without_an_end_is_set_aside_in_bounded_memory() -> None:
    source = _stream(b"<Message><Child>", b"<Note>made up</Note>", SIZE // 4, b"</Child><Child/></Message>")
    count, peak, reasons = _peak(xml_records.read_records(source, record="Child"))
    assert (count, reasons) == (1, ["too-large"])
    assert peak < BOUND


BOMB = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "&b;&b;">]><Message><Child>&c;</Child>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty-file"),
        (BOMB, "entity-bomb"),
        (b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><Message>&a;</Message>', "entity-bomb"),
        (b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://example.invalid/">%p;]><Message/>', "entity-bomb"),
        (b"<a>" * 100, "too-deep"),
        (b"<Other/>", "wrong-format"),
        (b"no xml", "malformed-xml"),
        (b"<Message", "malformed-xml"),
        (b'<?xml version="1.0" encoding="klingon"?><Message/>', "bad-encoding"),
        (b"<Message>\xe9<Child/></Message>", "bad-encoding"),
        ("<Message>".encode("utf-16") + b"<", "bad-encoding"),
    ],
)
def test_an_xml_that_is_no_such_thing_is_refused_whole(data: bytes, reason: str) -> None:
    root = "" if data.startswith(b"<a>") else "Message"
    with pytest.raises(Unreadable) as refused:
        list(xml_records.read_records(io.BytesIO(data), record="Child", root=root))
    assert refused.value.reason == reason


XML = '<?xml version="1.0" encoding="{}"?>\r\n<Message><Child>Zoë</Child><Child>b</Child></Message>'


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + XML.format("utf-8").encode(),
        b"\xef\xbb\xbf\r\n " + XML.format("UTF8").encode(),
        XML.format("utf-16").encode("utf-16"),
        XML.format("UTF-16").encode("utf-16-be"),
        XML.format("utf-16").encode(),
        XML.format("us-ascii").encode(),
        XML.format("Windows-1252").encode("cp1252"),
        XML.format("ISO-8859-15").encode("iso8859-15"),
    ],
)
@pytest.mark.parametrize("chunk", [1 << 16, 151])
def test_an_xml_is_read_in_its_encoding_whatever_it_calls_it(
    data: bytes, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xml_records, "CHUNK", chunk)
    found = list(xml_records.read_records(io.BytesIO(data), record="Child", root="Message"))
    assert [item.value.element.text for item in found if isinstance(item, Native)] == ["Zoë", "b"]
    assert xml_records.sniffed(data)[0] == "Message"
    whole = found[0].before + found[0].raw + found[0].after
    (again,) = xml_records.read_records(io.BytesIO(whole), record="Child", root="Message")
    assert isinstance(again, Native)
    assert again.value.element.text == "Zoë"


def test_comments_and_instructions_are_no_part_of_a_text() -> None:
    data = b"<!-- <Child> --><Message><?x <Child>?><Child>Zo<!-- y -->e<?x y?>y</Child></Message>"
    (found,) = xml_records.read_records(io.BytesIO(data), record="Child", root="Message")
    assert isinstance(found, Native)
    assert found.value.element.text == "Zoey"


def test_an_entity_bomb_of_200_megabytes_is_refused_in_bounded_memory() -> None:
    tracemalloc.start()
    with pytest.raises(Unreadable) as refused:
        list(xml_records.read_records(_stream(BOMB, b"<Child>&c;</Child>", SIZE), record="Child"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refused.value.reason == "entity-bomb"
    assert peak < BOUND


XML = (
    b'<?xml version="1.0" encoding="ISO-8859-1"?><!-- made up --><Message xmlns:a="urn:example:a"><Header><Y>1</Y></Header> stray'
    b'<a:List><Child n="x>y"><a:Name>Jos\xe9</a:Name></Child>stray<Child/><Child><Child/></Child></a:List></Message>'
)


def test_every_xml_record_has_its_exact_bytes_and_is_a_document_with_what_stood_around_it() -> None:
    found = list(xml_records.read_records(io.BytesIO(XML), record="Child", context=("Header",)))
    assert [item.raw for item in found] == [
        b'<Child n="x>y"><a:Name>Jos\xe9</a:Name></Child>', b"<Child/>", b"<Child><Child/></Child>",
    ]  # fmt: skip
    first = found[0]
    assert isinstance(first, Native)
    assert first.value.element[0].text == "José"
    assert first.value.element[0].tag == "{urn:example:a}Name"
    assert first.value.context["Header"][0].text == "1"
    for item in found:
        alone = io.BytesIO(item.before + item.raw + item.after)
        (again,) = xml_records.read_records(alone, record="Child", root="Message", context=("Header",))
        assert again.raw == item.raw


def test_an_xml_that_breaks_off_gives_what_came_before_and_one_reject() -> None:
    found = list(xml_records.read_records(io.BytesIO(b"<M><C>1</C><C><D>2"), record="C"))
    assert [type(item) for item in found] == [Native, Reject]
    assert found[1].raw == b"<C><D>2"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
_OBJECTS = st.lists(
    st.dictionaries(st.text(max_size=5).filter(lambda k: k != "notices"), _JSON, max_size=4), max_size=5
)


@given(_OBJECTS, st.sampled_from(["array", "lines", "member"]), st.integers(1, 40))
def test_json_records_come_back_whatever_the_wrapping_and_the_chunk(
    objects: list[dict[str, object]], wrapping: str, chunk: int
) -> None:
    import json

    texts = [json.dumps(o, ensure_ascii=False) for o in objects]
    data = {
        "array": f"[{', '.join(texts)}]",
        "lines": "\n".join(texts),
        "member": f'{{"made": {{"by": ["x"]}}, "notices": [{",".join(texts)}], "end": {{"a": {{}}}}}}',
    }[wrapping].encode()
    if not data:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_records, "CHUNK", chunk)
        found = list(json_records.read_objects(io.BytesIO(data), member="notices"))
    assert [item.value for item in found if isinstance(item, Native)] == objects
    assert [item.raw for item in found] == [text.encode() for text in texts]


@given(st.binary(max_size=200))
def test_any_bytes_as_json_are_records_rejects_or_refused(data: bytes) -> None:
    found: list[Native | Reject] = []
    refused = False
    try:
        found.extend(json_records.read_objects(io.BytesIO(data), member="notices"))
    except Unreadable:
        refused = True
    assert not (refused and found)  # a file is refused whole, or not at all
    assert all(isinstance(item.value, dict) for item in found if isinstance(item, Native))


def test_a_json_that_breaks_off_gives_what_came_before_and_one_reject() -> None:
    found = list(json_records.read_objects(io.BytesIO(b'[{"a": 1}, {"a": nope}, {"a":'), member="notices"))
    assert [getattr(item, "reason", "") for item in found] == ["", "malformed-json", "malformed-json"]
    assert found[2].raw == b'{"a":'


@pytest.mark.parametrize(
    "text",
    [
        '{"Notices": [{"a": 1}]}',
        '{"export": {"notices": [{"a": 1}]}, "count": 1}',
        '{"made": "x", "notices": [{"a": 1}], "count": 1}',
    ],
)
def test_the_array_of_records_is_found_in_its_envelope(text: str) -> None:
    (found,) = json_records.read_objects(io.BytesIO(text.encode()), member="notices")
    assert isinstance(found, Native)
    assert found.value == {"a": 1}


def test_a_record_s_own_member_of_that_name_is_no_envelope() -> None:
    text = b'{"a": 1, "related": {"notices": [{"b": 2}]}}'
    (found,) = json_records.read_objects(io.BytesIO(text), member="notices")
    assert isinstance(found, Native)
    assert found.value["a"] == 1


def test_a_member_that_stands_twice_is_kept_twice() -> None:
    (found,) = json_records.read_objects(io.BytesIO(b'{"a": 1, "a": 2}'), member="notices")
    assert isinstance(found, Native)
    assert found.value == {"a": 1, "a (2)": 2}


@given(st.text(max_size=60))
def test_text_in_utf8_comes_back(text: str) -> None:
    assert decode(text.encode()).text == text.removeprefix("\ufeff")
