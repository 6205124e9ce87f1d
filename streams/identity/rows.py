"""The stage's rows: their keys and how their values are written. No decision may live here.

Numbers are 8 bytes, big-endian: a source identity's place in the identity log, from 1; seniority is their order.

    key                                  value
    #                                    last number given out
    i birth_id (16 bytes)                number of the source identity, whose person id this is if it is a senior
    n number                             Node
    v number identity_hash               Contribution, sealed under the source identity
    d number identity_hash               when live records said so: the sum of all lines, and the latest of them
    x number identity_hash chunk         older lines: record, day, and whether a grown-up's or a child's part
    f number                             union of contributions, sealed
    k number                             its blocking keys, 12 bytes each
    a number                             its homes, hashed
    g number record_id                   restricted class that a live record gives it
    r record_id                          HeldRecord
    b key chunk                          numbers of those who have this blocking key, home or telephone, at most CHUNK
    e number number                      weight of a link, both ways
    h place number number                the other homes of one who lived here and is linked to one who lives there
    j place                              nothing: it has such rows
    U number                             of an unborn child: its mothers, and the months in which it may be born
    l mother number                      nothing: an unborn child of hers
    q month number                       nothing: an unborn child that may be born in that month
    H number number                      the places of such a row, as the first has them
    s number                             its telephones, and places of no home, hashed
    t number number record_id            what a record states of a pair ("~": both are its subjects), smaller first
    T number number relation             all ties of one relation between two, summed up, as the first sees it
    c group record_id                    whom a record names together (of an incident, with an adult), and on what day
    C number number way records          first and last day on which records name two together, smaller first
    m number number record_id            an agency's same-as assertion (version, undone), both ways
    z number number                      the decision of people on a pair, both ways
    Z number number                      the decision of a first person, who needs a second, smaller first
    y command_id                         a command that took effect
    D day-time number number             when a decision must be looked at again
    p number                             Person
    u number number                      an open or closed review, both ways
    o number number                      of an open one, smaller first: nothing
    w number key chunk                   comparisons that wait
    E key                                the erasure that destroys the key of this name, and whether it has
    M                                    the match model that links are of, and how far everybody is compared with it
    F due key                            a key whose person or record was erased and has been read again
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from hub.ids import birth_id
from hub.state.api import Store

COUNTER: Final = b"#"
LISTED: Final = (b"e", b"m", b"z", b"v", b"T", b"u", b"H")
"""Tables that are asked for all rows of one source identity."""
_NUMBER: Final = struct.Struct(">Q")
num: Final = _NUMBER.pack
"""A number as it stands in keys. The packer itself: it is asked for fifty times a record."""
_SEPARATOR: Final = b"\x1f"

T = TypeVar("T")


def num_at(key: bytes, at: int) -> int:
    """The number that stands at a place in a key."""
    return int(_NUMBER.unpack_from(key, at)[0])


@lru_cache(maxsize=100_000)
def source_key(source_id: str) -> bytes:
    """Row of a source identity's number: that of the person id it would give."""
    return person_id_key(birth_id(source_id))


def person_id_key(person_id: str) -> bytes:
    """Row of a person id's number.

    Raises:
        ValueError: it is no uuid.
    """
    return b"i" + UUID(person_id).bytes


def record_key(record_id: str) -> bytes:
    """Row of a held record."""
    return b"r" + record_id.encode()


def pair_key(table: bytes, a: int, b: int) -> bytes:
    """Row of an ordered pair."""
    return table + num(a) + num(b)


def text_key(table: bytes, *parts: str) -> bytes:
    """Row named by texts."""
    return table + _SEPARATOR.join(p.encode() for p in parts)


dumps: Final = msgspec.msgpack.Encoder().encode
"""MessagePack of tuples, texts and numbers: equal values, equal bytes."""


def reader(shape: type[T]) -> Callable[[bytes], T]:
    """Reads what `dumps` wrote of a value of this shape.

    Its errors are `msgspec.ValidationError`: a row that another version wrote.
    """
    return msgspec.msgpack.Decoder(shape).decode


class Node(NamedTuple):
    """A source identity.

    Attributes:
        source_id: keyed hash.
        partnership: whose; nothing is matched across.
        person: number of the senior member of its person.
        seq: how many assignments it has had; 0 before the first.
        state: see the constants below.
        restricted: see the constants below.
    """

    source_id: str
    partnership: str
    person: int
    seq: int
    state: int
    restricted: int

    @property
    def live(self) -> bool:
        """Whether a live record mentions it."""
        return self.state == LIVE


NAMED: Final = 0
"""Only named by others (an agency merge), or erased: no picture holds anything of it."""
LIVE: Final = 1
"""A live record mentions it."""
WITHDRAWN: Final = 2
"""Its records were withdrawn; pictures hold their tombstones."""

OPEN: Final = 0
HIDDEN: Final = 1
"""Matched, but in no circle, no household, no review."""
APART: Final = 2
"""As hidden, and never linked by the machine."""


_NODE: Final = struct.Struct(">QIBB")


def _parse_node(raw: bytes) -> Node:
    person, seq, state, restricted = _NODE.unpack_from(raw)
    source_id, partnership = raw[_NODE.size :].decode().split("\x1f")
    return Node(source_id, partnership, person, seq, state, restricted)


def get_node(store: Store, number: int) -> Node:
    """A source identity that exists."""
    node = store.parsed(b"n" + num(number), _parse_node)
    assert node is not None, "a number that was never given out"
    return node


def put_node(store: Store, number: int, node: Node) -> None:
    """Write a source identity."""
    fixed = _NODE.pack(node.person, node.seq, node.state, node.restricted)
    store.put(b"n" + num(number), fixed + f"{node.source_id}\x1f{node.partnership}".encode(), node)


def number_of(store: Store, source_id: str) -> int | None:
    """A source identity's number, if it has been mentioned."""
    raw = store.get(source_key(source_id))
    return None if raw is None else num_at(raw, 0)


def numbers_like(store: Store, beginning: str) -> list[int]:
    """Source identities whose id begins so. Reads them all: for people at a desk, not for records."""
    parsed = ((key, _parse_node(raw)) for key, raw in store.scan(b"n"))
    return [num_at(key, 1) for key, node in parsed if node.source_id.startswith(beginning)]


class Stay(NamedTuple):
    """A person's stay at one place, half-open: [since, until), ISO; `record_id` is the first record that named it."""

    places: tuple[str, ...]
    since: str
    until: str
    confidential: bool
    record_id: str


class Person(NamedTuple):
    """A person, by the number of its senior member.

    Attributes:
        members: (number, assignment under which it came), in order.
        merged_into: number of the person that it went to; 0 if it stands.
        said: what Membership last said of it, as a digest; '' if nothing.
        seq: of that Membership.
        circle_said: as `said`, of Circle.
        circle_seq: of that Circle.
        stays: where it lived and when; brought up to date when a batch settles, before any circle is.
    """

    members: tuple[tuple[int, int], ...]
    merged_into: int = 0
    said: str = ""
    seq: int = 0
    circle_said: str = ""
    circle_seq: int = 0
    stays: tuple[Stay, ...] = ()


NOBODY: Final = Person(())
_parse_person: Final = reader(Person)


def get_person(store: Store, number: int) -> Person:
    """A person; NOBODY where none has had this number."""
    return store.parsed(b"p" + num(number), _parse_person) or NOBODY


def put_person(store: Store, number: int, person: Person) -> None:
    """Write a person."""
    store.put(b"p" + num(number), dumps(person), person)


class HeldSubject(NamedTuple):
    """A subject of a held record."""

    ref: str
    role: str
    number: int
    identity_hash: str
    restricted: str


class HeldRecord(NamedTuple):
    """What is remembered of a record, so that the next version can be told from it.

    Attributes:
        version: highest seen.
        content: original hash, hexadecimal.
        operation: of that version.
        day: when the source wrote it (ISO).
        received: when this content was first read (ISO).
        history: whether it was back-loaded then.
        subjects: as held now; of a withdrawn record those it last had.
        ties: (number, number, kind, since, until): the first is the kind of the second.
        merges: (number, number, undone).
        groups: incident, record, or adult, and the young people whom it names together under that.
        happened: day on which that was (ISO); '' if it names none so.
    """

    version: int
    content: str
    operation: str
    day: str
    received: str
    history: bool
    subjects: tuple[HeldSubject, ...] = ()
    ties: tuple[tuple[int, int, str, str, str], ...] = ()
    merges: tuple[tuple[int, int, bool], ...] = ()
    groups: tuple[tuple[str, tuple[int, ...]], ...] = ()
    happened: str = ""

    @property
    def live(self) -> bool:
        """Whether it counts."""
        return self.operation == "upsert"


_parse_record: Final = reader(HeldRecord)


def get_record(store: Store, record_id: str) -> HeldRecord | None:
    """A held record."""
    raw = store.get(record_key(record_id))
    return None if raw is None else _parse_record(raw)


def put_record(store: Store, record_id: str, record: HeldRecord) -> None:
    """Write a held record."""
    store.put(record_key(record_id), dumps(record))
