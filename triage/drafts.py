"""What somebody has begun to write: kept for a while, readable only in the browser where it was written.

The browser holds a random secret; a draft stands under its hash and is sealed under a key made from it, which is kept
nowhere: no copy of the database opens a draft. Who is signed in goes into both, so that the next person at a shared
desk finds another draft, or none. What expired is thrown away with the next draft that is kept.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Engine, delete, func, select

from hub.messages import Attachment
from triage.files import NotTaken, Sent
from triage.sql.database import put
from triage.sql.tables import drafts, files

MOST_BYTES = 2 * 1024**3
"""Of the files of all drafts: a hundred people at once with four photographs each, and no disk full of a stranger's."""
_NONCE = 12
_PURPOSES = (b"mash desk: where a draft stands", b"mash desk: what a draft is sealed under")


@dataclass(slots=True)
class Draft:
    """What was typed, and what became of it.

    Attributes:
        call_id: of the contact that it becomes: sent twice, it has one effect.
        fields: a form's fields as they were sent.
        people: how many people the form asks about.
        files: taken so far.
        receipt: once it was sent: what the sender is told; nothing that was typed is kept beside it.
    """

    call_id: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    people: int = 1
    files: list[Attachment] = field(default_factory=list)
    receipt: dict[str, str] = field(default_factory=dict)


class Drafts:
    """Keeps drafts, each for whoever holds its secret."""

    def __init__(self, engine: Engine) -> None:
        """Over the desk's database."""
        self._engine = engine

    def find(self, secret: str, account: str, now: datetime) -> Draft | None:
        """The draft of this browser and this person; None where there is none any more."""
        if not secret:
            return None
        with self._engine.connect() as connection:
            place = _derived(secret, account, 0).hex()
            row = connection.execute(select(drafts).where(drafts.c.draft == place)).first()
        if row is None or row.kept_until < now:
            return None
        doc = json.loads(_open(secret, account, row.body))
        return Draft(**doc | {"files": [Attachment(**one) for one in doc["files"]]})

    def keep(self, secret: str, account: str, draft: Draft, until: datetime, now: datetime) -> None:
        """Keep it until then; throw away what expired."""
        doc = asdict(draft) | {"files": [one.model_dump() for one in draft.files]}
        place = _derived(secret, account, 0).hex()
        row = {"draft": place, "kept_until": until, "body": _seal(secret, account, json.dumps(doc).encode())}
        with self._engine.begin() as connection:
            old = list(connection.scalars(select(drafts.c.draft).where(drafts.c.kept_until < now)))
            connection.execute(delete(drafts).where(drafts.c.draft.in_(old)))
            connection.execute(delete(files).where(files.c.owner.in_(old)))
            put(connection, drafts, row)

    def add_file(self, secret: str, account: str, what: Attachment, sent: Sent) -> None:
        """Keep a file's bytes beside the draft.

        Raises:
            NotTaken: all drafts together hold as much as the desk keeps: somebody is filling it up.
        """
        row = {"owner": _derived(secret, account, 0).hex(), "digest": what.digest, "size": what.size}
        with self._engine.begin() as connection:
            held = select(func.sum(files.c.size)).where(files.c.owner.in_(select(drafts.c.draft)))
            if (connection.scalar(held) or 0) + what.size > MOST_BYTES:
                raise NotTaken(f"{what.name}: just now no file can be taken. Send it without, or ring")
            put(connection, files, row | {"body": _seal(secret, account, sent.data)})

    def file(self, secret: str, account: str, digest: str) -> bytes | None:
        """A kept file's bytes."""
        place = _derived(secret, account, 0).hex()
        with self._engine.connect() as connection:
            sealed = connection.scalar(select(files.c.body).where(files.c.owner == place, files.c.digest == digest))
        return _open(secret, account, sealed) if sealed else None

    def forget_files(self, secret: str, account: str, keep: Sequence[str] = ()) -> None:
        """Throw away the draft's files but these."""
        place = _derived(secret, account, 0).hex()
        with self._engine.begin() as connection:
            connection.execute(delete(files).where(files.c.owner == place, files.c.digest.not_in(keep)))

    def forget(self, secret: str, account: str) -> None:
        """Throw it away, files and all."""
        self.forget_files(secret, account)
        with self._engine.begin() as connection:
            connection.execute(delete(drafts).where(drafts.c.draft == _derived(secret, account, 0).hex()))


def _derived(secret: str, account: str, purpose: int) -> bytes:
    """32 bytes from the browser's secret, for one purpose and one person."""
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSES[purpose] + b"\0" + account.encode())
    return made.derive(secret.encode())


def _seal(secret: str, account: str, data: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_derived(secret, account, 1)).encrypt(nonce, data, None)


def _open(secret: str, account: str, sealed: bytes) -> bytes:
    try:
        return AESGCM(_derived(secret, account, 1)).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
    except InvalidTag as error:  # the place is derived from the same secret: only damage comes here
        raise ValueError("a draft is damaged") from error


def form_token_of(secret: str) -> str:
    """What a form without a session has to bring along: only the browser that holds the secret can know it."""
    return hashlib.sha256(b"mash desk: form\0" + secret.encode()).hexdigest()
