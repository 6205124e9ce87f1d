"""What the rules see of an entry: one small, sealed row a fact. Opening an entry happens once, when it is put.

Nothing here decides anything; names, addresses and narrative never become evidence.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeVar

import msgspec

from hub.avro import field_of
from hub.ids import Pseudonyms
from hub.keystore import Erased
from hub.messages import Identity, SubjectContent
from hub.messages.picture import Entry
from hub.messages.record import BirthDate, Fact, Precision
from hub.sealing import Sealer
from hub.state.headers import micros

BIRTH = ":birth"
"""Stands among fact codes for 'what is known of the birth date': rules that ask for an age depend on it."""
ROLES = ":roles"
"""As `BIRTH`, of the roles in which records name the person: without a birth date they tell child from adult."""
REMEMBERED = 50_000
"""Opened evidence kept in memory: about 50 MB. The same rows are asked for again at each change of a busy person."""
K = TypeVar("K")
V = TypeVar("V")
_CODE_DIGITS = 12
"""48 bits of a keyed hash: enough that some hundred codes never meet."""


class Evidence(msgspec.Struct, frozen=True, array_like=True):
    """One fact, as a rule sees it.

    Attributes:
        code: fact code.
        at: when it was so, microseconds since 1970.
        until: when it ceased to be so; 0 if not said.
        status: FactStatus.
        value: as the catalogue says for the code.
        attributes: coded attributes.
        agency: who says so.
        role: the person's role in the record.
        source_id, record_id: where it comes from.
        incident: originating incident: the prompting one of an echo, else its own, else the record.
        echo: it was prompted by another agency's notice.
        history: back-loaded.
    """

    code: str
    at: int
    until: int
    status: str
    value: str
    agency: str
    role: str
    source_id: str
    record_id: str
    incident: str
    echo: bool
    history: bool
    attributes: dict[str, str] = {}


class Opened(NamedTuple):
    """What was found in an entry: its evidence that was asked for, and its birth date if it gives one.

    Attributes:
        evidence: each with its place among the entry's facts.
    """

    evidence: Sequence[tuple[int, Evidence]] = ()
    birth: str = ""


NOTHING = Opened()


@dataclass(frozen=True, slots=True)
class EvidenceBox:
    """Opens entries, seals evidence, and hides fact codes in keys.

    Attributes:
        sealer: opens and seals under the source identity.
        pseudonyms: codes fact codes in row keys, which are not sealed.
        effects_from: what occurred or arrived before counts as back-loaded history; None if nothing does.
    """

    sealer: Sealer
    pseudonyms: Pseudonyms
    effects_from: datetime | None = None
    _codes: dict[str, str] = field(default_factory=dict)
    _by_tag: dict[str, str] = field(default_factory=dict)
    _opened: dict[tuple[str, bytes], Evidence] = field(default_factory=dict)
    _texts: dict[tuple[str, str], str] = field(default_factory=dict)
    _births: dict[tuple[str, str], str] = field(default_factory=dict)

    def tag(self, code: str) -> str:
        """The fact code as it stands in a row's key."""
        found = self._codes.get(code)
        if found is None:
            found = self._codes[code] = self.pseudonyms.name("fact-code", code)[:_CODE_DIGITS]
        return found

    def codes_of(self, tags: Collection[str], known: Iterable[str]) -> set[str]:
        """The fact codes among `known` that stand in these tags."""
        by_tag = self._by_tag
        try:
            return {by_tag[tag] for tag in tags}
        except KeyError:
            by_tag.update((self.tag(code), code) for code in known)
            return {by_tag[tag] for tag in tags if tag in by_tag}

    def birth_tag(self, source_id: str, birth: str) -> str:
        """A source's birth date as it stands in the head: another source's same date reads differently."""
        found = self._births.get((source_id, birth))
        if found is None:
            found = self.pseudonyms.name("birth-date", f"{source_id}/{birth}")[:_CODE_DIGITS]
            _remember(self._births, (source_id, birth), found)
        return found

    def open(self, entry: Entry, asked: Container[str]) -> Opened:
        """An entry's evidence. Of an erased person there is none.

        Args:
            entry: the entry.
            asked: fact codes that some rule asks for: others make no evidence.

        Raises:
            BadSeal: sealed parts are damaged.
        """
        try:
            content, identity = self.sealer.open_parts(entry.source_id, (entry.content, entry.identity))
        except Erased:
            return NOTHING
        birth = field_of(Identity, "birth", identity) if identity else None
        facts = field_of(SubjectContent, "facts", content) if content else ()
        history = entry.history or self._too_early(entry)
        found = [(n, _evidence(entry, fact, history=history)) for n, fact in enumerate(facts) if fact.code in asked]
        return Opened(found, birth_text(birth) if birth else "")

    def seal(self, evidence: Evidence) -> bytes:
        """An evidence row's value."""
        sealed = self.sealer.seal_bytes(evidence.source_id, _encode(evidence))
        _remember(self._opened, (evidence.source_id, sealed), evidence)
        return sealed

    def unseal(self, source_id: str, value: bytes) -> Evidence | None:
        """What `seal` sealed; None where the person was erased meanwhile."""
        try:
            self.sealer.keys.get(source_id)  # also where it was opened before: an erased person's evidence is gone
            found = self._opened.get((source_id, value))
            if found is None:
                found = _decode(self.sealer.open_bytes(source_id, value))
                _remember(self._opened, (source_id, value), found)
        except Erased:
            return None
        return found

    def seal_text(self, source_id: str, text: str) -> str:
        """A text for a row that holds others' too: sealed under its source, in base64."""
        sealed = b64encode(self.sealer.seal_bytes(source_id, text.encode())).decode()
        _remember(self._texts, (source_id, sealed), text)
        return sealed

    def unseal_text(self, source_id: str, sealed: str) -> str | None:
        """What `seal_text` sealed; None where the person was erased meanwhile."""
        try:
            self.sealer.keys.get(source_id)
            found = self._texts.get((source_id, sealed))
            if found is None:
                found = self.sealer.open_bytes(source_id, b64decode(sealed)).decode()
                _remember(self._texts, (source_id, sealed), found)
        except Erased:
            return None
        return found

    def _too_early(self, entry: Entry) -> bool:
        start = self.effects_from
        return start is not None and (entry.received_at < start or (entry.occurred_at or start) < start)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Evidence).decode


def _remember(opened: dict[K, V], name: K, what: V) -> None:
    if len(opened) >= REMEMBERED:
        opened.clear()
    opened[name] = what


def moment_of(entry: Entry) -> datetime:
    """Where an entry stands in the chronology: when it happened, else was written down, else was read."""
    return entry.occurred_at or entry.recorded_at or entry.received_at


def birth_text(birth: BirthDate) -> str:
    """A birth date as one text, '' for a placeholder: `2019-04-02|day`, `2027-01-15|expected`."""
    if birth.precision is Precision.PLACEHOLDER:
        return ""
    return f"{birth.value}|{birth.precision.value}"


def _evidence(entry: Entry, fact: Fact, *, history: bool) -> Evidence:
    return Evidence(
        code=fact.code,
        at=micros(fact.at or moment_of(entry)),
        until=micros(fact.until) if fact.until else 0,
        status=fact.status.value,
        value=fact.value,
        agency=entry.agency,
        role=entry.role.value,
        source_id=entry.source_id,
        record_id=entry.record_id,
        incident=entry.prompted_by or entry.incident_key or entry.record_id,
        echo=bool(entry.prompted_by),
        history=history,
        attributes=fact.attributes,
    )
