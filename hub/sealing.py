"""AgencyRecord -> SealedRecord, and sealed bytes back to what they hold. No Kafka and no file may be touched here.

AES-256-GCM (NIST SP 800-38D) under the key of the source identity; the key's name is authenticated with it, so that
sealed bytes moved to another identity don't open. Layout: version (1 byte), nonce (12), ciphertext and tag (16).
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.avro import M, decode_as, encode, encode_body, framed
from hub.errors import Skippable
from hub.ids import Pseudonyms
from hub.keystore import Erased, KeyStore, cipher_of
from hub.messages import AgencyRecord, Identity, Part, RecordContent, SealedRecord, SubjectContent
from hub.messages.record import Subject, Whence
from hub.messages.sealed import SealedSameAs, SealedSubject

_VERSION = b"\x01"
_NONCE = 12
_SECRET = 1 + _NONCE
"""Where the ciphertext begins."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadSeal(Skippable):
    """Sealed bytes that are damaged, moved, or of an unknown layout."""


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals and opens bytes and messages under named keys."""

    keys: KeyStore

    def ensure(self, names: Iterable[str]) -> None:
        """Make the keys of a whole batch at once: one durable write instead of one each."""
        self.keys.ensure(names)

    def has_key(self, name: str) -> bool:
        """Whether the named key is there: of an erased person it is not."""
        try:
            self.keys.get(name)
        except Erased:
            return False
        return True

    def seal(self, name: str, message: Part) -> bytes:
        """A message, sealed under the named key, which is made if new."""
        return self.seal_bytes(name, encode(message))

    def seal_bytes(self, name: str, data: bytes) -> bytes:
        """Bytes, sealed under the named key, which is made if new."""
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + cipher_of(self._key(name)).encrypt(nonce, data, name.encode())

    def _key(self, name: str) -> bytes:
        try:
            return self.keys.get(name)
        except Erased:  # or not made yet
            return self.keys.ensure((name,))[name]

    def open(self, name: str, sealed: bytes, model: type[M]) -> M:
        """What was sealed.

        Raises:
            Erased: the key is gone, or another has taken its place since it was erased.
            BadSeal: the bytes are damaged or sealed under another name.
        """
        return decode_as(model, self.open_bytes(name, sealed))

    def open_bytes(self, name: str, sealed: bytes) -> bytes:
        """As `open`, for plain bytes."""
        return self._open(name, sealed, cipher_of(self.keys.get(name)))

    def mark(self, name: str, text: str) -> str:
        """A keyed hash under the named key: knows a thing again, tells nothing of it, and is erased with the key.

        Raises:
            Erased: the key is gone.
        """
        return hmac.digest(self.keys.get(name), b"mash mark\0" + text.encode(), "sha256").hex()

    def open_parts(self, name: str, sealed: Iterable[bytes]) -> list[bytes]:
        """As `open_bytes`, of several parts sealed under one name; nothing is in an empty part."""
        cipher = cipher_of(self.keys.get(name))
        return [self._open(name, part, cipher) if part else b"" for part in sealed]

    def _open(self, name: str, sealed: bytes, cipher: AESGCM) -> bytes:
        if not sealed.startswith(_VERSION):
            raise BadSeal("Sealed bytes of an unknown layout.", "Upgrade this process.", reason="bad-seal")
        try:
            return cipher.decrypt(sealed[1:_SECRET], sealed[_SECRET:], name.encode())
        except InvalidTag:
            if self.keys.was_erased(name):
                raise Erased("It was sealed under a key that was erased since.", reason="erased") from None
            what = "Sealed bytes do not open under the key they name."
            raise BadSeal(what, "They were damaged, or moved from another identity.", reason="bad-seal") from None


def reporter_key(record_id: str) -> str:
    """Name of the key of a record's reporter block."""
    return f"reporter:{record_id}"


def source_id_of(record: AgencyRecord, subject: Subject, pseudonyms: Pseudonyms) -> str:
    """The source identity of one subject of a record."""
    if subject.local_person_id:
        return pseudonyms.source_id(record.agency, record.system, subject.local_person_id)
    return pseudonyms.subject_id(record.agency, record.system, record.local_id, subject.ref)


def key_names(record: AgencyRecord, pseudonyms: Pseudonyms) -> set[str]:
    """Names of all keys that sealing this record takes."""
    record_id = pseudonyms.record_id(record.agency, record.system, record.local_id)
    names = {source_id_of(record, s, pseudonyms) for s in record.subjects} | {record_id}
    return names | {reporter_key(record_id)} if record.reporter else names


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A subject's two parts as Avro bodies: encoded once, for hashes and for sealing."""

    subject: Subject
    identity: bytes
    content: bytes


def _encoded(subject: Subject) -> _Encoded:
    content = SubjectContent.of_valid(
        {"local_person_id": subject.local_person_id, "facts": subject.facts, "narrative": subject.narrative}
    )
    return _Encoded(subject, encode_body(subject.identity), encode_body(content))


def content_hash(record: AgencyRecord, pseudonyms: Pseudonyms) -> bytes:
    """Hash of what the record says, without when and where it was read: re-reading gives the same."""
    return _content_hash(record, [_encoded(s) for s in record.subjects], pseudonyms)


def _content_hash(record: AgencyRecord, subjects: list[_Encoded], pseudonyms: Pseudonyms) -> bytes:
    read = {"position": "", "extracted_at": None, "history": False}
    whence = Whence.of_valid({**record.whence.__dict__, **read})
    bare = {"subjects": [], "received_at": _EPOCH, "version": 0, "whence": whence}
    parts = [encode_body(AgencyRecord.of_valid({**record.__dict__, **bare}))]
    for encoded in subjects:
        subject = encoded.subject
        parts += [subject.ref.encode(), subject.role.encode(), subject.restricted.encode()]
        parts += [encoded.identity, encoded.content]
    # Each part under its length, so that no two lists of parts make the same bytes.
    return pseudonyms.content_hash(b"".join(len(part).to_bytes(4, "big") + part for part in parts))


def seal_record(record: AgencyRecord, pseudonyms: Pseudonyms, sealer: Sealer) -> SealedRecord:
    """The record as it travels. Deterministic but for the nonces.

    It is made of a valid record's own fields, so nothing is checked a second time.
    """
    record_id = pseudonyms.record_id(record.agency, record.system, record.local_id)
    subjects = [_encoded(s) for s in record.subjects]
    content = RecordContent.of_valid(
        {
            "local_id": record.local_id,
            "incident": record.incident,
            "narrative": record.narrative,
            "unmapped": record.unmapped,
        }
    )
    return SealedRecord.of_valid(
        {
            "partnership": record.partnership,
            "record_id": record_id,
            "agency": record.agency,
            "system": record.system,
            "operation": record.operation,
            "version": record.version,
            "original_hash": _content_hash(record, subjects, pseudonyms),
            "kind": record.kind,
            "occurred_at": record.occurred_at,
            "occurred_precision": record.occurred_precision,
            "recorded_at": record.recorded_at,
            "received_at": record.received_at,
            "incident_key": pseudonyms.incident_key(record.incident),
            "prompted_by": pseudonyms.incident_key(record.prompted_by),
            "third_party": record.third_party,
            "subjects": [_seal_subject(record, s, pseudonyms, sealer) for s in subjects],
            "relationships": record.relationships,
            "merges": [
                _seal_merge(record, m.local_person_id, m.merged_person_id, undone=m.undone, pseudonyms=pseudonyms)
                for m in record.merges
            ],
            "content": sealer.seal(record_id, content),
            "reporter": sealer.seal(reporter_key(record_id), record.reporter) if record.reporter else b"",
            "terms": record.terms,
            "whence": record.whence,
        }
    )


def _seal_subject(record: AgencyRecord, encoded: _Encoded, pseudonyms: Pseudonyms, sealer: Sealer) -> SealedSubject:
    subject = encoded.subject
    source_id = source_id_of(record, subject, pseudonyms)
    return SealedSubject.of_valid(
        {
            "ref": subject.ref,
            "role": subject.role,
            "source_id": source_id,
            "identity_hash": pseudonyms.content_hash(encoded.identity),
            "identity": sealer.seal_bytes(source_id, framed(Identity, encoded.identity)),
            "content": sealer.seal_bytes(source_id, framed(SubjectContent, encoded.content)),
            "restricted": subject.restricted,
        }
    )


def _seal_merge(record: AgencyRecord, keeps: str, merged: str, *, undone: bool, pseudonyms: Pseudonyms) -> SealedSameAs:
    return SealedSameAs(
        source_id=pseudonyms.source_id(record.agency, record.system, keeps),
        merged_source_id=pseudonyms.source_id(record.agency, record.system, merged),
        undone=undone,
    )
