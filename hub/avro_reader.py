"""Avro readers made for one message each, as Python source out of the model's fields: the hot path of `hub.avro`.

fastavro walks the schema again for every message and hands pydantic a dict to walk once more; here both walks happen
once, when the function is made (docs/adr/0011 has the figures). Whatever a function made here accepts is what the slow
path would have made of the same bytes, and it refuses whenever it is in doubt: `hub.avro` then asks the slow path,
which decides and words the error. So nothing here is lenient, and nothing here explains.

A model whose validation says more than its types do (a validator, a limit) has no reader here. Nothing about framing,
schemas of other versions or registries may live here.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Union, get_args, get_origin

from hub.avro_source import RECURRING, NotHere, Source
from hub.messages.base import Moment, Part

Read = Callable[[bytes, int], Any]
"""Bytes, and where in them the body begins."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_BYTE = 128
"""Below it a byte is a whole variable-length number (zigzag: the even ones are not negative)."""
_LONG_BITS = 64
_MOMENT_BYTES = 8
_MOMENTS = 16_384
"""Times remembered, 3 MB: those of a batch come again and again, a file's or a day's."""


class InDoubt(Exception):  # noqa: N818 - no error: the slow path decides
    """These bytes are malformed, or written in a way that only the slow path reads."""


def _read_long(data: bytes, at: int) -> tuple[int, int]:
    """A number from `at` on, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < _ONE_BYTE:
            break
        shift += 7
    if value >> _LONG_BITS:
        raise InDoubt
    return value >> 1 ^ -(value & 1), at


def _read_length(data: bytes, at: int) -> tuple[int, int]:
    """A length, as `_read_long`, still doubled as the fast path has it; odd where it is negative."""
    value, at = _read_long(data, at)
    return (value << 1 if value >= 0 else 1), at


_moments: dict[bytes, datetime] = {}
"""Times by their bytes, those of eight (from 1978 to 3111). No number begins with another one's bytes."""


def _read_moment(data: bytes, at: int) -> tuple[datetime, int]:
    """A time from `at` on that is not remembered yet, and where it ends."""
    micros, end = _read_long(data, at)
    moment = _EPOCH + timedelta(microseconds=micros)
    if end - at == _MOMENT_BYTES:
        if len(_moments) >= _MOMENTS:
            _moments.clear()
        _moments[data[at:end]] = moment
    return moment, end


def reader(model: type[Part], until: str = "") -> Read | None:
    """A function that reads an Avro body of today's schema; None where only pydantic can tell what is valid.

    Args:
        model: which message.
        until: the function gives this field alone, and looks at nothing that comes after it; '' is the whole message.

    It raises anything (`InDoubt`, IndexError, UnicodeDecodeError ...) for bytes that the slow path has to look at.
    """
    source = Source()
    try:
        result = _read_record(source, model, until)
    except NotHere:
        return None
    if not until:
        with source.block("if at != len(data):"):
            source += "raise InDoubt"
    source += f"return {result}"
    read: Read = _function(source, model)
    return read


def locator(model: type[Part], name: str) -> Callable[[bytes, int], int] | None:
    """A function that says where a field begins in an Avro body of today's schema; otherwise as `reader`.

    Args:
        model: which message.
        name: of any field but the first.
    """
    source, names = Source(), list(model.model_fields)
    try:
        for before in names[: names.index(name)]:
            _skip_value(source, model.model_fields[before].annotation)
    except NotHere:
        return None
    source += "return at"
    locate: Callable[[bytes, int], int] = _function(source, model)
    return locate


def _function(source: Source, model: type[Part]) -> Any:
    return source.function(
        "def made(data, at):",
        model,
        InDoubt=InDoubt,
        read_long=_read_long,
        read_length=_read_length,
        moments=_moments,
        read_moment=_read_moment,
        new=object.__new__,
        put=object.__setattr__,
    )


def _read_record(source: Source, model: type[Part], until: str = "") -> str:
    decorators = model.__pydantic_decorators__
    if decorators.model_validators or decorators.field_validators or decorators.validators:
        raise NotHere
    values = {}
    for name, info in model.model_fields.items():
        annotation = info.annotation
        if annotation is datetime and info.metadata == list(get_args(Moment)[1:]):  # pydantic takes Annotated apart
            annotation = Moment
        elif info.metadata:
            raise NotHere
        if until and name != until:
            _skip_value(source, annotation)
            continue
        values[name] = _read_value(source, annotation)
        if name == until:
            return values[name]
    record = source.fresh()
    fields = ", ".join(f"{name!r}: {value}" for name, value in values.items())
    source += f"{record} = new({source.fresh(model)})"
    source += f"put({record}, '__dict__', {{{fields}}})"
    source += f"put({record}, '__pydantic_fields_set__', {source.fresh(set(values))})"
    source += f"put({record}, '__pydantic_extra__', None)"
    source += f"put({record}, '__pydantic_private__', None)"
    return record


def _read_value(source: Source, annotation: Any) -> str:
    """Lines that read one value; returns the variable that holds it."""
    origin = get_origin(annotation)
    into = source.fresh()
    if annotation == Moment:
        source += f"{into} = moments.get(data[at : at + {_MOMENT_BYTES}])"
        with source.block(f"if {into} is None:"):
            source += f"{into}, at = read_moment(data, at)"
        with source.block("else:"):
            source += f"at += {_MOMENT_BYTES}"
    elif origin in (Union, types.UnionType):
        _read_optional(source, next(a for a in get_args(annotation) if a is not type(None)), into)
    elif origin is list:
        source += f"{into} = []"
        with _read_blocks(source):
            item = _read_value(source, get_args(annotation)[0])
            source += f"{into}.append({item})"
    elif origin is dict:
        source += f"{into} = {{}}"
        with _read_blocks(source):
            key, value = (_read_value(source, a) for a in get_args(annotation))
            source += f"{into}[{key}] = {value}"
    elif isinstance(annotation, type) and issubclass(annotation, Part):
        return _read_recurring(source, annotation) if annotation.recurring else _read_record(source, annotation)
    else:
        _read_plain(source, annotation, into)
    return into


def _skip_value(source: Source, annotation: Any) -> None:
    """Lines that go past a value of bytes that the hub itself wrote."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is list or origin is dict:
        with _read_blocks(source):
            for part in arguments:
                _skip_value(source, part)
    elif isinstance(annotation, type) and issubclass(annotation, Part):
        for info in annotation.model_fields.values():
            _skip_value(source, info.annotation)
    elif annotation in (str, bytes) or (isinstance(annotation, type) and issubclass(annotation, StrEnum)):
        source += f"at += {_read_size(source)} >> 1"
    elif origin in (Union, types.UnionType):
        with source.block("if data[(at := at + 1) - 1]:"):
            _skip_value(source, next(a for a in arguments if a is not type(None)))
    elif annotation in (int, datetime, Moment):
        with source.block(f"while data[at] >= {_ONE_BYTE}:"):
            source += "at += 1"
        source += "at += 1"
    else:
        _read_value(source, annotation)


def _read_recurring(source: Source, annotation: type[Part]) -> str:
    """As `_read_record`, of one that was read before mostly: no encoding begins with another one's bytes."""
    into, seen = source.fresh(), source.fresh()
    source.names[seen] = []
    with source.block(f"for known, {into} in {seen}:"), source.block("if data.startswith(known, at):"):
        source += "at += len(known)"
        source += "break"
    with source.block("else:"):
        source += "begins = at"
        record = _read_record(source, annotation)
        source += f"{into} = {record}"
        with source.block(f"if len({seen}) >= {RECURRING}:"):
            source += f"{seen}.clear()"
        source += f"{seen}.append((data[begins:at], {into}))"
    return into


def _read_optional(source: Source, annotation: Any, into: str) -> None:
    branch = source.fresh()
    source += f"{branch} = data[at]"
    source += "at += 1"
    with source.block(f"if {branch} == 2:"):
        value = _read_value(source, annotation)
        source += f"{into} = {value}"
    with source.block(f"elif {branch}:"):
        source += "raise InDoubt"
    with source.block("else:"):
        source += f"{into} = None"


@contextmanager
def _read_blocks(source: Source) -> Iterator[None]:
    """The loop over the items of an array or a map."""
    count = _read_size(source)
    with source.block(f"while {count}:"):
        with source.block(f"for _ in range({count} >> 1):"):
            yield
        _read_size(source, count)


def _read_size(source: Source, into: str = "") -> str:
    """Twice a length or a count: most are below 64 and stand as they are in one byte; sealed bytes take two."""
    size = into or source.fresh()
    source += f"{size} = data[at]"
    source += "at += 1"
    with source.block(f"if {size} > 127:"):
        source += "more = data[at]"
        with source.block("if more < 128:"):
            source += f"{size} = {size} & 127 | more << 7"
            source += "at += 1"
        with source.block("else:"):
            source += f"{size}, at = read_length(data, at - 1)"
    with source.block(f"if {size} & 1:"):
        source += "raise InDoubt"
    return size


def _read_plain(source: Source, annotation: Any, into: str) -> None:
    if annotation is bool:
        source += f"{into} = data[at] != 0"
        source += "at += 1"
    elif annotation is int:
        source += f"{into} = data[at]"
        with source.block(f"if {into} > 127:"):
            source += f"{into}, at = read_long(data, at)"
        with source.block("else:"):
            source += f"{into} = {into} >> 1 ^ -({into} & 1)"
            source += "at += 1"
    elif annotation in (str, bytes) or (isinstance(annotation, type) and issubclass(annotation, StrEnum)):
        size = _read_size(source)
        source += f"end = at + ({size} >> 1)"
        if annotation is str:
            source += f'{into} = data[at:end].decode() if {size} else ""'
        elif annotation is bytes:
            source += f"{into} = data[at:end]"
        else:
            source += f"{into} = {source.fresh({m.value.encode(): m for m in annotation})}[data[at:end]]"
        source += "at = end"
    else:
        raise NotHere
