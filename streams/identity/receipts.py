"""Receipts: what became of records, one message per agency, system and batch. No record content may live here."""

from __future__ import annotations

from hub.messages import Receipt
from hub.state.api import Turn
from streams.identity.rows import text_key

TOUCH = b"R"
_PARTS = 4
_FULL = 4000
"""Record ids a row: 32 bytes each stay well under the limit of a row and of a message."""


def note(turn: Turn, partnership: str, agency: str, system: str, stage: str, record_id: str) -> None:
    """Remember a receipt until the batch ends."""
    key = text_key(b"q", partnership, agency, system, stage)
    held = turn.store.get(key)
    waiting = held + b" " + record_id.encode() if held else record_id.encode()
    turn.store.put(key, waiting)
    turn.touch(TOUCH + key)
    if waiting.count(b" ") >= _FULL:
        send(turn, TOUCH + key)


def send(turn: Turn, touched: bytes) -> None:
    """Emit what waits under a touched key."""
    key = touched[len(TOUCH) :]
    waiting = turn.store.get(key)
    if waiting is None:
        return
    partnership, agency, system, stage = key[1:].decode().split("\x1f", _PARTS - 1)
    receipt = Receipt(
        partnership=partnership,
        agency=agency,
        system=system,
        stage=stage,
        record_ids=waiting.decode().split(" "),
        at=turn.now,
    )
    turn.emit("receipts", f"{agency}/{system}", receipt)
    turn.store.delete(key)
