"""Opens what is sealed in a bundle, at reading and nowhere else, and takes out what may not be shown.

An erased key gives "erased" where the words stood. Confidential addresses are cut out of every text as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from hub.avro import M
from hub.errors import Skippable
from hub.messages import Bundle, CheckWords, ContactWords, RecordContent, SubjectContent
from hub.messages.picture import Entry, Snapshot
from hub.messages.record import Address, Identity, Operation
from hub.sealing import Sealer
from streams.check.card import confidential, keys_of, open_identities
from streams.check.release import loose

ERASED = "[erased]"
WITHHELD = "[confidential address withheld]"
_SHORTEST = 6
"""A first line shorter than this ("1", "Flat") would cut innocent words out of texts."""


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """An entry as a reader may see it; what was erased is None."""

    entry: Entry
    identity: Identity | None
    content: SubjectContent | None
    record: RecordContent | None
    others: dict[str, Identity]

    @property
    def erased(self) -> bool:
        """Whether its words are gone for good."""
        return self.content is None and self.entry.operation in {Operation.UPSERT, Operation.ERASE}


@dataclass(slots=True)
class Opener:
    """Opens one bundle's parts."""

    sealer: Sealer
    anchor: str
    withheld: set[str] = field(default_factory=set)
    _patterns: list[re.Pattern[str]] = field(default_factory=list)

    def entries(self, picture: Snapshot) -> list[OpenEntry]:
        """The entries, newest first."""
        opened = {id(o.entry): o for o in open_identities(picture.entries, self.sealer)}
        self._withhold(confidential(opened.values()))
        found = []
        for entry in picture.entries:
            live = opened.get(id(entry))
            found.append(
                OpenEntry(
                    entry,
                    live.identity if live else None,
                    self._open(entry.source_id, entry.content, SubjectContent),
                    self._open(entry.record_id, entry.record_content, RecordContent),
                    live.others if live else {},
                )
            )
        return found

    def words(self, sealed: bytes) -> CheckWords | None:
        """What a person or an agency wrote; None where it was erased."""
        return self._open(self.anchor, sealed, CheckWords) if sealed else CheckWords()

    def contact(self, sealed: bytes) -> ContactWords | None:
        """What a referrer said; None where it was erased."""
        return self._open(self.anchor, sealed, ContactWords)

    def told(self, bundle: Bundle) -> list[tuple[Identity, str]]:
        """Who the person is, as referrers say: each with the referrer's agency."""
        found = [(self._open(self.anchor, c.identity, Identity), c.agency or "referrer") for c in bundle.contacts]
        told = [(identity, agency) for identity, agency in found if identity]
        self._withhold([a for i, _ in told for a in i.addresses if a.confidential or a.refuge])
        return told

    def also_withhold(self, other: Opener) -> None:
        """Keep back what another opener does: of an earlier version, what has become confidential since."""
        self.withheld |= other.withheld
        self._patterns += [pattern for pattern in other._patterns if pattern not in self._patterns]

    def text(self, text: str) -> str:
        """A text without confidential addresses."""
        for pattern in self._patterns:
            text = pattern.sub(WITHHELD, text)
        return text

    def _withhold(self, addresses: Iterable[Address]) -> None:
        found = list(addresses)
        self.withheld |= keys_of(found)
        texts = {a.postcode for a in found} | {a.lines[0] for a in found if a.lines}
        self._patterns += [loose(text) for text in sorted(texts, key=len, reverse=True) if len(text) >= _SHORTEST]

    def _open(self, name: str, sealed: bytes, model: type[M]) -> M | None:
        if not sealed:
            return None
        try:
            return self.sealer.open(name, sealed, model)
        except Skippable:
            return None


def open_bundle(bundle: Bundle, sealer: Sealer) -> tuple[Opener, list[OpenEntry]]:
    """An opener for a bundle, and its entries; read the `read` event back before calling this."""
    opener = Opener(sealer, bundle.anchor)
    return opener, opener.entries(bundle.picture)
