"""Files that came with contacts and documents, sealed; opened for whoever may read them. Knows no page.

A contact's file is sealed under the key of the person whom it is about, once for each of them: whoever erases the
person erases it. A document that waits to be confirmed has a key of its own, which is destroyed when it is dealt with.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, delete, select, update

from hub.keystore import Erased
from hub.messages import Attachment
from hub.sealing import Sealer
from triage.scanner import Finding
from triage.sql import kept_files
from triage.sql.database import put
from triage.sql.kept_files import KeptFile, Place
from triage.sql.tables import documents, files

WAITING, CONFIRMED, SET_ASIDE = "waiting", "confirmed", "aside"


@dataclass(frozen=True, slots=True)
class Document:
    """A document that came in, before or after somebody confirmed what it says."""

    document_id: str
    state: str
    at: datetime
    account: str
    check_id: str
    what: Attachment


class Shelf:
    """Keeps files."""

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        """Over the desk's database and the hub's keys."""
        self._engine = engine
        self._sealer = sealer

    def put(self, owner: str, key: str, what: Attachment, data: bytes, found: Finding) -> None:
        """Keep a file of a contact, sealed under a person's key; the same again changes nothing for a reader."""
        body = self._sealer.seal_bytes(key, data)
        with self._engine.begin() as connection:
            kept_files.keep(connection, self.place(owner, key, what), key, what.size, body, found)

    def place(self, owner: str, key: str, what: Attachment) -> Place:
        """Where a file stands, here or not.

        Raises:
            Erased: the person was erased.
        """
        return Place(owner, self._sealer.mark(key, what.digest))

    def get(self, owner: str, key: str, what: Attachment) -> KeptFile | None:
        """A file; None where it is not here.

        Raises:
            hub.errors.Skippable: the person was erased, or the bytes are damaged.
        """
        place = self.place(owner, key, what)
        with self._engine.connect() as connection:
            row = kept_files.sealed(connection, place)
        return KeptFile(place, self._sealer.open_bytes(key, row[0]), row[1]) if row else None

    def found(self, places: Sequence[Place]) -> dict[Place, Finding]:
        """What the scanner said of those files that are here."""
        with self._engine.connect() as connection:
            return kept_files.found(connection, places)

    def forget_erased(self) -> int:
        """Throw away what nobody can open since its person was erased. Returns how many files.

        A key that is missing and was never erased is another matter: a better backup of the keys may bring it back.
        """
        with self._engine.connect() as connection:
            named = kept_files.keys(connection)
        gone = 0
        for key in filter(self._sealer.keys.was_erased, named):
            with self._engine.begin() as connection:
                shut = [place for place, body in kept_files.under(connection, key) if self._is_shut(key, body)]
                kept_files.drop(connection, shut)
            gone += len(shut)
        return gone

    def _is_shut(self, key: str, body: bytes) -> bool:
        """Whether it was sealed under a key that is erased: what came later under the same name opens."""
        try:
            self._sealer.open_bytes(key, body)
        except Erased:
            return True
        return False

    def receive(self, account: str, what: Attachment, data: bytes, now: datetime, found: Finding) -> str:
        """Keep a document until somebody has confirmed what it says; returns its number."""
        document_id = str(uuid.uuid4())
        told = self._sealer.seal_bytes(_key(document_id), what.model_dump_json().encode())
        row = {"document_id": document_id, "state": WAITING, "at": now, "account": account, "body": told}
        key = _key(document_id)
        sealed = self._sealer.seal_bytes(key, data)
        with self._engine.begin() as connection:
            kept_files.keep(connection, self.place(document_id, key, what), key, what.size, sealed, found)
            put(connection, documents, row | {"ended_by": "", "check_id": ""})
        return document_id

    def waiting(self) -> list[Document]:
        """Documents that nobody has confirmed, the oldest first."""
        statement = select(documents).where(documents.c.state == WAITING).order_by(documents.c.at)
        with self._engine.connect() as connection:
            rows = connection.execute(statement).all()
        return [self._document(row) for row in rows]

    def document(self, document_id: str) -> tuple[Document, KeptFile | None] | None:
        """A document that waits, with its file; without one where its bytes are lost."""
        with self._engine.connect() as connection:
            row = connection.execute(
                select(documents).where(documents.c.document_id == document_id, documents.c.state == WAITING)
            ).first()
        if row is None:
            return None
        found = self._document(row)
        return found, self.get(document_id, _key(document_id), found.what)

    def dealt_with(self, document_id: str, state: str, account: str, now: datetime, check_id: str = "") -> None:
        """Somebody confirmed it, or set it aside: its own key goes, and with it this copy."""
        with self._engine.begin() as connection:
            connection.execute(
                update(documents).where(documents.c.document_id == document_id)
                .values(state=state, ended_at=now, ended_by=account, check_id=check_id)
            )  # fmt: skip
            connection.execute(delete(files).where(files.c.owner == document_id))
        self._sealer.keys.erase(_key(document_id))

    def _document(self, row: Row[Any]) -> Document:
        what = Attachment.model_validate_json(self._sealer.open_bytes(_key(row.document_id), row.body))
        return Document(row.document_id, row.state, row.at, row.account, row.check_id, what)


def put_all(shelf: Shelf, owners: Sequence[tuple[str, str]], taken: Sequence[tuple[Attachment, KeptFile]]) -> None:
    """Keep every file once for each owner and key."""
    for owner, key in owners:
        for what, file in taken:
            shelf.put(owner, key, what, file.data, file.found)


def _key(document_id: str) -> str:
    return f"document:{document_id}"
