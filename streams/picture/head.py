"""The head row of a person: who belongs, what is held, what was last sent. Counts are invertible; no entry here."""

from __future__ import annotations

import msgspec

from hub.state.api import Store
from streams.picture.keys import key
from streams.picture.recent import Recent

REMEMBERED = 1_000
"""Heads kept decoded: a batch handles some hundred persons, and comes back to most of them to settle. More of them
would cost the garbage collector what they save."""


class Held(msgspec.Struct, array_like=True):
    """A source identity as this person holds it.

    Attributes:
        seq: the highest assignment heard of.
        lost: that assignment is held elsewhere: what remains is a tombstone.
        rows: records held under it, tombstones included.
        expected: records that facts said there are.
        visible: live records that may be counted.
        births: keyed hash of a birth date -> (live records that give it, the date sealed under the source, base64).
    """

    seq: int = 0
    lost: bool = False
    rows: int = 0
    expected: int = 0
    visible: int = 0
    births: dict[str, tuple[int, str]] = {}


class Head(msgspec.Struct, omit_defaults=True):
    """See the module.

    Attributes:
        partnership: whose.
        membership_seq: the last membership heard; 0 before the first.
        members: (source identity, assignment), most senior first.
        merged_into: where the person went, if merged away.
        sources: by source identity.
        agencies: live visible records by agency.
        roles: live visible records by role.
        codes: rows of evidence by coded fact code.
        due: when time itself next changes something, microseconds; 0 never.
        digest_seq: of the last own digest sent.
        sent: neighbour -> hash of the digest it was last sent.
        summary: hash of the last summary sent.
        revision: increases with every change of the picture.
        waiting: records whose receipts wait until the picture is settled: agency, system, record id.
        overflow: more of them wait in rows of their own.
        unsettled: as `amiss`, with a row of its own: how 0.1 wrote it.
        amiss: since when the picture is not settled, microseconds; 0 it is.
        owed: what the rules have to be asked about once it is settled: coded fact codes whose evidence changed, and
            `settle`'s marks.
        indexed: there are rows of entries by time.
        calm: when the rules were last asked nothing was in force, own or through the circle, nothing fired, and nobody
            was told of the person or told anything here: as long as the rules see nothing else, all that a message
            changes is counts.
        seen: when a professional last saw the person, as the rules last found it, microseconds; 0 not known.
    """

    partnership: str = ""
    membership_seq: int = 0
    members: list[tuple[str, int]] = []
    merged_into: str = ""
    sources: dict[str, Held] = {}
    agencies: dict[str, int] = {}
    roles: dict[str, int] = {}
    codes: dict[str, int] = {}
    due: int = 0
    digest_seq: int = 0
    sent: dict[str, str] = {}
    summary: str = ""
    revision: int = 0
    waiting: list[tuple[str, str, str]] = []
    overflow: bool = False
    unsettled: int = 0
    calm: bool = False
    seen: int = 0
    amiss: int = 0
    owed: list[str] = []
    indexed: bool = False

    @classmethod
    def load(cls, store: Store, person_id: str) -> Head:
        """The stored head, or an empty one."""
        value = store.get(key("p", person_id))
        if value is None:
            return cls()
        return cls.of(value)

    @classmethod
    def of(cls, value: bytes) -> Head:
        """A row's value as a head."""
        return _decode(value)

    def encoded(self) -> bytes:
        """The row's value."""
        return _encode(self)

    @property
    def settled(self) -> bool:
        """Whether what is held is just what membership expects, every record of it.

        Of a person that came and went within one batch of identity no membership is ever heard: nothing is expected.
        Of one who was erased nothing is left but tombstones, which no membership expects.
        """
        if not self.membership_seq:
            return bool(self.sources) and all(h.lost for h in self.sources.values())
        here, sources = len(self.members), self.sources
        for source, seq in self.members:
            held = sources.get(source)
            if held is None or held.lost or held.seq != seq or not 0 < held.expected <= held.rows:
                return False
        if here == len(sources):
            return True
        expected = {source for source, _ in self.members}
        return all(h.lost or not h.visible for source, h in sources.items() if source not in expected)

    @property
    def entries(self) -> int:
        """Live entries that may be counted."""
        return sum(self.agencies.values())

    @property
    def anchor(self) -> str:
        """The senior member; '' where nobody is left."""
        return self.members[0][0] if self.members else ""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Head).decode


class Heads:
    """The heads of one partition, each decoded once while its row stays as it is, and recent evidence beside it.

    A head is taken out while it is worked on and put back with the bytes that it was saved as: what a rejected message
    did to one is forgotten with it.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._known: dict[str, tuple[bytes, Head, Recent]] = {}

    def look(self, store: Store, person_id: str) -> Head:
        """A person's head, to read only."""
        return self._look(store, person_id)[0]

    def _look(self, store: Store, person_id: str) -> tuple[Head, Recent]:
        value = store.get(b"p/" + person_id.encode())
        if value is None:
            return Head(calm=True), Recent()
        known = self._known.get(person_id)
        if known is None or known[0] != value:
            known = self._remember(person_id, value, Head.of(value), Recent())
        return known[1], known[2]

    def take(self, store: Store, person_id: str) -> tuple[Head, Recent]:
        """A person's head, to work on: `save` it, or it is decoded again."""
        found = self._look(store, person_id)
        self._known.pop(person_id, None)
        return found

    def save(self, store: Store, person_id: str, head: Head, recent: Recent) -> None:
        """Write the row."""
        value = head.encoded()
        store.put(b"p/" + person_id.encode(), value)
        self._remember(person_id, value, head, recent)

    def put_back(self, store: Store, person_id: str, head: Head, recent: Recent) -> None:
        """As `save`, of a head in which nothing changed."""
        value = store.get(b"p/" + person_id.encode())
        if value is not None:
            self._remember(person_id, value, head, recent)

    def _remember(self, person_id: str, value: bytes, head: Head, recent: Recent) -> tuple[bytes, Head, Recent]:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        known = self._known[person_id] = (value, head, recent)
        return known


def bump(counts: dict[str, int], name: str, by: int) -> int:
    """Change a count; what comes to nothing leaves. Returns the count."""
    count = counts[name] = counts.get(name, 0) + by
    if not count:
        del counts[name]
    return count
