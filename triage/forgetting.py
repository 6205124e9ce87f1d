"""Lets go of what the desk may keep no longer: files of people who were erased, drafts that nobody came back to.

An erasure destroys keys, and what they sealed is shut at once; here it is thrown away as well. It looks at what is, and
at no message: a desk that was away, or whose database came from a backup, does the same at its next look.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from hub.errors import HubError
from hub.log import get_logger
from triage.drafts import Drafts
from triage.shelf import Shelf

EVERY_SECONDS = 60.0
"""Until then an erased person's files lie there shut; a look costs some 10 us for each person with a file."""
log = get_logger("desk")


class Forgetting:
    """Looks again and again.

    Args:
        shelf: files.
        drafts: what people have begun to write.
        now: the clock, UTC.
    """

    def __init__(self, shelf: Shelf, drafts: Drafts, now: Callable[[], datetime]) -> None:
        """See the class."""
        self._shelf = shelf
        self._drafts = drafts
        self._now = now

    def step(self) -> None:
        """Look once."""
        if gone := self._shelf.forget_erased():
            log.info("files of erased persons were thrown away", count=gone)
        self._drafts.forget_expired(self._now())

    def run(self, stop: threading.Event) -> None:
        """Until told to stop; what goes wrong is tried again."""
        while not stop.is_set():
            try:
                self.step()
            except (HubError, SQLAlchemyError, sqlite3.Error) as error:
                log.warning("the desk cannot throw away what it may not keep", error=type(error).__name__)
            stop.wait(EVERY_SECONDS)
