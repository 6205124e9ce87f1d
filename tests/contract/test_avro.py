"""The contract: what is encoded comes back, every schema is documented, bytes that are no message are set aside by reason."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import avro.schema
import fastavro
import pytest
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from hub import avro as hub_avro
from hub.avro_schema import schema_of
from hub.messages import MESSAGES, Part, Tick
from hub.schema_files import path_of, text_of
from hub.topics import CATALOGUE
from schemas import RELEASED
from tests.support.strategies import MOMENTS, messages

RELEASES = sorted(p for p in RELEASED.glob("*") if p.is_dir())


@pytest.mark.parametrize("model", MESSAGES, ids=lambda m: m.__name__)
def test_what_is_encoded_comes_back(model: type[Part]) -> None:
    # 20 examples a message: 28 messages of dozens of fields each are slow to make up.
    @settings(max_examples=20, deadline=None)
    @given(messages(model))
    def round_trip(message: Part) -> None:
        assert hub_avro.decode(hub_avro.encode(message)) == message

    round_trip()


def test_the_fingerprint_is_the_specification_s() -> None:
    # Avro's own test vector: the CRC-64-AVRO of "null" is 0x63dd24e7cc258f8a, little-endian on the wire.
    assert hub_avro.fingerprint_of("null") == bytes.fromhex("8a8f25cce724dd63")


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_decoder(data: bytes) -> None:
    with pytest.raises(hub_avro.BadAvro) as caught:
        hub_avro.decode(data)
    assert caught.value.reason in {"bad-avro", "unknown-schema"}


@given(st.integers(min_value=10, max_value=17), MOMENTS)
def test_a_truncated_message_is_bad_avro(cut: int, at: datetime) -> None:
    data = hub_avro.encode(Tick(at=at))
    with pytest.raises(hub_avro.BadAvro) as caught:
        hub_avro.decode(data[: min(cut, len(data) - 1)])
    assert caught.value.reason == "bad-avro"


def test_left_over_bytes_are_bad_avro() -> None:
    with pytest.raises(hub_avro.BadAvro, match="no Tick"):
        hub_avro.decode(hub_avro.encode(Tick(at=datetime(2026, 1, 1, tzinfo=UTC))) + b"x")


def test_an_unknown_fingerprint_is_named() -> None:
    with pytest.raises(hub_avro.BadAvro, match="0102030405060708") as caught:
        hub_avro.decode(b"\xc3\x01\x01\x02\x03\x04\x05\x06\x07\x08body")
    assert caught.value.reason == "unknown-schema"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="without a zone"):
        Tick(at=datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("model", MESSAGES, ids=lambda m: m.__name__)
def test_the_file_is_what_the_code_says(model: type[Part]) -> None:
    assert path_of(model).read_text("utf-8") == text_of(model), "run `mash schemas write` and commit what changed"


@pytest.mark.parametrize("model", MESSAGES, ids=lambda m: m.__name__)
def test_both_avro_libraries_accept_the_schema(model: type[Part]) -> None:
    text = text_of(model)
    avro.schema.parse(text)
    fastavro.parse_schema(json.loads(text))


@pytest.mark.parametrize("release", RELEASES, ids=lambda p: p.name)
@pytest.mark.parametrize("model", MESSAGES, ids=lambda m: m.__name__)
def test_every_schema_is_full_transitive_compatible(model: type[Part], release) -> None:
    path = path_of(model, release)
    if not path.exists():
        pytest.skip(f"{model.__name__} came after {release.name}")
    old, new = avro.schema.parse(path.read_text("utf-8")), avro.schema.parse(text_of(model))
    for reader, writer in ((new, old), (old, new)):
        result = ReaderWriterCompatibilityChecker().get_compatibility(reader, writer)
        assert result.compatibility is SchemaCompatibilityType.compatible, result.messages


def test_fingerprints_differ() -> None:
    prints = [hub_avro.fingerprint_of(schema_of(m)) for m in MESSAGES]
    assert len(set(prints)) == len(MESSAGES)


def test_the_catalogue_is_whole() -> None:
    names = [t.name for t in CATALOGUE]
    assert len(names) == len(set(names))
    assert all(t.what.endswith(".") and t.key and t.writers and t.readers for t in CATALOGUE)
    assert {t.like for t in CATALOGUE if t.like} <= set(names)
