"""One desk: everything that a page may ask for, put together once at the start. No page and no route stands here."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from hub.sealing import Sealer
from hub.secret_files import key_store
from hub.settings import Settings
from hub.topics import RECEIPTS
from streams.check import config
from streams.check.config import Config
from streams.check.render import words
from streams.check.render.build import Library
from triage import conflicts, signs
from triage.audit import Audit
from triage.conflicts import Staff
from triage.drafts import Drafts
from triage.drawn import Drawn
from triage.figuring import Figuring
from triage.forgetting import Forgetting
from triage.gateway import Gateway
from triage.links import Links
from triage.open_checks import OpenChecks
from triage.projector import FEW, STORY, Projector
from triage.scanning import Scanning
from triage.sessions import Sessions
from triage.shelf import Shelf
from triage.signs import Signs
from triage.sql.database import open_database, url_of

Clock = Callable[[], datetime]


@dataclass(slots=True)
class Desk:
    """What pages work with.

    Attributes:
        settings: of the hub.
        engine: the SQL view, the sessions and the audit.
        projector: keeps the view up with Kafka.
        receiving: does the same for receipts, which are many.
        gateway: takes commands to Kafka.
        library: packs, words and keys.
        signs: which rules tell most at a glance.
        sessions: who is signed in.
        open_checks: keeps what the queue is made of.
        drawn: keeps pieces of pages.
        staff: what is known of those who work here, for conflicts of interests.
        figuring: makes the board's figures.
        audit: who read and did what.
        drafts: what people have begun to write.
        shelf: files that came with contacts, and documents that wait.
        scanning: looks at files for viruses.
        links: one-time links by which requests were passed on.
        now: the clock, UTC.
    """

    settings: Settings
    engine: Engine
    projector: Projector
    receiving: Projector
    gateway: Gateway
    library: Library
    signs: Signs
    sessions: Sessions
    open_checks: OpenChecks
    drawn: Drawn
    staff: Mapping[str, Staff]
    figuring: Figuring
    audit: Audit
    drafts: Drafts
    shelf: Shelf
    scanning: Scanning
    links: Links
    now: Clock

    @property
    def packs(self) -> Config:
        """What the partnership has set."""
        return self.library.config

    @property
    def synthetic(self) -> bool:
        """Whether everybody here is made up: so says the sharing agreement."""
        agreement = self.packs.agreement(self.settings.partnership)
        return agreement is not None and agreement.synthetic

    def follow(self, stop: threading.Event) -> threading.Thread:
        """Start keeping the view up, and nothing longer than may be, in threads of their own."""
        forgetting = Forgetting(self.shelf, self.drafts, self.now)
        beside = [
            threading.Thread(target=run, args=(stop,), name=name, daemon=True)
            for name, run in (("receipts", self.receiving.run), ("forgetting", forgetting.run))
        ]

        def together() -> None:
            for one in beside:
                one.start()
            self.projector.run(stop)
            for one in beside:
                one.join()

        thread = threading.Thread(target=together, name="projector", daemon=True)
        thread.start()
        return thread

    def close(self) -> None:
        """Let go of broker and database."""
        self.gateway.close()
        self.engine.dispose()


def utc_now() -> datetime:
    """The clock of every desk but a test's."""
    return datetime.now(UTC)


def open_desk(settings: Settings, now: Clock = utc_now) -> Desk:
    """The desk of these settings; Kafka need not answer yet.

    Raises:
        hub.errors.HubError: a pack, a secret or the database cannot be used.
    """
    engine = open_database(settings)
    projector, receiving = Projector(settings, engine, STORY), Projector(settings, engine, RECEIPTS, FEW)
    packs = config.load(settings.packs_dir)
    library = Library(packs, words.catalogue(settings.packs_dir), Sealer(key_store(settings)))
    sessions = Sessions(engine, timedelta(minutes=settings.desk_session_minutes))
    gateway = Gateway(settings, engine, projector)
    figuring = Figuring(url_of(settings), settings.packs_dir)
    found = signs.load(settings.packs_dir)
    kept, drawn, staff = OpenChecks(engine), Drawn(), conflicts.load(settings.desk_staff_file)
    drafts, shelf, links, audit = Drafts(engine), Shelf(engine, library.sealer), Links(engine), Audit(engine)
    return Desk(
        settings,
        engine,
        projector,
        receiving,
        gateway,
        library,
        found,
        sessions,
        kept,
        drawn,
        staff,
        figuring,
        audit,
        drafts,
        shelf,
        Scanning(engine, settings.desk_scanner),
        links,
        now,
    )
