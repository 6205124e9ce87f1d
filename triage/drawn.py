"""Pieces of pages, kept for some seconds, so that a hundred people do not each have them drawn. Draws nothing itself.

A key names all that a piece depends on but the time: who may see it is decided before it is asked for.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from datetime import datetime

KEPT_SECONDS = 15
"""A piece says how long is left, in minutes: it is drawn anew before that is wrong by one."""


class Drawn:
    """Keeps them."""

    def __init__(self) -> None:
        """Empty."""
        self._one = threading.Lock()
        self._part = 0
        self._kept: dict[Hashable, str] = {}

    def get(self, key: Hashable, now: datetime, draw: Callable[[], str]) -> str:
        """The piece of a key, drawn at most once in some seconds."""
        kept = self._of(int(now.timestamp()) // KEPT_SECONDS)
        text = kept.get(key)
        if text is None:
            text = kept[key] = draw()
        return text

    def _of(self, part: int) -> dict[Hashable, str]:
        with self._one:
            if part != self._part:
                self._part, self._kept = part, {}
            return self._kept
