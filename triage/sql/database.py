"""Opens the database of the settings and keeps its tables there. Knows no topic and no page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, inspect, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.schema import CreateTable

from hub.errors import Retriable
from hub.settings import Settings, SettingWrong
from streams.check.fold import FOLD
from triage.sql.tables import OWN, VIEW, VIEW_VERSION, meta, positions

_KINDS = {"sqlite", "postgresql"}
_THREADS = 40
"""Pages that are made at once (Starlette's threads): none of them waits for a connection."""
_BUSY_MS = 10_000
"""SQLite has one writer at a time: the others wait for so long, and none of ours takes that long."""


def _made() -> str:
    """What makes a view: its tables, what `view` does with messages, and the fold of a check."""
    tables = "".join(str(CreateTable(table)) for table in VIEW.sorted_tables)
    return f"{VIEW_VERSION}.{FOLD}.{hashlib.sha256(tables.encode()).hexdigest()[:16]}"


class DatabaseAway(Retriable):
    """The database does not answer."""


def url_of(settings: Settings) -> str:
    """The database's URL."""
    if settings.desk_database is not None:
        return settings.desk_database.get_secret_value()
    return f"sqlite:///{settings.data_dir / 'desk' / 'desk.sqlite'}"


def open_database(settings: Settings) -> Engine:
    """The engine, with every table in place; a view that another version made is emptied, to be filled again.

    Raises:
        SettingWrong: the URL is none, or of a database that the desk does not know.
        DatabaseAway: nobody answers there.
    """
    url = _url(settings)
    if url is None:
        raise SettingWrong(
            "HUB_DESK_DATABASE names no database that the desk can use (its value is a secret and not shown).",
            "Use sqlite:///PATH or postgresql+psycopg://USER:PASSWORD@HOST/NAME.",
        )
    if url.get_backend_name() == "sqlite":
        (settings.data_dir / "desk").mkdir(parents=True, exist_ok=True, mode=0o700)
        engine = create_engine(url, pool_size=_THREADS,
                               connect_args={"check_same_thread": False, "timeout": _BUSY_MS / 1000})  # fmt: skip
        event.listen(engine, "connect", _tune_sqlite)
    else:
        engine = create_engine(url, pool_size=10, max_overflow=_THREADS - 10, pool_pre_ping=True)
    try:
        with engine.begin() as connection:
            OWN.create_all(connection)
            _view(connection)
    except SQLAlchemyError as error:
        where = url.render_as_string(hide_password=True)
        raise DatabaseAway(
            f"The desk's database {where} cannot be used ({type(error).__name__}).",
            "Start it, or correct HUB_DESK_DATABASE.",
        ) from error
    return engine


def _url(settings: Settings) -> URL | None:
    try:
        url = make_url(url_of(settings))
    except ArgumentError:
        return None
    return url if url.get_backend_name() in _KINDS else None


def _tune_sqlite(connection: Any, _record: Any) -> None:
    """Readers and the one writer side by side; what a crash between checkpoints loses comes from Kafka again."""
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={_BUSY_MS}"):
        connection.execute(f"PRAGMA {pragma}")


def _view(connection: Connection) -> None:
    there = inspect(connection).has_table(meta.name)
    made = connection.scalar(select(meta.c.value).where(meta.c.name == "made")) if there else _made()
    if made != _made():
        VIEW.drop_all(connection)
    VIEW.create_all(connection)
    put(connection, meta, {"name": "made", "value": _made()})


def empty_view(engine: Engine) -> None:
    """Forget everything that came from topics: it is read again from their beginning."""
    with engine.begin() as connection:
        VIEW.drop_all(connection)
        _view(connection)


def stored_positions(connection: Connection) -> dict[tuple[str, int], int]:
    """Topic and partition -> the next offset to read."""
    return {(row.topic, row.partition): row.next for row in connection.execute(select(positions))}


def put(connection: Connection, table: Table, row: Mapping[str, Any], *, keep: Sequence[str] = ()) -> None:
    """Insert a row, or replace the one with its key; columns in `keep` stay as they were first."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    keys = [c.name for c in table.primary_key]
    statement: Any = make(table).values(**row)
    changed = {name: statement.excluded[name] for name in row if name not in keys and name not in keep}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed) if changed
                       else statement.on_conflict_do_nothing())  # fmt: skip


def begin(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row; False where one with its key is there already."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement: Any = make(table).values(**row).on_conflict_do_nothing()
    return connection.execute(statement.returning(*table.primary_key)).first() is not None
