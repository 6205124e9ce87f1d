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
from enum import StrEnum
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
    source = _Pieces()
    source += "out = []"
    try:
        _write_record(source, model, "message")
    except NotHere:
        return None
    source.flush()
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


class _Pieces(Source):
    """As `Source`, of a function that lists pieces of bytes: many with one line, which takes a fifth of a call each."""

    def __init__(self) -> None:
        """Begin with an empty body and nothing waiting."""
        super().__init__()
        self._waiting: list[str] = []

    def piece(self, expression: str) -> None:
        """Add bytes; an expression over variables that keep their value until the next `flush`."""
        self._waiting.append(expression)

    def flush(self) -> None:
        """List what waits: before a block whose lines may not run, or run more than once, and at its end."""
        if self._waiting:
            self += f"out += ({', '.join(self._waiting)},)"
            self._waiting.clear()


def _write_record(source: _Pieces, model: type[Part], record: str) -> None:
    # Past pydantic's `__getattr__`, for which Python makes every attribute six times as dear as a plain object's.
    fields = source.fresh()
    source += f"{fields} = {record}.__dict__"
    for name, info in model.model_fields.items():
        value = source.fresh()
        source += f"{value} = {fields}[{name!r}]"
        _write_value(source, info.annotation, value)


def _write_recurring(source: _Pieces, model: type[Part], record: str) -> None:
    """As `_write_record`, of one that was written before mostly: they are frozen, and readers share them."""
    seen, begins = source.fresh(), source.fresh()
    source.names[seen] = []
    source.flush()
    with source.block(f"for known, written in {seen}:"), source.block(f"if known is {record}:"):
        source += "out.append(written)"
        source += "break"
    with source.block("else:"):
        source += f"{begins} = len(out)"
        _write_record(source, model, record)
        source.flush()
        with source.block(f"if len({seen}) >= {RECURRING}:"):
            source += f"{seen}.clear()"
        source += f'{seen}.append(({record}, b"".join(out[{begins}:])))'


def _write_value(source: _Pieces, annotation: Any, value: str) -> None:
    origin = get_origin(annotation)
    if origin is typing.Annotated:
        _write_value(source, get_args(annotation)[0], value)
    elif origin in (Union, types.UnionType):
        _write_optional(source, next(a for a in get_args(annotation) if a is not type(None)), value)
    elif origin in (list, dict):
        _write_items(source, annotation, value)
    elif issubclass(annotation, Part):
        (_write_recurring if annotation.recurring else _write_record)(source, annotation, value)
    else:
        _write_plain(source, annotation, value)


def _length(size: str) -> str:
    """The expression for a length's bytes: looked up without a call where it is of the usual ones."""
    return f"lengths[{size}] if {size} < {_TABLED} else length_bytes({size})"


def _write_optional(source: _Pieces, annotation: Any, value: str) -> None:
    if isinstance(annotation, type) and issubclass(annotation, str) and not issubclass(annotation, StrEnum):
        size = source.fresh()
        with source.block(f"if {value} is None:"):
            source += rf'{size} = b"\0"'
            source += f'{value} = b""'
        with source.block("else:"):
            source += f"{value} = {value}.encode()"
            source += f"size = len({value})"
            source += rf'{size} = b"\2" + ({_length("size")})'
        source.piece(f"{size}, {value}")
        return
    source.flush()
    with source.block(f"if {value} is None:"):
        source += r'out.append(b"\0")'
    with source.block("else:"):
        source.piece(r'b"\2"')
        _write_value(source, annotation, value)
        source.flush()


def _write_items(source: _Pieces, annotation: Any, value: str) -> None:
    """The items of a list or a dict."""
    source.flush()
    source += f"size = len({value})"
    with source.block("if size:"):
        source += "out.append(length_bytes(size))"
        names = [source.fresh() for _ in get_args(annotation)]
        items = f"{value}.items()" if get_origin(annotation) is dict else value
        with source.block(f"for {', '.join(names)} in {items}:"):
            for name, item in zip(names, get_args(annotation), strict=True):
                if isinstance(item, type) and issubclass(item, Part):
                    _write_encoded(source, item, name)
                else:
                    _write_value(source, item, name)
            source.flush()
    source.piece(r'b"\0"')


def _write_encoded(source: _Pieces, model: type[Part], value: str) -> None:
    """A part of a list, or its body where somebody has that already."""
    source.flush()
    with source.block(f"if type({value}) is bytes:"):
        source += f"out.append({value})"
    with source.block("else:"):
        _write_value(source, model, value)
        source.flush()


def _write_plain(source: _Pieces, annotation: Any, value: str) -> None:
    if issubclass(annotation, bool):
        source.piece(rf'b"\1" if {value} else b"\0"')
    elif issubclass(annotation, datetime):
        source.piece(f"moment_bytes({value})")
    elif issubclass(annotation, int):
        source.piece(f"lengths[{value}] if 0 <= {value} < {_TABLED} else long_bytes({value})")
    elif issubclass(annotation, StrEnum):
        known = {str(m): _length_bytes(len(m.encode())) + m.encode() for m in annotation}
        source.piece(f"{source.fresh(known)}[{value}]")
    elif issubclass(annotation, str):
        size = source.fresh()
        with source.block(f"if {value}:"):
            source += f"{value} = {value}.encode()"
            source += f"size = len({value})"
            source += f"{size} = {_length('size')}"
        with source.block(f'elif {value} == "":'):
            source += rf'{size} = b"\0"'
            source += f'{value} = b""'
        with source.block("else:"):
            source += "raise TypeError"
        source.piece(f"{size}, {value}")
    elif issubclass(annotation, bytes):
        size = source.fresh()
        source += f"{size} = len({value})"
        source.piece(f"{_length(size)}, {value}")
    else:
        raise NotHere
