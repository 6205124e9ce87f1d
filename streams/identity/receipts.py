"""Receipts: what became of records, one message per agency, system and batch. No record content may live here.

What waits stands in memory: it is sent when the batch settles, and a batch that does not commit ends the process.
"""

from __future__ import annotations

from hub.receipting import in_parts
from hub.state.api import Turn

TOUCH = b"R"
"""Touch: somebody's receipts wait."""
_Whose = tuple[str, str, str, str]
"""Partnership, agency, system, stage."""


class Receipts:
    """The receipts of one batch."""

    def __init__(self) -> None:
        """None wait."""
        self._waiting: dict[_Whose, list[str]] = {}

    def note(self, turn: Turn, whose: _Whose, record_id: str) -> None:
        """Remember a receipt until the batch ends. The last thing that is done with a record: nothing takes it back."""
        self._waiting.setdefault(whose, []).append(record_id)
        turn.touch(TOUCH)

    def send(self, turn: Turn) -> None:
        """Emit all that wait."""
        for (partnership, agency, system, stage), records in sorted(self._waiting.items()):
            for receipt in in_parts((partnership, agency, system), stage, records, turn.now):
                turn.emit("receipts", f"{agency}/{system}", receipt)
        self._waiting.clear()
