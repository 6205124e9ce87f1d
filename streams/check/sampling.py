"""The weekly random sample of closed checks for the quality audit: drawn by a seed, the same for whoever draws it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from streams.check.state import Check

SIZE = 10
"""Checks a week: what an auditor can read in an afternoon."""


def week_of(check: Check, zone: ZoneInfo) -> str:
    """ISO week in which a check ended, such as 2026-W10; '' while it is open."""
    if check.ended_at is None or not check.ended:
        return ""
    year, week, _ = check.ended_at.astimezone(zone).isocalendar()
    return f"{year}-W{week:02d}"


def sample(checks: Iterable[Check], week: str, seed: str, zone: ZoneInfo, size: int = SIZE) -> list[Check]:
    """A week's sample.

    Nobody who works on a check can tell beforehand whether it will be drawn: that takes the seed.

    Args:
        checks: all.
        week: ISO week, as `week_of` says it.
        seed: kept from those whose work is audited.
        zone: in which weeks are counted.
        size: how many, at most.
    """

    def lot(check: Check) -> bytes:
        return hashlib.sha256(f"{seed}\x1f{week}\x1f{check.check_id}".encode()).digest()

    return sorted((c for c in checks if week_of(c, zone) == week), key=lot)[:size]
