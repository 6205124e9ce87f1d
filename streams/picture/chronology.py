"""A person's entries in the order of time, newest first. What counts is decided elsewhere.

Of most people every row is looked at, about 3 us each, and only what is asked for is decoded: an index by time would
cost a row a record of everybody, for the few whose picture is sent. Of a person with many it is kept.

Rows: `c/<person>/<newest first>/<source>/<record>/<ref>`, empty; see `entries` for the entry's own.
"""

from __future__ import annotations

from collections.abc import Iterator

from hub.avro import bytes_from, decode_as, encode_body
from hub.messages import FactPut
from hub.messages.picture import Entry
from hub.state.api import Store
from streams.picture.head import Head
from streams.picture.index import Index, index_of
from streams.picture.keys import key, newest_first

MANY = 500
"""Visible entries beyond which a person has an index: looking at so many rows costs what a snapshot of them does."""


def entry_of_row(row: bytes) -> Entry:
    """The entry that a row holds."""
    return decode_as(FactPut, row[row.index(b"\n") + 1 :]).entry


def body_of_row(row: bytes) -> bytes:
    """The same entry as it stands within a message: mostly just as the row has it."""
    body = bytes_from(FactPut, "entry", row[row.index(b"\n") + 1 :])
    return encode_body(entry_of_row(row)) if body is None else body


def newest(store: Store, person_id: str, head: Head) -> Iterator[bytes]:
    """Rows of live, visible entries, newest first."""
    begins = _entries(person_id)
    for name in _indexed(store, person_id) if head.indexed else _sorted(store, person_id):
        row = store.get(begins + name)
        if row is not None:
            yield row


def every(store: Store, person_id: str) -> Iterator[Entry]:
    """Every entry, tombstones and hidden ones too, in key order."""
    for _, row in store.scan(_entries(person_id)):
        yield entry_of_row(row)


def keep(store: Store, person_id: str, head: Head, row_key: bytes, before: Index | None, after: Index | None) -> None:
    """Keep the index, where there is one, as an entry changes; begin it where the person has many."""
    if head.indexed:
        was, now = (index.at if index is not None and index.visible else None for index in (before, after))
        if was != now:
            name = row_key[len(_entries(person_id)) :]
            if was is not None:
                store.delete(_place(person_id, was, name))
            if now is not None:
                store.put(_place(person_id, now, name), b"")
    elif head.entries > MANY:
        head.indexed = True
        for name, index in list(_visible(store, person_id)):
            store.put(_place(person_id, index.at, name), b"")


def _indexed(store: Store, person_id: str) -> Iterator[bytes]:
    prefix = key("c", person_id, "")
    for row_key, _ in store.scan(prefix):
        yield row_key[len(prefix) :].split(b"/", 1)[1]


def _sorted(store: Store, person_id: str) -> list[bytes]:
    return [name for _, name in sorted((-index.at, name) for name, index in _visible(store, person_id))]


def _visible(store: Store, person_id: str) -> Iterator[tuple[bytes, Index]]:
    """<source>/<record>/<ref> of each visible entry, and what its row says of it."""
    prefix = _entries(person_id)
    for row_key, row in store.scan(prefix):
        index = index_of(row)
        if index.visible:
            yield row_key[len(prefix) :], index


def _entries(person_id: str) -> bytes:
    return key("f", person_id, "")


def _place(person_id: str, at: int, name: bytes) -> bytes:
    return key("c", person_id, newest_first(at), "") + name
