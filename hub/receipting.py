"""Receipts for many records, in messages of a bearable size. Sends nothing; what is told, and when, others say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from hub.messages import Receipt

MOST_IDS: Final = 4_000
"""Record ids a message: 34 bytes each stay well under the limit of a message."""


def in_parts(
    whose: tuple[str, str, str], stage: str, records: Sequence[str], at: datetime, most: int = MOST_IDS
) -> Iterator[Receipt]:
    """Receipts for these records, in their order.

    Args:
        whose: partnership, agency and system.
        stage: what became of them.
        records: their ids.
        at: when.
        most: ids a message.
    """
    partnership, agency, system = whose
    for start in range(0, len(records), most):
        part = list(records[start : start + most])
        yield Receipt(partnership=partnership, agency=agency, system=system, stage=stage, record_ids=part, at=at)
