"""Native records and canonical records as (path, text) pairs, and which field a result came from.

The trace from a result back to its source goes by value: exact for what is copied; dates, times and telephones by their
normal form. Where nothing fits, nothing is claimed.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree
from pydantic import BaseModel

from connectors.kit import values
from connectors.kit.xml_records import XmlRecord, local_name

_WORD = re.compile(r"[^0-9a-z]+")
_LEAST = 2
"""Shortest text that is traced: a lone letter or digit stands in too many fields."""


def native_fields(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every field of a native record that says something."""
    if isinstance(value, XmlRecord):
        value = value.element
    if isinstance(value, etree._Element):  # noqa: SLF001 - lxml's own name of the class
        yield from _element(value, path)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from native_fields(inner, _joined(path, str(key)))
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from native_fields(getattr(value, field.name), path)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value, start=1):
            yield from native_fields(inner, f"{path} {number}" if path else str(number))
    elif isinstance(value, str | int | float) and str(value):
        yield path, str(value)


def _joined(path: str, key: str) -> str:
    return f"{path}/{key}" if path else key


def _element(element: etree._Element, path: str) -> Iterator[tuple[str, str]]:
    for key, text in element.attrib.items():
        yield _joined(path, f"@{local_name(str(key))}"), str(text)
    if element.text and element.text.strip():
        yield path, element.text.strip()
    for child in element:
        if isinstance(child.tag, str):
            yield from _element(child, _joined(path, local_name(child.tag)))


def result_fields(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every field of a canonical record that is not its default."""
    if isinstance(value, BaseModel):
        for name, info in type(value).model_fields.items():
            inner = getattr(value, name)
            if inner != info.get_default(call_default_factory=True, validated_data={}):
                yield from result_fields(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from result_fields(inner, f"{path}[{_label(inner)}]" if _label(inner) else path)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield f"{path}.{key}", str(inner)
    elif value is not None and value != "":
        yield path, value.isoformat() if hasattr(value, "isoformat") else str(value)


def _label(item: Any) -> str:
    """What tells items of a list apart for a reader."""
    for name in ("ref", "code", "scheme", "kind", "path"):
        if isinstance(item, BaseModel) and (found := getattr(item, name, "")):
            return str(found)
    return ""


class Trace:
    """Looks native fields up by what they say."""

    def __init__(self, native: Any) -> None:
        """See the class."""
        self._by_text: dict[str, list[str]] = {}
        self._by_name: dict[str, list[str]] = {}
        for path, text in native_fields(native):
            self._by_name.setdefault(path.rpartition("/")[2], []).append(path)
            for form in _forms(text):
                self._by_text.setdefault(form, []).append(path)

    def of(self, path: str, text: str) -> str:
        """The native fields that say this, else those of the same name, the first two; '' if there is none."""
        found = next((f for form in _forms(text) if (f := self._by_text.get(form))), None)
        found = found or self._by_name.get(path.rpartition(".")[2], [])
        return " or ".join(dict.fromkeys(found[:2]))


def _forms(text: str) -> Iterator[str]:
    """The text, and what it is as a date or time, in forms that two writings of one value share."""
    plain = _WORD.sub("", text.lower())
    if len(plain) >= _LEAST:
        yield plain
    if found := values.read_moment(text):
        yield found.isoformat()
    if day := values.iso_date(text):
        yield f"day {day}"
    if telephone := values.telephone(text):
        yield f"tel {telephone}"
