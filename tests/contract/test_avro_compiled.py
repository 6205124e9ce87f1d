"""Readers and writers made for one message: the same bytes and the same messages as fastavro and pydantic, or none."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hub import avro as hub_avro
from hub.avro_reader import Read, reader
from hub.avro_writer import writer
from hub.messages import MESSAGES, AgencyRecord, Identity, Membership, Part, Tick
from hub.messages.identity import Member
from tests.support.strategies import messages

_reader = cache(reader)
_writer = cache(writer)
READ = [m for m in MESSAGES if m is not AgencyRecord]


@cache
def _codec(model: type[Part]) -> hub_avro.Codec:
    return next(c for c in hub_avro.codecs().values() if c.model is model and c.reader is None)


def _slowly(model: type[Part], body: bytes) -> Part | None:
    """What fastavro and pydantic make of the bytes; None if nothing."""
    try:
        return hub_avro.decode_body(_codec(model), body)
    except hub_avro.BadAvro:
        return None


def _read(model: type[Part]) -> Read:
    read = _reader(model)
    assert read is not None
    return read


def test_only_what_its_model_checks_beyond_types_is_read_slowly() -> None:
    assert [m for m in MESSAGES if _reader(m) is None] == [AgencyRecord]  # its refs must name its subjects
    assert all(_writer(m) is not None for m in MESSAGES)


@pytest.mark.parametrize("model", MESSAGES, ids=lambda m: m.__name__)
def test_writes_the_bytes_that_fastavro_writes(model: type[Part]) -> None:
    # 20 examples a message, as the round trip has: messages of dozens of fields are slow to make up.
    @settings(max_examples=20, deadline=None)
    @given(messages(model))
    def same(message: Part) -> None:
        write = _writer(model)
        assert write is not None
        assert write(message) == hub_avro.encode_slowly(message)

    same()


@pytest.mark.parametrize("model", READ, ids=lambda m: m.__name__)
def test_reads_what_pydantic_would_have_made(model: type[Part]) -> None:
    @settings(max_examples=20, deadline=None)
    @given(messages(model))
    def same(message: Part) -> None:
        body = hub_avro.encode_slowly(message)
        read, slowly = _read(model)(b"12345" + body, 5), _slowly(model, body)
        assert slowly is not None
        assert read == message == slowly
        assert read.model_fields_set == slowly.model_fields_set
        assert read.model_dump() == message.model_dump()
        assert read.model_copy(update={}) == message

    same()


@pytest.mark.parametrize("model", READ, ids=lambda m: m.__name__)
def test_never_accepts_damaged_bytes_as_anything_else(model: type[Part]) -> None:
    @settings(max_examples=60, deadline=None)
    @given(messages(model), st.data())
    def sound(message: Part, data: st.DataObject) -> None:
        body = bytearray(hub_avro.encode_slowly(message))
        for _ in range(data.draw(st.integers(1, 3))):
            at = data.draw(st.integers(0, len(body)))
            kind = data.draw(st.sampled_from(["overwrite", "cut", "insert", "drop"]))
            byte = data.draw(st.integers(0, 255))
            if kind == "cut":
                del body[at:]
            elif kind == "insert":
                body.insert(at, byte)
            elif at < len(body):
                body[at : at + 1] = bytes([byte]) if kind == "overwrite" else b""
        damaged = bytes(body)
        slowly = _slowly(model, damaged)
        try:
            read = _read(model)(damaged, 0)
        except Exception:  # noqa: BLE001 - whatever it raises, the slow path decides
            read = None
        assert read is None or read == slowly, "accepted, and not as the slow path would"
        with pytest.raises(hub_avro.BadAvro) if slowly is None else contextlib.nullcontext():
            assert hub_avro.decode(hub_avro.framed(model, damaged)) == slowly

    sound()


@pytest.mark.parametrize("size", [0, 1, 63, 64, 8_191, 8_192, 1_100_000])
def test_lengths_of_every_width(size: int) -> None:
    message = Membership(
        partnership="p" * size, person_id="é" * size, seq=size, members=[Member(source_id="", assignment_seq=-size)] * 3
    )
    assert hub_avro.encode_body(message) == hub_avro.encode_slowly(message)
    assert hub_avro.decode(hub_avro.encode(message)) == message


@pytest.mark.parametrize("seq", [-(2**63), -65, -64, -1, 63, 64, 2**31, 2**62, 2**63 - 1])
def test_numbers_of_every_width(seq: int) -> None:
    message = Membership(partnership="p", person_id="q", seq=seq, members=[])
    assert hub_avro.encode_body(message) == hub_avro.encode_slowly(message)
    assert hub_avro.decode(hub_avro.encode(message)) == message


@pytest.mark.parametrize("year", [1, 1850, 1970, 1978, 1979, 2026, 3111, 3112, 9999])
def test_times_of_every_width(year: int) -> None:
    at = datetime(year, 6, 1, tzinfo=UTC) + timedelta(microseconds=1)
    assert hub_avro.encode_body(Tick(at=at)) == hub_avro.encode_slowly(Tick(at=at))
    assert [hub_avro.decode(hub_avro.encode(Tick(at=at))) for _ in range(2)] == [Tick(at=at)] * 2


def test_an_array_in_blocks_with_their_sizes_is_read_too() -> None:
    # Avro 1.12 lets a writer give a negative count and the block's bytes; ours never does, others may.
    body = b"\x02p\x02q\x02" + b"\x01\x06" + b"\x02s\x02" + b"\x00" + b"\x00"
    expected = Membership(partnership="p", person_id="q", seq=1, members=[Member(source_id="s", assignment_seq=1)])
    assert hub_avro.decode(hub_avro.framed(Membership, body)) == expected


def test_a_value_of_another_type_is_refused_as_ever() -> None:
    wrong = Membership.model_construct(partnership=7, person_id="q", seq=1, members=[], merged_into="")
    with pytest.raises(Exception, match="int"):
        hub_avro.encode(wrong)


def test_what_is_read_is_frozen() -> None:
    read = hub_avro.decode(hub_avro.encode(Tick(at=datetime(2026, 1, 1, tzinfo=UTC))))
    with pytest.raises(ValidationError, match="frozen"):
        read.at = None  # type: ignore[attr-defined]


@settings(max_examples=30, deadline=None)
@given(messages(Identity))
def test_one_field_is_what_the_whole_message_says(message: Identity) -> None:
    data = hub_avro.encode(message)
    for name in ("names", "birth", "telephones", "safe_contact"):
        assert hub_avro.field_of(Identity, name, data) == getattr(message, name)


def test_one_field_of_a_damaged_or_another_message_is_bad_avro() -> None:
    data = hub_avro.encode(Identity(sex="F"))
    for wrong in (data[:11], hub_avro.encode(Tick(at=datetime(2026, 1, 1, tzinfo=UTC))), b""):
        with pytest.raises(hub_avro.BadAvro):
            hub_avro.field_of(Identity, "birth", wrong)


def test_the_body_of_a_part_may_stand_for_it_in_a_list() -> None:
    members = [Member(source_id="a" * 32, assignment_seq=1), Member(source_id="b" * 32, assignment_seq=300)]
    plain = Membership(partnership="p", person_id="P", seq=2, members=members)
    bodies = plain.model_copy(update={"members": [members[0], hub_avro.encode_body(members[1])]})
    assert hub_avro.encode(bodies) == hub_avro.encode(plain)
    assert hub_avro.field_in(Member, "assignment_seq", hub_avro.encode_body(members[1])) == 300
