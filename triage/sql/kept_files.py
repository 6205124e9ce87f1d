"""Files as rows, whoever sent them: sealed bytes, and beside them what the virus scanner said of them. Opens no seal.

A file stands under a keyed hash of its SHA-256 and never under the SHA-256 itself: whoever has a small form and guesses
what was written in it could otherwise see that it was sent. What the scanner said stands in the file's own row and
nowhere else, so that it goes with the file.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, select

from triage.scanner import Finding, State
from triage.sql.database import put
from triage.sql.tables import files

_SAID = ("verdict", "signature")
_JUDGED = frozenset({State.CLEAN, State.INFECTED})
NOT_SCANNED = Finding(State.WAITING)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file stands.

    Attributes:
        owner: the draft, document or contact that it came with.
        name: keyed hash of its SHA-256, under the key that it is sealed under.
    """

    owner: str
    name: str


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file, opened.

    Attributes:
        place: where it stands.
        data: its bytes.
        found: what the scanner last said; waiting where it never did.
    """

    place: Place
    data: bytes
    found: Finding


def keep(connection: Connection, place: Place, key: str, size: int, body: bytes, found: Finding) -> None:
    """Keep a file; where it is kept already, what the scanner said of it since stays.

    Args:
        connection: of a transaction.
        place: where.
        key: name of the key that it is sealed under; '' where it is a browser's.
        size: of the file, in bytes.
        body: the file, sealed.
        found: what the scanner said when it came.
    """
    row = {"owner": place.owner, "name": place.name, "key": key, "size": size, "body": body}
    put(connection, files, row | _row(found), keep=_SAID)


def sealed(connection: Connection, place: Place) -> tuple[bytes, Finding] | None:
    """A file's sealed bytes, and what the scanner said; None where it is not here."""
    row = connection.execute(select(files.c.body, files.c.verdict, files.c.signature).where(*_at(place))).first()
    return (row.body, _finding(row.verdict, row.signature)) if row else None


def found(connection: Connection, places: Collection[Place]) -> dict[Place, Finding]:
    """What the scanner said of those files that are here."""
    owners = {place.owner for place in places}
    statement = select(files.c.owner, files.c.name, files.c.verdict, files.c.signature).where(files.c.owner.in_(owners))
    rows = {Place(r.owner, r.name): _finding(r.verdict, r.signature) for r in connection.execute(statement)}
    return {place: rows[place] for place in places if place in rows}


def judge(connection: Connection, place: Place, finding: Finding) -> None:
    """Note what the scanner says of a file; that it could not look is noted nowhere."""
    if finding.state in _JUDGED:
        connection.execute(files.update().where(*_at(place)).values(**_row(finding)))


def drop(connection: Connection, places: Sequence[Place]) -> None:
    """Throw files away, and with them what was said of them."""
    for place in places:
        connection.execute(delete(files).where(*_at(place)))


def keys(connection: Connection) -> list[str]:
    """Names of the keys that files are sealed under."""
    return list(connection.scalars(select(files.c.key).where(files.c.key != "").distinct()))


def under(connection: Connection, key: str) -> Iterator[tuple[Place, bytes]]:
    """The files that are sealed under a key, one at a time: they are large."""
    names = connection.execute(select(files.c.owner, files.c.name).where(files.c.key == key)).all()
    for row in names:
        place = Place(row.owner, row.name)
        body = connection.scalar(select(files.c.body).where(*_at(place)))
        if body is not None:
            yield place, body


def _at(place: Place) -> tuple[ColumnElement[bool], ...]:
    return files.c.owner == place.owner, files.c.name == place.name


def _row(finding: Finding) -> dict[str, str]:
    said = finding if finding.state in _JUDGED else None
    return dict(zip(_SAID, (str(said.state), said.signature) if said else ("", ""), strict=True))


def _finding(verdict: str, signature: str) -> Finding:
    return Finding(State(verdict), signature) if verdict else NOT_SCANNED
