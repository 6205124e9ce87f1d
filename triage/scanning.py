"""Files between their sender and their reader: looked at when they come, and each time before they are handed out.

Known by their bytes (SHA-256), so that a file is judged and not a name. What the scanner could not look at is kept, and
handed to nobody until it could: it is asked again with the next try to open it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Engine, select

from hub.log import get_logger
from hub.messages import Attachment
from triage.files import NotTaken
from triage.scanner import Finding, State, scan
from triage.sql.database import put
from triage.sql.tables import scans

WORDS = {
    State.NO_SCANNER: "Not scanned for viruses: this desk has no scanner",
    State.CLEAN: "Scanned for viruses, nothing found",
    State.INFECTED: "The virus scanner found something harmful in it: it is kept, and opened to nobody",
    State.WAITING: "Not scanned for viruses yet: it is scanned before it opens",
}
log = get_logger("desk")


class Held(Exception):  # noqa: N818 - no fault: it is meant to be so
    """A file is kept and not handed out.

    Args:
        state: infected, or waiting for the scanner.
    """

    def __init__(self, state: State) -> None:
        """See the class."""
        super().__init__(WORDS[state])
        self.state = state


class Scanning:
    """Judges files.

    Args:
        engine: the desk's database.
        address: of clamd; '' there is none.
    """

    def __init__(self, engine: Engine, address: str) -> None:
        """See the class."""
        self._engine = engine
        self._address = address

    def admit(self, what: Attachment, data: bytes, now: datetime) -> None:
        """A file comes in. One that could not be looked at comes in too: a worry is not lost for a scanner.

        Raises:
            NotTaken: it is harmful.
        """
        found = self._look(what.digest, data, now).state
        if State.INFECTED in {found, self.known([what.digest]).get(what.digest)}:
            raise NotTaken(
                f"{what.name}: our virus scanner found something harmful in it, and it was not kept. "
                "Send a photograph or a PDF made anew, or ring us"
            )

    def release(self, what: Attachment, data: bytes, now: datetime) -> None:
        """A file is about to be handed out. While the scanner is away, what it once found clean still is.

        Raises:
            Held: it is harmful, or was never looked at.
        """
        found = self._look(what.digest, data, now).state
        known = self.known([what.digest]).get(what.digest, State.WAITING)
        if found is State.INFECTED or known is State.INFECTED:
            raise Held(State.INFECTED)
        if found is State.WAITING and known is not State.CLEAN:
            raise Held(State.WAITING)

    def known(self, digests: Iterable[str]) -> dict[str, State]:
        """What was found, by digest; nothing is asked."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(scans.c.digest, scans.c.state).where(scans.c.digest.in_(list(digests))))
            return {row.digest: State(row.state) for row in rows}

    def words(self, digests: Iterable[str]) -> dict[str, str]:
        """The same in words for a reader."""
        wanted = list(digests)
        other = State.WAITING if self._address else State.NO_SCANNER
        known = self.known(wanted)
        return {digest: WORDS[known.get(digest, other)] for digest in wanted}

    def _look(self, digest: str, data: bytes, now: datetime) -> Finding:
        found = scan(self._address, data)
        if found.state is State.INFECTED:
            log.warning("a harmful file was found")
        if found.state is State.WAITING:
            log.warning("the virus scanner did not answer, or could not look at a file")
        if found.state in {State.CLEAN, State.INFECTED}:
            row = {"digest": digest, "state": str(found.state), "signature": found.signature, "at": now}
            with self._engine.begin() as connection:
                put(connection, scans, row)
        return found
