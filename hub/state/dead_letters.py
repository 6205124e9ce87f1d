"""Builds the dead letter of a record that a stage set aside: original bytes sealed, reason, position. Sends nothing.

The original is sealed under a key of its month, so that dead letters can be made unreadable together; what was personal
in it is sealed under the person's own key already.
"""

from __future__ import annotations

from datetime import datetime

from hub.ids import derived_id
from hub.messages import DeadLetter
from hub.sealing import Sealer
from hub.state.batch import Reject

KEPT_BYTES = 1_000_000
"""A stage's input record is kept whole up to here: with its seal and the letter's fields it still fits a message."""


def month_key(at: datetime) -> str:
    """Name of the key that seals dead letters of that month."""
    return f"dead-letters:{at:%Y-%m}"


def dead_letter(reject: Reject, *, stage: str, at: datetime, sealer: Sealer) -> DeadLetter:
    """The letter for one reject. Its id depends on stage and position only: a retry makes no second letter.

    Args:
        reject: what was set aside, and why.
        stage: who set it aside.
        at: when, UTC.
        sealer: seals the original bytes.
    """
    meta = reject.cause.meta
    original = reject.cause.value or b""
    key_id = month_key(at)
    source = f"{meta.topic}-{meta.partition}"
    settled = "" if reject.settle_key is None else reject.settle_key.hex()
    return DeadLetter(
        letter_id=derived_id("dead-letter", stage, source, str(meta.offset), settled),
        partnership=reject.partnership,
        stage=stage,
        reason=reject.reason,
        detail=reject.detail,
        source=source,
        position=str(meta.offset),
        at=at,
        original=sealer.seal_bytes(key_id, original[:KEPT_BYTES]),
        key_id=key_id,
        original_size=len(original),
    )
