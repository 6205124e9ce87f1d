"""The base of every pack's model: frozen, and a field that nobody knows is a mistake. No pack of its own lives here."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

Words = Mapping[str, str]
"""Code -> its words."""


class Pack(BaseModel):
    """A file, or a part of one, that a partnership edits."""

    model_config = ConfigDict(frozen=True, extra="forbid")
