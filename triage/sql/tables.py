"""The tables. Those of `VIEW` are made from topics and may be dropped at any time; those of `OWN` may not.

Sealed parts stand here as they came, closed; no name and no word of a family is in any column.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    and_,
)
from sqlalchemy.types import TypeDecorator

VIEW_VERSION = "3"
"""Increases where `view` makes something else of the same messages: a desk that finds another version, or other
tables, rebuilds its view by itself."""


class Utc(TypeDecorator[datetime]):
    """A time with its zone, UTC: SQLite keeps none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To the database."""
        del dialect
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From it."""
        del dialect
        if value is None:
            return None
        found: datetime = value
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


VIEW = MetaData()
OWN = MetaData()

STAMP = "shown"
"""Name of the row of `meta` that changes with all that an open page shows."""
meta = Table("meta", VIEW, Column("name", String(40), primary_key=True), Column("value", Text, nullable=False))
positions = Table(
    "positions",
    VIEW,
    Column("topic", String(120), primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next", BigInteger, nullable=False),
)
checks = Table(
    "checks",
    VIEW,
    Column("check_id", String(36), primary_key=True),
    Column("partnership", String(40), nullable=False),
    Column("anchor", String(64), nullable=False, index=True),
    Column("person_id", String(64), nullable=False, index=True),
    Column("seq", Integer, nullable=False),
    Column("state", String(30), nullable=False),
    Column("open", Boolean, nullable=False, index=True),
    Column("subject", String(10), nullable=False),
    Column("rating", String(10), nullable=False),
    Column("brag", String(10), nullable=False),
    Column("level", Integer, nullable=False),
    Column("decision", String(40), nullable=False),
    Column("begun_at", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False, index=True),
    Column("rated_at", Utc),
    Column("decided_at", Utc),
    Column("ended_at", Utc),
    Column("next_due", Utc),
    Column("doc", JSON, nullable=False),
)
events = Table(
    "events",
    VIEW,
    Column("check_id", String(36), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("at", Utc, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("role", String(40), nullable=False),
    Column("cause", String(200), nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
)
bundles = Table(
    "bundles",
    VIEW,
    Column("check_id", String(36), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("made_at", Utc, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
ties = Table(
    "ties",
    VIEW,
    Column("check_id", String(36), primary_key=True),
    Column("person_id", String(64), primary_key=True, index=True),
    Column("relation", String(60), nullable=False),
)
arrivals = Table(
    "arrivals",
    VIEW,
    Column("record_id", String(64), primary_key=True),
    Column("agency", String(40), nullable=False),
    Column("received_at", Utc, nullable=False, index=True),
    Column("hours", Float, nullable=False, comment="from what happened to its arrival"),
)
requests = Table(
    "requests",
    VIEW,
    Column("request_id", String(64), primary_key=True),
    Column("check_id", String(36), nullable=False, index=True),
    Column("agency", String(40), nullable=False, index=True),
    Column("rating", String(10), nullable=False),
    Column("status", String(20), nullable=False),
    Column("sent_at", Utc, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("answered_at", Utc),
    Column("body", LargeBinary, nullable=False),
)
receipts = Table(
    "receipts",
    VIEW,
    Column("record_id", String(64), primary_key=True),
    Column("agency", String(40), nullable=False),
    Column("system", String(60), nullable=False),
    Column("sent_at", Utc),
    Column("received_at", Utc),
    Column("matched_at", Utc),
    Column("pictured_at", Utc),
    Column("checked_at", Utc),
    Column("seen_at", Utc),
    Column("acted_at", Utc),
    Column("withdrawn_at", Utc),
    Column("outcome", String(40)),
    Column("check_id", String(36)),
    Column("last_at", Utc, nullable=False, index=True),
    Index("receipts_of_agency", "agency", "last_at"),
)
for _name, _since, _until in (
    ("receipts_not_arrived", receipts.c.sent_at, receipts.c.received_at),
    ("receipts_unmatched", receipts.c.received_at, receipts.c.matched_at),
    ("receipts_unpictured", receipts.c.matched_at, receipts.c.pictured_at),
    ("receipts_unseen", receipts.c.checked_at, receipts.c.seen_at),
):  # of millions of records the few that wait are found at once
    _waits = and_(_since.is_not(None), _until.is_(None))
    Index(_name, _since, sqlite_where=_waits, postgresql_where=_waits)
receipt_days = Table(
    "receipt_days",
    VIEW,
    Column("agency", String(40), primary_key=True),
    Column("system", String(60), primary_key=True),
    Column("stage", String(20), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("records", Integer, nullable=False),
)
answers = Table(
    "answers",
    VIEW,
    Column("cause", String(200), primary_key=True, comment="Of a look-up, or of what was refused before any check"),
    Column("kind", String(40), nullable=False),
    Column("at", Utc, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("body", LargeBinary, nullable=False),
)
summaries = Table(
    "summaries",
    VIEW,
    Column("summary_id", String(64), primary_key=True),
    Column("check_id", String(36), nullable=False, index=True),
    Column("recipient", String(40), nullable=False, index=True),
    Column("at", Utc, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
reviews = Table(
    "reviews",
    VIEW,
    Column("review_id", String(64), primary_key=True),
    Column("state", String(10), nullable=False, index=True),
    Column("weight", Integer, nullable=False),
    Column("at", Utc, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
standings = Table(
    "standings",
    VIEW,
    Column("check_id", String(36), primary_key=True),
    Column("owner", String(200), nullable=False, index=True),
    Column("doc", JSON, nullable=False),
)
delegations = Table(
    "delegations",
    VIEW,
    Column("delegation_id", String(64), primary_key=True),
    Column("by", String(200), nullable=False, index=True),
    Column("to", String(200), nullable=False, index=True),
    Column("since", Utc, nullable=False),
    Column("until", Utc, nullable=False, index=True),
    Column("revoked_at", Utc),
    Column("revoked_by", String(200), nullable=False),
    Column("body", LargeBinary, nullable=False),
)
desk_events = Table(
    "desk_events",
    VIEW,
    Column("event_id", String(64), primary_key=True),
    Column("number", BigInteger, nullable=False, index=True),
    Column("check_id", String(36), nullable=False, index=True),
    Column("kind", String(30), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("account", String(200), nullable=False),
    Column("took", Boolean, nullable=False),
    Column("at", Utc, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

people = Table(
    "people",
    OWN,
    Column("account", String(200), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("roles", String(200), nullable=False),
    Column("agency", String(40), nullable=False),
    Column("last_at", Utc, nullable=False),
)
sessions = Table(
    "sessions",
    OWN,
    Column("token", String(64), primary_key=True, comment="SHA-256 of the cookie: a copy of the table opens no door"),
    Column("account", String(200), nullable=False, index=True),
    Column("form_token", String(64), nullable=False),
    Column("doc", JSON, nullable=False),
    Column("begun_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
)
audit = Table(
    "audit",
    OWN,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", Utc, nullable=False),
    Column("account", String(200), nullable=False, index=True),
    Column("role", String(200), nullable=False),
    Column("act", String(60), nullable=False),
    Column("check_id", String(64), nullable=False, index=True),
    Column("outcome", String(60), nullable=False),
    Column("detail", String(400), nullable=False),
    Column("chain", String(64), nullable=False, comment="SHA-256 of this entry and the chain before it"),
)
drafts = Table(
    "drafts",
    OWN,
    Column("draft", String(64), primary_key=True, comment="Hash of the browser's secret and of who is signed in there"),
    Column("kept_until", Utc, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False, comment="Sealed under that secret, which is kept nowhere here"),
)
files = Table(
    "kept_files",
    OWN,
    Column("owner", String(64), primary_key=True, comment="Draft, document or contact"),
    Column("name", String(64), primary_key=True, comment="Keyed hash of its SHA-256, under the key that seals it"),
    Column("key", String(80), nullable=False, index=True, comment="Name of that key; empty: a browser's secret"),
    Column("size", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False, comment="Sealed: of a contact under the person's key"),
    Column("verdict", String(20), nullable=False, comment="The scanner's; empty where it never looked at it"),
    Column("signature", String(100), nullable=False, comment="Its name for what it found"),
)
documents = Table(
    "documents",
    OWN,
    Column("document_id", String(36), primary_key=True),
    Column("state", String(20), nullable=False, index=True),
    Column("at", Utc, nullable=False),
    Column("account", String(200), nullable=False),
    Column("ended_at", Utc),
    Column("ended_by", String(200), nullable=False),
    Column("check_id", String(36), nullable=False),
    Column("body", LargeBinary, nullable=False, comment="Attachment, sealed under the document's own key"),
)
links = Table(
    "links",
    OWN,
    Column("link_id", String(36), primary_key=True),
    Column("code", String(64), nullable=False, unique=True, comment="SHA-256 of the code: a copy opens nothing"),
    Column("request_id", String(64), nullable=False, index=True),
    Column("agency", String(40), nullable=False),
    Column("made_by", String(200), nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("until", Utc, nullable=False),
    Column("questions", JSON, nullable=False),
    Column("body", LargeBinary, nullable=False, comment="CheckWords, sealed under the anchor: for whom, what is said"),
    Column("browser", String(64), nullable=False, index=True, comment="Hash of the secret of the one that opened it"),
    Column("opened_at", Utc),
    Column("used_at", Utc),
    Column("revoked_at", Utc),
    Column("revoked_by", String(200), nullable=False),
)
