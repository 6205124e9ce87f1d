"""A desk over a real Kafka and a real check worker, served in this process on a port of its own."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import requests
import uvicorn
from sqlalchemy import select

from hub.messages import Bundle, DeskEvent
from hub.sealing import Sealer
from hub.secret_files import key_store
from hub.settings import Settings
from streams.check.state import Check
from tests.check.live import Live
from tests.check.people import NOW, World
from triage.desk import Desk, open_desk
from triage.sql import queries
from triage.sql import tables as t
from triage.web import live as live_pages
from triage.web.app import make_app

WAIT_SECONDS = 60.0
PATIENT = {
    "desk_requests_per_minute": 100_000, "desk_public_pages_per_minute": 100_000, "desk_public_forms_per_hour": 100_000,
}  # fmt: skip
"""All of a test's people sit at one address."""


@dataclass
class Clock:
    """What time it is for the desk; a test moves it."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        self.at += timedelta(microseconds=1)
        return self.at


@dataclass
class Served:
    """A desk that people can open."""

    desk: Desk
    url: str
    hub: Live
    world: World
    clock: Clock
    checks: list[str] = field(default_factory=list)

    def propose(self, name: str, **changes: object) -> Check:
        """A check about somebody of their own; returns it when the desk shows it with its bundle."""
        anchor = changes.pop("anchor", (name * 32).encode().hex()[:32])
        snapshot = changes.pop("snapshot", None) or self.world.snapshot(person_id=f"p-{name}", circle=[])
        proposal = self.world.proposal(anchor=anchor, proposal_id=f"proposal-{name}", snapshot=snapshot, **changes)
        self.hub.send(anchor, proposal)
        self.hub.tick(self.clock.at)
        return self.wait(lambda: self._of_anchor(anchor))

    def _of_anchor(self, anchor: str) -> Check | None:
        with self.desk.engine.connect() as connection:
            doc = connection.scalar(select(t.checks.c.doc).where(t.checks.c.anchor == anchor))
            check = Check.model_validate(doc) if doc else None
            bundle = queries.bundle_of(connection, check.check_id) if check else None
        return check if check and bundle and bundle.version == check.bundle else None

    def check(self, check_id: str) -> Check:
        with self.desk.engine.connect() as connection:
            found = queries.check_of(connection, check_id)
        assert found is not None
        return found

    def bundle(self, check_id: str) -> Bundle:
        with self.desk.engine.connect() as connection:
            found = queries.bundle_of(connection, check_id)
        assert found is not None
        return found

    def wait(self, look: Callable[[], object]):
        """What `look` finds, as soon as it finds something."""
        deadline = time.monotonic() + WAIT_SECONDS
        version = self.desk.projector.version
        while not (found := look()):
            assert time.monotonic() < deadline, "it did not come about in time"
            version = self.desk.projector.wait_for_change(version, 0.5)
        return found

    def claim(self, account: str, check_id: str) -> None:
        """As by the button, but at once: through Kafka and back."""
        event = DeskEvent(
            event_id=str(uuid.uuid4()), partnership="demo", check_id=check_id, kind="claimed", actor=account,
            role="screener", account=account, at=self.clock(),
        )  # fmt: skip
        assert self.desk.gateway.tell(event)

    def sign_in(self, account: str) -> requests.Session:
        """Somebody's session, without a browser."""
        session = requests.Session()
        answer = session.post(f"{self.url}/sign-in/demo", data={"account": account}, allow_redirects=False, timeout=20)
        assert answer.status_code == 303, answer.text
        return session


@contextmanager
def served(settings: Settings, hub: Live, clock: Clock | None = None) -> Iterator[Served]:
    """Serve a desk while the block runs."""
    clock = clock or Clock()
    world = World()
    world.sealer = Sealer(key_store(settings))
    desk = open_desk(settings, clock)
    stop = threading.Event()
    following = desk.follow(stop)
    server = uvicorn.Server(
        uvicorn.Config(make_app(desk), host="127.0.0.1", port=0, log_level="warning", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + WAIT_SECONDS
        while not (server.started and desk.projector.caught_up.wait(0.1)):
            assert thread.is_alive(), "the desk ended"
            assert time.monotonic() < deadline, "the desk did not start"
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Served(desk, f"http://127.0.0.1:{port}", hub, world, clock)
    finally:
        stop.set()
        live_pages.stop()
        server.should_exit = True
        thread.join(20)
        following.join(20)
        desk.close()


def settings_for(hub: Live, **changes: object) -> Settings:
    """The hub's settings, with what a test changes of the desk's."""
    return hub.settings.model_copy(update=PATIENT | changes)


def folder_of(settings: Settings) -> Path:
    return settings.data_dir
