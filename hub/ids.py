"""Deterministic ids: keyed hashes of what the agencies know, uuids derived from those. No randomness, no I/O.

Keyed hashes (HMAC-SHA256, RFC 2104, cut to 128 bits) hide local ids from whoever reads topics without the secret.
Derived ids (uuid5, RFC 9562) give the same effect the same name however often it is computed.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID, uuid5

_NAMESPACE = UUID("6f2f1d0e-7f0b-5f3c-9d8e-6d6173680000")
_SEPARATOR = "\x1f"
"""Unit separator: in no id of any agency, so that ("a", "bc") and ("ab", "c") differ."""

_ROW_BITS = 22
"""Four million rows a file; seconds since 1970 above them stay below 2**63 until the year 71,000."""
_REMEMBERED = 8_192
"""Hashes kept at hand: a batch's names are asked for twice, once for their keys and once to seal."""


@lru_cache(maxsize=_REMEMBERED)
def _keyed(secret: bytes, text: str) -> str:
    return hmac.digest(secret, text.encode(), "sha256").hex()[:32]


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Keyed hashes under one partnership's secret."""

    secret: bytes
    partnership: str

    def _hash(self, kind: str, *parts: str) -> str:
        return _keyed(self.secret, _SEPARATOR.join((kind, self.partnership, *parts)))

    def source_id(self, agency: str, system: str, local_person_id: str) -> str:
        """The source identity of a person that a system knows by a local id."""
        return self._hash("source", agency, system, local_person_id)

    def subject_id(self, agency: str, system: str, local_id: str, ref: str) -> str:
        """The source identity of a subject that has no local person id: record key and stable reference."""
        return self._hash("subject", agency, system, local_id, ref)

    def record_id(self, agency: str, system: str, local_id: str) -> str:
        """The record's id."""
        return self._hash("record", agency, system, local_id)

    def incident_key(self, reference: str) -> str:
        """An incident reference, the same from whichever agency it comes; '' stays ''."""
        cleaned = "".join(reference.split()).upper()
        return self._hash("incident", cleaned) if cleaned else ""

    def name(self, kind: str, text: str) -> str:
        """Any other name that must not be read (a file's, say)."""
        return self._hash(kind, text)

    def content_hash(self, data: bytes) -> bytes:
        """Keyed hash of bytes, 16 bytes long."""
        return hmac.digest(self.secret, data, "sha256")[:16]


def derived_id(kind: str, *parts: str) -> str:
    """A uuid5 of what an effect is made of: computed again, it is the same."""
    return str(uuid5(_NAMESPACE, _SEPARATOR.join((kind, *parts))))


def birth_id(source_id: str) -> str:
    """A source identity's birth id: the id of the person that begins with it (architecture, identity 4)."""
    return derived_id("birth", source_id)


def extract_version(extracted_at: datetime, row: int) -> int:
    """A version for a source without versions: (extract time in seconds, row), as one increasing number."""
    return (int(extracted_at.timestamp()) << _ROW_BITS) | min(row, (1 << _ROW_BITS) - 1)
