"""The base of every message: frozen, zoned, described. No message of its own may live here."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict


def _to_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time without a zone; say which zone it is in")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


@cache
def _names_of(model: type[BaseModel]) -> set[str]:
    """All fields of a message that was made with every one of them; shared, as nobody changes a frozen message's."""
    return set(model.model_fields)


Moment = Annotated[datetime, AfterValidator(_to_utc)]
"""A point in time, always with a zone, UTC inside; Avro `timestamp-micros`."""


class Part(BaseModel):
    """A record inside a message. Every field says its meaning, unit and code set in its description."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    namespace: ClassVar[str] = "mash"
    """Avro namespace: one a stage."""

    recurring: ClassVar[bool] = False
    """Message after message holds one of a few of these, of text alone: readers and writers remember the last ones."""

    @classmethod
    def of_valid(cls, values: dict[str, Any]) -> Self:
        """As the constructor, without a check: of values, one for each field, that a valid message holds already."""
        made = object.__new__(cls)
        object.__setattr__(made, "__dict__", values)
        object.__setattr__(made, "__pydantic_fields_set__", _names_of(cls))
        object.__setattr__(made, "__pydantic_extra__", None)
        object.__setattr__(made, "__pydantic_private__", None)
        return made


class Message(Part):
    """What stands alone on a topic: its Avro fingerprint names its type on the wire."""
