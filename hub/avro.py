"""Messages to bytes and back: Avro single-object encoding, or Confluent framing where a registry is set.

Single-object (Avro 1.12): C3 01, the schema's CRC-64-AVRO fingerprint (8 bytes, little-endian), the body.
The fingerprint names the type, so that a topic may carry several. Every released schema is known as a writer's schema;
what it wrote is read into today's. With a registry (`use_registry`), Confluent's framing: 00, the schema's id there
(4 bytes, big-endian), the body; both framings are read. Nothing about topics or encryption may live here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any, NamedTuple, Protocol, TypeVar

import fastavro
from fastavro.schema import fingerprint, parse_schema, to_parsing_canonical_form
from pydantic import ValidationError

from hub.avro_reader import Read, locator, reader
from hub.avro_schema import Schema, schema_of
from hub.avro_writer import Write, writer
from hub.errors import Skippable
from hub.messages import MESSAGES, Part
from schemas import RELEASED

SINGLE_OBJECT = b"\xc3\x01"
CONFLUENT = b"\x00"
_HEADER = 10
"""Bytes before the body: the two of the marker and the eight of the fingerprint."""
_CONFLUENT_HEADER = 5

M = TypeVar("M", bound=Part)


class BadAvro(Skippable):
    """Bytes that are no message: truncated, unknown or not of their schema."""


class Registry(Protocol):
    """What the framing asks of a schema registry; `hub.registry` talks to a real one."""

    def id_of(self, schema: Schema) -> int:
        """The id of a schema, registered if new."""
        ...

    def schema(self, schema_id: int) -> Schema:
        """The schema with that id.

        Raises:
            BadAvro: there is none.
        """
        ...


_registry: list[Registry] = []
"""None or one: how this process frames what it writes."""


def use_registry(registry: Registry | None) -> None:
    """Frame by a registry's ids from now on; None goes back to single-object encoding."""
    _registry[:] = [registry] if registry else []
    _own.cache_clear()
    _from_registry.cache_clear()


class Codec(NamedTuple):
    """How one writer's schema becomes one of today's models; the reader's is None where it is the writer's."""

    model: type[Part]
    writer: Any
    reader: Any


class _Own(NamedTuple):
    """How this process writes a message: what stands before the body, and the schema."""

    header: bytes
    schema: Any


def fingerprint_of(schema: Schema) -> bytes:
    """The schema's CRC-64-AVRO fingerprint, 8 bytes little-endian, as it stands on the wire."""
    return bytes.fromhex(fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))


@cache
def _own(model: type[Part]) -> _Own:
    schema = schema_of(model)
    if _registry:
        header = CONFLUENT + _registry[0].id_of(schema).to_bytes(4, "big")
    else:
        header = SINGLE_OBJECT + fingerprint_of(schema)
    return _Own(header, parse_schema(schema))


@cache
def _writer(model: type[Part]) -> Write | None:
    """Made when first needed: a process writes few of the messages that there are."""
    return writer(model)


@cache
def _from_registry(schema_id: int) -> Codec:
    schema = _registry[0].schema(schema_id)
    codec = codecs().get(fingerprint_of(schema))
    if codec is None:
        text = f"Schema {schema_id} of the registry is none of the hub's."
        raise BadAvro(text, "Look at what writes to this topic, or upgrade this process.", reason="unknown-schema")
    return codec


@cache
def codecs() -> dict[bytes, Codec]:
    """Every known fingerprint, today's and released ones."""
    known: dict[bytes, Codec] = {}
    by_name = {f"{m.namespace}.{m.__name__}": m for m in MESSAGES}
    for path in sorted(RELEASED.glob("*/*/*.avsc")):
        schema = json.loads(path.read_text("utf-8"))
        model = by_name.get(f"{schema['namespace']}.{schema['name']}")
        if model is not None:
            known[fingerprint_of(schema)] = Codec(model, parse_schema(schema), _own(model).schema)
    for model in MESSAGES:
        known[fingerprint_of(schema_of(model))] = Codec(model, _own(model).schema, None)
    return known


def encode(message: Part) -> bytes:
    """A message as Avro single-object bytes."""
    return framed(type(message), encode_body(message))


def framed(model: type[Part], body: bytes) -> bytes:
    """An Avro body under the header that names its type, as `encode` gives it."""
    return _own(model).header + body


def encode_body(message: Part) -> bytes:
    """The Avro body alone: canonical bytes of a message, for hashing and for framings of others."""
    write = _writer(type(message))
    if write is not None:
        try:
            return write(message)
        except Exception:  # noqa: BLE001, S110 - a value that is not of its field's type: the slow path words the error
            pass
    return encode_slowly(message)


def encode_slowly(message: Part) -> bytes:
    """As `encode_body`, by fastavro: what the faster writers are measured against."""
    # The serializer itself: `model_dump` is the same with twelve defaults checked on every call.
    return encode_values(type(message), message.__pydantic_serializer__.to_python(message))


def encode_values(model: type[Part], values: dict[str, Any]) -> bytes:
    """As `encode_body`, of a message's fields as `model_dump` gives them."""
    out = BytesIO()
    fastavro.schemaless_writer(out, _own(model).schema, values)
    return out.getvalue()


def decode(data: bytes) -> Part:
    """A message's bytes, in either framing, as the message they hold.

    Raises:
        BadAvro: with `reason` bad-avro (truncated, trailing or invalid bytes) or unknown-schema.
    """
    if data[:1] == CONFLUENT and len(data) >= _CONFLUENT_HEADER and _registry:
        schema_id = int.from_bytes(data[1:_CONFLUENT_HEADER], "big")
        return _decode(_from_registry(schema_id), data, _CONFLUENT_HEADER)
    if len(data) < _HEADER or data[:2] != SINGLE_OBJECT:
        raise BadAvro(
            f"{len(data)} bytes that do not begin with Avro's single-object marker.",
            "Look at what writes to this topic: it is not the hub, or not this version.",
            reason="bad-avro",
        )
    codec = codecs().get(data[2:_HEADER])
    if codec is None:
        raise BadAvro(
            f"Avro with the unknown schema fingerprint {data[2:_HEADER].hex()}.",
            "Upgrade this process, or add the writer's schema to schemas/released.",
            reason="unknown-schema",
        )
    return _decode(codec, data, _HEADER)


@cache
def _reader(model: type[Part], until: str = "") -> Read | None:
    """Made when first needed: a process reads few of the messages that there are."""
    return reader(model, until)


def _decode(codec: Codec, data: bytes, begins: int) -> Part:
    read = _reader(codec.model) if codec.reader is None else None
    if read is not None:
        try:
            message: Part = read(data, begins)
        except Exception:  # noqa: BLE001, S110 - malformed, or written by other means: the slow path decides
            pass
        else:
            return message
    return decode_body(codec, data[begins:])


def decode_body(codec: Codec, body: bytes) -> Part:
    """An Avro body by its codec, by fastavro and pydantic: what the faster readers are measured against.

    Raises:
        BadAvro: the bytes are not of that schema, or the values break the model; values are never quoted.
    """
    source = BytesIO(body)
    try:
        value = fastavro.schemaless_reader(source, codec.writer, codec.reader)
        if source.tell() != len(body):
            raise ValueError("bytes are left over")  # noqa: TRY301 - same remedy as the library's own errors
        return codec.model.model_validate(value)
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(map(str, e["loc"])) for e in error.errors(include_input=False)}))
        text = f"A {codec.model.__name__} whose fields {fields} break its model."
        raise BadAvro(text, "Mend the writer; the original bytes are kept.", reason="bad-avro") from None
    except Exception as error:  # noqa: BLE001 - fastavro raises whatever the bytes led it into
        text = f"{len(body)} bytes that are no {codec.model.__name__} ({type(error).__name__})."
        raise BadAvro(
            text, "Truncated or overwritten on the way; the original bytes are kept.", reason="bad-avro"
        ) from None


def field_of(model: type[Part], name: str, data: bytes) -> Any:
    """One field of a message, read no further: for bytes that were sealed, so that nobody but the hub wrote them.

    Raises:
        BadAvro: as `decode_as`, if something before the field's end is wrong.
    """
    read = _reader(model, name)
    header = _own(model).header
    if read is not None and data.startswith(header):
        try:
            return read(data, len(header))
        except Exception:  # noqa: BLE001, S110 - the slow path decides
            pass
    return getattr(decode_as(model, data), name)


def field_in(model: type[Part], name: str, body: bytes) -> Any:
    """As `field_of`, of a part's body as it stands within a message."""
    read = _reader(model, name)
    if read is not None:
        try:
            return read(body, 0)
        except Exception:  # noqa: BLE001, S110 - the slow path decides
            pass
    return getattr(decode_body(Codec(model, _own(model).schema, None), body), name)


def bytes_from(model: type[Part], name: str, data: bytes) -> bytes | None:
    """A message's body from one field to the end, as it stands: to be passed on within another message.

    None where another version of the schema wrote it (or the registry frames it): then its fields have to be read.

    Args:
        model: which message; the bytes are known to hold a whole one.
        name: of any field but the first.
        data: the message as it came.
    """
    locate, header = _locator(model, name), _own(model).header
    return data[locate(data, len(header)) :] if locate is not None and data.startswith(header) else None


@cache
def _locator(model: type[Part], name: str) -> Callable[[bytes, int], int] | None:
    return locator(model, name)


def decode_as(model: type[M], data: bytes) -> M:
    """As `decode`, and of this type.

    Raises:
        BadAvro: as `decode`; also where the bytes hold another type.
    """
    message = decode(data)
    if not isinstance(message, model):
        raise BadAvro(f"A {type(message).__name__} where a {model.__name__} belongs.", reason="bad-avro")
    return message
