"""Avro writers made for one message each, as Python source out of the model's fields: the hot path of `hub.avro`.

pydantic makes a dict of every message and fastavro walks the schema beside it; here both walks happen once, when the
function is made (docs/adr/0011 has the figures). The bytes are the same, byte for byte. Whatever a function made here
can't write it refuses with any error, and `hub.avro` asks the slow path, which words the error.

In a list of parts the body of one may stand for it: a picture's entries are stored as they are sent.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Union, get_args, get_origin

from hub.avro_source import RECURRING, NotHere, Source
from hub.messages.base import Part

Write = Callable[[Part], bytes]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ONE_BYTE = 128
"""Below it a byte is a whole variable-length number."""
_TABLED = 8_192
"""Lengths whose bytes are looked up: those of one or two bytes."""
_MOMENTS = 16_384
"""Times remembered, 3 MB: those of a batch come again and again, a file's or a day's."""


def _varint(zigzag: int) -> bytes:
    out = bytearray()
    while zigzag >= _ONE_BYTE:
        out.append(zigzag & 0x7F | 0x80)
        zigzag >>= 7
    out.append(zigzag)
    return bytes(out)


_LENGTHS = tuple(_varint(length << 1) for length in range(_TABLED))


def _length_bytes(length: int) -> bytes:
    return _LENGTHS[length] if length < _TABLED else _varint(length << 1)


def _long_bytes(value: int) -> bytes:
    if not -(1 << 63) <= value < 1 << 63:
        raise OverflowError
    return _varint(value << 1 ^ value >> 63)


@lru_cache(maxsize=_MOMENTS)
def _moment_bytes(moment: datetime) -> bytes:
    return _long_bytes((moment - _EPOCH) // _MICROSECOND)


def writer(model: type[Part]) -> Write | None:
    """A function that writes a message's Avro body, byte for byte as fastavro does; None where a type is unknown here.

    It raises anything for values that are not of their fields' types, as `model_construct` may leave them.
    """
    source = Source()
    source += "out = []"
    source += "add = out.append"
    try:
        _write_record(source, model, "message")
    except NotHere:
        return None
    source += 'return b"".join(out)'
    function: Write = source.function(
        "def made(message):",
        model,
        lengths=_LENGTHS,
        length_bytes=_length_bytes,
        long_bytes=_long_bytes,
        moment_bytes=_moment_bytes,
    )
    return function


def _write_record(source: Source, model: type[Part], record: str) -> None:
    for name, info in model.model_fields.items():
        value = source.fresh()
        source += f"{value} = {record}.{name}"
        _write_value(source, info.annotation, value)


def _write_recurring(source: Source, model: type[Part], record: str) -> None:
    """As `_write_record`, of one that was written before mostly: they are frozen, and readers share them."""
    seen, begins = source.fresh(), source.fresh()
    source.names[seen] = []
    with source.block(f"for known, written in {seen}:"), source.block(f"if known is {record}:"):
        source += "add(written)"
        source += "break"
    with source.block("else:"):
        source += f"{begins} = len(out)"
        _write_record(source, model, record)
        with source.block(f"if len({seen}) >= {RECURRING}:"):
            source += f"{seen}.clear()"
        source += f'{seen}.append(({record}, b"".join(out[{begins}:])))'


def _write_value(source: Source, annotation: Any, value: str) -> None:
    origin = get_origin(annotation)
    if origin is typing.Annotated:
        _write_value(source, get_args(annotation)[0], value)
    elif origin in (Union, types.UnionType):
        with source.block(f"if {value} is None:"):
            source += r'add(b"\0")'
        with source.block("else:"):
            source += r'add(b"\2")'
            _write_value(source, next(a for a in get_args(annotation) if a is not type(None)), value)
    elif origin in (list, dict):
        source += f"size = len({value})"
        with source.block("if size:"):
            source += "add(length_bytes(size))"
            names = [source.fresh() for _ in get_args(annotation)]
            items = f"{value}.items()" if origin is dict else value
            with source.block(f"for {', '.join(names)} in {items}:"):
                for name, item in zip(names, get_args(annotation), strict=True):
                    if isinstance(item, type) and issubclass(item, Part):
                        _write_encoded(source, item, name)
                    else:
                        _write_value(source, item, name)
        source += r'add(b"\0")'
    elif issubclass(annotation, Part):
        (_write_recurring if annotation.recurring else _write_record)(source, annotation, value)
    else:
        _write_plain(source, annotation, value)


def _write_encoded(source: Source, model: type[Part], value: str) -> None:
    """A part of a list, or its body where somebody has that already."""
    with source.block(f"if type({value}) is bytes:"):
        source += f"add({value})"
    with source.block("else:"):
        _write_value(source, model, value)


def _write_plain(source: Source, annotation: Any, value: str) -> None:
    if issubclass(annotation, bool):
        source += rf'add(b"\1" if {value} else b"\0")'
    elif issubclass(annotation, datetime):
        source += f"add(moment_bytes({value}))"
    elif issubclass(annotation, int):
        source += f"add(lengths[{value}] if 0 <= {value} < {_TABLED} else long_bytes({value}))"
    elif issubclass(annotation, str | bytes):
        if issubclass(annotation, str):
            source += f"{value} = {value}.encode()"
        source += f"size = len({value})"
        source += f"add(lengths[size] if size < {_TABLED} else length_bytes(size))"
        source += f"add({value})"
    else:
        raise NotHere
