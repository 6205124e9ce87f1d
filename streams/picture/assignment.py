"""To whom a source identity belongs, as the facts stage has heard, and how its rows are read. Handles no message."""

from __future__ import annotations

import msgspec

from hub.avro import decode_as
from hub.messages import FactPut
from hub.state.api import Store
from streams.picture.keys import key

PERSONS = "persons"


class Assignment(msgspec.Struct, array_like=True):
    """To whom a source identity belongs, as far as this stage has heard, and how many records it has."""

    person_id: str = ""
    seq: int = 0
    rows: int = 0

    @classmethod
    def load(cls, store: Store, source_id: str) -> Assignment:
        """The stored assignment, or an empty one."""
        value = store.get(key("a", source_id))
        return _decode(value) if value else cls()

    def save(self, store: Store, source_id: str) -> None:
        """Write the row."""
        store.put(key("a", source_id), _encode(self))


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Assignment).decode


def put_of(row: bytes) -> FactPut:
    """What a record's row says was put."""
    return decode_as(FactPut, row[row.index(b"\n") + 1 :])
