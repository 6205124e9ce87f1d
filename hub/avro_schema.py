"""Avro schemas out of the message models, so that contract and code cannot part. No encoding may live here.

Mapping (Avro 1.12 specification): str, int (long), float (double), bool (boolean), bytes, list (array), dict of str
(map), `X | None` (union with null first), Moment (long, timestamp-micros), closed code sets (string, the codes in the
doc, so that a new code is no incompatible change), nested `Part` (record, defined where it first occurs).
"""

from __future__ import annotations

import types
import typing
from datetime import datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from hub.messages import Part

Schema = dict[str, Any]

_PRIMITIVES: dict[type, Any] = {str: "string", int: "long", float: "double", bool: "boolean", bytes: "bytes"}


def schema_of(model: type[Part]) -> Schema:
    """The Avro schema of one message, each field with its doc.

    Raises:
        TypeError: a field's type has no mapping; the message says which.
    """
    schema: Schema = _record(model, seen=set())
    return schema


def _record(model: type[Part], seen: set[str]) -> Any:
    full_name = f"{model.namespace}.{model.__name__}"
    if full_name in seen:
        return full_name
    seen.add(full_name)
    return {
        "type": "record",
        "name": model.__name__,
        "namespace": model.namespace,
        "doc": " ".join((model.__doc__ or "").split()),
        "fields": [_field(name, info, seen, model) for name, info in model.model_fields.items()],
    }


def _field(name: str, info: FieldInfo, seen: set[str], model: type[Part]) -> Schema:
    if not info.description:
        raise TypeError(f"{model.__name__}.{name} has no description; every field of the contract says what it means.")
    out: Schema = {"name": name, "type": _type(info.annotation, seen), "doc": info.description}
    default = info.get_default(call_default_factory=True, validated_data={})
    if default is not PydanticUndefined:
        out["default"] = _default(default)
    return out


def _type(annotation: Any, seen: set[str]) -> Any:
    origin = get_origin(annotation)
    if origin is typing.Annotated:
        return _type(get_args(annotation)[0], seen)
    if origin in (Union, types.UnionType):
        inner = [a for a in get_args(annotation) if a is not type(None)]
        if len(inner) != 1:
            raise TypeError(f"only `X | None` has an Avro mapping here, not {annotation}")
        return ["null", _type(inner[0], seen)]
    if origin is list:
        return {"type": "array", "items": _type(get_args(annotation)[0], seen)}
    if origin is dict:
        return {"type": "map", "values": _type(get_args(annotation)[1], seen)}
    return _plain(annotation, seen)


def _plain(annotation: Any, seen: set[str]) -> Any:
    if annotation in _PRIMITIVES:
        return _PRIMITIVES[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "string"
    if isinstance(annotation, type) and issubclass(annotation, datetime):
        return {"type": "long", "logicalType": "timestamp-micros"}
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return _record(annotation, seen)
    raise TypeError(f"no Avro mapping for {annotation}")


def _default(value: Any) -> Any:
    if isinstance(value, Part):
        return value.model_dump(mode="json")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return value
