"""What somebody has begun to write: kept for a while, readable only in the browser where it was written.

The browser holds a random secret; a draft stands under its hash and is sealed under a key made from it, which is kept
nowhere: no copy of the database opens a draft. Who is signed in goes into both, so that the next person at a shared
desk finds another draft, or none. What expired is thrown away within a minute, or with the next draft that is kept.
"""

from __future__ import annotations

import hashlib
import hmac
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
from triage.scanner import Finding
from triage.sql import kept_files
from triage.sql.database import put
from triage.sql.kept_files import KeptFile, Place
from triage.sql.tables import drafts, files

MOST_BYTES = 2 * 1024**3
"""Of the files of all drafts: a hundred people at once with four photographs each, and no disk full of a stranger's."""
_NONCE = 12
_PURPOSES = (
    b"mash desk: where a draft stands",
    b"mash desk: what a draft is sealed under",
    b"mash desk: what a draft's files are called by",
)


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
            put(connection, drafts, row)
        self.forget_expired(now)

    def forget_expired(self, now: datetime) -> None:
        """Throw away what nobody came back to in time, files and all."""
        with self._engine.begin() as connection:
            old = list(connection.scalars(select(drafts.c.draft).where(drafts.c.kept_until < now)))
            connection.execute(delete(drafts).where(drafts.c.draft.in_(old)))
            connection.execute(delete(files).where(files.c.owner.in_(old)))

    def add_file(self, secret: str, account: str, what: Attachment, sent: Sent, found: Finding) -> None:
        """Keep a file's bytes beside the draft, and what the scanner said of it.

        Raises:
            NotTaken: all drafts together hold as much as the desk keeps: somebody is filling it up.
        """
        place, body = _place(secret, account, what.digest), _seal(secret, account, sent.data)
        with self._engine.begin() as connection:
            held = select(func.sum(files.c.size)).where(files.c.owner.in_(select(drafts.c.draft)))
            if (connection.scalar(held) or 0) + what.size > MOST_BYTES:
                raise NotTaken(f"{what.name}: just now no file can be taken. Send it without, or ring")
            kept_files.keep(connection, place, "", what.size, body, found)

    def file(self, secret: str, account: str, digest: str) -> KeptFile | None:
        """A kept file."""
        place = _place(secret, account, digest)
        with self._engine.connect() as connection:
            row = kept_files.sealed(connection, place)
        return KeptFile(place, _open(secret, account, row[0]), row[1]) if row else None

    def forget_files(self, secret: str, account: str, keep: Sequence[str] = ()) -> None:
        """Throw away the draft's files but these."""
        owner, names = _derived(secret, account, 0).hex(), [_place(secret, account, digest).name for digest in keep]
        with self._engine.begin() as connection:
            connection.execute(delete(files).where(files.c.owner == owner, files.c.name.not_in(names)))

    def forget(self, secret: str, account: str) -> None:
        """Throw it away, files and all."""
        self.forget_files(secret, account)
        with self._engine.begin() as connection:
            connection.execute(delete(drafts).where(drafts.c.draft == _derived(secret, account, 0).hex()))


def _derived(secret: str, account: str, purpose: int) -> bytes:
    """32 bytes from the browser's secret, for one purpose and one person."""
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSES[purpose] + b"\0" + account.encode())
    return made.derive(secret.encode())


def _place(secret: str, account: str, digest: str) -> Place:
    """Where a draft's file stands: only the browser that holds the secret can tell which file it is."""
    name = hmac.digest(_derived(secret, account, 2), digest.encode(), "sha256").hex()
    return Place(_derived(secret, account, 0).hex(), name)


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
