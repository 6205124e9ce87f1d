"""Files between their sender and their reader: looked at when they come, and each time before they are handed out.

What was found stands in the file's own row and goes with it: no list of files that once came is kept. What the scanner
could not look at is kept, and handed to nobody until it could: it is asked again with the next try to open it.
"""

from __future__ import annotations

from sqlalchemy import Engine

from hub.log import get_logger
from hub.messages import Attachment
from triage.files import NotTaken
from triage.scanner import Finding, State, scan
from triage.sql import kept_files
from triage.sql.kept_files import KeptFile

WORDS = {
    State.NO_SCANNER: "Not scanned for viruses: this desk has no scanner",
    State.CLEAN: "Scanned for viruses, nothing found",
    State.INFECTED: "The virus scanner found something harmful in it: it is kept, and opened to nobody",
    State.WAITING: "Not scanned for viruses yet: it is scanned before it opens",
}
GONE = "Its bytes are lost: the desk's database no longer holds them"
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

    def admit(self, what: Attachment, data: bytes) -> Finding:
        """A file comes in. One that could not be looked at comes in too: a worry is not lost for a scanner.

        Raises:
            NotTaken: it is harmful. Nothing of it is kept, not even that it came.
        """
        found = self._look(data)
        if found.state is State.INFECTED:
            raise NotTaken(
                f"{what.name}: our virus scanner found something harmful in it, and it was not kept. "
                "Send a photograph or a PDF made anew, or ring us"
            )
        return found

    def release(self, file: KeptFile) -> None:
        """A file is about to be handed out. While the scanner is away, what it once found clean still is.

        Raises:
            Held: it is harmful, or was never looked at.
        """
        found = self._look(file.data)
        with self._engine.begin() as connection:
            kept_files.judge(connection, file.place, found)
        state = judged(found.state, file.found.state)
        if state in {State.INFECTED, State.WAITING}:
            raise Held(state)

    def words(self, found: Finding | None) -> str:
        """What was found, in words for a reader; None: the file is not here. Nothing is asked."""
        if found is None:
            return GONE
        return WORDS[judged(State.WAITING if self._address else State.NO_SCANNER, found.state)]

    def _look(self, data: bytes) -> Finding:
        found = scan(self._address, data)
        if found.state is State.INFECTED:
            log.warning("a harmful file was found")
        if found.state is State.WAITING:
            log.warning("the virus scanner did not answer, or could not look at a file")
        return found


def judged(now: State, before: State) -> State:
    """What holds of a file: what the scanner says now; where it says nothing, what it said before."""
    silent = now in {State.WAITING, State.NO_SCANNER}
    return before if silent and before in {State.CLEAN, State.INFECTED} else now
