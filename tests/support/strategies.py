"""Hypothesis strategies for every message, by its annotations."""

from __future__ import annotations

import types
import typing
from datetime import UTC, datetime
from enum import Enum

from hypothesis import strategies as st

from hub.messages import AgencyRecord, Part

MOMENTS = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_PLAIN = {
    str: st.text(max_size=8),
    int: st.integers(min_value=-(2**63), max_value=2**63 - 1),
    bool: st.booleans(),
    bytes: st.binary(max_size=8),
    datetime: MOMENTS,
}


def messages(model: type[Part]) -> st.SearchStrategy[Part]:
    """Any message of this type. AgencyRecord's refs must agree, so it comes without subjects."""
    fixed = {"subjects": st.just([]), "relationships": st.just([])} if model is AgencyRecord else {}
    fields = {n: fixed[n] if n in fixed else of_type(i.annotation) for n, i in model.model_fields.items()}
    return st.fixed_dictionaries(fields).map(lambda values: model(**values))


def of_type(annotation: typing.Any) -> st.SearchStrategy:
    """Any value of an annotated type."""
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return of_type(args[0])
    if origin in (typing.Union, types.UnionType):
        return st.one_of(*(st.none() if a is type(None) else of_type(a) for a in args))
    if origin is list:
        return st.lists(of_type(args[0]), max_size=2)
    if origin is dict:
        return st.dictionaries(of_type(args[0]), of_type(args[1]), max_size=2)
    if issubclass(annotation, Enum):
        return st.sampled_from(annotation)
    return messages(annotation) if issubclass(annotation, Part) else _PLAIN[annotation]
